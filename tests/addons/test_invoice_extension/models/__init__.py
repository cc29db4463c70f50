from . import fapiao_candidate
from . import fapiao_file
from . import fapiao_translator
from . import invoice_ticket
