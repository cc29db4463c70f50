"""Reads the e-invoices (发票) of China's tax bureau: XML, OFD, PDF and pictures to plain values.

No Odoo inside: the package needs Python 3.10, lxml, python-stdnum and, for PDF files and
pictures, what :mod:`~.packages` names; it uses relative imports only and loads under any name. ::

    document = read_document(content, "invoice.ofd")  # read_documents for files of several
    document.number, document.buyer.name, document.amount_total
    for evidence in judge(document).values():
        print(evidence.field, evidence.value, evidence.verdict)

Further formats are added with :func:`register_reader`, further dialects of XML with
:func:`register_dialect`; :mod:`~.reader` and :mod:`~.xml_dialects` say what they consist of.
"""

from .amounts import parse_capital_amount, write_capital_amount
from .apart import check_legibility, cut_pages, show_place
from .billing_checks import (
    BILLING_IMPOSSIBLE,
    account_problem,
    billing_problems,
    clearing_problem,
    normalize_account,
    phone_problem,
)
from .billing_qr import build_billing_qr, parse_billing_qr, parse_licence_qr
from .billing_source import BillingSource, read_billing_source
from .billing_text import split_billing_text
from .checks import check_amounts, check_qr, check_readings
from .document import Doubt, FapiaoDocument, Line, Party, Reading, TaxKind, Unread
from .errors import ERRORS, LEGIBILITY, PROBLEMS, FapiaoError, Problem
from .evidence import (
    FIELDS,
    LINE_FIELDS,
    WITNESSES,
    Evidence,
    Verdict,
    Witness,
    contradictions,
    judge,
)
from .formats import is_pdf, is_picture
from .joined import split_address_phone, split_bank_account
from .kinds import KINDS, Kind, as_digital
from .limits import Limits
from .names import (
    is_anybody,
    is_same_name,
    name_key,
    name_parts,
    near_name_key,
    rank_name,
    rank_names,
)
from .packages import missing_packages
from .plain import from_plain, to_plain
from .qr import QrContent, parse_qr
from .reader import (
    READERS,
    Documents,
    Reader,
    describe,
    read_document,
    read_documents,
    register_reader,
    unregister_reader,
)
from .tax_id import (
    IMPOSSIBLE,
    is_id_card,
    is_spreadsheet_number,
    is_uscc,
    normalize_tax_id,
    repair_tax_id,
    correct_tax_id,
    tax_id_problem,
    uscc_check_digit,
)
from .unpack import PackedFile, is_package, unpack
from .xml_dialects import register_dialect, unregister_dialect

__all__ = [
    "BILLING_IMPOSSIBLE",
    "ERRORS",
    "FIELDS",
    "IMPOSSIBLE",
    "KINDS",
    "LEGIBILITY",
    "LINE_FIELDS",
    "PROBLEMS",
    "READERS",
    "WITNESSES",
    "BillingSource",
    "Documents",
    "Doubt",
    "Evidence",
    "FapiaoDocument",
    "FapiaoError",
    "Kind",
    "Limits",
    "Line",
    "PackedFile",
    "Party",
    "Problem",
    "QrContent",
    "Reader",
    "Reading",
    "TaxKind",
    "Unread",
    "Verdict",
    "Witness",
    "account_problem",
    "as_digital",
    "billing_problems",
    "build_billing_qr",
    "check_amounts",
    "check_legibility",
    "check_qr",
    "check_readings",
    "clearing_problem",
    "contradictions",
    "cut_pages",
    "describe",
    "from_plain",
    "is_anybody",
    "is_id_card",
    "is_package",
    "is_pdf",
    "is_picture",
    "is_same_name",
    "is_spreadsheet_number",
    "is_uscc",
    "judge",
    "missing_packages",
    "name_key",
    "name_parts",
    "near_name_key",
    "normalize_account",
    "normalize_tax_id",
    "repair_tax_id",
    "correct_tax_id",
    "parse_billing_qr",
    "parse_capital_amount",
    "parse_licence_qr",
    "parse_qr",
    "phone_problem",
    "read_billing_source",
    "rank_name",
    "rank_names",
    "read_document",
    "read_documents",
    "register_dialect",
    "register_reader",
    "show_place",
    "split_address_phone",
    "split_bank_account",
    "split_billing_text",
    "tax_id_problem",
    "to_plain",
    "unpack",
    "unregister_dialect",
    "unregister_reader",
    "uscc_check_digit",
    "write_capital_amount",
]
