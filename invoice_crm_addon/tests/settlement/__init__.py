from . import test_ticket_figures
from . import test_worklist
