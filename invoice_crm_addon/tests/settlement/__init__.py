from . import test_customer_account
from . import test_settlement_check
