from . import print_template
