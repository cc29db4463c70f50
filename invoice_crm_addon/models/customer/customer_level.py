from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from .quota_mixin import PERIODS


class InvoiceCustomerLevel(models.Model):
    """Level of a customer, such as ordinary or VIP, to which approval flows can refer."""

    _name = "invoice.customer.level"
    _inherit = ["invoice.readable.mixin", "invoice.mail.template.mixin"]
    _description = "Customer Level"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    color = fields.Integer()
    active = fields.Boolean(default=True)
    type_id = fields.Many2one(
        "invoice.ticket.type",
        string="Ticket Type",
        index="btree_not_null",
        ondelete="set null",
        help="Proposed on new tickets of customers of this level, if nobody chooses a type.",
    )
    template_id = fields.Many2one(
        "invoice.ticket.template",
        string="Ticket Template",
        index="btree_not_null",
        ondelete="set null",
        help="Proposed on new tickets, unless order, contract or customer have a template.",
    )
    mail_template_id = fields.Many2one(
        "mail.template",
        string="E-Mail Template",
        ondelete="set null",
        domain=[("model", "=", "invoice.ticket")],
        help="E-mail with which tickets go to customers of this level. Empty: the usual one.",
    )
    fast_lane_flow_ids = fields.Many2many(
        "invoice.approval.flow",
        string="Fast Lanes",
        compute="_compute_fast_lane_flow_ids",
        help="Approval flows that let customers of this level pass up to an amount. They are set "
        "up on the flows.",
    )
    ticket_quota = fields.Float(
        company_dependent=True,
        digits=0,
        help="Most that may be ticketed to each customer of the level in a period, tax included, "
        "in the currency of the current company; zero: no limit. Customers can have a quota of "
        "their own.",
    )
    ticket_quota_period = fields.Selection(
        selection=PERIODS,
        string="Quota Period",
        company_dependent=True,
        help="Calendar month or year, by date of issue, or all time.",
    )
    partner_count = fields.Integer(string="Customers", compute="_compute_partner_count")

    # === COMPUTE METHODS === #

    def _compute_partner_count(self):
        counts = dict(
            self.env["res.partner"]._read_group(
                self._get_customer_domain(), ["customer_level_id"], ["__count"]
            )
        )
        for level in self:
            level.partner_count = counts.get(level, 0)

    def _compute_fast_lane_flow_ids(self):
        # sudo: invoice.approval.fast.lane - of the flows, what the user may read is shown
        lanes_sudo = self.env["invoice.approval.fast.lane"].sudo()
        flows = dict(
            lanes_sudo._read_group(
                [("level_id", "in", self.ids), ("flow_id.active", "=", True)],
                ["level_id"],
                ["flow_id:recordset"],
            )
        )
        no_flows = self.env["invoice.approval.flow"]
        for level in self:
            level_flows = flows.get(level._origin, no_flows).with_env(self.env)
            level.fast_lane_flow_ids = level_flows._filtered_access("read")

    def _get_customer_domain(self):
        """Customers of the levels; the people who work for them have the same level."""
        is_customer = Domain("parent_id", "=", False) | Domain("is_company", "=", True)
        return is_customer & Domain("customer_level_id", "in", self.ids)

    # === CONSTRAINT METHODS === #

    @api.constrains("name")
    def _check_name_unique(self):
        """Names are translated: no index compares them in the language of who reads them."""
        levels = self.search([("active", "in", [True, False])])
        for level in self:
            name = level.name.strip().casefold()
            if any(other.name.strip().casefold() == name for other in levels - level):
                raise ValidationError(
                    self.env._(
                        "There is a customer level “%s” already. Use that one, or choose another "
                        "name; it may be archived.",
                        level.name,
                    )
                )

    @api.constrains("ticket_quota")
    def _check_ticket_quota(self):
        for level in self:
            if level.ticket_quota < 0:
                raise ValidationError(
                    self.env._(
                        "The quota of the level %s is below zero. Enter an amount, or zero for no "
                        "limit.",
                        level.name,
                    )
                )

    # === CRUD METHODS === #

    def copy_data(self, default: dict | None = None):
        return [
            dict(vals, name=self.env._("%s (copy)", level.name))
            for level, vals in zip(self, super().copy_data(default), strict=True)
        ]

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        # sudo: customers and flows that the user cannot read use the level too
        env_sudo = self.sudo().env
        partners_sudo = env_sudo["res.partner"].with_context(active_test=False)
        lanes_sudo = env_sudo["invoice.approval.fast.lane"]
        for level in self:
            domain = [("customer_level_id", "=", level.id)]
            if partners_sudo.search_count(domain, limit=1):
                raise UserError(
                    self.env._("Customers have the level %s. Archive it instead.", level.name)
                )
            if flow_sudo := lanes_sudo.search([("level_id", "=", level.id)], limit=1).flow_id:
                raise UserError(
                    self.env._(
                        "The approval flow %(flow)s has a fast lane for the level %(level)s. "
                        "Archive the level instead.",
                        flow=flow_sudo.name,
                        level=level.name,
                    )
                )

    # === ACTION METHODS === #

    def action_view_customers(self):
        """Open the customers of the level."""
        self.ensure_one()
        context = {"default_is_company": True}
        if self.env.user.has_group("invoice_crm_addon.group_ticket_finance"):
            context["default_customer_level_id"] = self.id
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Customers: %s", self.name),
            "res_model": "res.partner",
            "view_mode": "list,kanban,form",
            "domain": list(self._get_customer_domain()),
            "context": context,
        }
