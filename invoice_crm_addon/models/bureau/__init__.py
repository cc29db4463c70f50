from . import goods_code
from . import product
from . import ticket_line
