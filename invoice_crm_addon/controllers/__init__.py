from . import approval_link
from . import audit_package
from . import billing_link
from . import customer_import
from . import export
from . import settlement_page
from . import ticket_link
from . import vat_sheet
