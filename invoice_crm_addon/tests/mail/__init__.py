from . import test_ticket_files
from . import test_ticket_mail
from . import test_ticket_send
from . import test_ticket_link
