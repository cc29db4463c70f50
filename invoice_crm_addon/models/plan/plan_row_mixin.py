from odoo import api, models


class InvoicePlanRowMixin(models.AbstractModel):
    """Row of a contract's plan: what is planned and not made yet follows it at once."""

    _name = "invoice.plan.row.mixin"
    _description = "Row of a Plan"

    @api.model_create_multi
    def create(self, vals_list):
        rows = super().create(vals_list)
        rows.contract_id._follow_billing_plan()
        return rows

    def write(self, vals):
        contracts = self.contract_id
        result = super().write(vals)
        (contracts | self.contract_id)._follow_billing_plan()
        return result

    def unlink(self):
        contracts = self.contract_id
        result = super().unlink()
        contracts._follow_billing_plan()
        return result
