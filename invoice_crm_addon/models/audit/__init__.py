from . import export_log
