from odoo import fields, models


class InvoiceCustomerLevel(models.Model):
    """Level of a customer, such as ordinary or VIP, to which approval flows can refer."""

    _name = "invoice.customer.level"
    _description = "Customer Level"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    color = fields.Integer()
    active = fields.Boolean(default=True)
    partner_count = fields.Integer(string="Customers", compute="_compute_partner_count")

    _name_uniq = models.UniqueIndex("(name)", "There is a customer level of this name already.")

    def _compute_partner_count(self):
        counts = dict(
            self.env["res.partner"]._read_group(
                [("customer_level_id", "in", self.ids)], ["customer_level_id"], ["__count"]
            )
        )
        for level in self:
            level.partner_count = counts.get(level, 0)
