from . import test_finder
