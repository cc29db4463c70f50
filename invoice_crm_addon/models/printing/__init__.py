from . import ir_actions_report
from . import print_template
