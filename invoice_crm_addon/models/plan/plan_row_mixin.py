from odoo import api, fields, models
from odoo.exceptions import UserError


class InvoicePlanRowMixin(models.AbstractModel):
    """Row of a contract's plan: what is planned and not made yet follows it at once.

    A row may be billed as another product, with another tax, than the rest of its contract.
    """

    _name = "invoice.plan.row.mixin"
    _description = "Row of a Plan"
    _check_company_auto = True

    product_id = fields.Many2one(
        "product.product",
        string="Billed As",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        domain="[('sale_ok', '=', True)]",
        help="Product of the ticket line or invoice line. Empty: that of the contract.",
    )
    tax_id = fields.Many2one(
        "account.tax",
        string="Billed With Tax",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        domain="[('type_tax_use', '=', 'sale'), ('amount_type', '=', 'percent')]",
        help="Empty: that of its own product, else of the contract.",
    )

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
