from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    ticket_over_issue = fields.Selection(
        selection=[("block", "Refuse"), ("warn", "Warn"), ("off", "Allow")],
        string="More Ticketed Than Agreed",
        default="block",
        required=True,
        help="What happens when the tickets of a contract, invoice or payment would exceed it.",
    )
    ticket_quota_policy = fields.Selection(
        selection=[("block", "Refuse"), ("warn", "Warn")],
        string="Ticket Beyond the Quota",
        default="block",
        required=True,
        help="What happens when a ticket would exceed the quota of its customer.",
    )
    ticket_tax_included = fields.Boolean(
        string="Ticket Prices Include Tax",
        default=True,
        help="Unit prices of new tickets contain the tax.",
    )
