from . import test_audit_package
from . import test_export
from . import test_export_lists
