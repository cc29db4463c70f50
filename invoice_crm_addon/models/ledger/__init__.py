from . import ticket_over_issue
from . import ticket_allocation
from . import sale_order
from . import sale_order_line
from . import account_move
from . import account_move_line
from . import account_payment
