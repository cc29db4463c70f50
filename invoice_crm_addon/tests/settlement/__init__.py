from . import test_receipt
from . import test_settlement
from . import test_settlement_tour
