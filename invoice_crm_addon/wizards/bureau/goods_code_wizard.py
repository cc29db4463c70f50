from odoo import fields, models
from odoo.exceptions import AccessError

from ...models.ticket.ticket import FINANCE


class InvoiceGoodsCodeWizard(models.TransientModel):
    """Gives products their tax classification, which finance knows and others enter products."""

    _name = "invoice.goods.code.wizard"
    _inherit = ["invoice.readable.mixin"]
    _description = "Give Tax Classification"

    product_ids = fields.Many2many("product.template", string="Products", required=True)
    goods_code_id = fields.Many2one(
        "invoice.goods.code", string="Tax Classification", required=True, ondelete="cascade"
    )
    target = fields.Selection(
        selection=[
            ("product", "These products"),
            ("category", "All products of their categories that have none of their own"),
        ],
        string="For",
        default="product",
        required=True,
    )

    def action_confirm(self):
        """Write the code, in the current company.

        :raise AccessError: if the user is not of finance
        """
        self.ensure_one()
        if not self.env.user.has_group(FINANCE):
            raise AccessError(self.env._("Finance says which tax classification products have."))
        # sudo: finance may not change products; this field alone is written, of those it may read
        products_sudo = self.product_ids.sudo()
        targets_sudo = products_sudo.categ_id if self.target == "category" else products_sudo
        targets_sudo.with_company(self.env.company).goods_code_id = self.goods_code_id
        return {"type": "ir.actions.client", "tag": "soft_reload"}
