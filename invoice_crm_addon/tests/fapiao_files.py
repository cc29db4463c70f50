"""E-invoice files as the tax platform writes them, for the tests."""

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
