from . import bank_match_wizard
from . import bank_statement_wizard
