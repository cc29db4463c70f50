from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import float_compare, float_round, format_date

from ..base.proof import is_proven
from .periods import ONE_DAY, get_billing_day, get_periods

MOST_MONTHS = 120


class InvoiceBillingRule(models.Model):
    """What a contract bills again and again: every so many months, until it ends.

    A rule makes nothing itself: its periods become planned bills, see ``invoice.planned.bill``.
    Whoever changes a rule changes what is not made yet. What was billed stands: neither the
    periods of a rule that billed can be moved nor the rule removed; it is ended, and the next
    rule goes on, which is what a change of the price does.
    """

    _name = "invoice.billing.rule"
    _inherit = ["invoice.plan.row.mixin", "invoice.approval.row.mixin"]
    _description = "Recurring Bill"
    _order = "contract_id, date_start, id"

    _document_field = "contract_id"
    _row_field = "billing_rule_ids"

    contract_id = fields.Many2one("invoice.contract", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="contract_id.company_id", store=True, precompute=True)
    currency_id = fields.Many2one(related="contract_id.currency_id")
    name = fields.Char(string="What For", required=True)
    interval_months = fields.Integer(string="Every … Months", default=1, required=True)
    timing = fields.Selection(
        selection=[("advance", "In Advance"), ("arrears", "In Arrears")],
        default="advance",
        required=True,
    )
    day = fields.Integer(
        string="On Day",
        help="Day of the month; shorter months end earlier. 0: the first day of the period, or "
        "its last one in arrears.",
    )
    date_start = fields.Date(
        string="From",
        compute="_compute_date_start",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
        help="From the first day of the contract, unless something else is entered.",
    )
    date_anchor = fields.Date(
        string="Periods Count From",
        compute="_compute_date_anchor",
        store=True,
        readonly=False,
        precompute=True,
        help="A rule that goes on with another price counts its periods as the one before.",
    )
    date_end = fields.Date(string="Until", help="Empty: until the contract ends.")
    amount_kind = fields.Selection(
        selection=[("amount", "Amount"), ("percent", "Percent of the Contract")],
        string="Reckoned By",
        default="amount",
        required=True,
    )
    amount = fields.Monetary(
        compute="_compute_amount",
        store=True,
        readonly=False,
        precompute=True,
        help="Of a whole period, tax included.",
    )
    percent = fields.Float(digits=(16, 4))
    is_prorated = fields.Boolean(
        string="Part by Days",
        default=True,
        help="A last period that the end cuts is billed by its days; otherwise as a whole one.",
    )
    bill_ids = fields.One2many("invoice.planned.bill", "rule_id", string="Planned Bills")

    _months_possible = models.Constraint(
        f"CHECK(interval_months BETWEEN 1 AND {MOST_MONTHS})",
        f"A recurring bill comes every 1 to {MOST_MONTHS} months.",
    )
    _day_possible = models.Constraint(
        "CHECK(day BETWEEN 0 AND 31)",
        "The day of a recurring bill lies between 1 and 31; 0 is the edge of the period.",
    )

    # === COMPUTE METHODS === #

    @api.depends("contract_id")
    def _compute_date_start(self):
        for rule in self:
            start = rule.date_start or rule.contract_id.date_start
            rule.date_start = start or fields.Date.context_today(rule)

    @api.depends("date_start")
    def _compute_date_anchor(self):
        for rule in self:
            # sudo: what was made counts, whoever may see it
            is_billed = rule.date_anchor and rule.sudo().bill_ids.filtered("is_touched")
            rule.date_anchor = rule.date_anchor if is_billed else rule.date_start

    @api.depends("amount_kind", "percent", "contract_id.amount_total")
    def _compute_amount(self):
        for rule in self:
            if rule.amount_kind == "percent":
                amount = rule.contract_id.amount_total * rule.percent / 100.0
                rule.amount = rule.currency_id.round(amount) if rule.currency_id else amount
            else:
                rule.amount = rule.amount

    # === CONSTRAINT METHODS === #

    @api.constrains("amount_kind", "amount", "percent")
    def _check_amount(self):
        for rule in self:
            if rule.amount_kind == "percent" and not 0.0 < rule.percent <= 100.0:
                raise ValidationError(
                    self.env._("“%s” bills more than 0 and up to 100 percent.", rule.name)
                )
            if rule.amount_kind == "amount" and float_compare(rule.amount, 0.0, 2) <= 0:
                raise ValidationError(
                    self.env._("Enter the amount that “%s” bills for each period.", rule.name)
                )

    @api.constrains("date_start", "date_anchor", "date_end")
    def _check_dates(self):
        for rule in self:
            if rule.date_end and rule.date_end < rule.date_start:
                raise ValidationError(
                    self.env._("“%s” ends before it starts. Correct the dates.", rule.name)
                )
            if rule.date_anchor and rule.date_anchor > rule.date_start:
                raise ValidationError(
                    self.env._(
                        "The periods of “%s” cannot count from a day after it starts.", rule.name
                    )
                )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        return super().create(
            [self._drop_derived_amount(vals, vals.get("amount_kind")) for vals in vals_list]
        )

    def write(self, vals):
        for rule in self:
            rule._check_billed_periods_stay(vals)
        kind = vals.get("amount_kind") or self[:1].amount_kind
        return super().write(self._drop_derived_amount(vals, kind))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_billed(self):
        if is_proven(self.env):
            return  # A rejected change takes its rows back; what was made of them stays.
        for rule in self:
            if rule._get_touched_bills():
                raise UserError(
                    self.env._(
                        "“%s” was billed and must be kept. Let it end at a date instead.",
                        rule.name,
                    )
                )

    @api.model
    def _drop_derived_amount(self, vals, kind):
        """Values without an amount that follows from the percentage."""
        if kind != "percent":
            return vals
        return {fname: value for fname, value in vals.items() if fname != "amount"}

    def _check_billed_periods_stay(self, vals):
        """:raise UserError: if periods would be moved some of which are billed"""
        if is_proven(self.env):
            return
        fnames = {"interval_months", "date_start", "date_anchor"} & vals.keys()
        if not any(any(self._is_changed_by(fname, vals[fname])) for fname in fnames):
            return
        if touched := self._get_touched_bills():
            raise UserError(
                self.env._(
                    "“%(name)s” was billed until %(date)s, so its periods stay. Let it end then, "
                    "and add another one for what comes after.",
                    name=self.name,
                    date=format_date(self.env, max(touched.mapped("date_to"))),
                )
            )

    def _get_touched_bills(self):
        """Bills of the rule that were made or skipped, in superuser mode."""
        # sudo: what was made counts, whoever may see it
        return self.sudo().bill_ids.filtered("is_touched")

    # === PLAN === #

    def _get_plan(self, horizon):
        """Values of the planned bills of the rule.

        :param date horizon: last day that is looked ahead to
        :return: values by first day of the period
        :rtype: dict[date, dict]
        """
        self.ensure_one()
        ends = filter(None, (self.date_end, self.contract_id.date_end))
        last = min(ends, default=None)
        plan = {}
        for period in get_periods(
            self.date_anchor, self.interval_months, self.date_start, last or horizon
        ):
            if period.start > horizon:
                break
            if not last:
                # The horizon cuts no period, it only ends the look ahead.
                period = type(period)(period.start, period.whole_end, period.whole_end)
            plan[period.start] = {
                "date": get_billing_day(period, self.timing, self.day),
                "date_from": period.start,
                "date_to": period.end,
                "amount": self._get_amount_of(period),
                "name": self.name,
            }
        return plan

    def _get_open_plan(self, horizon):
        """The plan, and of periods that were billed in part, since they ended early, the rest.

        :param date horizon: see ``_get_plan``
        """
        plan = self._get_plan(horizon)
        for bill in self._get_touched_bills().sorted("date_to"):
            values = plan.get(bill.date_from)
            if not values or bill.is_skipped or bill.date_to >= values["date_to"]:
                continue
            rest = self.currency_id.round(values["amount"] - bill.amount)
            if rest > 0:
                start = bill.date_to + ONE_DAY
                date = max(values["date"], start)
                # What is left of the rest, when the contract is extended once more, starts there.
                plan[start] = {**values, "date_from": start, "amount": rest, "date": date}
        return plan

    def _get_amount_of(self, period):
        share = period.share if self.is_prorated else 1.0
        return float_round(self.amount * share, precision_rounding=self.currency_id.rounding)

    # === PRICE === #

    def action_change_price(self):
        """Open the dialog that lets the rule go on with another amount from a date."""
        self.ensure_one()
        self.contract_id.check_access("write")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Change Price"),
            "res_model": "invoice.billing.price.wizard",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_rule_id": self.id},
        }
