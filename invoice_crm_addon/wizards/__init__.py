from . import approval_reason_wizard
from . import fapiao_compare_wizard
from . import ticket_cancel_wizard
