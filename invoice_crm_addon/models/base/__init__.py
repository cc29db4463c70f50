from . import guard_mixin
from . import action_mixin
from . import row_mixin
from . import ir_sequence
from . import hr_employee
from . import hr_version
from . import res_company
from . import res_config_settings
