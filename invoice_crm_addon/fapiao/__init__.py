"""Reads the e-invoices (发票) of China's tax bureau: XML and OFD to plain values.

No Odoo inside: the package needs Python 3.10, lxml and nothing else, uses relative imports only
and loads under any name. ::

    document = read_document(content, "invoice.ofd")
    document.number, document.buyer.name, document.amount_total
    for problem in check_amounts(document):
        print(problem.code, problem)
"""

from .amounts import parse_capital_amount
from .billing_text import split_billing_text
from .checks import check_amounts, check_qr, check_readings
from .document import FapiaoDocument, Line, Party, Reading, TaxKind
from .errors import ERRORS, PROBLEMS, FapiaoError, Problem
from .joined import split_address_phone, split_bank_account
from .kinds import Kind
from .limits import Limits
from .qr import QrContent, parse_qr
from .reader import READERS, Reader, read_document
from .tax_id import (
    IMPOSSIBLE,
    is_id_card,
    is_uscc,
    normalize_tax_id,
    tax_id_problem,
    uscc_check_digit,
)

__all__ = [
    "ERRORS",
    "IMPOSSIBLE",
    "PROBLEMS",
    "READERS",
    "FapiaoDocument",
    "FapiaoError",
    "Kind",
    "Limits",
    "Line",
    "Party",
    "Problem",
    "QrContent",
    "Reader",
    "Reading",
    "TaxKind",
    "check_amounts",
    "check_qr",
    "check_readings",
    "is_id_card",
    "is_uscc",
    "normalize_tax_id",
    "parse_capital_amount",
    "parse_qr",
    "read_document",
    "split_address_phone",
    "split_bank_account",
    "split_billing_text",
    "tax_id_problem",
    "uscc_check_digit",
]
