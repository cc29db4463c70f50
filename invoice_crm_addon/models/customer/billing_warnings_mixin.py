from odoo import api, fields, models

from ...fapiao import Party, billing_problems, tax_id_problem
from .res_partner import BILLING_FIELDS


class InvoiceBillingWarningsMixin(models.AbstractModel):
    """Says in sentences what is impossible or unlikely in the billing data of a customer."""

    _name = "invoice.billing.warnings.mixin"
    _description = "Customer Whose Billing Data Are Checked"

    billing_warnings = fields.Text(compute="_compute_billing_warnings")

    @api.depends(*BILLING_FIELDS, "invoice_clearing_number", "country_id", "is_company")
    def _compute_billing_warnings(self):
        for partner in self:
            partner.billing_warnings = "\n".join(partner._get_billing_warnings())

    def _get_billing_warnings(self):
        """What is impossible or unlikely in the billing data, one sentence each.

        No sentence holds a value: account numbers are not for everybody's eyes.

        :rtype: list[str]
        """
        self.ensure_one()
        if not self._is_chinese():
            return []
        account = self.invoice_bank_acc_number
        if account and "*" in account:
            # sudo: the whole number is judged, and shown to nobody
            account = self.sudo().invoice_bank_account_id.acc_number
        party = Party(
            name=self.invoice_title or "",
            address=self.invoice_address or "",
            phone=self.invoice_phone or "",
            bank_name=self.invoice_bank_name or "",
            bank_account=account or "",
        )
        return self._say_billing_problems(
            party, self.vat, self.invoice_clearing_number, not self.is_company
        )

    @api.model
    def _say_billing_problems(self, party, vat, clearing_number=None, is_person=False):
        """Sentences of what is impossible or unlikely in billing data.

        :rtype: list[str]
        """
        codes = [tax_id_problem(vat), *billing_problems(party, clearing_number or "", is_person)]
        sentences = self._get_billing_sentences()
        return [sentences[code] for code in codes if code]

    @api.model
    def _get_billing_sentences(self):
        """Sentence of each problem of billing data, by its code."""
        impossible = self.env._(
            "Chinese tax numbers have 15, 17, 18 or 20 digits and capital letters. Compare "
            "this one with the business licence."
        )
        return {
            "length": impossible,
            "characters": impossible,
            "uscc_check_digit": self.env._(
                "The check digit of this tax number is wrong. Compare it with the business licence."
            ),
            "id_card_check_digit": self.env._(
                "The check digit of this identity card number is wrong. Compare it with the card."
            ),
            "title_number": self.env._(
                "The billing title is a number. Enter the name that the tax bureau registered."
            ),
            "title_repeats": self.env._(
                "The billing title is the same as the address, the phone or the bank. Enter the "
                "name that the tax bureau registered."
            ),
            "address_unlikely": self.env._(
                "The billing address names no place. Compare it with the business licence."
            ),
            "phone_unlikely": self.env._(
                "The billing phone is no usual number. Enter it with its area code, such as "
                "021-55555555."
            ),
            "account_spreadsheet": self.env._(
                "The account number was shortened by a spreadsheet, and its last digits are lost. "
                "Format the cell as text and copy the number again."
            ),
            "account_characters": self.env._(
                "The account number holds characters that no account has. Enter its digits."
            ),
            "account_length": self.env._(
                "No account number is that short or that long. Compare it with what the bank says."
            ),
            "account_letters": self.env._(
                "The account number holds letters. Compare it with what the bank says."
            ),
            "account_unlikely": self.env._(
                "Account numbers have 8 to 32 digits. Compare this one with what the bank says."
            ),
            "account_check_digit": self.env._(
                "The check digit of the card number is wrong. Compare it with the card."
            ),
            "clearing_shape": self.env._(
                "A CNAPS code has 12 digits. Compare it with what the bank says."
            ),
            "clearing_check_digit": self.env._(
                "The check digit of the CNAPS code is wrong. Compare it with what the bank says."
            ),
        }
