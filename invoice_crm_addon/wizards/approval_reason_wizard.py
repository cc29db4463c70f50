from odoo import fields, models


class InvoiceApprovalReasonWizard(models.TransientModel):
    """Asks for the reason of a rejection or a withdrawal."""

    _name = "invoice.approval.reason.wizard"
    _description = "Reason of an Approval Decision"

    request_ids = fields.Many2many("invoice.approval.request", string="Requests", required=True)
    action = fields.Selection(
        selection=[("reject", "Reject"), ("withdraw", "Withdraw")], required=True
    )
    reason = fields.Text()

    def action_confirm(self):
        """Reject or withdraw the requests with the reason given."""
        self.ensure_one()
        if self.action == "reject":
            self.request_ids.action_reject(self.reason)
        else:
            self.request_ids.action_withdraw(self.reason)
        return {"type": "ir.actions.act_window_close"}
