from . import source_cancel_wizard
