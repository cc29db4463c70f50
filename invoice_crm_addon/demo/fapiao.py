"""E-invoice files of the demo tickets, as the tax platform gives them, and the upload of them."""

from lxml import etree
from lxml.builder import E

from .builder import Builder

KEPT = 8


class Files(Builder):
    """Finance drops files: some belong to issued tickets, one differs, two are no good."""

    def drop_files(self):
        tickets = self.env["invoice.ticket"].search(
            [
                ("company_id", "=", self.ref("demo_company").id),
                ("number_shape", "=", "digital"),
            ],
            order="id desc",
        )
        issued = tickets.filtered(lambda t: t.state == "issued" and not t.red_of_id)[:KEPT]
        contents = {f"dzfp_{t.fapiao_number}.xml": self._write(t, t.fapiao_number) for t in issued}
        waiting = tickets.filtered(lambda t: t.state == "approved")[:1]
        day = self.day(0)
        if waiting:
            number = f"{day:%y}312{90017263:015d}"
            contents[f"dzfp_{number}.xml"] = self._write(waiting, number, more=100)
        number = f"{day:%y}312{90017488:015d}"
        contents[f"dzfp_{number}.xml"] = self._write(issued[:1], number, wrong_total=True)
        contents["合同扫描件.xml"] = "扫描件，不是发票".encode()
        attachments = self.as_user("finance", self.env["ir.attachment"]).create(
            [{"name": name, "raw": content} for name, content in contents.items()]
        )
        finance = self.as_user("finance", self.env["invoice.ticket"])
        finance.import_fapiao(attachments.ids)

    def _write(self, ticket, number, more=0, wrong_total=False):
        """The XML file of a ticket.

        :param float more: yuan that the first line has more than the ticket
        :param bool wrong_total: whether the total contradicts the rest
        """
        lines = ticket.line_ids
        more_tax = more * lines[:1].tax_id.amount / 100
        untaxed, tax = ticket.amount_untaxed + more, ticket.amount_tax + more_tax
        total = untaxed + tax + wrong_total
        company = ticket.company_id
        special = "01" if ticket.type_id.fapiao_kind == "digital_special" else "02"
        day = ticket.issue_date or self.day(0)
        items = [
            E.IssuItemInformation(
                E.ItemName(f"*信息技术服务*{line.name}"),
                E.MeaUnits(line.unit or ""),
                E.Quantity(f"{line.quantity:g}"),
                E.UnPrice(f"{(line.amount_untaxed + extra) / line.quantity:.8f}"),
                E.Amount(f"{line.amount_untaxed + extra:.2f}"),
                E.TaxRate(f"{line.tax_id.amount / 100:g}"),
                E.ComTaxAm(f"{line.amount_tax + (more_tax if extra else 0):.2f}"),
            )
            for line, extra in zip(lines, [more] + [0] * len(lines), strict=False)
        ]
        tree = E.EInvoice(
            E.Header(
                E.EIid(number),
                E.InherentLabel(
                    E.InIssuType(E.LabelCode("Y")), E.GeneralOrSpecialVAT(E.LabelCode(special))
                ),
            ),
            E.EInvoiceData(
                E.SellerInformation(E.SellerIdNum(company.vat), E.SellerName(company.name)),
                E.BuyerInformation(
                    E.BuyerIdNum(ticket.buyer_vat or ""),
                    E.BuyerName(ticket.buyer_name or ""),
                    E.BuyerAddr(ticket.buyer_address or ""),
                    E.BuyerTelNum(ticket.buyer_phone or ""),
                    E.BuyerBankName(ticket.buyer_bank_name or ""),
                    E.BuyerBankAccNum(ticket.buyer_bank_account or ""),
                ),
                E.BasicInformation(
                    E.TotalAmWithoutTax(f"{untaxed:.2f}"),
                    E.TotalTaxAm(f"{tax:.2f}"),
                    E("TotalTax-includedAmount", f"{total:.2f}"),
                    E.Drawer("刘慧"),
                ),
                *items,
            ),
            E.TaxSupervisionInfo(E.InvoiceNumber(number), E.IssueTime(str(day))),
        )
        return etree.tostring(tree, encoding="UTF-8", xml_declaration=True, pretty_print=True)
