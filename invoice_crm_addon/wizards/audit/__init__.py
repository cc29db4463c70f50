from . import audit_wizard
