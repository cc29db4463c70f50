from . import test_automation
from . import test_fapiao_extended
from . import test_ticket_extended
