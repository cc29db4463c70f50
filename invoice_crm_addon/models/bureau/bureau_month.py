from datetime import date, timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..base.action_mixin import rewrite_rows
from ..base.words import words
from ..ticket.ticket import FINANCE
from .bureau_month_row import RESULTS


class InvoiceBureauMonth(models.Model):
    """A month of a company: what the tax bureau lists, beside the tickets here.

    State      Meaning                                              Next
    =====================================================================================
    open       rows may differ, and lists come in                   closed
    closed     figures are frozen and sealed; the sheet of the VAT  open (something of the
               return is drawn from them                            month changed)
    =====================================================================================

    Action     Group              Restriction
    =====================================================================================
    Close      Finance            the month is over, a list names it, nothing is open
    Close      Finance            the month is over, and there is no fapiao of it
    without
    Reopen     Finance            closed; with a reason
    Excel      Finance, auditor   –
    =====================================================================================

    Whatever issues or voids a ticket of a month that is over, or lists one, writes the row of
    the month: of two transactions of which one closes it, the later one is run again and sees
    what the other did.
    """

    _name = "invoice.bureau.month"
    _description = "Month at the Tax Bureau"
    _inherit = ["mail.thread", "mail.activity.mixin", "invoice.guard.mixin", "invoice.action.mixin"]
    _order = "date desc, company_id"
    _mail_post_access = "read"

    name = fields.Char(compute="_compute_name")
    company_id = fields.Many2one("res.company", required=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Date(string="Month", required=True, help="Its first day.")
    state = fields.Selection(
        selection=[("open", "To Be Closed"), ("closed", "Closed and Sealed")],
        default="open",
        required=True,
    )
    closing_ids = fields.One2many("invoice.bureau.closing", "month_id", string="Closings")
    closing_id = fields.Many2one("invoice.bureau.closing", string="Month Closing", copy=False)
    closed_by_id = fields.Many2one(related="closing_id.user_id", string="Month Closed By")
    closed_on = fields.Datetime(related="closing_id.closed_on", string="Month Closed On")
    list_ids = fields.Many2many("invoice.bureau.list", string="Lists That Name It")
    list_count = fields.Integer(string="Lists", compute="_compute_list_count")
    agreed_count = fields.Integer(string="Agreed", compute="_compute_counts")
    open_count = fields.Integer(string="To Settle", compute="_compute_counts")
    explained_count = fields.Integer(string="Explained", compute="_compute_counts")
    bureau_total = fields.Monetary(string="At the Bureau", compute="_compute_counts")
    ticket_total = fields.Monetary(string="Here", compute="_compute_counts")
    results_html = fields.Html(compute="_compute_results_html", sanitize=False)
    gaps_html = fields.Html(
        string="Gaps in Paper Numbers", compute="_compute_gaps_html", sanitize=False
    )

    can_close = fields.Boolean(compute="_compute_rights")
    can_close_empty = fields.Boolean(compute="_compute_rights")
    can_reopen = fields.Boolean(compute="_compute_rights")
    can_open_reopen = fields.Boolean(compute="_compute_rights")
    can_open_rows = fields.Boolean(compute="_compute_rights")
    can_export = fields.Boolean(compute="_compute_rights")

    _month_uniq = models.UniqueIndex("(company_id, date)", "The month stands there already.")

    # === COMPUTE METHODS === #

    @api.depends("date")
    @api.depends_context("lang")
    def _compute_name(self):
        for month in self:
            month.name = f"{month.date:%Y-%m}" if month.date else ""

    @api.depends("list_ids")
    def _compute_list_count(self):
        # sudo: how many there are, also of those that came for several companies
        for month, month_sudo in zip(self, self.sudo(), strict=True):
            month.list_count = len(month_sudo.list_ids)

    def _compute_counts(self):
        counts = self._count_rows()
        for month in self:
            rows = counts.get((month.company_id.id, month.date), {})
            agreed = [figures for (result, _x), figures in rows.items() if result == "agreed"]
            other = {key: f for key, f in rows.items() if key[0] != "agreed"}
            month.agreed_count = sum(figures[0] for figures in agreed)
            month.explained_count = sum(f[0] for (_r, explained), f in other.items() if explained)
            month.open_count = sum(f[0] for (_r, explained), f in other.items() if not explained)
            month.bureau_total = sum(figures[1] for figures in rows.values())
            month.ticket_total = sum(figures[2] for figures in rows.values())

    def _count_rows(self):
        """Numbers and totals of rows by what they come to, for all months in one query.

        :return: by company and month, by result and whether it is explained: number, total at
            the bureau and here
        :rtype: dict
        """
        found = {}
        if not self.filtered("date"):
            return found
        Rows = self._get_rows_model()
        groups = Rows._read_group(
            [("company_id", "in", self.company_id.ids), ("month", "in", self.mapped("date"))],
            ["company_id", "month:month", "result", "is_explained"],
            ["__count", "bureau_total:sum", "ticket_total:sum"],
        )
        for company, day, result, explained, *figures in groups:
            found.setdefault((company.id, day), {})[result, explained] = [f or 0 for f in figures]
        return found

    def _get_rows_model(self):
        """Rows of these months only: the query looks at no other day."""
        days = sorted(month.date for month in self if month.date)
        return self.env["invoice.bureau.month.row"].with_context(
            bureau_companies=self.company_id.ids,
            bureau_from=str(days[0]),
            bureau_to=str(days[-1]),
        )

    @api.depends_context("lang", "uid")
    def _compute_results_html(self):
        counts = self._count_rows()
        labels = dict(
            self.env["invoice.bureau.month.row"]._fields["result"]._description_selection(self.env)
        )
        for month in self:
            rows = counts.get((month.company_id.id, month.date), {})
            month.results_html = self.env["ir.qweb"]._render(
                "invoice_crm_addon.bureau_month_results",
                {
                    "rows": [
                        {
                            "label": labels[result],
                            "name": result,
                            "open": rows.get((result, False), [0, 0, 0]),
                            "explained": rows.get((result, True), [0, 0, 0]),
                        }
                        for result in RESULTS
                    ],
                },
            )

    def _compute_gaps_html(self):
        for month in self:
            gaps = month._find_gaps()
            month.gaps_html = bool(gaps) and self.env["ir.qweb"]._render(
                "invoice_crm_addon.bureau_month_gaps", {"gaps": gaps}
            )

    @api.depends("state", "date")
    @api.depends_context("uid")
    def _compute_rights(self):
        self._compute_can("close", "close_empty", "reopen", "open_reopen", "open_rows", "export")

    @api.depends("date", "company_id")
    def _compute_display_name(self):
        for month in self:
            month.display_name = f"{month.name} {month.company_id.name or ''}"

    # === GUARD === #

    @api.model
    def _get_guarded_fields(self):
        return set(self._fields) & {
            "company_id",
            "date",
            "state",
            "closing_id",
            "closing_ids",
            "list_ids",
        }

    # === ACTION METHODS === #

    @api.model
    def action_open_months(self):
        """Open the list of months; those of the last year stand there with their tickets.

        :raise AccessError: if the user may not see it
        """
        self.check_access("read")
        if self.env.user.has_group(FINANCE):
            self._make_recent_months()
        return self.env["ir.actions.actions"]._for_xml_id(
            "invoice_crm_addon.invoice_bureau_month_action"
        )

    def action_open_rows(self):
        """Open what is to be settled of the month, bureau beside ours."""
        self.ensure_one()
        self.check_access("read")
        return self._open_rows(self.env._("%s: bureau and ours", self.name))

    def _open_rows(self, name, **context):
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": "invoice.bureau.month.row",
            "views": [(False, "list"), (False, "form")],
            "domain": [("company_id", "=", self.company_id.id), ("month", "=", str(self.date))],
            "context": {
                "bureau_companies": self.company_id.ids,
                "bureau_from": str(self.date),
                "bureau_to": str(self.date),
                "search_default_to_settle": 1,
                "search_default_by_result": 1,
                **context,
            },
        }

    def action_open_fapiao(self):
        """Open what the bureau lists of the month."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("%s at the tax bureau", self.name),
            "res_model": "invoice.bureau.fapiao",
            "views": [(False, "list"), (False, "form")],
            "domain": [("company_id", "=", self.company_id.id), ("month", "=", str(self.date))],
        }

    def action_open_vat_sheet(self):
        """Open the sheet of the VAT return of the month."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "invoice_crm_addon.invoice_vat_sheet_action"
        )
        return {**action, "params": {"month": self.name, "companyId": self.company_id.id}}

    # === MONTHS === #

    @api.model
    def _make_recent_months(self):
        """Let each company of the user have its last twelve months, from its first fapiao on.

        One without any is closed like the others: the bureau has a return of it.
        """
        today = max(company._get_today() for company in self.env.companies)
        first = date(today.year - 1, today.month, 1)
        self.env["invoice.ticket"].flush_model(["issue_date", "state", "company_id"])
        found = self.env.execute_query(
            SQL(
                """
                SELECT company.id, months.day::date
                  FROM res_company company,
                       generate_series(%(first)s::date, %(today)s::date, '1 month') AS months(day)
                 WHERE company.id IN %(companies)s
                   AND EXISTS (
                       SELECT 1
                         FROM invoice_ticket ticket
                         JOIN invoice_ticket_type type
                           ON type.id = ticket.type_id AND type.is_fapiao
                        WHERE ticket.company_id = company.id
                          AND ticket.state = 'issued'
                          AND ticket.issue_date < months.day + INTERVAL '1 month')
                """,
                first=first,
                today=today,
                companies=tuple(self.env.companies.ids),
            )
        )
        return self._get_months(found)

    @api.model
    def _get_months(self, keys):
        """Months of companies, made where there are none.

        :param keys: pairs of the ID of a company and the first day of a month
        :return: in superuser mode
        """
        if not keys:
            return self.sudo().browse()  # sudo: none
        self.env.execute_query(
            SQL(
                """
                INSERT INTO invoice_bureau_month
                    (company_id, date, state, create_uid, create_date, write_uid, write_date)
                SELECT company_id::integer, date::date, 'open', %(uid)s,
                       now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC'
                  FROM (VALUES %(keys)s) AS wanted(company_id, date)
                ON CONFLICT (company_id, date) DO NOTHING RETURNING id
                """,
                uid=self.env.uid,
                keys=SQL(", ").join(SQL("%s", tuple(key)) for key in sorted(set(keys))),
            )
        )
        return self._find_months(keys)

    @api.model
    def _find_months(self, keys):
        """Months that are there, in superuser mode."""
        companies, days = {key[0] for key in keys}, {key[1] for key in keys}
        # sudo: months are made and changed by what happens to their fapiao
        months_sudo = self.sudo().search(
            [("company_id", "in", list(companies)), ("date", "in", list(days))]
        )
        return months_sudo.filtered(lambda m: (m.company_id.id, m.date) in set(keys))

    @api.model
    def _note_list(self, keys, changed, bureau_list):
        """Let a list be known to its months; what it changes in a closed one reopens that.

        :param set keys: company and month of all that the list names, ``changed`` of what it
            says anew
        :param invoice.bureau.list bureau_list: in superuser mode
        """
        months_sudo = self._get_months(keys | changed)
        bureau_list.month_ids = months_sudo.filtered(lambda m: (m.company_id.id, m.date) in keys)
        reason = words(self.env)._("The list %s says something new of it.", bureau_list.name)
        self._note_change(changed, reason)

    @api.model
    def _note_change(self, keys, reason):
        """Something of these months changed: closed ones are open again.

        :param keys: pairs of the ID of a company and the first day of a month
        :param Words reason:
        """
        if not keys:
            return
        months_sudo = self._find_months(keys)
        # Nobody closes what is not over, wherever the day began; what closes collides with this.
        tomorrow = fields.Date.today() + timedelta(days=1)
        rewrite_rows(months_sudo.filtered(lambda month: month._get_last_day() <= tomorrow))
        closed_sudo = months_sudo.filtered(lambda month: month.state == "closed")
        closed_sudo._do_reopen(reason)
