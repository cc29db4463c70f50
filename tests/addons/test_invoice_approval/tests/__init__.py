from . import test_approval_mixin
from . import test_approval_watched
