from . import test_guards
from . import test_over_issue
from . import test_performance
from . import test_rights
from . import test_ticket
from . import test_ticket_fapiao
from . import test_billing
from . import test_partner
