from . import approval_decision_wizard
from . import approval_try_wizard
