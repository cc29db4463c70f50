from . import approval_link
from . import billing_link
from . import customer_import
from . import settlement_page
from . import ticket_link
