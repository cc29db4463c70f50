from odoo import models


class AccountPaymentMethodLine(models.Model):
    _inherit = "account.payment.method.line"

    def _get_own_name(self):
        """The name that the company gave a method, or False.

        What core calls a method by itself, such as “Manual Payment”, tells the customer nothing.
        """
        method = self.payment_method_id
        # In all languages at once.
        method.with_context(prefetch_langs=True).fetch(["name"])
        core_name = method.with_context(lang="en_US").name
        is_own = self.name not in (core_name, method.name)
        return is_own and self.name
