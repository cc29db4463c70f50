from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL, float_compare

from ..base.action_mixin import rewrite_rows
from ..base.proof import is_proven

FINANCE = "invoice_crm_addon.group_ticket_finance"
QUOTA_FIELDS = ("ticket_quota", "ticket_quota_period")
PERIODS = [("month", "Month"), ("year", "Year"), ("total", "In Total")]
# From this share on, a quota is nearly used up.
NEAR_PERCENT = 80


# Who reads figures of tickets at all.
QUOTA_GROUPS = "invoice_crm_addon.group_ticket_user,invoice_crm_addon.group_ticket_auditor"


class InvoiceQuotaMixin(models.AbstractModel):
    """How much may be ticketed to a customer, by month, by year or in all.

    Each company has quotas of its own, in its currency. A customer without one has that of its
    level. What is used follows from the tickets of the commercial entity: issued ones count on
    their issue date, submitted and approved ones today, issued red letters are negative, drafts,
    voids and receipts count nothing. Other currencies are converted as of these days.

    Action            Group    Restriction
    =====================================================================================
    Set a quota       Finance  of a level: administrator
    Read what is left User     of customers that one may read
    Let a ticket pass Finance  with a reason, see ``invoice.ticket.quota.mixin``
    =====================================================================================
    """

    _name = "invoice.quota.mixin"
    _description = "Customer With a Quota of Tickets"

    # No Monetary: Odoo has none that depends on the company.
    ticket_quota = fields.Float(
        groups=QUOTA_GROUPS,
        company_dependent=True,
        digits=0,
        tracking=True,
        copy=False,
        help="Most that may be ticketed in a period, tax included, in the currency of the current "
        "company. Leave it at zero to use the quota of the level.",
    )
    ticket_quota_period = fields.Selection(
        groups=QUOTA_GROUPS,
        selection=[*PERIODS, ("none", "Without Quota")],
        string="Quota Period",
        company_dependent=True,
        tracking=True,
        copy=False,
        help="Leave it empty to use the period of the level. “Without Quota” exempts the customer "
        "from the quota of its level.",
    )
    ticket_quota_currency_id = fields.Many2one(
        "res.currency", string="Quota Currency", compute="_compute_ticket_quota_currency_id"
    )
    ticket_quota_limit = fields.Monetary(
        groups=QUOTA_GROUPS,
        string="Quota in Force",
        compute="_compute_ticket_quota_used",
        compute_sudo=True,
        currency_field="ticket_quota_currency_id",
        help="The customer's own quota, or that of its level.",
    )
    ticket_quota_limit_period = fields.Selection(
        groups=QUOTA_GROUPS,
        selection=PERIODS,
        string="Period in Force",
        compute="_compute_ticket_quota_used",
        compute_sudo=True,
    )
    ticket_quota_used = fields.Monetary(
        groups=QUOTA_GROUPS,
        string="Quota Used",
        compute="_compute_ticket_quota_used",
        search="_search_ticket_quota_used",
        compute_sudo=True,
        currency_field="ticket_quota_currency_id",
        help="Tickets of the period: issued, and on their way. Less red letters.",
    )
    ticket_quota_left = fields.Monetary(
        groups=QUOTA_GROUPS,
        string="Quota Left",
        compute="_compute_ticket_quota_used",
        compute_sudo=True,
        currency_field="ticket_quota_currency_id",
    )
    ticket_quota_percent = fields.Integer(
        groups=QUOTA_GROUPS,
        string="Quota Used (%)",
        compute="_compute_ticket_quota_used",
        compute_sudo=True,
    )
    ticket_quota_state = fields.Selection(
        groups=QUOTA_GROUPS,
        selection=[
            ("none", "Without Quota"),
            ("within", "Within Quota"),
            ("near", "Nearly Used Up"),
            ("over", "Over Quota"),
        ],
        string="Quota",
        compute="_compute_ticket_quota_used",
        search="_search_ticket_quota_state",
        compute_sudo=True,
    )

    # === COMPUTE METHODS === #

    @api.depends_context("company")
    def _compute_ticket_quota_currency_id(self):
        self.ticket_quota_currency_id = self.env.company.currency_id

    @api.depends(
        *QUOTA_FIELDS,
        "parent_id",
        "customer_level_id.ticket_quota",
        "customer_level_id.ticket_quota_period",
        "ticket_ids.state",
        "ticket_ids.amount_total",
        "ticket_ids.issue_date",
        "ticket_ids.type_id.takes_amount",
    )
    @api.depends_context("company", "tz")
    def _compute_ticket_quota_used(self):
        quotas = self._get_ticket_quotas()
        used = self._get_ticket_quota_usage(quotas, fields.Date.context_today(self))
        for partner in self:
            customer = partner.commercial_partner_id._origin
            limit, period = quotas.get(customer, (0.0, False))
            partner.ticket_quota_limit = limit
            partner.ticket_quota_limit_period = period
            partner.ticket_quota_used = used.get(customer, 0.0)
            partner.ticket_quota_left = limit - partner.ticket_quota_used if limit else 0.0
            partner.ticket_quota_percent = (
                round(100 * partner.ticket_quota_used / limit) if limit else 0
            )
            partner.ticket_quota_state = self._get_quota_state(limit, partner.ticket_quota_used)

    @api.model
    def _get_quota_state(self, limit, used):
        if not limit:
            return "none"
        currency = self.env.company.currency_id
        if currency.compare_amounts(used, limit) > 0:
            return "over"
        return "near" if 100 * used >= NEAR_PERCENT * limit else "within"

    @api.model
    def _search_ticket_quota_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        states = set(value)
        found = self._search_quota_usage(
            lambda limit, used: self._get_quota_state(limit, used) in states
        )
        domain = Domain("commercial_partner_id", "in", found)
        if "none" in states:
            domain |= Domain("commercial_partner_id", "not in", self._search_quota_usage())
        return domain

    @api.model
    def _search_ticket_quota_used(self, operator, value):
        if operator not in (">", ">=") or value < 0 or (operator == ">=" and not value):
            return NotImplemented
        least = 0 if operator == ">=" else 1
        found = self._search_quota_usage(
            lambda _limit, used: float_compare(used, value, precision_digits=6) >= least
        )
        return Domain("commercial_partner_id", "in", found)

    @api.model
    def _search_quota_usage(self, condition=None):
        """IDs of the customers with a quota whose limit and usage meet a condition.

        :param condition: takes limit and used amount; default: every customer with a quota
        """
        # sudo: res.partner - of what is found, the search leaves what the user may read
        partners_sudo = self.sudo().with_context(active_test=False)
        # sudo: invoice.customer.level - archived ones give their quota too
        levels_sudo = self.env["invoice.customer.level"].sudo().with_context(active_test=False)
        levels = levels_sudo.search([("ticket_quota", ">", 0)])
        customers = partners_sudo.search(
            Domain("ticket_quota", ">", 0) | Domain("customer_level_id", "in", levels.ids)
        )
        quotas = customers._get_ticket_quotas()
        if not condition:
            return [customer.id for customer in quotas]
        used = self._get_ticket_quota_usage(quotas, fields.Date.context_today(self))
        return [
            customer.id
            for customer, (limit, _period) in quotas.items()
            if condition(limit, used.get(customer, 0.0))
        ]

    # === CONSTRAINT METHODS === #

    @api.constrains("ticket_quota")
    def _check_ticket_quota(self):
        for partner in self.sudo():  # sudo: compared; portal users need not read quotas
            if partner.ticket_quota < 0:
                raise ValidationError(
                    self.env._(
                        "The quota of %s is below zero. Enter an amount, or choose the period "
                        "“Without Quota”.",
                        partner.display_name,
                    )
                )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        partners = super().create(vals_list)
        # Not only what the values say: the context gives defaults.
        if not self._may_set_quotas():
            # An administrator may have set a default for all.
            partners._refuse_quotas(self.new()._get_own_quotas() * len(partners))
        return partners

    def write(self, vals):
        if self._may_set_quotas() or vals.keys().isdisjoint(QUOTA_FIELDS):
            return super().write(vals)
        before = self._get_own_quotas()
        result = super().write(vals)
        self._refuse_quotas(before)
        return result

    def _may_set_quotas(self):
        return is_proven(self.env) or self.env.user.has_group(FINANCE)

    def _get_own_quotas(self):
        # sudo: compared; whoever makes partners need not read quotas
        return [(partner.ticket_quota, partner.ticket_quota_period) for partner in self.sudo()]

    def _refuse_quotas(self, before):
        """:raise AccessError: if the quotas are not those before"""
        changed = [
            partner.display_name
            for partner, old, new in zip(self, before, self._get_own_quotas(), strict=True)
            if old != new
        ]
        if changed:
            raise AccessError(
                self.env._("Only finance gives customers a quota: %s.", ", ".join(changed))
            )

    # === QUOTA === #

    def _get_ticket_quotas(self):
        """Limit and period by customer, for the current company; without those that have none.

        :rtype: dict[recordset, tuple[float, str]]
        """
        quotas = {}
        # Mostly the customers themselves: read at once, with what is kept by company.
        self.fetch(["commercial_partner_id", "customer_level_id", *QUOTA_FIELDS])
        for customer in self.commercial_partner_id:
            level = customer.customer_level_id
            limit = customer.ticket_quota or level.ticket_quota
            period = customer.ticket_quota_period or level.ticket_quota_period or "total"
            if limit > 0 and period != "none":
                quotas[customer._origin] = (limit, period)
        return quotas

    def _claim_ticket_quotas(self):
        """Of two who submit for a customer at once, the second is run again: see rule 5."""
        rewrite_rows(self.sorted("id"))

    @api.model
    def _get_ticket_quota_usage(self, quotas, date):
        """What tickets of the current company use of quotas, with one query.

        :param dict quotas: see ``_get_ticket_quotas``
        :param date: a day of the periods that are looked at
        :return: amount in the company's currency by customer, for those that have tickets
        :rtype: dict
        """
        by_period = {}
        for customer, (_limit, period) in quotas.items():
            if customer.id:
                by_period.setdefault(period, []).append(customer.id)
        if not by_period:
            return {}
        self.env["invoice.ticket"].flush_model()
        self.env["invoice.ticket.type"].flush_model(["takes_amount"])
        self.env["res.partner"].flush_model(["commercial_partner_id"])
        company = self.env.company
        usage = {}
        rows = self.env.execute_query(self._get_ticket_quota_query(by_period, date))
        currencies = self.env["res.currency"].browse({currency_id for _c, currency_id, *_d in rows})
        # What nothing converts counts nothing, as in every figure, until a rate is entered.
        unrated = currencies._get_unrated(company, date)
        for customer_id, currency_id, day, amount in rows:
            if currency_id in unrated.ids:
                continue
            customer = self.env["res.partner"].browse(customer_id)
            if currency_id != company.currency_id.id:
                currency = self.env["res.currency"].browse(currency_id)
                amount = currency._convert(amount, company.currency_id, company, day)
            usage[customer] = usage.get(customer, 0.0) + float(amount)
        return {c: company.currency_id.round(amount) for c, amount in usage.items()}

    @api.model
    def _get_ticket_quota_query(self, by_period, date):
        today = fields.Date.context_today(self)
        day = SQL(
            "CASE WHEN ticket.state = 'issued' THEN COALESCE(ticket.issue_date, %s) ELSE %s END",
            today,
            today,
        )
        conditions = []
        for period, ids in by_period.items():
            condition = SQL("partner.commercial_partner_id IN %s", tuple(ids))
            if period != "total":
                step = relativedelta(**{f"{period}s": 1})
                start = date.replace(day=1, month=1 if period == "year" else date.month)
                condition = SQL(
                    "(%s AND %s >= %s AND %s < %s)", condition, day, start, day, start + step
                )
            conditions.append(condition)
        company = self.env.company
        # A day is of interest only where there is something to convert.
        return SQL(
            """SELECT partner.commercial_partner_id, ticket.currency_id,
                      CASE WHEN ticket.currency_id = %s THEN NULL ELSE %s END AS day,
                      SUM(ticket.amount_total)
                 FROM invoice_ticket AS ticket
                 JOIN res_partner AS partner ON partner.id = ticket.partner_id
                 JOIN invoice_ticket_type AS type ON type.id = ticket.type_id
                  AND type.takes_amount
                WHERE ticket.company_id = %s
                  AND (ticket.state = 'issued'
                       OR ticket.state IN ('pending', 'approved') AND ticket.red_of_id IS NULL)
                  AND (%s)
             GROUP BY 1, 2, 3""",
            company.currency_id.id,
            day,
            company.id,
            SQL(" OR ").join(conditions),
        )
