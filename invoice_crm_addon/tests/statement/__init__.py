from . import test_account_statement
from . import test_statement_sending
from . import test_statement_link
from . import test_statement_races
