from . import approval_decision_wizard
from . import approval_try_wizard
from . import base_partner_merge
from . import fapiao_compare_wizard
from . import ticket_cancel_wizard
