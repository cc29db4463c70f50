"""Writes a document as the OFD that the tax platform, or an issuing software, gives."""

from fapiao_builders import (
    PageBuilder,
    custom_data,
    write_edrm,
    write_einvoice_tags,
    write_ofd,
    write_voucher,
)
from fapiao_pdf import TITLES, picture_bytes, qr_picture, qr_text


def write_platform_ofd(document):
    """Tags that point into the page, data of the document, and a picture of the code; older
    invoices carry their XML besides."""
    page = PageBuilder(split=True, title=TITLES[document.kind])
    tags = write_edrm(document, value=page.reference)
    attached = {"original_invoice.xml": write_edrm(document)} if document.code else None
    return _write(document, page, attached=attached, tags=tags)


def write_voucher_ofd(document):
    """NuoNuo's older form: an XBRL voucher and data of the document."""
    name = f"inv_ord_issuer_{document.issue_date:%Y%m%d}_{document.code}{document.number}.xml"
    return _write(document, PageBuilder(title="发票"), attached={name: write_voucher(document)})


def write_bureau_tags_ofd(document):
    """NuoNuo's newer form: tags with the bureau's names, whose total points to a mere ``¥``."""
    page = PageBuilder(title=TITLES[document.kind])
    return _write(document, page, tags=write_einvoice_tags(document, page))


def _write(document, page, **parts):
    custom = custom_data(document) | ({"发票代码": document.code} if document.code else {})
    pictures = {"image_80.png": picture_bytes(qr_picture(qr_text(document)))}
    return write_ofd(custom=custom, pages={"61": page.content()}, pictures=pictures, **parts)
