from . import ticket_send_wizard
