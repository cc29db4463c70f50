from . import test_ticket
from . import test_ticket_correction
from . import test_ticket_line
from . import test_ticket_line_source
from . import test_ticket_line_tax
from . import test_ticket_locks
from . import test_ticket_races
from . import test_ticket_type
