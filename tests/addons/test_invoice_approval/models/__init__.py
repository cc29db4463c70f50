from . import approval_document
from . import approval_document_line
from . import approval_minimal
