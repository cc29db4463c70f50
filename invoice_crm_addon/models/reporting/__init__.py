from . import account_tax
from . import vat_sheet
from . import vat_sheet_file
