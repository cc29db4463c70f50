from . import ticket_type
from . import ticket_type_field
from . import red_letter_mixin
from . import ticket
from . import ticket_action
from . import ticket_correction
from . import ticket_line
from . import approval_flow
