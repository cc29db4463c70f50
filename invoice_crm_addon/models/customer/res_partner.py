from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from ...fapiao import clearing_problem, is_anybody, name_key
from ...fapiao.values import compact
from ..base.proof import proven

# The six fields that a special VAT invoice prints of its buyer (开票信息).
BILLING_FIELDS = (
    "invoice_title",
    "vat",
    "invoice_address",
    "invoice_phone",
    "invoice_bank_name",
    "invoice_bank_acc_number",
)
# What of them is stored on the partner itself; a change makes them unverified again.
BILLING_COLUMNS = (
    "invoice_title",
    "vat",
    "invoice_address",
    "invoice_phone",
    "invoice_bank_account_id",
)
BILLING_ACCOUNT = "invoice_bank_account_id"
PRINTED_AS = {
    "invoice_title": ["buyer_name"],
    "vat": ["buyer_vat"],
    "invoice_address": ["buyer_address"],
    "invoice_phone": ["buyer_phone"],
    BILLING_ACCOUNT: ["buyer_bank_name", "buyer_bank_account"],
}
# By what account and bank are written, and what an individual needs.
BANK_FIELDS = ("invoice_bank_name", "invoice_bank_acc_number", "invoice_bank_id")
INDIVIDUAL_FIELDS = ("invoice_title", "invoice_address", "invoice_phone")
FULL_NUMBER_GROUPS = "invoice_crm_addon.group_ticket_finance,invoice_crm_addon.group_ticket_manager"


class ResPartner(models.Model):
    """Customer with billing data, tickets and contracts.

    Billing data belong to the commercial entity; its contacts use them.
    """

    _name = "res.partner"
    _inherit = [
        "res.partner",
        "invoice.customer.documents.mixin",
        "invoice.customer.mailing.mixin",
    ]

    invoice_title = fields.Char(
        string="Billing Title",
        tracking=True,
        help="Name printed on invoices, as the tax bureau registered it.",
    )
    billing_name_key = fields.Char(
        compute="_compute_billing_name_key",
        store=True,
        index=True,
        export_string_translation=False,
    )
    invoice_address = fields.Char(string="Billing Address", tracking=True)
    invoice_phone = fields.Char(string="Billing Phone", tracking=True)
    invoice_bank_account_id = fields.Many2one(
        "res.partner.bank",
        string="Billing Bank Account",
        index="btree_not_null",
        domain="[('partner_id', '=', id)]",
        ondelete="set null",
    )
    invoice_bank_id = fields.Many2one(
        "res.bank",
        string="Bank of the Billing Account",
        compute="_compute_invoice_bank_id",
        inverse="_inverse_invoice_bank_id",
        store=True,
        readonly=False,
        help="Kept as well while the account is not known yet.",
    )
    invoice_bank_name = fields.Char(
        string="Billing Bank",
        compute="_compute_invoice_bank",
        inverse="_inverse_invoice_bank",
        compute_sudo=True,
    )
    invoice_bank_acc_number = fields.Char(
        string="Billing Account Number",
        compute="_compute_invoice_bank",
        inverse="_inverse_invoice_bank",
        compute_sudo=True,
        help="Finance, managers and whoever is to verify it see the whole number, others its last "
        "four digits.",
    )
    invoice_clearing_number = fields.Char(
        string="CNAPS Code",
        compute="_compute_invoice_clearing_number",
        inverse="_inverse_invoice_clearing_number",
        compute_sudo=True,
        help="12 digits that name the branch of the bank in payments.",
    )
    invoice_contact_id = fields.Many2one(
        "res.partner",
        string="Billing Contact",
        index="btree_not_null",
        domain="[('parent_id', '=', id)]",
        ondelete="set null",
        copy=False,
        tracking=True,
        help="Whom to ask about the billing data, and who gets the tickets.",
    )
    billing_completeness = fields.Integer(
        string="Completeness",
        compute="_compute_billing_completeness",
        store=True,
        index=True,
        aggregator="avg",
        help="Share of the billing fields that are filled in, in percent. An individual needs "
        "neither tax number nor bank.",
    )
    billing_missing = fields.Char(
        string="Missing", compute="_compute_billing_missing", compute_sudo=True
    )
    # === LABELS === #

    @api.model
    def _get_chinese_labels(self):
        return {
            **super()._get_chinese_labels(),
            "vat": self.env._("Tax Number"),
            "user_id": self.env._("Salesperson"),
            "state_id": self.env._("Province"),
            "parent_name": self.env._("Name of the Company"),
            "phone_sanitized": self.env._("Phone Without Blanks"),
            "customer_rank": self.env._("Number of Invoices"),
            "property_inbound_payment_method_line_id": self.env._("Usual Way In"),
            "property_outbound_payment_method_line_id": self.env._("Usual Way Out"),
            "specific_property_product_pricelist": self.env._("Own Pricelist"),
            "invoice_edi_format_store": self.env._("E-Invoice Format"),
            "global_location_number": self.env._("Location Code (GLN)"),
            "peppol_endpoint": self.env._("Peppol Address"),
            "properties_base_definition_id": self.env._("Definition of Custom Fields"),
        }

    # === COMPUTE METHODS === #

    @api.depends("invoice_title", "name")
    def _compute_billing_name_key(self):
        for partner in self:
            partner.billing_name_key = name_key(partner.invoice_title or partner.name) or False

    @api.depends("invoice_bank_account_id.bank_id")
    def _compute_invoice_bank_id(self):
        for partner in self:
            account = partner.invoice_bank_account_id
            partner.invoice_bank_id = account.bank_id if account else partner.invoice_bank_id

    def _inverse_invoice_bank_id(self):
        for partner in self:
            # sudo: res.partner.bank - the account of a customer that the user may change
            account_sudo = partner.sudo().invoice_bank_account_id
            if account_sudo.bank_id != partner.invoice_bank_id:
                account_sudo.bank_id = partner.invoice_bank_id

    @api.depends(
        "invoice_bank_account_id.acc_number",
        "invoice_bank_id.name",
        "approval_request_ids.waiting_user_ids",
    )
    @api.depends_context("uid")
    def _compute_invoice_bank(self):
        to_verify = self._filter_to_verify()
        self.invoice_bank_account_id.fetch(["acc_number"])
        for partner in self:
            account = partner.invoice_bank_account_id
            number = account.acc_number
            partner.invoice_bank_name = partner.invoice_bank_id.name
            partner.invoice_bank_acc_number = (
                number if partner in to_verify else account._show_account_number(number)
            )

    def _inverse_invoice_bank(self):
        for partner in self:
            number = partner.invoice_bank_acc_number
            if number and "*" in number:
                # The mask comes back from a screen that shows no more: the number stays.
                # sudo: the number is written back where it was, and shown to nobody
                number = partner.sudo().invoice_bank_account_id.acc_number
            partner._set_invoice_bank(number, partner.invoice_bank_name)

    @api.depends("invoice_bank_account_id.clearing_number")
    def _compute_invoice_clearing_number(self):
        for partner in self:
            partner.invoice_clearing_number = partner.invoice_bank_account_id.clearing_number

    def _inverse_invoice_clearing_number(self):
        """Write the code to the billing account.

        :raise UserError: if the code is impossible, the billing data are locked, or there is no
            account
        """
        for partner in self:
            code = compact(partner.invoice_clearing_number)
            # sudo: res.partner.bank - the account of a customer that the user may change
            account_sudo = partner.sudo().invoice_bank_account_id
            if code == (account_sudo.clearing_number or ""):
                continue
            if clearing_problem(code) == "clearing_shape":
                raise ValidationError(partner._get_billing_sentences()["clearing_shape"])
            if not account_sudo:
                raise UserError(
                    self.env._("The CNAPS code is kept with the account: enter its number first.")
                )
            partner._check_billing_account_open()
            account_sudo.clearing_number = code or False

    @api.depends(*BILLING_COLUMNS, "invoice_bank_id", "commercial_partner_id.is_company")
    def _compute_billing_completeness(self):
        for partner in self:
            needed = partner._get_needed_billing_fields()
            missing = partner._get_missing_billing_fields()
            partner.billing_completeness = round(100 * (1 - len(missing) / len(needed)))

    @api.depends("billing_completeness")
    @api.depends_context("lang")
    def _compute_billing_missing(self):
        for partner in self:
            partner.billing_missing = partner._get_labels(partner._get_missing_billing_fields())

    def _get_needed_billing_fields(self):
        self.ensure_one()
        is_company = self.commercial_partner_id.is_company
        return BILLING_FIELDS if is_company else INDIVIDUAL_FIELDS

    def _get_missing_billing_fields(self):
        """Names of the billing fields that the customer needs and lacks; call in superuser mode."""
        values = self._get_billing_values()
        return [fname for fname in self._get_needed_billing_fields() if not values[fname]]

    # === ONCHANGE METHODS === #

    @api.onchange("name")
    def _onchange_name_invoice_title(self):
        if not self.parent_id and not self.invoice_title and self.country_code in (False, "CN"):
            self.invoice_title = self.name

    # === CONSTRAINT METHODS === #

    @api.constrains("invoice_contact_id")
    def _check_invoice_contact(self):
        for partner in self.filtered("invoice_contact_id"):
            contact = partner.invoice_contact_id
            if contact.commercial_partner_id != partner.commercial_partner_id:
                raise ValidationError(
                    self.env._(
                        "%(contact)s does not work for %(customer)s. Choose one of its contacts.",
                        contact=contact.name,
                        customer=partner.name,
                    )
                )

    # === CRUD METHODS === #

    def write(self, vals):
        result = super().write(vals)
        if "parent_id" in vals:
            # Who leaves a company does not answer for its billing data any more.
            customers = proven(self).with_context(active_test=False)
            customers.search([("invoice_contact_id", "in", self.ids)]).filtered(
                lambda customer: (
                    customer.invoice_contact_id.commercial_partner_id
                    != customer.commercial_partner_id
                )
            ).invoice_contact_id = False
        return result

    def _children_sync(self, values):
        # Core would look for contacts before it looks whether they follow what was written.
        followed = {*self._commercial_fields(), *self._address_fields()}
        return super()._children_sync(values) if values.keys() & followed else None

    def unlink(self):
        # The account goes with its partner: contacts that share it must let go of it first.
        proven(self).with_context(active_test=False).search(
            [("invoice_bank_account_id.partner_id", "in", self.ids)]
        ).write({"invoice_bank_account_id": False})
        return super().unlink()

    def _update_drafts(self, fnames):
        """Drafts follow what changed of their customer; what else was typed there stays.

        :param set fnames: names of what changed, of ``BILLING_COLUMNS``
        """
        # sudo: invoice.ticket - drafts of others follow their customer too
        drafts_sudo = (
            self.env["invoice.ticket"]
            .sudo()
            .search([("partner_id", "in", self.ids), ("state", "=", "draft")])
        )
        drafts_sudo.filtered(lambda draft: draft._follows_customer())._fill_buyer(
            [buyer_field for column in fnames for buyer_field in PRINTED_AS[column]]
        )

    def _commercial_fields(self):
        return super()._commercial_fields() + [
            "invoice_title",
            "invoice_address",
            "invoice_phone",
            "invoice_bank_account_id",
            "invoice_bank_id",
        ]

    # === BUSINESS METHODS === #

    def _get_billing_values(self):
        """The six billing fields with the whole account number; call in superuser mode."""
        self.ensure_one()
        account = self.invoice_bank_account_id
        return {
            "invoice_title": self.invoice_title,
            "vat": self.vat,
            "invoice_address": self.invoice_address,
            "invoice_phone": self.invoice_phone,
            "invoice_bank_name": self.invoice_bank_id.name,
            "invoice_bank_acc_number": account.acc_number,
        }

    def _get_billing_snapshot(self):
        """Billing data as a ticket prints them.

        :return: value by ``buyer_*`` field of the ticket
        :rtype: dict
        """
        # sudo: a ticket prints the whole account number, whoever makes it
        values = self.sudo().commercial_partner_id._get_billing_values()
        return {
            "buyer_name": values["invoice_title"] or self.commercial_partner_id.name,
            "buyer_vat": values["vat"],
            "buyer_address": values["invoice_address"],
            "buyer_phone": values["invoice_phone"],
            "buyer_bank_name": values["invoice_bank_name"],
            "buyer_bank_account": values["invoice_bank_acc_number"],
        }

    def _get_courier_address(self):
        """Address in the order in which a courier's label names it, largest place first.

        :rtype: str
        """
        parts = [self.state_id.name, self.city, self.street, self.street2]
        return ("" if self.country_code == "CN" else ", ").join(filter(None, parts))

    def _set_invoice_bank(self, number, bank_name):
        """Point the billing account at the number typed, creating account and bank if needed.

        An existing account keeps its number, since payments refer to it: another number is
        another account. A bank without an account is kept until the account is known.

        :param str number: account number, maybe empty
        :param str bank_name: name of the bank, maybe empty
        """
        self.ensure_one()
        bank = self._find_or_create_bank(bank_name)
        account = number and self._find_or_create_account(number, bank)
        proven(self).write({BILLING_ACCOUNT: account.id if account else False})
        proven(self).write({"invoice_bank_id": bank.id})

    @api.model
    def _find_or_create_bank(self, name):
        # sudo: res.bank - a bank that was typed is found or made by its name alone
        Bank_sudo = self.env["res.bank"].sudo()
        name = (name or "").strip()
        if not name:
            return Bank_sudo
        return Bank_sudo.search([("name", "=", name)], limit=1) or Bank_sudo.create({"name": name})

    def _find_or_create_account(self, number, bank):
        # sudo: res.partner.bank - the account of a customer that the user may change
        Account_sudo = self.env["res.partner.bank"].sudo().with_context(active_test=False)
        number = Account_sudo._clean_account_number(number)
        # Core searches the number without blanks and punctuation.
        account = Account_sudo.search(
            [("partner_id", "=", self.id), ("acc_number", "=", number)], limit=1
        )
        if not account:
            return Account_sudo.create(
                {"partner_id": self.id, "acc_number": number, "bank_id": bank.id}
            )
        account.write({"bank_id": bank.id, "active": True})
        return account

    @api.model
    def _find_buyer(self, tax_id, name, company):
        """Customer that a fapiao names: by tax number, else by title or name.

        :param str tax_id: tax number of the buyer, maybe empty
        :param str name: title of the buyer
        :param res.company company: the seller
        :rtype: res.partner
        """
        # Customers of a company are those of its branches, too.
        scope = Domain("company_id", "in", (False, *company.parent_ids.ids))
        scope &= Domain("parent_id", "=", False)
        if tax_id and (partner := self._find_by_tax_number(tax_id, scope)):
            return partner
        key = name_key(name)
        if not key:
            return self.browse()
        if tax_id:
            # The same name with another number is another company.
            scope &= Domain("vat", "=", False)
        named = self.search(scope & Domain("billing_name_key", "=", key))
        companies = named.filtered(lambda p: p.invoice_title or p.is_company)
        if companies and not is_anybody(name):
            return companies.sorted(lambda p: not p.invoice_title)[:1]
        if len(named) == 1:
            # A person, who has no tax number; several of one name cannot be told apart.
            return named
        return self.search(
            scope & Domain("name", "=", name) & Domain("is_company", "=", True), limit=1
        )
