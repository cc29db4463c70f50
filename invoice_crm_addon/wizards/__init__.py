from . import approval
from . import customer
from . import fapiao
from . import mail
from . import plan
from . import settlement
from . import ticket
from . import audit
