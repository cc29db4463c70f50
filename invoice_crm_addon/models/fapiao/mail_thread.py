from odoo import models


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    def _message_route_process(self, message, message_dict, routes):
        """Say of e-mails with e-invoice files whether the receiving server knows the sender.

        It overwrites what the defaults of an alias say.
        """
        batches = self.env["invoice.fapiao.batch"]
        routes = [
            (
                model,
                thread_id,
                {**(values or {}), "is_authenticated": batches._is_mail_trusted(message)}
                if model == batches._name
                else values,
                *rest,
            )
            for model, thread_id, values, *rest in routes
        ]
        return super()._message_route_process(message, message_dict, routes)
