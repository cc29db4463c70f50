from . import approval_slip_report
from . import approval_statistics
from . import counted_search_mixin
from . import customer_insight
from . import customer_figures
from . import customer_opportunity
from . import settlement_page_report
