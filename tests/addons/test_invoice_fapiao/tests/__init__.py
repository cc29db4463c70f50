from . import test_fapiao_extended
