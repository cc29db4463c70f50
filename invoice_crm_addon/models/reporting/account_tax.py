from odoo import api, fields, models
from odoo.exceptions import ValidationError

# Rates that a method knows, as the list of sales of the VAT return names them; former ones too.
RATES_OF = {
    "general": (17, 16, 13, 11, 10, 9, 6),
    "simple": (6, 5, 4, 3, 2, 1.5, 1, 0.5),
    "refund": (0,),
    "exempt": (0,),
}


class AccountTax(models.Model):
    _inherit = "account.tax"

    vat_method = fields.Selection(
        selection=[
            ("general", "General Method"),
            ("simple", "Simplified Method"),
            ("prepaid", "Pre-Levy Rate"),
            ("refund", "Exempt, Credited and Refunded"),
            ("exempt", "Exempt"),
        ],
        string="Method of the VAT Return",
        help="Where sales with this tax stand in the list of sales of the VAT return. Empty: as "
        "the rate says, 13, 9 and 6 % by the general method, 5, 4 and 3 % by the simplified one, "
        "0 % exempt, credited and refunded.",
    )
    is_vat_refunded = fields.Boolean(
        string="Refunded Upon Levy",
        help="What is sold with this tax stands in the lines of goods and services whose tax is "
        "refunded upon levy as well.",
    )

    @api.constrains("vat_method", "amount", "amount_type", "is_vat_refunded")
    def _check_vat_method(self):
        for tax in self:
            if tax.vat_method in RATES_OF and (
                tax.amount_type != "percent" or tax.amount not in RATES_OF[tax.vat_method]
            ):
                label = dict(self._fields["vat_method"]._description_selection(self.env))
                raise ValidationError(
                    self.env._(
                        "A tax of %(rate)s %% cannot stand under “%(method)s” in the VAT return: "
                        "its rates are %(rates)s. Choose another method, or none.",
                        rate=f"{tax.amount:g}",
                        method=label[tax.vat_method],
                        rates=", ".join(f"{rate:g} %" for rate in RATES_OF[tax.vat_method]),
                    )
                )
            if tax.is_vat_refunded and (
                not tax.amount or tax.vat_method in ("prepaid", "refund", "exempt")
            ):
                raise ValidationError(
                    self.env._(
                        "Of “%s” no tax is levied that could be refunded upon levy. Take off one "
                        "of the two.",
                        tax.name,
                    )
                )
