"""E-invoice files as the tax platform writes them, for the tests."""

import io
import zipfile
from xml.sax.saxutils import escape

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
      <Quantity>1</Quantity><UnPrice>{untaxed}</UnPrice><Amount>{untaxed}</Amount>
      <TaxRate>0.13</TaxRate><ComTaxAm>{tax}</ComTaxAm>
      <TotaltaxIncludedAmount>{total}</TotaltaxIncludedAmount>
      <TaxClassificationCode>3040201000000000000</TaxClassificationCode>
    </IssuItemInformation>
    {red}
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
        "item": "*信息技术服务*Consulting",
        "special": "01",
        "issue_type": "N" if red_of else "Y",
        "date": "2026-03-05",
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
