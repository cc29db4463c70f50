from odoo import api, fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    ticket_over_issue = fields.Selection(
        related="company_id.ticket_over_issue", readonly=False, required=True
    )
    ticket_quota_policy = fields.Selection(
        related="company_id.ticket_quota_policy", readonly=False, required=True
    )
    ticket_tax_included = fields.Boolean(related="company_id.ticket_tax_included", readonly=False)
    ticket_payment_term_id = fields.Many2one(
        related="company_id.ticket_payment_term_id", readonly=False
    )
    billing_auto_review = fields.Selection(
        related="company_id.billing_auto_review", readonly=False, required=True
    )
    billing_confirm_months = fields.Integer(
        related="company_id.billing_confirm_months", readonly=False
    )
    has_ticket_samples = fields.Boolean(
        compute="_compute_has_ticket_samples", export_string_translation=False
    )

    @api.depends("company_id")
    def _compute_has_ticket_samples(self):
        for settings in self:
            samples = self.env["invoice.samples"].with_company(settings.company_id)
            settings.has_ticket_samples = bool(samples._get_names())

    def action_load_ticket_samples(self):
        """Load the sample documents of the current company.

        :raise AccessError: if the caller is no administrator
        """
        self.env["invoice.samples"].load_samples()
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_remove_ticket_samples(self):
        """Remove the sample documents of the current company.

        :raise UserError: if somebody made real documents of them
        """
        self.env["invoice.samples"].remove_samples()
        return {"type": "ir.actions.client", "tag": "soft_reload"}
