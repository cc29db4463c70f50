from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..base.words import words

ACTIVITY = "invoice_crm_addon.mail_activity_type_plan"
PLAN_FIELDS = {
    "state",
    "active",
    "amount_total",
    "date_start",
    "date_end",
    "billing_output",
    "company_id",
}


class InvoiceContract(models.Model):
    """A contract that bills by its plan: milestones, and rules for what comes again."""

    _inherit = "invoice.contract"

    billing_rule_ids = fields.One2many(
        "invoice.billing.rule", "contract_id", string="Recurring Bills", copy=True
    )
    billing_output = fields.Selection(
        selection=[
            ("ticket", "Ticket"),
            ("invoice", "Customer Invoice"),
            ("both", "Customer Invoice, then Its Ticket"),
        ],
        string="Bills By Plan",
        default="ticket",
        required=True,
        help="What becomes of milestones and recurring bills on their day. Customer invoices are "
        "down payments of the sales order of the contract.",
    )
    planned_bill_ids = fields.One2many(
        "invoice.planned.bill", "contract_id", string="Planned Bills"
    )
    planned_bill_count = fields.Integer(compute="_compute_planned_bill_count")
    next_bill_date = fields.Date(string="Next Bill", compute="_compute_planned_bill_count")

    # === COMPUTE METHODS === #

    @api.depends("planned_bill_ids.state", "planned_bill_ids.date")
    def _compute_planned_bill_count(self):
        Bill, groups = self.env["invoice.planned.bill"], []
        if Bill.has_access("read"):  # Approvers read the contract, not what becomes of it.
            groups = Bill._read_group(
                [("contract_id", "in", self.ids), ("state", "in", ("planned", "failed", "begun"))],
                ["contract_id"],
                ["__count", "date:min"],
            )
        figures = {contract.id: (count, date) for contract, count, date in groups}
        for contract in self:
            count, date = figures.get(contract._origin.id, (0, False))
            contract.planned_bill_count = count
            contract.next_bill_date = date

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        contracts = super().create(vals_list)
        contracts.filtered(lambda contract: contract.state == "active")._follow_billing_plan()
        return contracts

    def write(self, vals):
        result = super().write(vals)
        if not PLAN_FIELDS.isdisjoint(vals):
            self._follow_billing_plan()
        return result

    # === APPROVAL === #

    @api.model
    def _get_approval_trigger_fields(self):
        return [*super()._get_approval_trigger_fields(), "billing_rule_ids", "billing_output"]

    @api.model
    def _get_approval_row_fields(self):
        return {
            **super()._get_approval_row_fields(),
            "billing_rule_ids": [
                "name",
                "amount_kind",
                "percent",
                "amount",
                "interval_months",
                "timing",
                "day",
                "date_start",
                "date_end",
                "is_prorated",
            ],
        }

    @api.model
    def _get_approval_row_extras(self):
        return [*super()._get_approval_row_extras(), "date_anchor"]

    # === PLAN === #

    def _follow_billing_plan(self):
        self.env["invoice.planned.bill"]._follow_plans(self)

    def _get_billing_plan(self):
        """Values of the planned bills by what there is one of, see ``_get_key`` of these.

        :rtype: dict[tuple, dict]
        """
        self.ensure_one()
        if self.state != "active" or not self.active:
            return {}
        plan = {}
        for milestone in self.milestone_ids:
            if milestone.kind == "ticket" and milestone.amount > 0 and not milestone.is_done:
                plan["milestone", milestone.id] = {
                    **milestone._get_plan(),
                    "contract_id": self.id,
                    "milestone_id": milestone.id,
                }
        horizon = self.env["invoice.planned.bill"]._get_horizon(self.company_id)
        for rule in self.billing_rule_ids:
            for start, values in rule._get_open_plan(horizon).items():
                plan["rule", rule.id, start] = {
                    **values,
                    "contract_id": self.id,
                    "rule_id": rule.id,
                }
        return plan

    def _get_billing_user(self):
        """By whose rights the job bills: the owner's, if they may write tickets.

        :rtype: res.users
        """
        owner = self.user_id
        if owner.active and owner.has_group("invoice_crm_addon.group_ticket_user"):
            return owner
        return self.env.ref("base.user_root")

    def _get_plan_activities(self):
        """Activities that tell the owner what could not be billed."""
        activity_type = self.env.ref(ACTIVITY)
        return self.activity_ids.filtered(lambda a: a.activity_type_id == activity_type)

    def _get_order_to_invoice(self, amount):
        """The confirmed order of the contract of which the amount is still to be invoiced.

        :param float amount: tax included, in the contract's currency
        :raise UserError: if there is none
        :rtype: sale.order
        """
        for order in self.sale_order_ids.sorted("id"):
            if order.state != "sale" or order.currency_id != self.currency_id:
                continue
            moves = order.invoice_ids.filtered(lambda move: move.state != "cancel")
            invoiced = sum(moves.mapped("amount_total_in_currency_signed"))
            if self.currency_id.compare_amounts(order.amount_total - invoiced, amount) >= 0:
                return order
        raise UserError(
            words(self.env)._(
                "No confirmed order of %s has as much left to invoice. Add one to the contract, "
                "or let the contract bill by tickets.",
                self.display_name,
            )
        )

    def _prepare_part_context(self, amount, title):
        """Defaults of a ticket of a part of the contract.

        :param float amount: tax included, in the contract's currency
        :param str title: what the part is
        """
        context = {
            **self._prepare_ticket_context(),
            "default_currency_id": self.currency_id.id,
            "default_content": f"{self.name} · {title}",
        }
        line = self._prepare_single_line(amount, [title], context)
        return {
            **context,
            "default_tax_included": True,
            "default_line_ids": [Command.create(line)],
        }

    def action_view_planned_bills(self):
        """Open what the contract bills, and when."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "invoice_crm_addon.invoice_planned_bill_action"
        )
        return dict(
            action,
            domain=[("contract_id", "=", self.id)],
            context={"search_default_open": False},
        )
