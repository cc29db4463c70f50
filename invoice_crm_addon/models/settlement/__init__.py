from . import worklist
from . import customer_worklist
from . import payment_worklist
