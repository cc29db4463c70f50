from . import fapiao_compare_wizard
