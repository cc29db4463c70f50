"""The only exception that leaves this package, and the problems that its checks report.

Both carry a machine-readable ``code`` and named ``params``. The English sentences stand in one
catalogue each, so that a caller can show its own translation of ``code`` filled with ``params``.
"""

import re
from dataclasses import dataclass, field


def _lt(text):
    """Mark a sentence for the export of terms, and give it back unchanged.

    This package knows no Odoo and no language, but the extraction of Odoo (Babel) collects the
    literals that stand inside ``_lt()``. The Odoo side looks the translations up at run time.
    """
    return text


ERRORS = {
    "empty_file": _lt("The file is empty. Download it again from the tax platform."),
    "not_bytes": _lt("The content of the file must be given as bytes."),
    "file_too_large": _lt(
        "The file has %(size)s bytes, more than the %(limit)s that are read. "
        "Check that it is an e-invoice; if it is, raise the limit."
    ),
    "unsupported_format": _lt(
        "This is a file of the format %(format)s, which cannot be read here. "
        "Take the %(readable)s file of the same invoice from the tax platform."
    ),
    "bad_encoding": _lt(
        "The text of %(part)s is damaged: it is neither UTF-8 nor GB18030. "
        "Download the file again from the tax platform."
    ),
    "xml_damaged": _lt(
        "%(part)s is damaged or incomplete: it is no well-formed XML (%(detail)s). "
        "Download the file again from the tax platform."
    ),
    "xml_dtd": _lt(
        "%(part)s declares a document type or entities. E-invoices never do, so it is not read. "
        "Download the file again from the tax platform."
    ),
    "xml_too_large": _lt(
        "%(part)s holds more data than an e-invoice can need, so it is not read. "
        "Check that the file comes from the tax platform."
    ),
    "archive_damaged": _lt(
        "The file is damaged or incomplete (%(detail)s). Download it again from the tax platform."
    ),
    "archive_encrypted": _lt(
        "The file is protected by a password. Save it without the password and try again."
    ),
    "archive_too_many_entries": _lt(
        "The file holds more than %(limit)s parts, so it is not read. "
        "Check that it comes from the tax platform, and take large archives in several parts."
    ),
    "archive_bomb": _lt(
        "The file would unpack to far more data than an e-invoice can need (%(part)s), "
        "so it is not read. Check that it comes from the tax platform."
    ),
    "archive_unsafe_path": _lt(
        "The file holds a part whose name leads outside of it (%(part)s), so it is not read. "
        "Check that it comes from the tax platform."
    ),
    "archive_duplicate_entry": _lt(
        "The file holds two different parts with the same name (%(part)s), so what it says is "
        "uncertain and it is not read. Download it again from the tax platform."
    ),
    "archive_not_ofd": _lt(
        "The zip archive holds neither an OFD document nor another file of an invoice. "
        "Check that it comes from the tax platform."
    ),
    "archive_too_deep": _lt(
        "The archive %(part)s lies too deep inside other archives, so it is not opened. "
        "Unpack it and take the files inside."
    ),
    "not_an_invoice": _lt(
        "No invoice was found in the file (%(found)s). "
        "Take the XML or OFD file that the tax platform gives for the invoice."
    ),
    "paper_ride_list": _lt(
        "This is a list of rides (行程单), no invoice. "
        "Take the e-invoice that the ride service sends with it."
    ),
    "paper_toll_list": _lt(
        "This is a list of tolls (通行费汇总单 or 通行明细), no invoice. "
        "Take the e-invoices that it lists: the toll platform sends them in the same archive."
    ),
    "paper_statement": _lt(
        "This is a statement (对账单 or 账单), no invoice. "
        "Take the e-invoice that was issued for it."
    ),
    "paper_bank_receipt": _lt(
        "This is a receipt of a bank or of a payment (回单), no invoice. "
        "Register it as a payment, and take the e-invoice that it pays."
    ),
    "paper_fiscal": _lt(
        "This is a receipt of a public body (财政票据), no invoice of the tax bureau. "
        "Enter what it documents by hand."
    ),
    "paper_tax_payment": _lt(
        "This is a receipt of a tax payment (完税证明 or 缴款书), no invoice. "
        "Take the e-invoice itself."
    ),
    "paper_red_form": _lt(
        "This is the form that allows a red letter (红字确认单 or 信息表), no invoice. "
        "Take the red-letter e-invoice that was issued with it."
    ),
    "several_invoices": _lt(
        "The file holds several invoices (%(numbers)s). Save each of them as a file of its own."
    ),
    "number_missing": _lt(
        "The file names no invoice number. Download it again from the tax platform."
    ),
    "number_contradiction": _lt(
        "The file names two different values for the invoice's %(field)s: %(first)s and "
        "%(second)s. It was altered or damaged: download it again from the tax platform."
    ),
    "number_shape": _lt(
        "The invoice number %(number)s has %(length)s digits; a digital invoice has 20, an older "
        "one 8 digits and a code. Download the file again from the tax platform."
    ),
    "code_missing": _lt(
        "The invoice number %(number)s has 8 digits and needs a code of 10 or 12 digits, which "
        "the file does not name. Download it again from the tax platform."
    ),
    "package_missing": _lt(
        "PDF files and pictures are read with the Python package %(package)s, which is not "
        "installed on the server. Ask the administrator to install it, or take the XML or OFD "
        "file of the invoice."
    ),
    "pdf_damaged": _lt(
        "The PDF file is damaged (%(detail)s). Download it again from the tax platform."
    ),
    "pdf_too_long": _lt(
        "The PDF file has %(pages)s pages, more than the %(limit)s that are read. "
        "Save the invoice as a file of its own."
    ),
    "no_text_no_qr": _lt(
        "Nothing in the PDF file can be read: it holds neither text nor a readable QR code. "
        "Take the original file from the tax platform, or enter the invoice by hand."
    ),
    "picture_damaged": _lt(
        "The picture is damaged (%(detail)s). Take it again, or use the original file."
    ),
    "picture_too_large": _lt(
        "The picture has %(width)s × %(height)s pixels, more than are read. "
        "Take it with a lower resolution; a QR code needs little."
    ),
    "no_qr": _lt(
        "No QR code of an invoice was found in the picture. Take it from straight above, in good "
        "light, with the whole code in it; or use the original file from the tax platform."
    ),
    "billing_empty": _lt(
        "No billing data were found in what was read (%(text)s). Paste the text that the customer "
        "sent, or take a picture of the QR code of their billing data."
    ),
    "billing_no_code": _lt(
        "No QR code was found in the picture. Take it from straight above, in good light, with "
        "the whole code in it."
    ),
    "billing_web_address": _lt(
        "The QR code holds a web address (%(text)s) that names no tax number. Open it, and paste "
        "what the page says."
    ),
    "billing_several": _lt(
        "The picture holds the billing data of several companies (%(names)s). Take a picture of "
        "one of their codes alone."
    ),
    "billing_own": _lt(
        "These billing data are those of your own company (%(name)s). Take those of the customer."
    ),
    "billing_strangers": _lt(
        "Neither %(buyer)s nor %(seller)s on the invoice is your own company, so it is not known "
        "which of them is the customer. Paste the billing data as text."
    ),
    "billing_qr_too_long": _lt(
        "“%(value)s” is too long for the QR code: the tax bureau allows %(limit)s characters. "
        "Shorten it."
    ),
    "too_slow": _lt(
        "Reading the file took too long, so it was given up. "
        "Take the XML or OFD file of the invoice from the tax platform."
    ),
    "too_much_memory": _lt(
        "Reading the file needs more memory than is allowed, so it was given up. "
        "Take the XML or OFD file of the invoice from the tax platform."
    ),
    "reader_crashed": _lt(
        "The file made its reader crash, so it was given up; nothing else was harmed. "
        "Take the XML or OFD file of the invoice from the tax platform."
    ),
    "unreadable": _lt(
        "The file could not be read for an unforeseen reason (%(detail)s). "
        "Enter the invoice by hand and keep the file for the developers."
    ),
}

#: What can be wrong with the picture of a business licence.
LEGIBILITY = {
    "damaged": _lt("The file is damaged and cannot be shown. Take it again."),
    "encrypted": _lt("The file is protected by a password. Save it without the password."),
    "too_large": _lt("The file is too large to be looked at. Save it smaller."),
    "unchecked": _lt("The server cannot look into files of this kind, so look at it yourself."),
    "too_small": _lt(
        "The picture is too small to read: it should have 600 × 800 pixels or more. Take it again "
        "from nearer by, or in a better quality."
    ),
    "too_dark": _lt("The picture is too dark. Take it again with more light."),
    "too_bright": _lt("The picture is too bright or faint. Take it again with less light."),
    "blurred": _lt("The picture is blurred. Hold the camera still and take it again."),
    "no_text": _lt("No text was found in the picture. Is it the licence?"),
    "no_seal": _lt(
        "No red seal was found in the picture. Take a photograph of the original in colour."
    ),
}

PROBLEMS = {
    "lines_amount": _lt("The lines add up to %(found)s before tax, the invoice says %(stated)s."),
    "lines_tax": _lt("The tax of the lines adds up to %(found)s, the invoice says %(stated)s."),
    "line_tax": _lt(
        "Line %(line)s: %(amount)s at %(rate)s%% makes a tax of %(found)s, "
        "the invoice says %(stated)s."
    ),
    "total": _lt("Amount and tax make %(found)s, the invoice says a total of %(stated)s."),
    "words": _lt("The amount in words is %(found)s, the invoice says a total of %(stated)s."),
    "qr_amount": _lt("The QR code says %(found)s, which is not the amount of the invoice."),
    "contradiction": _lt("The file names several values for %(field)s: %(values)s."),
    "part_unread": _lt(
        "The part %(part)s of the file is damaged and was left out. What the other parts say "
        "was read."
    ),
}


# Words that stand in the params of a sentence and are translated like it.
WORDS = (
    _lt("The XML file"),
    _lt("an OFD document without invoice data"),
    _lt("a PDF document without invoice data"),
    _lt("number"),
    _lt("code"),
    _lt("PNG picture"),
    _lt("JPEG picture"),
    _lt("GIF picture"),
    _lt("BMP picture"),
    _lt("TIFF picture"),
    _lt("RAR archive"),
    _lt("7z archive"),
    _lt("gzip archive"),
    _lt("zip archive"),
    _lt("web page"),
    _lt("unknown"),
)


_OBJECT = re.compile(r"<[^<>]* object at 0x\w*>?")


class FapiaoError(ValueError):
    """A file that cannot be read as an e-invoice.

    :param code: a key of :data:`ERRORS`
    :param params: the named values of its sentence
    """

    def __init__(self, code: str, **params):
        if "detail" in params:
            # Libraries name the object in memory that they read from, which helps nobody.
            params["detail"] = _OBJECT.sub("", params["detail"]).strip()
        super().__init__(ERRORS[code] % params)
        self.code = code
        self.params = params

    def __reduce__(self):
        return _rebuild, (self.code, self.params)


def _rebuild(code, params):
    """Make pickling work, so that a reader may run in another process."""
    return FapiaoError(code, **params)


@dataclass(frozen=True)
class Problem:
    """Something in a readable document that does not add up.

    :param code: a key of :data:`PROBLEMS`
    :param params: the named values of its sentence
    """

    code: str
    params: dict = field(default_factory=dict)

    def __str__(self):
        return PROBLEMS[self.code] % self.params
