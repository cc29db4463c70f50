# Odoo looks for tests among the names of this module.
from .base import *
from .approval import *
from .ticket import *
from .ledger import *
from .contract import *
from .fapiao import *
from .shipment import *
from .customer import *
from .mail import *
from .printing import *
from .settlement import *
from .plan import *
from .reporting import *
from .audit import *
from .reminder import *
from .statement import *
from .security import *
