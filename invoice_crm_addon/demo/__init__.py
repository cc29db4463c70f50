from . import invoice_demo
