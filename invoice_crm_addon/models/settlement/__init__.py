from . import ticket_type
from . import ticket_receipt
from . import res_company
from . import account_payment
from . import settlement_figures
from . import settlement
