from . import ticket_line
from . import ticketable_making
from . import account_payment
from . import contract_milestone
