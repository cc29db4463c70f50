from .test_goods_code import *
