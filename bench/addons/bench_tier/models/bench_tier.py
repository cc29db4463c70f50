from odoo import fields, models


class BenchTier(models.Model):
    """The least that tiers can validate and notify about: no lines, taxes or tracking."""

    _name = "bench.tier"
    _inherit = ["tier.validation", "mail.thread"]
    _description = "Document With Tiers"
    _order = "id desc"

    name = fields.Char(required=True)
    company_id = fields.Many2one("res.company", required=True, index=True)
    partner_id = fields.Many2one("res.partner", index=True)
    currency_id = fields.Many2one("res.currency")
    amount = fields.Monetary()
    state = fields.Selection(
        selection=[("draft", "Draft"), ("confirmed", "Confirmed"), ("cancel", "Cancelled")],
        default="draft",
        required=True,
    )
