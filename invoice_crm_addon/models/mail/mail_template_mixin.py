from odoo import api, models
from odoo.exceptions import ValidationError


class InvoiceMailTemplateMixin(models.AbstractModel):
    """Setting that names the e-mail template with which tickets go to their customers."""

    _name = "invoice.mail.template.mixin"
    _description = "What Chooses an E-Mail for Tickets"

    _mail_template_field = "mail_template_id"

    @api.constrains(lambda self: [self._mail_template_field])
    def _check_mail_template_of_tickets(self):
        # sudo: mail.template - only whether it fits
        for template in self.sudo()[self._mail_template_field]:
            if template.model != "invoice.ticket":
                raise ValidationError(
                    self.env._(
                        "The e-mail template %s is not for tickets. Choose one that is.",
                        template.name,
                    )
                )
