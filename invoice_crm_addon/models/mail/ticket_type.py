from odoo import fields, models


class InvoiceTicketType(models.Model):
    _name = "invoice.ticket.type"
    _inherit = ["invoice.ticket.type", "invoice.mail.template.mixin"]

    mail_template_id = fields.Many2one(
        "mail.template",
        string="E-Mail Template",
        ondelete="set null",
        domain=[("model", "=", "invoice.ticket")],
        help="E-mail with which tickets of this type go to customers. Empty: that of the customer "
        "level, else the usual one.",
    )
