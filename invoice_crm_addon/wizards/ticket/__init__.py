from . import ticket_cancel_wizard
from . import ticket_quota_wizard
