from . import ticket_line
from . import ticketable_making
from . import ticketable_cancelling
from . import account_payment
from . import contract_milestone
from . import invoice_contract
from . import sale_order
