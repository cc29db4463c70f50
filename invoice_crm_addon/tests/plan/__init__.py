from . import test_periods
from . import test_plan
from . import test_plan_making
from . import test_plan_clock
from . import test_plan_tour
