from odoo import api, models


class PaymentLinkWizard(models.TransientModel):
    _inherit = "payment.link.wizard"

    @api.model
    def default_get(self, fields: list[str]):
        """Propose the amount of the instalments that were chosen on the settlement page."""
        values = super().default_get(fields)
        amount = self.env.context.get("settlement_amount")
        if isinstance(amount, int | float) and amount > 0 and "amount" in values:
            values["amount"] = min(amount, values.get("amount_max") or amount)
        return values
