from odoo import api, models
from odoo.exceptions import UserError

# What a person may change of an activity that asks for an approval: nothing that says who is
# asked for what.
OPEN_FIELDS = {"note", "attachment_ids"}


class MailActivity(models.Model):
    """Activities that ask for an approval follow the approval, and nothing else.

    The engine gives and takes them in superuser mode. Whoever cancelled one, or marked it as
    done, would make somebody forget a decision, and leave a line that reads like one.
    """

    _inherit = "mail.activity"

    def write(self, vals):
        if not self.env.su and vals.keys() - OPEN_FIELDS:
            self._check_no_approval_waits()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_approval(self):
        if not self.env.su:
            self._check_no_approval_waits()

    def _action_done(self, feedback=False, attachment_ids=None):
        if not self.env.su:
            self._check_no_approval_waits()
        return super()._action_done(feedback=feedback, attachment_ids=attachment_ids)

    def _check_no_approval_waits(self):
        """:raise UserError: if somebody has to decide because of one of the activities"""
        type_id = self.env["invoice.approval.request"]._get_activity_type_id()
        asking = self.sudo().filtered(
            lambda a: a.automated and a.active and a.activity_type_id.id == type_id
        )
        if not asking:
            return
        Request_sudo = self.env["invoice.approval.request"].sudo()
        for model, activities in asking.grouped("res_model").items():
            waiting = Request_sudo.search(
                [
                    ("res_model", "=", model),
                    ("res_id", "in", activities.mapped("res_id")),
                    ("state", "=", "pending"),
                ]
            )
            if waiting:
                raise UserError(
                    self.env._(
                        "%s waits for approval. Approve, reject or transfer it, or withdraw the "
                        "request: its activities go away by themselves.",
                        ", ".join(waiting.mapped("name")),
                    )
                )
