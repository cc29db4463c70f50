from . import reminder_plan
from . import reminder_item
from . import reminder_stop
from . import reminder
from . import reminder_preparing
from . import reminder_sending
from . import customer_reminder
from . import ticket_reminder
