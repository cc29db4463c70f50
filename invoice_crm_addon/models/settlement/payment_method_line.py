from odoo import models


class AccountPaymentMethodLine(models.Model):
    _inherit = "account.payment.method.line"

    def _get_own_name(self):
        """The name that the company gave a method, or False.

        What core calls a method by itself, such as “Manual Payment”, tells the customer nothing.
        """
        core_name = self.payment_method_id.with_context(lang="en_US").name
        is_own = self.name not in (core_name, self.payment_method_id.name)
        return is_own and self.name
