from . import test_bank_import
from . import test_bank_matching
from . import test_bank_races
from . import test_bank_tour
