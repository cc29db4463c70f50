from . import test_fapiao_file
from . import test_ticket_fapiao
