from . import test_dashboards
from . import test_favourites
from . import test_ticket_analysis
from . import test_vat_sheet
