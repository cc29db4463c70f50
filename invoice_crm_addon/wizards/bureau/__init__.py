from . import goods_code_import_wizard
from . import goods_code_wizard
