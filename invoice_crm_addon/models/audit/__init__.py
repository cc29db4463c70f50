from . import export_log
from . import audit_package
from . import audit_registers
from . import dashboard_share
