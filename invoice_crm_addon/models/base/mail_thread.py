from odoo import api, models
from odoo.exceptions import AccessError


class MailThread(models.AbstractModel):
    """E-mails reach documents of this add-on where that is meant, and by the mail server.

    Core's gateway is a public method that writes in superuser mode, with values and a document
    that its caller names, under the name of whoever the e-mail says it is from.
    """

    _inherit = "mail.thread"

    @api.model
    def message_new(self, msg_dict: dict, custom_values: dict | None = None):
        if not self._is_made_by_mail():
            raise AccessError(
                self.env._(
                    "No e-mail makes a new record of %s. Choose another document for the alias.",
                    self.env["ir.model"]._get(self._name).name,
                )
            )
        return super().message_new(msg_dict, custom_values)

    @api.model
    def _message_route_process(self, message, message_dict, routes):
        models = {model for model, *_others in routes or ()}
        is_mail_server = self.env.su or self.env.user._is_system()
        if not is_mail_server and not models.isdisjoint(
            self._get_guarded_models("invoice.guard.mixin", "invoice.ticketable.mixin")
        ):
            raise AccessError(
                self.env._("E-mails come in through the mail server. Post a message instead.")
            )
        return super()._message_route_process(message, message_dict, routes)

    @api.model
    def _is_made_by_mail(self):
        """Whether an e-mail, to an alias say, makes a record of the model."""
        return self._name not in self._get_guarded_models("invoice.guard.mixin")

    @api.model
    def _get_guarded_models(self, *mixins):
        """Names of the models that have one of the mixins.

        :rtype: set[str]
        """
        return set(self.env.registry.descendants(mixins, "_inherit"))
