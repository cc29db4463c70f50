from . import test_bank_import
from . import test_bank_matching
