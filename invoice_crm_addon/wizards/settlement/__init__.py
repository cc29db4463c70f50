from . import mass_cancel_wizard
from . import source_cancel_wizard
from . import ticket_split_wizard
from . import bank_match_wizard
from . import bank_statement_wizard
from . import payment_link_wizard
