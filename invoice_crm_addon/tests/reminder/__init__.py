from . import test_reminder
from . import test_reminder_stop
from . import test_reminder_mail
from . import test_reminder_policy
from . import test_reminder_job
from . import test_reminder_clock
from . import test_reminder_races
from . import test_reminder_tour
