from . import ticket_cancel_wizard
