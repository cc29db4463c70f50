from . import test_click_everywhere
from . import test_field_rights
from . import test_guards
from . import test_performance
from . import test_remote_calls
from . import test_rights
from . import test_tours
from . import test_translations
