from . import test_paid_walk
from . import test_cancelling
from . import test_making
from . import test_splitting
from . import test_picking
