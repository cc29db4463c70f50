from . import test_ticket_files
