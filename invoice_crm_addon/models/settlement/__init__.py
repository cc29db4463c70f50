from . import settlement_page_mixin
from . import receivable_item
from . import customer_account
from . import settlement_check
from . import settlement_check_page
