from . import test_paid_walk
