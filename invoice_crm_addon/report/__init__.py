from . import approval_slip_report
from . import approval_statistics
from . import customer_insight
from . import customer_figures
from . import customer_opportunity
from . import settlement_page_report
from . import ticket_print_report
