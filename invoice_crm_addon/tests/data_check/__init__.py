from . import test_check_faults
from . import test_check_runs
from . import test_check_rights
from . import test_check_tour
