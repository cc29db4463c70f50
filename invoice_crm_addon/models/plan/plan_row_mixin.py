from odoo import api, models
from odoo.exceptions import UserError


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
        moves = "contract_id" in vals and any(
            self._is_changed_by("contract_id", vals["contract_id"])
        )
        result = super().write(vals)
        if moves:
            raise UserError(
                self.env._("A row of a plan stays with its contract. Add another one there.")
            )
        self.contract_id._follow_billing_plan()
        return result

    def unlink(self):
        contracts = self.contract_id
        result = super().unlink()
        contracts._follow_billing_plan()
        return result
