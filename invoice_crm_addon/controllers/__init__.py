from . import approval_link
from . import customer_import
