from . import approval_reason_wizard
from . import base_partner_merge
from . import fapiao_compare_wizard
from . import ticket_cancel_wizard
