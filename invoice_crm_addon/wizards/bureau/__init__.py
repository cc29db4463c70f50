from . import bureau_month_wizards
