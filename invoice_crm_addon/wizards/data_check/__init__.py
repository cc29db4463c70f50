from . import check_accept_wizard
