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
    ticket_steps_hidden = fields.Boolean(
        string="First Steps Put Away", help="The home page shows no first steps any more."
    )
    ticket_tax_included = fields.Boolean(
        string="Ticket Prices Include Tax",
        default=True,
        help="Unit prices of new tickets contain the tax.",
    )
    ticket_payment_term_id = fields.Many2one(
        "account.payment.term",
        string="Payment Terms of Tickets",
        default=lambda self: self.env.ref(
            "account.account_payment_term_immediate", raise_if_not_found=False
        ),
        check_company=True,
        help="When tickets are due of customers and orders that have no terms of their own.",
    )
    billing_auto_review = fields.Selection(
        selection=[
            ("always", "Verified at once"),
            ("checked", "Verified if complete and without warnings, else refused"),
        ],
        string="Billing Data Without an Approval Flow",
        default="always",
        required=True,
        help="What becomes of submitted billing data to which no approval flow applies.",
    )
    billing_confirm_months = fields.Integer(
        string="Confirm Billing Data After (Months)",
        help="Owners are asked whether billing data that nobody verified or confirmed for so long "
        "are still right. 0: never.",
    )

    _check_billing_confirm_months = models.Constraint(
        "CHECK (billing_confirm_months BETWEEN 0 AND 1200)",
        "Enter how many months billing data stay fresh, from 0 (for ever) to 1200.",
    )
