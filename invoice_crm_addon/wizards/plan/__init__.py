from . import billing_price_wizard
from . import planned_bill_skip_wizard
