from odoo import api, fields, models
from odoo.fields import Domain


class ProductCategory(models.Model):
    _inherit = "product.category"

    goods_code_id = fields.Many2one(
        "invoice.goods.code",
        string="Tax Classification",
        company_dependent=True,
        help="Of the products in it that have none of their own, for the current company.",
    )

    def _get_goods_code(self):
        """Tax classification of a category, or of the nearest one above that has any.

        Not every product has a category.
        """
        category = self
        while category and not category.goods_code_id:
            category = category.parent_id
        return category.goods_code_id


class ProductTemplate(models.Model):
    _inherit = "product.template"

    goods_code_id = fields.Many2one(
        "invoice.goods.code",
        string="Own Tax Classification",
        company_dependent=True,
        help="Lines of tickets take it, in the current company. Empty: that of the category.",
    )
    goods_code_used_id = fields.Many2one(
        "invoice.goods.code",
        string="Tax Classification",
        compute="_compute_goods_code_used_id",
        search="_search_goods_code_used_id",
    )

    @api.depends("goods_code_id", "categ_id.goods_code_id")
    @api.depends_context("company")
    def _compute_goods_code_used_id(self):
        for product in self:
            product.goods_code_used_id = product._get_goods_code()

    @api.model
    def _search_goods_code_used_id(self, operator, value):
        if operator in Domain.NEGATIVE_OPERATORS:
            return NotImplemented
        if operator == "in" and False in value:
            wanted = Domain("goods_code_used_id", "in", [v for v in value if v])
            return (
                wanted | self._get_uncoded_domain()
                if len(value) > 1
                else self._get_uncoded_domain()
            )
        Category = self.env["product.category"].with_context(active_test=False)
        inherited = Domain.FALSE
        for category in Category.search([("goods_code_id", operator, value)]):
            below = Category.search(
                [("id", "child_of", category.id), ("goods_code_id", "!=", False)]
            )
            inside = Domain("categ_id", "child_of", category.id)
            others = below - category
            if others:
                inside &= ~Domain("categ_id", "child_of", others.ids)
            inherited |= inside
        own = Domain("goods_code_id", operator, value)
        return own | (Domain("goods_code_id", "=", False) & inherited)

    @api.model
    def _get_uncoded_domain(self):
        """Products whose lines get no tax classification, in the current company."""
        coded = self.env["product.category"].search([("goods_code_id", "!=", False)])
        domain = Domain("goods_code_id", "=", False)
        return domain & ~Domain("categ_id", "child_of", coded.ids) if coded else domain

    def _get_goods_code(self):
        """Tax classification that lines of the current company take."""
        self.ensure_one()
        return self.goods_code_id or self.categ_id._get_goods_code()

    def action_give_goods_code(self):
        """Ask finance which code products have that need no form of their own for it."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Give Tax Classification"),
            "res_model": "invoice.goods.code.wizard",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_product_ids": self.ids},
        }
