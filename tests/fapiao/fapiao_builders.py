"""Writes e-invoices in every format that is read, out of a document or random values."""

import dataclasses
import hashlib
import io
import random
import zipfile
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from xml.sax.saxutils import escape

from fapiao import FapiaoDocument, Kind, Line, Party, TaxKind, uscc_check_digit
from fapiao.qr import crc16
from lxml import etree

OFD_NAMESPACE = "http://www.ofdspec.org/2016"
CENT = Decimal("0.01")
USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
GOODS = ("*信息技术服务*软件开发", "*餐饮服务*餐费", '*钢材*角钢 50×50 <A&B> "一级"', "*谷物*稻谷")
DIGITAL_SHAPES = (
    "special",
    "ordinary",
    "red",
    "discount",
    "stars",
    "exempt",
    "not_taxable",
    "hundred_lines",
    "individual",
)
#: Code of each; the last is an invoice of Shenzhen's blockchain.
OLD_SHAPES = {"code12": "011002000111", "code10": "1100194130", "blockchain": "144032109110"}
SHAPES = (*DIGITAL_SHAPES, *OLD_SHAPES)


# --- Random documents ---------------------------------------------------------------------------


def random_uscc(rng):
    body = "91" + f"{rng.randrange(110000, 660000)}"
    body += "".join(rng.choice(USCC_ALPHABET) for _ in range(9))
    return body + uscc_check_digit(body)


def random_party(rng):
    return Party(
        name=f"{rng.choice('杭广深北')}州（示例）{rng.randrange(10**6)}有限公司",
        tax_id=random_uscc(rng),
        address=f"示例省示例市文三路{rng.randrange(1, 999)}号",
        phone=f"0571-{rng.randrange(20000000, 89999999)}",
        bank_name=f"中国建设银行第{rng.randrange(1, 99)}支行",
        bank_account=f"{rng.randrange(10**18, 10**19)}",
    )


def random_line(rng, sign=1, kind=TaxKind.TAXED):
    quantity = Decimal(rng.randrange(1, 500))
    price = Decimal(rng.randrange(1, 10**7)) / 100
    rate = Decimal(rng.choice(("0.13", "0.09", "0.06", "0.03", "0.01", "0.015", "0")))
    amount = (quantity * price).quantize(CENT) * sign
    taxed = kind == TaxKind.TAXED
    return Line(
        name=rng.choice(GOODS),
        specification=rng.choice(("", "X-100", "25kg/袋")),
        unit=rng.choice(("", "个", "次")),
        quantity=quantity * sign,
        unit_price=price,
        amount=amount,
        tax_rate=rate if taxed else None,
        tax_kind=kind,
        tax_amount=(amount * rate).quantize(CENT, ROUND_HALF_UP) if taxed else None,
        tax_code=f"{rng.randrange(10**18, 10**19)}",
    )


def discount_line(line, percent=10):
    """The negative line without quantity that follows a discounted one."""
    amount = -(line.amount * percent / 100).quantize(CENT, ROUND_HALF_UP)
    tax = line.tax_amount
    return dataclasses.replace(
        line,
        specification="",
        unit="",
        quantity=None,
        unit_price=None,
        amount=amount,
        tax_amount=tax if tax is None else (amount * line.tax_rate).quantize(CENT, ROUND_HALF_UP),
    )


def random_check_code(rng, shape):
    if shape == "code12":
        return f"{rng.randrange(10**19, 10**20)}"
    return f"{rng.randrange(16**5):05x}" if shape == "blockchain" else ""


def random_ticket(rng, kind):
    """An electronic ticket: of a train, or of a flight with charges that are not taxed."""
    amount = Decimal(rng.randrange(1000, 200000)) / 100
    tax = (amount * Decimal("0.09")).quantize(CENT, ROUND_HALF_UP)
    other = Decimal(50 + rng.randrange(100)) if kind == Kind.AIR else None
    buyer = random_party(rng)
    return FapiaoDocument(
        number=f"{rng.randrange(10**19, 10**20)}",
        kind=kind,
        issue_date=date(2024, 12, 1) + timedelta(days=rng.randrange(500)),
        buyer=Party(name=buyer.name, tax_id=buyer.tax_id),
        amount_untaxed=amount,
        amount_tax=tax,
        amount_other=other,
        amount_total=amount + tax + (other or 0),
    )


def random_document(rng, shape):
    """A document of one of SHAPES whose amounts add up."""
    untaxed_kind = {
        "stars": TaxKind.UNKNOWN,
        "exempt": TaxKind.EXEMPT,
        "not_taxable": TaxKind.NOT_TAXABLE,
    }.get(shape)
    sign = -1 if shape == "red" else 1
    count = 100 if shape == "hundred_lines" else rng.randrange(1, 5)
    lines = [random_line(rng, sign, untaxed_kind or TaxKind.TAXED) for _ in range(count)]
    if shape == "discount":
        lines.insert(1, discount_line(lines[0]))
    old = OLD_SHAPES.get(shape, "")
    number_length = 8 if old else 20
    document = FapiaoDocument(
        number=f"{rng.randrange(10 ** (number_length - 1), 10**number_length)}",
        code=old,
        check_code=random_check_code(rng, shape),
        kind={
            "code12": Kind.ELECTRONIC_ORDINARY,
            "blockchain": Kind.ELECTRONIC_ORDINARY,
            "code10": Kind.PAPER_SPECIAL,
            "special": Kind.DIGITAL_SPECIAL,
        }.get(shape, Kind.DIGITAL_ORDINARY),
        issue_date=date(2019, 1, 1) + timedelta(days=rng.randrange(3000)),
        buyer=Party(name="个人") if shape == "individual" else random_party(rng),
        seller=random_party(rng),
        lines=tuple(lines),
        amount_untaxed=sum(line.amount for line in lines),
        amount_tax=None if untaxed_kind else sum(line.tax_amount for line in lines),
        remark=rng.choice(("", "合同号 2024-7 第 1 期")),
        drawer="张三",
        is_red=shape == "red",
    )
    total = document.amount_untaxed + (document.amount_tax or 0)
    document = dataclasses.replace(document, amount_total=total)
    if shape == "red":
        blue, confirmation = rng.randrange(10**19, 10**20), rng.randrange(10**20, 10**21)
        remark = f"被红冲蓝字数电票号码：{blue} 红字发票信息确认单编号：{confirmation}"
        document = dataclasses.replace(
            document,
            remark=remark,
            red_of_number=f"{blue}",
            red_confirmation_number=f"{confirmation}",
        )
    return document


def qr_of(document):
    """Text of the QR code of an older electronic invoice."""
    if document.code.startswith("1440"):
        digest = hashlib.sha256(document.number.encode()).hexdigest()
        fen = f"{document.amount_total * 100:.0f}"
        address = "https://bcfp.shenzhen.chinatax.gov.cn/verify/scan"
        return f"{address}?hash={digest}&bill_num={document.number}&total_amount={fen}"
    body = f"01,10,{document.code},{document.number},{document.amount_untaxed},"
    body += f"{document.issue_date:%Y%m%d},{document.check_code},"
    return f"{body}{crc16(body)},"


# --- XML ----------------------------------------------------------------------------------------


def element(name, content="", **attributes):
    """An XML element; a list is nested elements, anything else its text (None is empty)."""
    inner = (
        "".join(content)
        if isinstance(content, list)
        else escape("" if content is None else str(content))
    )
    attrs = "".join(f' {key}="{escape(str(value))}"' for key, value in attributes.items())
    return f"<{name}{attrs}>{inner}</{name}>"


def tax_text(line, style="fraction"):
    if line.tax_kind == TaxKind.TAXED:
        percent = f"{(line.tax_rate * 100).normalize():f}"
        return {
            "fraction": f"{line.tax_rate}",
            "zeros": f"{line.tax_rate:.6f}",
            "percent": f"{percent}%",
        }[style]
    return {TaxKind.EXEMPT: "免税", TaxKind.NOT_TAXABLE: "不征税", TaxKind.UNKNOWN: "***"}[
        line.tax_kind
    ]


def printed_cells(line):
    """What a form prints in the columns of a line behind its name."""
    return {
        "specification": line.specification,
        "unit": line.unit,
        "quantity": "" if line.quantity is None else line.quantity,
        "unit_price": "" if line.unit_price is None else line.unit_price,
        "amount": line.amount,
        "tax_rate": tax_text(line, "percent"),
        "tax_amount": "***" if line.tax_amount is None else line.tax_amount,
    }


def write_einvoice(document, rate_style="fraction", shuffle=None, encoding="utf-8", declared=None):
    """The tax bureau's XML of a digital invoice.

    :param shuffle: random generator that changes the order of elements
    :param declared: encoding in the declaration, "" for none
    """

    def ordered(parts):
        if shuffle:
            shuffle.shuffle(parts)
        return parts

    def party(role, value):
        names = ("IdNum", "Name", "Addr", "TelNum", "BankName", "BankAccNum")
        values = (value.tax_id, value.name, value.address, value.phone)
        values += (value.bank_name, value.bank_account)
        fields = [element(f"{role}{name}", v) for name, v in zip(names, values, strict=True)]
        return element(f"{role}Information", ordered(fields))

    def label(name, code, title):
        return element(name, [element("LabelCode", code), element("LabelName", title)])

    special = document.kind.is_special
    header = element(
        "Header",
        ordered(
            [
                element("EIid", document.number),
                element("Version", "0.33"),
                element(
                    "InherentLabel",
                    [
                        label("InIssuType", "N" if document.is_red else "Y", "是否蓝字发票标志"),
                        label("EInvoiceType", "01", "电子发票"),
                        label(
                            "GeneralOrSpecialVAT",
                            "01" if special else "02",
                            "增值税专用发票" if special else "普通发票",
                        ),
                        element("TaxpayerType"),
                    ],
                ),
            ]
        ),
    )
    stars = "***" if document.amount_tax is None else document.amount_tax
    basic = element(
        "BasicInformation",
        ordered(
            [
                element("TotalAmWithoutTax", document.amount_untaxed),
                element("TotalTaxAm", stars),
                element("TotalTax-includedAmount", document.amount_total),
                element("Drawer", document.drawer),
                element("RequestTime", f"{document.issue_date} 16:23:48"),
            ]
        ),
    )
    lines = [
        element(
            "IssuItemInformation",
            [
                element("ItemName", line.name),
                element("SpecMod", line.specification),
                element("MeaUnits", line.unit),
                element("Quantity", line.quantity),
                element("UnPrice", line.unit_price),
                element("Amount", line.amount),
                element("TaxRate", tax_text(line, rate_style)),
                element("ComTaxAm", "***" if line.tax_amount is None else line.tax_amount),
                element("TaxClassificationCode", line.tax_code),
            ],
        )
        for line in document.lines
    ]
    red = element(
        "RedEInvoice",
        [
            element("OriginalInvoiceCode", document.red_of_number),
            element("CreditNoteNumber", document.red_confirmation_number),
        ],
    )
    data = ordered([party("Buyer", document.buyer), party("Seller", document.seller), basic])
    data += lines
    data += ordered(
        [
            element("SpecificInformation", [red]),
            element("AdditionalInformation", [element("Remark", document.remark)]),
        ]
    )
    supervision = element(
        "TaxSupervisionInfo",
        [element("InvoiceNumber", document.number), element("IssueTime", document.issue_date)],
    )
    parts = ordered([header, element("EInvoiceData", data), supervision])
    declared = encoding if declared is None else declared
    declaration = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    return (declaration + element("EInvoice", parts)).encode(encoding)


def write_einvoice_tags(document, page):
    """The bureau's names as tags that point into a page; the total points to nothing but ``¥``."""
    root = etree.fromstring(write_einvoice(document, declared=""))
    root.remove(root.find("Header"))
    for leaf in [item for item in root.iter() if item.text]:
        text = "¥" if leaf.tag == "TotalTax-includedAmount" else leaf.text
        leaf.text = None
        reference = etree.SubElement(leaf, f"{{{OFD_NAMESPACE}}}ObjectRef", PageRef=page.page_ref)
        reference.text = str(page.add(text))
    return etree.tostring(root, encoding="unicode")


def edrm_fields(document):
    """Texts of the older schema, by element path."""
    fields = {
        "InvoiceCode": document.code,
        "InvoiceNo": document.number,
        "IssueDate": f"{document.issue_date:%Y年%m月%d日}",
        "InvoiceCheckCode": document.check_code,
        "TaxExclusiveTotalAmount": document.amount_untaxed,
        "TaxTotalAmount": "***" if document.amount_tax is None else document.amount_tax,
        "TaxInclusiveTotalAmount": document.amount_total,
        "Note": document.remark,
        "InvoiceClerk": document.drawer,
    }
    for role, party in (("Buyer", document.buyer), ("Seller", document.seller)):
        fields[f"{role}/{role}Name"] = party.name
        fields[f"{role}/{role}TaxID"] = party.tax_id
        fields[f"{role}/{role}AddrTel"] = f"{party.address} {party.phone}"
        fields[f"{role}/{role}FinancialAccount"] = f"{party.bank_name}{party.bank_account}"
    return fields


def edrm_line(line):
    return {
        "Item": line.name,
        "Code": line.tax_code,
        "Specification": line.specification,
        "MeasurementDimension": line.unit,
        "Quantity": line.quantity,
        "Price": line.unit_price,
        "Amount": line.amount,
        "TaxScheme": tax_text(line, "percent"),
        "TaxAmount": "***" if line.tax_amount is None else line.tax_amount,
    }


def write_edrm(document, prefix="fp", qr="", value=lambda path, text: text, line_groups=True):
    """XML of the older schema; ``value`` may replace texts by references (tags).

    :param line_groups: False writes the lines as flat columns
    """
    colon = f"{prefix}:" if prefix else ""

    def leaf(name, path, text):
        return element(colon + name, value(path, text))

    body = []
    for role in ("Buyer", "Seller"):
        fields = [
            leaf(path.split("/")[1], path, text)
            for path, text in edrm_fields(document).items()
            if path.startswith(role)
        ]
        body.append(element(colon + role, fields))
    body += [
        leaf(path, path, text) for path, text in edrm_fields(document).items() if "/" not in path
    ]
    if qr:
        body.append(element(f"{colon}GraphCode", qr))
    rows = [
        [leaf(name, f"line{n}/{name}", text) for name, text in edrm_line(line).items()]
        for n, line in enumerate(document.lines)
    ]
    if line_groups:
        groups = [element(f"{colon}GoodsInfo", row) for row in rows]
        body.append(element(f"{colon}GoodsInfos", groups))
    else:
        body += [cell for row in rows for cell in row]
    spaces = {"xmlns:ofd": OFD_NAMESPACE}
    if prefix:
        spaces[f"xmlns:{prefix}"] = "http://www.edrm.org.cn/schema/e-invoice/2019"
    return '<?xml version="1.0" encoding="UTF-8"?>' + element("eInvoice", body, **spaces)


def write_xbrl(facts, name="inv", tuples=()):
    """An XBRL voucher of flat facts and tuples, both as dictionaries."""
    context = {"contextRef": "now"}
    body = [element("context", [element("entity", [element("identifier", "1")])], id="now")]
    body += [element(f"{name}:{key}", value, **context) for key, value in facts.items()]
    body += [
        element(f"{name}:{group}", [element(f"{name}:{k}", v, **context) for k, v in row.items()])
        for group, row in tuples
    ]
    spaces = {
        "xmlns": "http://www.xbrl.org/2003/instance",
        f"xmlns:{name}": f"http://xbrl.mof.gov.cn/taxonomy/2099-01-01/{name}",
    }
    return '<?xml version="1.0" encoding="UTF-8"?>' + element("xbrl", body, **spaces)


def write_voucher(document):
    """The XBRL voucher of an older invoice, a rail ticket or a flight."""
    if document.kind == Kind.RAIL:
        return write_xbrl(_rail_facts(document), "rai")
    if document.kind == Kind.AIR:
        return write_xbrl(_air_facts(document), "atr")
    lines = [
        (
            "InformationOfTaxableGoodsOrServicesDetailItemsTuple",
            {
                "NameOfTaxableGoodsOrServices": line.name,
                "UnitPriceOfGoodsOrServices": line.unit_price,
                "AmountExcludingTax": line.amount,
                "TaxRate": tax_text(line, "percent"),
                "TaxAmount": line.tax_amount,
                "TaxClassificationCode": line.tax_code,
            },
        )
        for line in document.lines
    ]
    return write_xbrl(_invoice_facts(document), "inv", lines)


def _rail_facts(document):
    return {
        "TypeOfVoucher": "电子发票（铁路电子客票）",
        "ElectronicInvoiceRailwayETicketNumber": document.number,
        "TypeOfBusiness": "售",
        "DateOfIssue": document.issue_date,
        "Fare": document.amount_total,
        "TotalAmountExcludingTax": document.amount_untaxed,
        "TaxRate": "0.09",
        "TaxAmount": document.amount_tax,
        "NameOfPurchaser": document.buyer.name,
        "UnifiedSocialCreditCodeOfPurchaser": document.buyer.tax_id,
    }


def _air_facts(document):
    return {
        "ElectronicInvoiceAirTransportReceiptNumber": document.number,
        "IssueDate": document.issue_date,
        "Fare": document.amount_untaxed - 5,
        "FuelSurcharge": "5.00",
        "VatRate": "0.09",
        "VatTaxAmount": document.amount_tax,
        "CivilAviationDevelopmentFund": document.amount_other,
        "OtherTaxes": "",
        "TotalAmount": document.amount_total,
        "NameOfPurchaser": document.buyer.name,
        "UnifiedSocialCreditCodeOfPurchaser": document.buyer.tax_id,
    }


def _invoice_facts(document):
    facts = {
        "CodeOfInvoice": document.code,
        "NumberOfInvoice": document.number,
        "DateOfIssue": document.issue_date,
        "IdentifyingCode": document.check_code,
        "TotalAmountExcludingTax": document.amount_untaxed,
        "TotalTaxAmount": document.amount_tax,
        "TaxIncludedAmountInFigures": document.amount_total,
        "Issuer": document.drawer,
        "Remarks": document.remark,
    }
    tax_id = "TaxpayerIdentificationNumberUnifiedSocialCreditCodeOf"
    for role, party in (("Purchaser", document.buyer), ("Seller", document.seller)):
        facts[f"NameOf{role}"] = party.name
        facts[tax_id + role] = party.tax_id
        facts[f"AddressPhoneNumberOf{role}"] = f"{party.address} {party.phone}"
        bank = f"{party.bank_name} {party.bank_account}"
        facts[f"DepositBankAndAccountNumberOf{role}"] = bank
    return facts


# --- OFD ----------------------------------------------------------------------------------------


def make_zip(parts, compression=zipfile.ZIP_DEFLATED):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return stream.getvalue()


def ofd_parts(
    attached=None,
    tags=None,
    pages=None,
    custom=None,
    doc="Doc_0",
    slash="",
    listed=True,
    root="",
    entry=True,
    pictures=None,
):
    """Parts of an OFD file.

    :param attached: text of attached XML by file name
    :param tags: text of the tag file
    :param pages: text of each page's content, by page id
    :param custom: custom data by name
    :param slash: "/" makes all references absolute
    :param listed: False leaves out the lists of attachments and tags
    :param root: folder around everything, with its slash
    :param entry: False leaves out ``OFD.xml``
    :param pictures: content of pictures by file name
    """
    base = f"/{doc}/" if slash else ""
    attached, pages = attached or {}, pages or {}
    parts, lists = {}, []

    def ofd(name, content="", **attributes):
        return element(f"ofd:{name}", content, **attributes)

    def part(name, xml):
        parts[root + name] = xml.replace(">", f' xmlns:ofd="{OFD_NAMESPACE}">', 1)

    for name, content in (pictures or {}).items():
        parts[f"{root}{doc}/Res/{name}"] = content
    for name, xml in attached.items():
        parts[f"{root}{doc}/Attachs/{name}"] = xml
    if tags:
        parts[f"{root}{doc}/Tags/CustomTag.xml"] = tags
    if listed and attached:
        items = [
            ofd("Attachment", [ofd("FileLoc", f"{base}{'Attachs/' if slash else ''}{name}")], ID=n)
            for n, name in enumerate(attached)
        ]
        part(f"{doc}/Attachs/Attachments.xml", ofd("Attachments", items))
        lists.append(ofd("Attachments", f"{base}Attachs/Attachments.xml"))
    if listed and tags:
        place = f"{base}Tags/CustomTag.xml" if slash else "CustomTag.xml"
        part(
            f"{doc}/Tags/CustomTags.xml",
            ofd("CustomTags", [ofd("CustomTag", [ofd("FileLoc", place)], TypeID="x")]),
        )
        lists.append(ofd("CustomTags", f"{base}Tags/CustomTags.xml"))
    page_list = []
    for n, (page_id, xml) in enumerate(pages.items()):
        parts[f"{root}{doc}/Pages/Page_{n}/Content.xml"] = xml
        page_list.append(ofd("Page", "", ID=page_id, BaseLoc=f"{base}Pages/Page_{n}/Content.xml"))
    part(f"{doc}/Document.xml", ofd("Document", [ofd("Pages", page_list), *lists]))
    if entry:
        data = [ofd("CustomData", text, Name=name) for name, text in (custom or {}).items()]
        info = ofd("DocInfo", [ofd("DocID", "1"), ofd("CustomDatas", data)])
        body = ofd("DocBody", [info, ofd("DocRoot", f"{slash}{doc}/Document.xml")])
        part("OFD.xml", ofd("OFD", [body]))
    return parts


def write_ofd(*args, **options):
    return make_zip(ofd_parts(*args, **options))


def custom_data(document):
    """Custom data as the tax platform writes it: no names, no total."""
    return {
        "发票号码": document.number,
        "开票日期": f"{document.issue_date:%Y年%m月%d日}",
        "合计金额": document.amount_untaxed,
        "合计税额": "***" if document.amount_tax is None else document.amount_tax,
        "购买方纳税人识别号": document.buyer.tax_id,
        "销售方纳税人识别号": document.seller.tax_id,
    }


class PageBuilder:
    """Page text that tags refer to.

    :param page_ref: page id in the references, None leaves the attribute out
    :param split: cut texts into several codes, and ``¥`` into an object of its own
    """

    def __init__(self, page_id="61", page_ref="61", split=False, title="电子发票（普通发票）"):
        self.page_id, self.page_ref, self.split = page_id, page_ref, split
        self.objects = []
        self.add(title)

    def add(self, text):
        object_id = 1000 + len(self.objects)
        half = len(text) // 2 if self.split else 0
        codes = [element("ofd:TextCode", piece) for piece in (text[:half], text[half:])]
        self.objects.append(element("ofd:TextObject", codes, ID=object_id))
        return object_id

    def reference(self, path, text):
        """References to new text objects, for ``write_edrm(value=…)``."""
        if text in (None, ""):
            return [element("ofd:ObjectRef", "0", PageRef=self.page_id)]
        pieces = [str(text)]
        if self.split and path.endswith("Amount"):
            pieces = ["¥", str(text)]
        attributes = {} if self.page_ref is None else {"PageRef": self.page_ref}
        return [element("ofd:ObjectRef", self.add(piece), **attributes) for piece in pieces]

    def content(self):
        layer = element("ofd:Layer", [element("ofd:PageBlock", self.objects)])
        spaces = {"xmlns:ofd": OFD_NAMESPACE}
        return element("ofd:Page", [element("ofd:Content", [layer])], **spaces)


def rng_for(*key):
    """A random generator that gives the same values in every run."""
    return random.Random(repr(key))
