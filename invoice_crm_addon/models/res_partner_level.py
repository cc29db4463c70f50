from odoo import api, fields, models
from odoo.exceptions import AccessError


class ResPartner(models.Model):
    """Level of a customer; finance sets it, since a level can open a fast lane."""

    _inherit = "res.partner"

    customer_level_id = fields.Many2one(
        "invoice.customer.level", index="btree_not_null", tracking=True
    )
    customer_level_color = fields.Integer(related="customer_level_id.color", string="Level Color")

    @api.model_create_multi
    def create(self, vals_list):
        partners = super().create(vals_list)
        if any(vals.get("customer_level_id") for vals in vals_list):
            partners._check_level_rights({})
        return partners

    def write(self, vals):
        if "customer_level_id" not in vals:
            return super().write(vals)
        before = {partner: partner.customer_level_id for partner in self}
        result = super().write(vals)
        self._check_level_rights(before)
        return result

    def _check_level_rights(self, before):
        """Contacts take the level of their company over, whoever writes them.

        :param dict before: level by partner
        :raise AccessError: if a caller outside finance gave a customer another level
        """
        if self.env.su or self.env.user.has_group("invoice_crm_addon.group_ticket_finance"):
            return
        none = self.env["invoice.customer.level"]
        changed = self.filtered(
            lambda partner: (
                partner == partner.commercial_partner_id
                and partner.customer_level_id != before.get(partner, none)
            )
        )
        if changed:
            raise AccessError(
                self.env._(
                    "Only finance gives customers a level: %s.",
                    ", ".join(changed.mapped("display_name")),
                )
            )

    def _commercial_fields(self):
        return super()._commercial_fields() + ["customer_level_id"]
