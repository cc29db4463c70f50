from odoo import fields, models


class InvoiceApprovalFlowVersion(models.Model):
    """What a flow said while requests started on it. Only the flow writes its versions."""

    _name = "invoice.approval.flow.version"
    _inherit = ["invoice.approval.history.mixin"]
    _description = "Version of an Approval Flow"
    _order = "flow_id, number desc"
    _rec_name = "number"

    flow_id = fields.Many2one(
        "invoice.approval.flow", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="flow_id.company_id", store=True, index=True)
    number = fields.Integer(string="Version", required=True)
    user_id = fields.Many2one("res.users", string="Changed By", ondelete="set null")
    definition = fields.Json(required=True)
    definition_html = fields.Html(
        string="What It Said", compute="_compute_definition_html", sanitize=False
    )
    request_count = fields.Integer(string="Requests", compute="_compute_request_count")

    # Two administrators who save at once: the second is told, not merged.
    _number_uniq = models.UniqueIndex(
        "(flow_id, number)", "Somebody else is changing this flow. Reload it and try again."
    )

    def _compute_definition_html(self):
        for version in self:
            version.definition_html = self.env["ir.qweb"]._render(
                "invoice_crm_addon.approval_flow_definition", {"flow": version.definition}
            )

    def _compute_request_count(self):
        counts = {
            (flow.id, number): count
            for flow, number, count in self.env["invoice.approval.request"]._read_group(
                [("flow_id", "in", self.flow_id.ids)], ["flow_id", "flow_version"], ["__count"]
            )
        }
        for version in self:
            version.request_count = counts.get((version.flow_id.id, version.number), 0)

    def _is_used(self):
        """Whether a request ever started on the version."""
        self.ensure_one()
        return bool(
            self.env["invoice.approval.request"].search_count(
                [("flow_id", "=", self.flow_id.id), ("flow_version", "=", self.number)], limit=1
            )
        )
