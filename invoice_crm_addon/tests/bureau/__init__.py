from .test_bureau_list import *
from .test_bureau_month import *
from .test_bureau_closing import *
