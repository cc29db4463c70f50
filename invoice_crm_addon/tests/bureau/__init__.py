from . import test_goods_code
from . import test_bureau_batch
from . import test_bureau_race
from . import test_bureau_list
from . import test_bureau_month
from . import test_bureau_closing
from . import test_bureau_races
from . import test_bureau_tour
