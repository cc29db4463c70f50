from odoo import api, fields, models
from odoo.exceptions import ValidationError


class InvoiceApprovalStage(models.Model):
    """One stage of a flow: named people or a group, any of them or all of them."""

    _name = "invoice.approval.stage"
    _description = "Approval Stage"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    flow_id = fields.Many2one(
        "invoice.approval.flow", required=True, index=True, ondelete="cascade"
    )
    approver_type = fields.Selection(
        selection=[("users", "People"), ("group", "Group")],
        string="Who",
        default="users",
        required=True,
    )
    user_ids = fields.Many2many(
        "res.users",
        "invoice_approval_stage_user_rel",
        string="People",
        domain=[("share", "=", False)],
    )
    group_id = fields.Many2one("res.groups", ondelete="restrict")
    rule = fields.Selection(
        selection=[("any", "Any of them"), ("all", "All of them")],
        default="any",
        required=True,
    )

    @api.constrains("approver_type", "user_ids", "group_id")
    def _check_approvers(self):
        for stage in self:
            if stage.approver_type == "users" and not stage.user_ids:
                raise ValidationError(
                    self.env._("Name at least one person for the stage %s.", stage.name)
                )
            if stage.approver_type == "group" and not stage.group_id:
                raise ValidationError(self.env._("Choose the group of the stage %s.", stage.name))

    def _get_candidates(self):
        """Everybody whom the stage names, whether they can decide or not.

        :rtype: res.users
        """
        self.ensure_one()
        return self.user_ids if self.approver_type == "users" else self.group_id.all_user_ids

    def _resolve(self, company, requester):
        """People to ask for a document of ``company`` that ``requester`` submits.

        Nobody left means the flow's fallback approver, then the company's ticket managers:
        never nobody.

        :return: the approvers, and whether the step is skipped
        :rtype: tuple[res.users, bool]
        """
        self.ensure_one()
        flow = self.flow_id
        candidates = self._get_candidates()
        approvers = flow._filter_eligible(candidates, company, requester)
        if flow.own_step == "skipped" and requester in candidates:
            return approvers, True
        return approvers or flow._get_fallback_approvers(company, requester), False
