from . import test_finder
from . import test_scanner
