from .test_goods_code import *
from .test_bureau_batch import *
from .test_bureau_race import *
from .test_bureau_tour import *
