from . import account_bank_statement_line
from . import bank_match
from . import bank_proposal
from . import res_company_bank
