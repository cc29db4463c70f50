from . import account_statement
from . import statement_page
from . import statement_sending
from . import statement_answer
from . import customer_statement
