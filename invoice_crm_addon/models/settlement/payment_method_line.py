from odoo import api, models


class AccountPaymentMethodLine(models.Model):
    _inherit = "account.payment.method.line"

    @api.depends_context("lang")
    def _compute_display_name(self):
        result = super()._compute_display_name()
        if (self.env.lang or "").startswith("zh"):
            # “Manual Payment” stays English in core's data, and money that comes in is none.
            labels = {
                "inbound": self.env._("Received by Hand"),
                "outbound": self.env._("Paid by Hand"),
            }
            for line in self.filtered(lambda line: line.code == "manual" and line.name):
                if not line._get_own_name() and line.display_name:
                    label = labels[line.payment_type]
                    line.display_name = line.display_name.replace(line.name, label, 1)
        return result

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
