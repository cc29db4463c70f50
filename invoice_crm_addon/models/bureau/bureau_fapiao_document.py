from decimal import Decimal

from odoo import models

from ...fapiao import FapiaoDocument, Kind, Line, Party, TaxKind

_KINDS = {
    "digital_special": Kind.DIGITAL_SPECIAL,
    "digital_ordinary": Kind.DIGITAL_ORDINARY,
    "special": Kind.PAPER_SPECIAL,
    "ordinary": Kind.PAPER_ORDINARY,
}
_TAX_KINDS = {"exempt": TaxKind.EXEMPT, "not_taxable": TaxKind.NOT_TAXABLE, "": TaxKind.UNKNOWN}


class InvoiceBureauFapiao(models.Model):
    """A fapiao of the bureau as a file of it would say it."""

    _inherit = "invoice.bureau.fapiao"

    def _as_document(self):
        """What the bureau says of a fapiao, as a file of it would.

        :rtype: FapiaoDocument
        """
        self.ensure_one()
        # Its lines stand on the ticket, which people of the company read.
        translator = self.env["invoice.fapiao.translator"].with_company(self.company_id)
        env = translator._in_company_language().env
        lines = tuple(
            Line(
                name=env._("Sales at %s", line.rate_name),
                amount=_decimal(line.amount_untaxed),
                tax_amount=_decimal(line.amount_tax),
                tax_kind=_TAX_KINDS.get(line.rate or "", TaxKind.TAXED),
                tax_rate=None if (line.rate or "") in _TAX_KINDS else Decimal(line.rate) / 100,
            )
            for line in self.line_ids.with_context(lang=env.lang)
        )
        company = self.company_id
        return FapiaoDocument(
            number=self.number,
            code=self.code or "",
            kind=_KINDS.get(self.kind, Kind.OTHER),
            issue_date=self.issue_date,
            buyer=Party(name=self.buyer_name or "", tax_id=self.buyer_vat or ""),
            seller=Party(name=company.name, tax_id=company.vat or ""),
            lines=lines,
            amount_untaxed=_decimal(self.amount_untaxed),
            amount_tax=_decimal(self.amount_tax),
            amount_total=_decimal(self.amount_total),
            remark=self.remark or "",
            drawer=self.issuer or "",
            is_red=self.is_red,
            red_of_number=self.red_number or "",
            red_of_code=self.red_code or "",
            red_confirmation_number=self.red_confirmation or "",
        )


def _decimal(amount):
    return Decimal(str(round(amount, 2)))
