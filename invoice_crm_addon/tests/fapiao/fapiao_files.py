"""E-invoice files as the tax platform writes them, for the tests."""

import io
import zipfile
from xml.sax.saxutils import escape

import qrcode
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from ...fapiao.qr import crc16

XML = """<?xml version="1.0" encoding="UTF-8"?>
<EInvoice>
  <Header>
    <EIid>{number}</EIid>
    <InherentLabel>
      <InIssuType><LabelCode>{issue_type}</LabelCode></InIssuType>
      <GeneralOrSpecialVAT><LabelCode>{special}</LabelCode></GeneralOrSpecialVAT>
    </InherentLabel>
  </Header>
  <EInvoiceData>
    <SellerInformation>
      <SellerIdNum>{seller_vat}</SellerIdNum><SellerName>{seller}</SellerName>
    </SellerInformation>
    <BuyerInformation>
      <BuyerIdNum>{buyer_vat}</BuyerIdNum><BuyerName>{buyer}</BuyerName>
    </BuyerInformation>
    <BasicInformation>
      <TotalAmWithoutTax>{untaxed}</TotalAmWithoutTax>
      <TotalTaxAm>{tax}</TotalTaxAm>
      <TotalTax-includedAmount>{total}</TotalTax-includedAmount>
    </BasicInformation>
    <IssuItemInformation>
      <ItemName>{item}</ItemName>
      <Quantity>{quantity}</Quantity><UnPrice>{price}</UnPrice><Amount>{untaxed}</Amount>
      <TaxRate>{rate}</TaxRate><ComTaxAm>{tax}</ComTaxAm>
      <TotaltaxIncludedAmount>{total}</TotaltaxIncludedAmount>
      <TaxClassificationCode>3040201000000000000</TaxClassificationCode>
    </IssuItemInformation>
    {red}
    <AdditionalInformation><Remark>{remark}</Remark></AdditionalInformation>
  </EInvoiceData>
  <TaxSupervisionInfo>
    <InvoiceNumber>{number}</InvoiceNumber><IssueTime>{date}</IssueTime>
  </TaxSupervisionInfo>
</EInvoice>
"""
RED = (
    "<SpecificInformation><RedEInvoice><OriginalInvoiceCode>{}</OriginalInvoiceCode>"
    "</RedEInvoice></SpecificInformation>"
)


def build_xml(number, seller, buyer, *, red_of=None, **values):
    """A digital fapiao with one line, 13 % tax.

    :param str number: 20 digits
    :param tuple seller: name and tax number
    :param tuple buyer: name and tax number
    :param str red_of: number of the fapiao that this one cancels; its amounts are negative
    :param values: what differs from 1,000.00 + 130.00 on 2026-03-05
    :rtype: bytes
    """
    sign = "-" if red_of else ""
    fields = {
        "number": number,
        "seller": seller[0],
        "seller_vat": seller[1],
        "buyer": buyer[0],
        "buyer_vat": buyer[1],
        "untaxed": f"{sign}1000.00",
        "tax": f"{sign}130.00",
        "total": f"{sign}1130.00",
        # A red letter takes goods back, at their price.
        "quantity": f"{sign}1",
        "price": values.get("untaxed", "1000.00").lstrip("-"),
        "rate": "0.13",
        "item": "*信息技术服务*Consulting",
        "special": "01",
        "issue_type": "N" if red_of else "Y",
        "date": "2026-03-05",
        "remark": "",
        **values,
    }
    escaped = {name: escape(str(value)) for name, value in fields.items()}
    return XML.format(red=RED.format(red_of) if red_of else "", **escaped).encode()


OFD_PARTS = {
    "OFD.xml": """<?xml version="1.0" encoding="UTF-8"?>
<ofd:OFD xmlns:ofd="http://www.ofdspec.org/2016" Version="1.0" DocType="OFD">
<ofd:DocBody><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>""",
    "Doc_0/Document.xml": """<?xml version="1.0" encoding="UTF-8"?>
<ofd:Document xmlns:ofd="http://www.ofdspec.org/2016">
<ofd:Attachments>Attachs/Attachments.xml</ofd:Attachments></ofd:Document>""",
    "Doc_0/Attachs/Attachments.xml": """<?xml version="1.0" encoding="UTF-8"?>
<ofd:Attachments xmlns:ofd="http://www.ofdspec.org/2016">
<ofd:Attachment ID="1" Name="original_invoice" Format="xml">
<ofd:FileLoc>original_invoice.xml</ofd:FileLoc></ofd:Attachment></ofd:Attachments>""",
    "Doc_0/Attachs/original_invoice.xml": """<?xml version="1.0" encoding="UTF-8"?>
<eInvoice xmlns:fp="http://www.edrm.org.cn/schema/e-invoice/2019">
<fp:InvoiceCode>{code}</fp:InvoiceCode><fp:InvoiceNo>{number}</fp:InvoiceNo>
<fp:IssueDate>2026年03月05日</fp:IssueDate>
<fp:InvoiceCheckCode>16630282980991510014</fp:InvoiceCheckCode>
<fp:Buyer><fp:BuyerName>{buyer}</fp:BuyerName><fp:BuyerTaxID>{buyer_vat}</fp:BuyerTaxID></fp:Buyer>
<fp:Seller><fp:SellerName>{seller}</fp:SellerName>
<fp:SellerTaxID>{seller_vat}</fp:SellerTaxID></fp:Seller>
<fp:TaxExclusiveTotalAmount>1000.00</fp:TaxExclusiveTotalAmount>
<fp:TaxTotalAmount>130.00</fp:TaxTotalAmount>
<fp:TaxInclusiveTotalAmount>1130.00</fp:TaxInclusiveTotalAmount>
<fp:GoodsInfos><fp:GoodsInfo><fp:Item>*信息技术服务*{item}</fp:Item>
<fp:Quantity>1</fp:Quantity><fp:Price>1000.00</fp:Price><fp:Amount>1000.00</fp:Amount>
<fp:TaxScheme>13%</fp:TaxScheme><fp:TaxAmount>130.00</fp:TaxAmount></fp:GoodsInfo></fp:GoodsInfos>
</eInvoice>""",
}


def build_ofd(code, number, seller, buyer, item="Consulting"):
    """An electronic ordinary VAT invoice over 1,000.00 + 130.00 yuan.

    :param str code: 12 digits
    :param str number: 8 digits
    :param tuple seller: name and tax number
    :param tuple buyer: name and tax number
    :rtype: bytes
    """
    values = {
        "code": code,
        "number": number,
        "seller": seller[0],
        "seller_vat": seller[1],
        "buyer": buyer[0],
        "buyer_vat": buyer[1],
        "item": item,
    }
    escaped = {name: escape(value) for name, value in values.items()}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in OFD_PARTS.items():
            archive.writestr(name, text.format(**escaped))
    return buffer.getvalue()


def build_pdf(number, seller, buyer, total="1130.00", code_total="1130.00"):
    """A digital special fapiao over 1,000.00 + 130.00 yuan, as it is printed.

    :param str number: 20 digits
    :param tuple seller: name and tax number
    :param tuple buyer: name and tax number
    :param str total: printed total
    :param str code_total: total in the QR code
    :rtype: bytes
    """
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=(610, 397))
    canvas.setFont("STSong-Light", 9)
    texts = (
        (200, 360, "电子发票（增值税专用发票）"),
        (430, 365, f"发票号码：{number}"),
        (430, 350, "开票日期：2026年03月05日"),
        (30, 310, f"名称：{buyer[0]}"),
        (320, 310, f"名称：{seller[0]}"),
        (30, 290, f"统一社会信用代码/纳税人识别号：{buyer[1]}"),
        (320, 290, f"统一社会信用代码/纳税人识别号：{seller[1]}"),
        *zip(
            (30, 165, 225, 270, 330, 400, 460, 560),
            [260] * 8,
            ("项目名称", "规格型号", "单位", "数量", "单价", "金额", "税率/征收率", "税额"),
            strict=True,
        ),
        *zip(
            (30, 270, 330, 400, 460, 560),
            [240] * 6,
            ("*信息技术服务*Consulting", "1", "1000.00", "1000.00", "13%", "130.00"),
            strict=True,
        ),
        (60, 180, "合        计"),
        (400, 180, "¥1000.00"),
        (560, 180, "¥130.00"),
        (60, 160, "价税合计（大写）  壹仟壹佰叁拾圆整"),
        (420, 160, f"（小写）¥{total}"),
        (60, 60, "开票人：张三"),
    )
    for x, y, text in texts:
        canvas.drawString(x, y, text)
    canvas.drawImage(ImageReader(build_code(number, code_total)), 15, 325, 65, 65)
    canvas.save()
    return stream.getvalue()


def build_code(number, total="1130.00"):
    """Picture of the QR code of a digital special fapiao of 2026-03-05."""
    code = qrcode.QRCode(border=4)
    body = f"01,31,,{number},{total},20260305,,"
    code.add_data(f"{body}{crc16(body)},")
    return code.make_image().get_image().convert("L")
