from . import test_any_input
from . import test_fuzz
from . import test_remote_calls
