from odoo import fields, models


class InvoiceCompanyMailingMixin(models.AbstractModel):
    """Company that sends tickets by e-mail."""

    _name = "invoice.company.mailing.mixin"
    _inherit = ["invoice.mail.template.mixin"]
    _description = "Company That Mails Tickets"

    _mail_template_field = "ticket_mail_template_id"

    ticket_mail_template_id = fields.Many2one(
        "mail.template",
        string="E-Mail of Tickets",
        ondelete="set null",
        domain=[("model", "=", "invoice.ticket")],
        help="E-mail with which tickets go to customers, unless type or customer level have one.",
    )
