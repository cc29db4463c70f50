from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..base.names_mixin import get_rule_fields
from ..base.proof import proven
from ..base.tools import group_by_id, keep_rows_in_cache, search_fetch_together
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
# Rows of the plan, and what the contract says for those that say nothing of their own.
PLAN_ROWS = {"milestone_ids", "billing_rule_ids"}
# With what became of them.
ROW_KINDS = ("planned_bill_ids", *sorted(PLAN_ROWS))
BILLED_AS = ("billing_product_id", "billing_tax_id")
#: So many rows of each kind are told to whoever approves them.
MOST_ROWS = 30
# Where one kind of rows is approved, all of it is.
PLAN_WATCH = (*sorted(PLAN_ROWS), *BILLED_AS)


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
        help="What becomes of milestones and recurring bills on their day. Where the contract has "
        "sales orders, customer invoices are down payments of these.",
    )
    billing_product_id = fields.Many2one(
        "product.product",
        string="Billed As",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        domain="[('sale_ok', '=', True)]",
        help="Product of what the plan makes without a sales order, unless a milestone or "
        "recurring bill says its own. Empty: the name of these, on tickets that of the ticket "
        "template.",
    )
    billing_tax_id = fields.Many2one(
        "account.tax",
        string="Billed With Tax",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        domain="[('type_tax_use', '=', 'sale'), ('amount_type', '=', 'percent')]",
        help="Unless a milestone or recurring bill says its own. Empty: that of the product, else "
        "of the ticket template, else of the company.",
    )
    planned_bill_ids = fields.One2many(
        "invoice.planned.bill", "contract_id", string="Planned Bills"
    )
    planned_bill_count = fields.Integer(compute="_compute_planned_bill_count")
    next_bill_date = fields.Date(string="Next Bill", compute="_compute_planned_bill_count")
    # Asked by planned bills, and shown nowhere.
    can_plan = fields.Boolean(compute="_compute_plan_rights", export_string_translation=False)
    can_bill = fields.Boolean(compute="_compute_plan_rights", export_string_translation=False)

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

    @api.depends("state", "approval_request_ids.state", "company_id", "user_id", "department_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_plan_rights(self):
        # Of all that are read together at once: a list of bills asks it of each.
        contracts_sudo = self.sudo()  # sudo: what rules look at, and whether a change waits
        contracts_sudo.fetch(["state", *get_rule_fields(self, "write")])
        contracts_sudo.approval_request_ids.fetch(["state", "is_change"])
        mine = self._filtered_access("write")
        mine.can_plan = True
        (self - mine).can_plan = False
        self._compute_can("bill")

    # === CAN === #

    def _get_cannot_plan_reason(self):
        """Why the user cannot change the plan, and what becomes of it."""
        return not self.can_plan and self.env._("You may not change the contract.")

    def _get_cannot_bill_reason(self):
        """Why the user cannot bill what is planned."""
        return (
            self._get_cannot_plan_reason()
            or self._get_cannot_create_ticket_reason()
            or self._get_change_waiting_reason()
        )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        contracts = super().create(vals_list)
        contracts.filtered(lambda contract: contract.state == "active")._follow_billing_plan()
        return contracts

    def write(self, vals):
        if PLAN_FIELDS.isdisjoint(vals):
            return super().write(vals)
        # What becomes active follows its plan: both are read at once.
        is_read = vals.get("state") == "active" and PLAN_ROWS.isdisjoint(vals)
        bills = proven(self)._read_plan() if is_read else None
        # One that is not active plans nothing, so a draft has nothing to follow.
        before = self.filtered(lambda contract: contract.state == "active")
        result = super().write(vals)
        active = self.filtered(lambda contract: contract.state == "active")
        (before | active)._follow_billing_plan(bills)
        return result

    # === APPROVAL === #

    @api.model
    def _get_approval_trigger_fields(self):
        fnames = ["billing_rule_ids", "billing_output", *BILLED_AS]
        return [*super()._get_approval_trigger_fields(), *fnames]

    @api.model
    def _get_approval_row_fields(self):
        row_fields = super()._get_approval_row_fields()
        return {
            **row_fields,
            "milestone_ids": [*row_fields["milestone_ids"], "product_id", "tax_id"],
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
                "product_id",
                "tax_id",
            ],
        }

    @api.model
    def _get_approval_row_extras(self):
        return [*super()._get_approval_row_extras(), "date_anchor"]

    def _get_facts_to_verify(self):
        """And the rows of the plan, with what they are billed as: a change lists them, too."""
        facts = super()._get_facts_to_verify()
        for fname in ("milestone_ids", "billing_rule_ids"):
            label = self._fields[fname]._description_string(self.env)
            rows = self._dump_field(fname)
            facts += [(label, str(self._describe_row(fname, row))) for row in rows[:MOST_ROWS]]
            if more := len(rows) - MOST_ROWS:
                facts.append((label, more > 0 and self.env._("… and %s more.", more)))
        return facts

    def _get_watched_fields(self):
        """Whoever approves rows of a plan approves those of each kind, and what they bill as.

        What a milestone may not say without approval, a recurring bill would say for it.
        """
        watched = super()._get_watched_fields()
        return {
            contract: fnames if fnames.isdisjoint(PLAN_ROWS) else fnames.union(PLAN_WATCH)
            for contract, fnames in watched.items()
        }

    def _get_waiting_locks(self):
        locks = super()._get_waiting_locks()
        if reason := next((locks[fname] for fname in PLAN_ROWS & locks.keys()), False):
            locks.update(dict.fromkeys(PLAN_WATCH, reason))
        return locks

    # === PLAN === #

    def _read_plan(self):
        """Read at once the contracts, the rows of their plans, and what became of these.

        :return: the planned bills
        """
        Rows = [self.env[self._fields[fname].comodel_name] for fname in ROW_KINDS]
        _contracts, *found = search_fetch_together(
            (self.with_context(active_test=False), [("id", "in", self.ids)]),
            *((Row, [("contract_id", "in", self.ids)]) for Row in Rows),
        )
        for fname, rows in zip(ROW_KINDS, found, strict=True):
            keep_rows_in_cache(self, fname, group_by_id(rows, "contract_id"))
        bills, rules, milestones = found
        keep_rows_in_cache(rules, "bill_ids", group_by_id(bills, "rule_id"))
        keep_rows_in_cache(milestones, "bill_ids", group_by_id(bills, "milestone_id"))
        return bills

    def _follow_billing_plan(self, bills=None):
        """:param bills: planned bills of the contracts, if they are read"""
        self.env["invoice.planned.bill"]._follow_plans(self, bills)

    def _get_billing_plan(self):
        """Values of the planned bills by what there is one of, see ``_get_key`` of these.

        :rtype: dict[tuple, dict]
        """
        self.ensure_one()
        if self.state != "active" or not self.active:
            return {}
        plan = {}
        # The contract stands first in each: an amount that is written before it is not rounded, as
        # the bill has no currency yet, and core looks for it.
        contract = {"contract_id": self.id}
        for milestone in self.milestone_ids:
            if milestone.kind == "ticket" and milestone.amount > 0 and not milestone.is_done:
                plan["milestone", milestone.id] = {
                    **contract,
                    **milestone._get_plan(),
                    "milestone_id": milestone.id,
                }
        if not self.billing_rule_ids:
            return plan
        horizon = self.env["invoice.planned.bill"]._get_horizon(self.company_id)
        for rule in self.billing_rule_ids:
            for start, values in rule._get_open_plan(horizon).items():
                plan["rule", rule.id, start] = {**contract, **values, "rule_id": rule.id}
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
        :return: none, if the contract has no confirmed order at all
        :raise UserError: if no order has as much left, or a quotation is to be decided first
        :rtype: sale.order
        """
        orders = self.sale_order_ids.filtered(lambda order: order.state == "sale")
        if not orders:
            self._check_no_quotation_waits()
            return orders
        for order in orders.sorted("id"):
            if order.currency_id != self.currency_id:
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

    def _check_no_quotation_waits(self):
        """What the contract bills by itself, an order that comes later would bill once more.

        :raise UserError: if a quotation of the contract is not decided
        """
        if waiting := self.sale_order_ids.filtered(lambda o: o.state in ("draft", "sent")):
            raise UserError(
                words(self.env)._(
                    "These quotations of %(contract)s are not confirmed: %(quotations)s. Confirm "
                    "them, so that they are invoiced, or cancel them or take them off the "
                    "contract first.",
                    contract=self.display_name,
                    quotations=", ".join(waiting.mapped("name")),
                )
            )

    def _get_billing_product(self, row):
        """Product of what the plan makes of one of its rows.

        :param row: milestone or recurring bill, maybe none
        """
        return row.product_id or self.billing_product_id

    def _get_own_billing_taxes(self, row):
        """Taxes that the row, the contract or the product says; maybe none.

        :param row: see ``_get_billing_product``
        """
        if row.tax_id:
            return row.tax_id
        of_company = self.env["account.tax"]._check_company_domain(self.company_id)
        return (
            row.product_id.taxes_id.filtered_domain(of_company)
            or self.billing_tax_id
            or self.billing_product_id.taxes_id.filtered_domain(of_company)
        )

    def _get_billing_position(self):
        """Fiscal position of what the plan makes, which may tax this customer otherwise."""
        position = self.env["account.fiscal.position"].with_company(self.company_id)
        return position._get_fiscal_position(self.partner_id)

    def _get_billing_taxes(self, row):
        """Taxes of what the plan invoices without a sales order.

        :param row: see ``_get_billing_product``
        """
        of_company = self.env["account.tax"]._check_company_domain(self.company_id)
        return (
            self._get_own_billing_taxes(row)
            or self.ticket_template_id.line_ids[:1].tax_id.filtered_domain(of_company)
            or self.company_id.account_sale_tax_id
        )

    def _prepare_invoice_values(self, amount, title, row):
        """Values of a customer invoice of a part of the contract.

        :param float amount: tax included, in the contract's currency
        :param str title: what the part is
        :param row: see ``_get_billing_product``
        """
        partner = self.partner_id
        position = self._get_billing_position()
        taxes = position.map_tax(self._get_billing_taxes(row))
        whole = taxes.with_context(force_price_include=True).compute_all(
            amount, self.currency_id, partner=partner
        )
        is_included = taxes and all(taxes.flatten_taxes_hierarchy().mapped("price_include"))
        line = {
            "product_id": self._get_billing_product(row).id,
            "name": f"{self.name} · {title}",
            "quantity": 1.0,
            "price_unit": amount if is_included else whole["total_excluded"],
            "tax_ids": [Command.set(taxes.ids)],
        }
        return {
            "move_type": "out_invoice",
            "partner_id": partner.id,
            "company_id": self.company_id.id,
            "currency_id": self.currency_id.id,
            "invoice_user_id": self.user_id.id,
            "invoice_origin": self.number or self.name,
            "invoice_contract_id": self.id,
            "fiscal_position_id": position.id,
            "invoice_line_ids": [Command.create(line)],
        }

    def _prepare_part_context(self, amount, title, row):
        """Defaults of a ticket of a part of the contract.

        :param float amount: tax included, in the contract's currency
        :param str title: what the part is
        :param row: see ``_get_billing_product``
        """
        context = {
            **self._prepare_ticket_context(),
            "default_currency_id": self.currency_id.id,
            "default_content": f"{self.name} · {title}",
        }
        line = self._prepare_single_line(amount, [title], context)
        if product := self._get_billing_product(row):
            # A fapiao speaks the company's language, whoever's the job bills in.
            lang = self.company_id.partner_id.lang
            named = product.with_context(lang=lang) if lang else product
            line |= {"product_id": product.id, "name": named.name}
        taxes = self._get_own_billing_taxes(row)
        if tax := taxes.filtered(lambda tax: tax.amount_type == "percent")[:1]:
            mapped = self._get_billing_position().map_tax(tax)
            line["tax_id"] = mapped.filtered(lambda tax: tax.amount_type == "percent")[:1].id
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
