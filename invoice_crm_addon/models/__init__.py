from . import base
from . import approval
from . import ticket
from . import contract
from . import ledger
from . import fapiao
from . import shipment
from . import customer
