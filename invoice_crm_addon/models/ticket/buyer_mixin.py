from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...fapiao import (
    BILLING_IMPOSSIBLE,
    IMPOSSIBLE,
    account_problem,
    correct_tax_id,
    normalize_account,
    phone_problem,
    tax_id_problem,
)
from ..base.proof import is_proven
from .ticket_type import BILLING_DEMANDS

# Where the customer keeps what a ticket prints.
CUSTOMER_FIELDS = {
    "buyer_name": "invoice_title",
    "buyer_vat": "vat",
    "buyer_address": "invoice_address",
    "buyer_phone": "invoice_phone",
    "buyer_bank_name": "invoice_bank_name",
    "buyer_bank_account": "invoice_bank_acc_number",
}
BUYER_ACCOUNT = "buyer_bank_account"
# Spellings of one number are no difference.
SPELLINGS = {"buyer_vat": correct_tax_id, BUYER_ACCOUNT: normalize_account}


class InvoiceBuyerMixin(models.AbstractModel):
    """The billing data of the customer, as a document prints them.

    They follow the customer while the document is a draft, and are frozen with it.

    Action          Group    Restriction
    =====================================================================================
    Complete        User     draft whose customer the user may change: opens its billing data
    Save to         User     the same, and something here differs from the customer; it is
    customer                 reviewed there like any change of billing data
    =====================================================================================
    """

    _name = "invoice.buyer.mixin"
    _inherit = ["invoice.action.mixin"]
    _description = "Document with Billing Data"

    partner_id = fields.Many2one("res.partner")
    # Not precomputed: that would need the right to read the account number.
    buyer_name = fields.Char(
        string="Title",
        compute="_compute_buyer",
        store=True,
        readonly=False,
        copy=False,
        index="trigram",
    )
    buyer_vat = fields.Char(
        string="Tax Number", compute="_compute_buyer", store=True, readonly=False, copy=False
    )
    buyer_address = fields.Char(
        string="Address", compute="_compute_buyer", store=True, readonly=False, copy=False
    )
    buyer_phone = fields.Char(
        string="Phone", compute="_compute_buyer", store=True, readonly=False, copy=False
    )
    buyer_bank_name = fields.Char(
        string="Bank", compute="_compute_buyer", store=True, readonly=False, copy=False
    )
    buyer_bank_account = fields.Char(
        string="Bank Account",
        compute="_compute_buyer",
        store=True,
        readonly=False,
        copy=False,
        groups="invoice_crm_addon.group_ticket_finance,invoice_crm_addon.group_ticket_manager",
    )
    buyer_bank_account_masked = fields.Char(
        string="Bank Account (masked)",
        compute="_compute_buyer_bank_account_masked",
        compute_sudo=True,
    )

    buyer_missing = fields.Char(
        string="Missing Billing Data",
        compute="_compute_buyer_hints",
        compute_sudo=True,
        help="Billing data that the type demands and the ticket lacks.",
    )
    buyer_warnings = fields.Text(
        string="Doubtful Billing Data",
        compute="_compute_buyer_hints",
        compute_sudo=True,
        help="Billing data of the ticket that are impossible or unlikely.",
    )
    buyer_differences = fields.Char(
        string="Unlike the Customer",
        compute="_compute_buyer_hints",
        compute_sudo=True,
        help="Billing data of the ticket that are not those of the customer.",
    )
    can_complete_buyer = fields.Boolean(compute="_compute_buyer_rights")
    can_save_buyer = fields.Boolean(compute="_compute_buyer_rights")

    # === COMPUTE METHODS === #

    @api.depends(
        *CUSTOMER_FIELDS,
        "partner_id.commercial_partner_id.country_id",
        "partner_id.commercial_partner_id.is_company",
        "state",
        "type_id.billing_requirement",
        "type_id.is_fapiao",
    )
    @api.depends_context("lang")
    def _compute_buyer_hints(self):
        for document in self:
            document.buyer_missing = document.buyer_differences = False
            document.buyer_warnings = False
            if document._follows_customer():
                demanded = document.type_id._get_demanded_billing(document.partner_id)
                missing = [fname for fname in demanded if not document[fname]]
                document.buyer_missing = document._get_labels(missing)
                differences = document._get_differences()
                document.buyer_differences = document._get_labels(differences)
                document.buyer_warnings = "\n".join(document._get_buyer_warnings(differences))

    @api.depends("partner_id", "state", "buyer_differences")
    @api.depends_context("uid")
    def _compute_buyer_rights(self):
        self._compute_can("complete_buyer", "save_buyer")

    @api.depends("partner_id")
    def _compute_buyer(self):
        self._fill_buyer(BILLING_DEMANDS["all"])

    @api.depends("buyer_bank_account")
    def _compute_buyer_bank_account_masked(self):
        mask = self.env["res.partner.bank"]._mask_account_number
        for ticket in self:
            ticket.buyer_bank_account_masked = mask(ticket.buyer_bank_account)

    # === CONSTRAINT METHODS === #

    @api.constrains("type_id", "buyer_vat", BUYER_ACCOUNT)
    def _check_buyer(self):
        """A draft may hold anything until it is submitted; what changes afterwards may not."""
        if is_proven(self.env):
            return
        for document in self.filtered(lambda document: document.state != "draft"):
            if reason := document._get_impossible_buyer_reason():
                raise ValidationError(reason)

    # === ACTION METHODS === #

    def action_complete_buyer(self):
        """Open the billing data of the customer; drafts follow what is entered there."""
        self.ensure_one()
        self._check_can("complete_buyer")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Billing Data of %s", self.partner_id.display_name),
            "res_model": "res.partner",
            "res_id": self.partner_id.commercial_partner_id.id,
            "views": [(self.env.ref("invoice_crm_addon.res_partner_view_form_billing").id, "form")],
            "target": "new",
        }

    def action_save_buyer(self):
        """Write the billing data that were changed here to the customer.

        They are reviewed there like any change of billing data.

        :raise UserError: if nothing differs, or the customer cannot be changed
        """
        self._check_can("save_buyer")
        for document in self:
            # sudo: the account number of the ticket goes to its customer, and is shown to nobody
            document_sudo = document.sudo()
            values = {
                CUSTOMER_FIELDS[fname]: document_sudo[fname]
                for fname in document_sudo._get_differences()
            }
            document.partner_id.commercial_partner_id.write(values)
        return True

    def _get_cannot_complete_buyer_reason(self):
        self.ensure_one()
        if not self._follows_customer():
            return self.env._("Only a draft with a customer takes its billing data over.")
        if not self.partner_id.commercial_partner_id.has_access("write"):
            return self.env._("You may not change this customer.")
        return False

    def _get_cannot_save_buyer_reason(self):
        if reason := self._get_cannot_complete_buyer_reason():
            return reason
        # sudo: only whether they differ
        if not self.sudo()._get_differences():
            return self.env._("The billing data are those of the customer already.")
        return False

    # === APPROVAL === #

    @api.model
    def _describe_value(self, field, record, value):
        if field.name == BUYER_ACCOUNT:
            # Kept for everybody who reads the request, so with its last digits.
            return self.env["res.partner.bank"]._mask_account_number(value) or ""
        return super()._describe_value(field, record, value)

    def _describe_change_to_verify(self, row, old_values):
        if row["field"] != BUYER_ACCOUNT:
            return super()._describe_change_to_verify(row, old_values)
        return {**row, "old": old_values.get(BUYER_ACCOUNT) or "", "new": self[BUYER_ACCOUNT] or ""}

    # === BUSINESS METHODS === #

    def _complete_buyer(self, vals):
        """Fill the billing data that were not given at creation.

        Odoo takes a value that is given for one of them as the word on all: an import of the
        title alone, or a form without the account number, would leave the others empty.
        """
        missing = [fname for fname in BILLING_DEMANDS["all"] if fname not in vals]
        if len(missing) < len(BILLING_DEMANDS["all"]):
            self._fill_buyer(missing)

    def _fill_buyer(self, fnames):
        """Take billing data over from the customer while the ticket is a draft.

        :param list fnames: names of ``buyer_*`` fields
        """
        for document in self:
            values = {fname: document[fname] for fname in fnames}
            if document._follows_customer():
                snapshot = document.partner_id._get_billing_snapshot()
                values = {fname: snapshot[fname] for fname in fnames}
            document.update(values)

    def _follows_customer(self):
        """Whether the billing data are those of the customer, unless somebody changes them."""
        return self.state == "draft" and self._has_own_buyer()

    def _has_own_buyer(self):
        """Whether the billing data are ours to choose, and repeat no file and no other ticket."""
        self.ensure_one()
        return bool(self.partner_id) and not self.fapiao_attachment_id and not self.red_of_id

    def _get_differences(self):
        """Names of the fields that say something else than the customer; in superuser mode.

        What is empty here says nothing.
        """
        snapshot = self.partner_id._get_billing_snapshot()
        return [
            fname
            for fname in CUSTOMER_FIELDS
            if self[fname]
            and self._spell(fname, self[fname]) != self._spell(fname, snapshot[fname])
        ]

    def _get_buyer_problems(self):
        """What is wrong with billing data of a fapiao, by field; in superuser mode.

        Its numbers are Chinese ones where those of the customer are.

        :return: codes such as those of ``tax_id_problem``
        :rtype: dict[str, str]
        """
        self.ensure_one()
        if not self.type_id.is_fapiao or not self._has_own_buyer():
            return {}
        customer = self.partner_id.commercial_partner_id.with_company(self.company_id)
        if not customer._is_chinese_number(self.buyer_vat, customer.country_id):
            return {}
        problems = {
            "buyer_vat": tax_id_problem(self.buyer_vat),
            "buyer_phone": phone_problem(self.buyer_phone),
            BUYER_ACCOUNT: account_problem(self.buyer_bank_account, not customer.is_company),
        }
        return {fname: problem for fname, problem in problems.items() if problem}

    def _get_buyer_warnings(self, differences):
        """A sentence on each thing that is impossible, and on what is unlikely and was typed here.

        Of its own data the customer says it. No sentence holds a value.

        :param list differences: names of the fields that are unlike the customer
        :rtype: list[str]
        """
        sentences = self.partner_id._get_billing_sentences()
        return [
            sentences[problem]
            for fname, problem in self._get_buyer_problems().items()
            if fname in differences or problem in IMPOSSIBLE | BILLING_IMPOSSIBLE
        ]

    def _get_impossible_buyer_reason(self):
        """Why what the type demands cannot be printed, or False.

        What is unlikely is a warning: the bureau itself issued numbers that fail their check digit.
        """
        self.ensure_one()
        # sudo: the account number is judged, and shown to nobody
        ticket_sudo = self.sudo()
        problems = ticket_sudo._get_buyer_problems()
        for fname in self.type_id._get_demanded_billing(ticket_sudo.partner_id):
            problem = problems.get(fname)
            if problem in IMPOSSIBLE:
                number = correct_tax_id(self.buyer_vat)
                return self.partner_id._get_impossible_number_text(number, problem)
            if problem in BILLING_IMPOSSIBLE:
                return self.partner_id._get_billing_sentences()[problem]
        return False

    @api.model
    def _spell(self, fname, value):
        spell = SPELLINGS.get(fname, str.strip)
        return spell(value or "")
