import base64
import binascii

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.base.models.res_bank import sanitize_account_number

from ...fapiao import (
    IMPOSSIBLE,
    FapiaoError,
    Party,
    correct_tax_id,
    is_anybody,
    read_billing_source,
    tax_id_problem,
)
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

    partner_id = fields.Many2one("res.partner", string="Customer")
    text = fields.Text(string="Text of the Customer")
    file = fields.Binary(help="Picture of a QR code, or an e-invoice: PDF, OFD, XML")
    filename = fields.Char(string="File Name", export_string_translation=False)
    problem = fields.Char(compute="_compute_parts", store=True, string="Cannot Be Read")
    side = fields.Selection(
        selection=[("buyer", "Buyer of the e-invoice"), ("seller", "Seller of the e-invoice")],
        compute="_compute_parts",
        store=True,
        string="Taken From",
    )
    invoice_title = _part(string="Billing Title")
    vat = _part(string="Tax Number")
    invoice_address = _part(string="Billing Address")
    invoice_phone = _part(string="Billing Phone")
    invoice_bank_name = _part(string="Billing Bank")
    invoice_bank_acc_number = _part(string="Billing Account Number")
    country_id = fields.Many2one(
        "res.country",
        compute="_compute_country_id",
        store=True,
        readonly=False,
        help="For a new customer who lives abroad, whose tax number is no Chinese one.",
    )
    warnings = fields.Text(compute="_compute_warnings", string="Billing Warnings")
    differences = fields.Text(compute="_compute_differences", string="What the Customer Has Now")

    @api.depends("text", "file", "filename")
    def _compute_parts(self):
        own = self._get_own_parties()
        for wizard in self:
            party, wizard.problem, wizard.side = Party(), False, False
            try:
                if source := wizard._get_source():
                    found = read_billing_source(
                        source,
                        own,
                        wizard.filename or "",
                        self.env["invoice.fapiao.file"]._get_limits(),
                    )
                    party, wizard.side = found.party, found.side or False
            except FapiaoError as error:
                translator = self.env["invoice.fapiao.translator"]
                wizard.problem = str(translator._get_error_text(error))
            for fname, part in PARTS.items():
                wizard[fname] = getattr(party, part)

    def _get_source(self):
        """The text, or the content of the file, which wins.

        :raise FapiaoError: if the file is no file
        """
        content = self.with_context(bin_size=False).file
        if not content:
            return (self.text or "").strip()
        try:
            return base64.b64decode(content)
        except (binascii.Error, ValueError) as error:
            raise FapiaoError("not_bytes") from error

    @api.model
    def _get_own_parties(self):
        """The companies of the user, as an invoice names them."""
        return [
            Party(name=company.partner_id.invoice_title or company.name, tax_id=company.vat or "")
            for company in self.env.companies
        ]

    @api.depends("partner_id", "vat")
    def _compute_country_id(self):
        """The customer's country, or the one that a number from abroad starts with."""
        for wizard in self:
            if wizard.partner_id or tax_id_problem(wizard.vat) not in IMPOSSIBLE:
                wizard.country_id = wizard.partner_id.country_id
                continue
            code = wizard.vat[:2].upper()
            wizard.country_id = self.env["res.country"].search([("code", "=", code)], limit=1)

    @api.depends(*BILLING_FIELDS, "country_id")
    def _compute_warnings(self):
        for wizard in self:
            if not self.env["res.partner"]._is_chinese_country(wizard.country_id):
                wizard.warnings = False
                continue
            party = Party(**{part: wizard[fname] or "" for fname, part in PARTS.items()})
            sentences = self.env["res.partner"]._say_billing_problems(party, wizard.vat)
            wizard.warnings = "\n".join(sentences)

    @api.depends("partner_id", *BILLING_FIELDS)
    def _compute_differences(self):
        """What accepting would replace, as whoever pastes sees it: accounts masked for most."""
        for wizard in self:
            partner = wizard.partner_id
            wizard.differences = "\n".join(
                f"{self._fields[fname]._description_string(self.env)}: {partner[fname]}"
                for fname in BILLING_FIELDS
                if wizard._is_replaced(fname)
            )

    def _is_replaced(self, fname):
        if not self[fname] or not self.partner_id[fname]:
            return False
        if fname == "invoice_bank_acc_number":
            return self._is_another_account()
        return self[fname] != self.partner_id[fname]

    def action_apply(self):
        """Write what was found to the customer; what was not found stays as it is there.

        Without a customer, the one who has the tax number is opened, or a new one is made.

        :raise UserError: if nothing was found, or the tax number is taken
        """
        self.ensure_one()
        if self.partner_id:
            self._apply()
            return {"type": "ir.actions.act_window_close"}
        known = self._find_known()
        if not known:
            if not self.invoice_title:
                raise UserError(self.env._("A new customer needs a name: enter the billing title."))
            self.partner_id = self.env["res.partner"].create(
                {
                    "name": self.invoice_title,
                    "is_company": not is_anybody(self.invoice_title),
                    "customer_rank": 1,
                    "country_id": self.country_id.id,
                }
            )
            self._apply()
        return (known or self.partner_id)._get_records_action(name=self.env._("Customer"))

    def _find_known(self):
        """The customer who has the tax number already; abroad, numbers are not kept apart."""
        partners = self.env["res.partner"]
        if not self.vat or partners._is_chinese_country(self.country_id):
            return self.vat and partners._find_by_tax_number(self.vat)
        found = partners.search(
            partners._get_foreign_number_domain(self.vat)
            & Domain("country_id", "=", self.country_id.id)
            & Domain("parent_id", "=", False),
            order="id",
        )
        number = correct_tax_id(self.vat)
        return found.filtered(lambda partner: correct_tax_id(partner.vat) == number)[:1]

    def _apply(self):
        values = {fname: self[fname] for fname in BILLING_FIELDS if self[fname]}
        if not values:
            raise UserError(
                self.env._("Nothing was found. Paste the text, or fill the fields below it.")
            )
        if self._is_another_account():
            # It is not at the bank of the one before.
            values["invoice_bank_name"] = self.invoice_bank_name
        self.partner_id.write(values)

    def _is_another_account(self):
        """Whether an account was found, and is not the billing account that the customer has."""
        number = sanitize_account_number(
            self.env["res.partner.bank"]._clean_account_number(self.invoice_bank_acc_number)
        )
        # sudo: res.partner.bank - it is compared, and not shown
        known_sudo = self.partner_id.invoice_bank_account_id.sudo()
        return bool(number) and number != known_sudo.sanitized_acc_number
