from . import account_statement_wizard
from . import account_statement_close_wizard
