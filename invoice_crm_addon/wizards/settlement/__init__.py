from . import source_cancel_wizard
from . import ticket_split_wizard
