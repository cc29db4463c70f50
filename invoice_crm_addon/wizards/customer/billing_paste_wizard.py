from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.base.models.res_bank import sanitize_account_number

from ...fapiao import split_billing_text, tax_id_problem
from ...models.customer.res_partner import BILLING_FIELDS

# Which part of the pasted text each field takes.
PARTS = dict(
    zip(
        BILLING_FIELDS,
        ("name", "tax_id", "address", "phone", "bank_name", "bank_account"),
        strict=True,
    )
)


def _part(**attributes):
    return fields.Char(compute="_compute_parts", store=True, readonly=False, **attributes)


class InvoiceBillingPasteWizard(models.TransientModel):
    """Billing data as customers send them, in one text, seen in parts before they are taken.

    Who may write the customer may paste: what is locked, or must be approved, is so here as well.
    """

    _name = "invoice.billing.paste.wizard"
    _inherit = ["invoice.readable.mixin"]
    _description = "Paste Billing Data"

    partner_id = fields.Many2one("res.partner", string="Customer", required=True)
    text = fields.Text(string="Text of the Customer")
    invoice_title = _part(string="Billing Title")
    vat = _part(string="Tax Number")
    invoice_address = _part(string="Billing Address")
    invoice_phone = _part(string="Billing Phone")
    invoice_bank_name = _part(string="Billing Bank")
    invoice_bank_acc_number = _part(string="Billing Account Number")
    is_tax_number_unlikely = fields.Boolean(
        compute="_compute_is_tax_number_unlikely", export_string_translation=False
    )

    @api.depends("text")
    def _compute_parts(self):
        for wizard in self:
            party = split_billing_text(wizard.text or "")
            for fname, part in PARTS.items():
                wizard[fname] = getattr(party, part)

    @api.depends("vat")
    def _compute_is_tax_number_unlikely(self):
        for wizard in self:
            wizard.is_tax_number_unlikely = bool(tax_id_problem(wizard.vat))

    def action_apply(self):
        """Write what was found to the customer; what was not found stays as it is there."""
        self.ensure_one()
        values = {fname: self[fname] for fname in BILLING_FIELDS if self[fname]}
        if not values:
            raise UserError(
                self.env._("Nothing was found. Paste the text, or fill the fields below it.")
            )
        if self._is_another_account():
            # It is not at the bank of the one before.
            values["invoice_bank_name"] = self.invoice_bank_name
        elif "invoice_bank_name" in values and not self.partner_id.invoice_bank_account_id:
            raise UserError(
                self.env._("A bank is kept with its account: enter the account number as well.")
            )
        self.partner_id.write(values)
        return {"type": "ir.actions.act_window_close"}

    def _is_another_account(self):
        """Whether an account was found, and is not the billing account that the customer has."""
        number = sanitize_account_number(
            self.env["res.partner.bank"]._clean_account_number(self.invoice_bank_acc_number)
        )
        # sudo: res.partner.bank - it is compared, and not shown
        known_sudo = self.partner_id.invoice_bank_account_id.sudo()
        return bool(number) and number != known_sudo.sanitized_acc_number
