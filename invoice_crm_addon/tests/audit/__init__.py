from . import test_audit_package
from . import test_export
