from .test_goods_code import *
from .test_bureau_batch import *
from .test_bureau_race import *
from .test_bureau_list import *
from .test_bureau_month import *
from .test_bureau_closing import *
from .test_bureau_races import *
from .test_bureau_tour import *
