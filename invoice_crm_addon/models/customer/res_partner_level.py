from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..base.proof import is_proven, proven
from ..ticket.ticket_template import is_offered


class ResPartner(models.Model):
    """Level and quota of a customer; finance sets them, since a level can open a fast lane."""

    _name = "res.partner"
    _inherit = ["res.partner", "invoice.quota.mixin"]

    customer_level_id = fields.Many2one(
        "invoice.customer.level", index="btree_not_null", tracking=True, copy=False
    )
    ticket_template_id = fields.Many2one(
        "invoice.ticket.template",
        index="btree_not_null",
        ondelete="set null",
        copy=False,
        help="Proposed on new tickets of the customer. Without one, that of the level is.",
    )
    customer_level_color = fields.Integer(related="customer_level_id.color", string="Level Color")

    @api.model_create_multi
    def create(self, vals_list):
        partners = super().create(vals_list)
        # Not only what the values say: the context gives defaults.
        partners._check_level_rights({})
        return partners

    def write(self, vals):
        if not vals.keys() & {"customer_level_id", "parent_id", "is_company"}:
            return super().write(vals)
        before = self._get_own_levels()
        result = super().write(vals)
        if "customer_level_id" in vals:
            self._check_level_rights(before)
        else:
            # Whoever leaves a company leaves its level behind.
            own = self._get_own_levels()
            left = self.browse(p.id for p, level in own.items() if level and p not in before)
            proven(left).customer_level_id = False
        return result

    def _get_own_levels(self):
        """Level of each customer; contacts have that of their company, and are left out."""
        return {
            partner: partner.customer_level_id
            for partner in self
            if partner == partner.commercial_partner_id
        }

    def _check_level_rights(self, before):
        """Contacts take the level of their company over, whoever writes them.

        :param dict before: see ``_get_own_levels``
        :raise AccessError: if a caller outside finance gave a customer another level
        """
        if is_proven(self.env) or self.env.user.has_group("invoice_crm_addon.group_ticket_finance"):
            return
        none = self.env["invoice.customer.level"]
        changed = self.browse(
            partner.id
            for partner, level in self._get_own_levels().items()
            if level != before.get(partner, none)
        )
        if changed:
            raise AccessError(
                self.env._(
                    "Only finance gives customers a level: %s.",
                    ", ".join(changed.mapped("display_name")),
                )
            )

    def _get_level_ticket_type(self, company):
        """Ticket type that the level of a customer proposes in a company, or none.

        :rtype: invoice.ticket.type
        """
        # sudo: invoice.customer.level - what a level proposes is for everybody who makes tickets
        ticket_type = self.sudo().commercial_partner_id.customer_level_id.type_id
        if ticket_type and is_offered(ticket_type, company):
            return ticket_type.with_env(self.env)
        return self.env["invoice.ticket.type"]

    def _commercial_fields(self):
        return super()._commercial_fields() + ["customer_level_id"]
