from . import test_ticket_analysis
