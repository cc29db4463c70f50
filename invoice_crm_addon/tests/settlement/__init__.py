from . import test_ticket_figures
from . import test_worklist
from . import test_worklist_browser
