from . import approval
from . import customer
from . import fapiao
from . import settlement
from . import ticket
from . import reminder
