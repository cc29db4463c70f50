from . import goods_code_import_wizard
from . import goods_code_wizard
from . import bureau_batch_wizard
from . import bureau_refuse_wizard
from . import bureau_month_wizards
from . import bureau_reopen_wizard
