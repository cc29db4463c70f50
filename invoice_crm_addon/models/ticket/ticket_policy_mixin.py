from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..base.proof import is_proven

OPEN_STATES = ("draft", "pending", "approved")


class InvoiceTicketPolicyMixin(models.AbstractModel):
    """What a customer may get whose billing data are not verified, or incomplete.

    The type of the ticket says it:

    Policy     Choose the type    Submit, issue
    =====================================================================================
    all        yes                yes; a hint where the type demands a tax number
    draft      yes                refused, until the billing data are verified or complete
    nothing    refused            refused
    =====================================================================================

    Red letters are never refused, nor is an e-invoice file of what was issued: it is a fact.
    """

    _name = "invoice.ticket.policy.mixin"
    _description = "Ticket That Looks at the Billing Data of Its Customer"

    billing_hint = fields.Text(compute="_compute_billing_hint", compute_sudo=True)

    # === COMPUTE METHODS === #

    @api.depends(
        "partner_id.billing_state", "type_id", "state", "red_of_id", "fapiao_attachment_id"
    )
    @api.depends_context("lang")
    def _compute_billing_hint(self):
        for ticket in self:
            ticket.billing_hint = "\n".join(ticket._get_billing_hints())

    def _get_billing_hints(self):
        """What is doubtful about the billing data of the customer, and what follows from it.

        :rtype: list[str]
        """
        is_open = self.state in OPEN_STATES and not self.red_of_id
        if not is_open or self.fapiao_attachment_id or not self.partner_id:
            return []
        hints = []
        for policy, doubt in self._get_billing_doubts():
            if policy != "all":
                text = self.env._("It can be submitted and issued after that.")
                hints.append(f"{doubt} {text}")
        is_demanding = self.type_id.billing_requirement in ("title_vat", "all")
        # What it lacks, the ticket says itself.
        if not hints and is_demanding and (doubt := self._get_unverified_doubt()):
            hints.append(doubt)
        return hints

    def _get_billing_doubts(self):
        """Policy and sentence for each thing that is doubtful.

        :rtype: list[tuple[str, str]]
        """
        self.ensure_one()
        doubts = [
            (self.type_id.unverified_policy, self._get_unverified_doubt()),
            (self.type_id.incomplete_policy, self._get_incomplete_doubt()),
        ]
        return [(policy, doubt) for policy, doubt in doubts if doubt]

    def _get_unverified_doubt(self):
        # sudo: a state; whoever writes the ticket is told
        customer_sudo = self.partner_id.sudo().commercial_partner_id
        return customer_sudo.billing_state != "verified" and self.env._(
            "The billing data of %s are not verified. Have them verified first.",
            customer_sudo.name,
        )

    def _get_incomplete_doubt(self):
        # sudo: which fields are empty; whoever writes the ticket is told
        customer_sudo = self.partner_id.sudo().commercial_partner_id
        demanded = self.type_id._get_demanded_billing(customer_sudo)
        missing = customer_sudo._get_missing_billing(demanded)
        return bool(missing) and self.env._(
            "The billing data of %(customer)s lack: %(fields)s. Complete them on the customer "
            "first.",
            customer=customer_sudo.name,
            fields=", ".join(missing),
        )

    def _get_policy_reason(self, policies=("draft", "nothing")):
        """Why the type forbids the ticket, or False.

        :param policies: those that forbid it
        """
        if self.red_of_id or self.fapiao_attachment_id or not self.partner_id:
            return False
        refusals = [doubt for policy, doubt in self._get_billing_doubts() if policy in policies]
        if not refusals:
            return False
        reason = self.env._("The type %s is not for this customer yet.", self.type_id.name)
        return " ".join([reason, *refusals])

    # === CHECKS === #

    @api.constrains("type_id", "partner_id")
    def _check_policy(self):
        if is_proven(self.env):
            return
        for ticket in self.filtered(lambda t: t.state == "draft"):
            if reason := ticket._get_policy_reason(["nothing"]):
                raise ValidationError(reason)

    def _get_cannot_submit_reason(self):
        return super()._get_cannot_submit_reason() or self._get_policy_reason()

    def _get_cannot_reason(self, action):
        # From the other side too: a customer that changed since the approval.
        if action == "issue" and self.state == "approved" and (reason := self._get_policy_reason()):
            return reason
        return super()._get_cannot_reason(action)

    def _get_facts_to_verify(self):
        facts = super()._get_facts_to_verify()
        return [*facts, (self.env._("To Be Checked"), self.billing_hint, "warning")]

    # === ACTION METHODS === #

    def action_view_customer(self):
        """Open the customer whose billing data are to be looked at."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": "res.partner",
            "res_id": self.partner_id.commercial_partner_id.id,
            "views": [(False, "form")],
        }
