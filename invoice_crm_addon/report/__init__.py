from . import approval_slip_report
from . import approval_statistics
