from . import ticket_type
from . import ticket_type_field
from . import ticket
from . import ticket_buyer
from . import ticket_approval
from . import ticket_action
from . import ticket_navigation
from . import ticket_line
