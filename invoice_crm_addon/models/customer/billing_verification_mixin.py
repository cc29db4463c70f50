from odoo import api, fields, models
from odoo.exceptions import UserError

from ..base.proof import proven
from ..base.tools import group_by_id, keep_rows_in_cache, search_fetch_together
from .res_partner import BILLING_FIELDS, FULL_NUMBER_GROUPS

VERIFIED_FIELDS = ("billing_verified_on", "billing_verified_by_id", "billing_verified_values")


class InvoiceBillingVerificationMixin(models.AbstractModel):
    """When and by whom billing data were verified, what they were then, and what to look at.

    The values that were verified outlast the verification: whoever verifies the next ones sees
    what is different.
    """

    _name = "invoice.billing.verification.mixin"
    _description = "Customer Whose Billing Data Are Verified"

    billing_verified_on = fields.Datetime(string="Verified On", copy=False)
    billing_verified_by_id = fields.Many2one("res.users", string="Verified By", copy=False)
    # With the whole account number.
    billing_verified_values = fields.Json(
        copy=False, export_string_translation=False, groups=FULL_NUMBER_GROUPS
    )
    billing_differences_html = fields.Html(
        string="Changed Since Verified", compute="_compute_billing_differences", sanitize=False
    )

    # === COMPUTE METHODS === #

    @api.depends(*BILLING_FIELDS, "billing_state", "billing_verified_values")
    @api.depends_context("uid", "lang")
    def _compute_billing_differences(self):
        to_verify = self._filter_to_verify()
        for partner in self:
            rows = partner._get_billing_differences(partner in to_verify)
            partner.billing_differences_html = bool(rows) and self.env["ir.qweb"]._render(
                "invoice_crm_addon.approval_changes", {"rows": rows}
            )

    # === BUSINESS METHODS === #

    def _get_review_warnings(self):
        """What whoever submits or verifies the billing data should look at; in superuser mode.

        :rtype: list[str]
        """
        self.ensure_one()
        return [*self._get_billing_warnings(), *self._get_licence_warnings()]

    def _get_billing_differences(self, is_whole):
        """Billing data that are not what was verified last, as the changes of a request.

        :param bool is_whole: whether account numbers are shown with all their digits
        :rtype: list[dict]
        """
        self.ensure_one()
        # sudo: old and new values; the account number is masked below
        partner_sudo = self.sudo()
        old = partner_sudo.billing_verified_values
        if not old or self.billing_state == "verified":
            return []
        new = partner_sudo._get_billing_values()
        accounts = self.env["res.partner.bank"]
        rows = []
        for fname in BILLING_FIELDS:
            values = [old.get(fname) or "", new[fname] or ""]
            if values[0] == values[1]:
                continue
            if fname == "invoice_bank_acc_number" and not is_whole:
                values = [accounts._show_account_number(value) for value in values]
            label = self._fields[fname]._description_string(self.env)
            row = {"label": label, "row": "", "kind": "changed"}
            rows.append({**row, "old": values[0], "new": values[1]})
        return rows

    def _mark_verified(self, user):
        """Keep who verified the billing data, and what they are.

        :param res.users user: who decided; the system itself, where nobody did
        """
        partners = proven(self)
        partners._read_billing()
        for partner in partners:
            partner.write(
                {
                    "billing_state": "verified",
                    "billing_verified_on": fields.Datetime.now(),
                    "billing_verified_by_id": user.id,
                    "billing_verified_values": partner._get_billing_values(),
                }
            )

    def _read_billing(self):
        """Read at once the banks and accounts, and the users at whom core looks for a write.

        Call it in superuser mode.
        """
        env = self.with_context(active_test=False).env
        _banks, _accounts, users = search_fetch_together(
            (env["res.bank"], [("id", "in", self.invoice_bank_id.ids)]),
            (env["res.partner.bank"], [("id", "in", self.invoice_bank_account_id.ids)]),
            (env["res.users"], [("partner_id", "in", self.ids)]),
        )
        keep_rows_in_cache(self, "user_ids", group_by_id(users, "partner_id"))

    def _verify_automatically(self):
        """Nobody decides on these: no flow applies. The company says what is verified then.

        :raise UserError: with what is missing or doubtful, if the company has it checked
        """
        for partner in self:
            # sudo: whether data are complete needs no right to read the account
            partner_sudo = partner.sudo()
            company = partner_sudo.company_id or self.env.company
            if company.billing_auto_review == "checked":
                doubts = partner_sudo._get_review_warnings()
                if missing := partner_sudo.billing_missing:
                    doubts.insert(0, self.env._("Fill in first: %s.", missing))
                if doubts:
                    raise UserError(
                        self.env._(
                            "The billing data of %(customer)s cannot be verified automatically:\n"
                            "%(doubts)s\nCorrect them, or ask an administrator for an approval "
                            "flow of billing data, in which somebody decides.",
                            customer=partner.display_name,
                            doubts="\n".join(f"– {doubt}" for doubt in doubts),
                        )
                    )
            partner._mark_verified(self.env.ref("base.user_root"))

    def _get_missing_billing(self, buyer_fields):
        """Labels of billing data that a ticket demands, and the customer lacks; superuser mode.

        :param list buyer_fields: fields that the ticket must fill in
        :rtype: list[str]
        """
        values = dict(self._get_billing_snapshot(), buyer_name=self.invoice_title)
        ticket_fields = self.env["invoice.ticket"]._fields
        return [
            ticket_fields[fname]._description_string(self.env)
            for fname in buyer_fields
            if fname in values and not values[fname]
        ]

    def _get_contact_facts(self):
        """Contact person and doubts, for whoever verifies; see ``_get_facts_to_verify``."""
        contact = self._get_billing_contact()
        person = " ".join(filter(None, [contact.name, contact.phone or contact.email]))
        return [
            (
                self._fields["invoice_clearing_number"]._description_string(self.env),
                self.invoice_clearing_number,
            ),
            (self.env._("Contact Person"), person if contact != self else ""),
            (self.env._("Missing"), self.billing_missing, "warning"),
            (self.env._("To Be Checked"), "\n".join(self._get_review_warnings()), "warning"),
        ]

    def _add_verified_facts(self, facts):
        """Put what was verified before behind what stands there now.

        :param list facts: see ``_get_facts_to_verify``
        """
        before = {
            row["label"]: (
                self.env._("Verified before: %s", row["label"]),
                row["old"] or self.env._("empty"),
                "before",
            )
            for row in self._get_billing_differences(True)
        }
        together = []
        for fact in facts:
            together.append(fact)
            if fact[0] in before:
                together.append(before.pop(fact[0]))
        return together + list(before.values())

    def _get_billing_contact(self):
        """Whoever the customer has for its billing data: who is named, else any person.

        :return: a contact, or the customer itself if it has none
        """
        self.ensure_one()
        if self.invoice_contact_id:
            return self.invoice_contact_id
        people = self.child_ids.filtered(lambda child: child.name and not child.is_company)
        by_type = people.sorted(lambda p: ({"invoice": 0, "contact": 1}.get(p.type, 2), p.id))
        return by_type.filtered("email")[:1] or by_type[:1] or self
