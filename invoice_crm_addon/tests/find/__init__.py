from . import test_finder
from . import test_scanner
from . import test_find_tour
