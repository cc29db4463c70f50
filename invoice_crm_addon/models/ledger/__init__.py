from . import ticketable_mixin
from . import ticket_allocation
from . import invoice_contract
from . import sale_order
from . import sale_order_line
from . import account_move
from . import account_move_line
from . import account_payment
