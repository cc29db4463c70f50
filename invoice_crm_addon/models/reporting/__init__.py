from . import account_tax
from . import ir_filters
from . import vat_sheet
from . import vat_sheet_file
