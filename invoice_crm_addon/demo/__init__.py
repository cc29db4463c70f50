from . import invoice_demo
from . import invoice_demo_accounting
from . import invoice_demo_contracts
from . import invoice_demo_tickets
