from . import test_print_template
