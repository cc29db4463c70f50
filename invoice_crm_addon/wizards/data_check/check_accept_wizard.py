from odoo import fields, models
from odoo.exceptions import UserError


class InvoiceCheckAcceptWizard(models.TransientModel):
    """Asks why findings may stay: one reason for all that are selected."""

    _name = "invoice.check.accept.wizard"
    _inherit = ["invoice.readable.mixin"]
    _description = "Accept Findings"

    finding_ids = fields.Many2many("invoice.check.finding", required=True, readonly=True)
    finding_count = fields.Integer(string="Findings", compute="_compute_finding_count")
    reason = fields.Text(string="Why May It Stay?", required=True)

    def _compute_finding_count(self):
        for wizard in self:
            wizard.finding_count = len(wizard.finding_ids)

    def action_confirm(self):
        """Accept the findings: they stay accepted as long as the facts are the same.

        :raise UserError: if one is gone or accepted already, the user is not finance, or the
            reason is blank
        """
        self.ensure_one()
        if not self.reason.strip():
            raise UserError(self.env._("Say why it may stay."))
        self.finding_ids._accept(self.reason.strip())
        return {"type": "ir.actions.act_window_close"}
