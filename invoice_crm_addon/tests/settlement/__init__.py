from . import test_making
