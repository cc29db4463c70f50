from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

#: What a row may come to, in the order in which they are settled.
RESULTS = (
    "bureau_only",
    "ours_only",
    "void_there",
    "red_there",
    "void_here",
    "differs",
    "agreed",
)
# What may differ of a fapiao, as the column that names it says.
DIFFERENCES = ("date", "untaxed", "tax", "total", "buyer", "vat", "kind")
# Names as they are compared: width of brackets, blanks and case say nothing.
_NAME = "upper(regexp_replace(translate(COALESCE(%s, ''), '（）', '()'), '\\s', '', 'g'))"  # noqa: RUF001
_TAX_ID = "upper(regexp_replace(COALESCE(%s, ''), '[^0-9A-Za-z]', '', 'g'))"


class InvoiceBureauMonthRow(models.Model):
    """A fapiao of a month: at the tax bureau, here, or both; and what that comes to.

    Result       The bureau                 Here
    =====================================================================================
    agreed       lists it                   says the same
    bureau_only  lists it                   no ticket has its number
    ours_only    does not list it           issued
    void_there   lists it as voided         issued
    red_there    lists it as red-lettered,  taken back not at all, or in part only
                 whole or in part
    void_here    lists it as valid          voided
    differs      lists it                   of another date, amount, tax, buyer or kind
    =====================================================================================

    A query works them out, of the months that the context names. What somebody explained stays
    so while neither side changes: an explanation is tied to what it explains.
    """

    _name = "invoice.bureau.month.row"
    _description = "Fapiao of a Month: Bureau and Ours"
    _inherit = [
        "invoice.counted.search.mixin",
        "invoice.query.rows.mixin",
        "invoice.action.mixin",
    ]
    _auto = False
    _order = "date, number, id"
    _rec_name = "number"
    _depends = {
        "invoice.ticket": [
            "amount_company",
            "amount_tax",
            "amount_total",
            "amount_untaxed",
            "amount_valid",
            "buyer_name",
            "buyer_vat",
            "company_id",
            "currency_id",
            "fapiao_code",
            "fapiao_number",
            "issue_date",
            "state",
            "type_id",
        ],
        "invoice.ticket.type": ["fapiao_kind", "is_fapiao"],
        "invoice.bureau.fapiao": [
            "amount_tax",
            "amount_total",
            "amount_untaxed",
            "buyer_name",
            "buyer_vat",
            "issue_date",
            "kind",
            "status",
        ],
        "invoice.bureau.explanation": ["fingerprint", "company_id", "is_taken_back"],
    }

    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    month = fields.Date(readonly=True)
    date = fields.Date(string="Fapiao Date", readonly=True)
    number = fields.Char(readonly=True)
    code = fields.Char(readonly=True)
    result = fields.Selection(
        selection=[
            ("bureau_only", "Only at the Bureau"),
            ("ours_only", "Only Here"),
            ("void_there", "Voided There, Valid Here"),
            ("red_there", "Red-Lettered There, Valid Here"),
            ("void_here", "Voided Here, Valid There"),
            ("differs", "Differs"),
            ("agreed", "Agreed"),
        ],
        readonly=True,
    )
    fapiao_id = fields.Many2one("invoice.bureau.fapiao", string="At the Bureau", readonly=True)
    ticket_id = fields.Many2one("invoice.ticket", readonly=True)
    buyer = fields.Char(readonly=True)
    differences = fields.Char(
        string="Names of Differences", export_string_translation=False, readonly=True
    )
    differences_text = fields.Char(string="Differences", compute="_compute_differences_text")
    sides_html = fields.Html(compute="_compute_sides_html", sanitize=False)
    bureau_total = fields.Monetary(string="Total at the Bureau", readonly=True)
    ticket_total = fields.Monetary(string="Total Here", readonly=True)
    difference = fields.Monetary(readonly=True)
    fingerprint = fields.Char(export_string_translation=False, readonly=True)
    explanation_id = fields.Many2one("invoice.bureau.explanation", readonly=True)
    is_explained = fields.Boolean(string="Explained", readonly=True)

    # === QUERY === #

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT pair.id, pair.company_id, pair.month, pair.date, pair.number, pair.code,
                   pair.result, pair.fapiao_id, pair.ticket_id, pair.buyer, pair.differences,
                   pair.bureau_total, pair.ticket_total,
                   pair.bureau_total - pair.ticket_total AS difference,
                   pair.fingerprint, explanation.id AS explanation_id,
                   explanation.id IS NOT NULL AS is_explained
              FROM (%(pairs)s) pair
              LEFT JOIN invoice_bureau_explanation explanation
                ON explanation.fingerprint = pair.fingerprint
               AND explanation.company_id = pair.company_id
               AND explanation.is_taken_back IS NOT TRUE
               AND pair.result <> 'agreed'
            """,
            pairs=self._get_pairs(),
        )

    @api.model
    def _get_pairs(self):
        return SQL(
            """
            SELECT judged.*,
                   CASE WHEN judged.result <> 'agreed'
                        THEN md5(ROW(judged.month, judged.fapiao_id, judged.ticket_id,
                                     judged.sides)::text)
                   END AS fingerprint
              FROM (%s UNION ALL %s) judged
            """,
            self._get_listed(),
            self._get_unlisted(),
        )

    @api.model
    def _get_listed(self):
        """Fapiao that the bureau lists in the month, each with the ticket of its number.

        Most agree: what is explained, and written out for that, is what does not.
        """
        return SQL(
            """
            SELECT listed.id, listed.company_id, listed.month, listed.date, listed.number,
                   listed.code, listed.result, listed.fapiao_id, listed.ticket_id, listed.buyer,
                   listed.differences, listed.bureau_total, listed.ticket_total,
                   CASE WHEN listed.result <> 'agreed' THEN listed.sides END AS sides
              FROM (
            SELECT both_sides.id::bigint * 2 AS id, both_sides.company_id, both_sides.month,
                   both_sides.date, both_sides.number, both_sides.code,
                   CASE WHEN ticket_id IS NULL THEN 'bureau_only'
                        WHEN ticket_state = 'voided' AND status <> 'voided' THEN 'void_here'
                        WHEN ticket_state = 'voided' THEN 'agreed'
                        WHEN status = 'voided' THEN 'void_there'
                        WHEN bureau_total > 0
                         AND (status = 'red_full' AND amount_valid <> 0
                              OR status = 'red_part' AND amount_valid = amount_total)
                        THEN 'red_there'
                        WHEN differences <> '' THEN 'differs'
                        ELSE 'agreed'
                   END AS result,
                   both_sides.id AS fapiao_id, ticket_id, buyer, differences,
                   bureau_total, ticket_total, sides
              FROM (
                SELECT fapiao.id, fapiao.company_id, %(month)s AS month, fapiao.issue_date AS date,
                       fapiao.number, fapiao.code, fapiao.status, fapiao.buyer_name AS buyer,
                       ticket.id AS ticket_id, ticket.state AS ticket_state, ticket.amount_valid,
                       ticket.amount_total, %(sides)s AS sides,
                       CASE WHEN fapiao.status = 'voided' THEN 0 ELSE fapiao.amount_total END
                           AS bureau_total,
                       CASE WHEN ticket.state = 'voided' THEN 0 ELSE %(total)s END AS ticket_total,
                       CASE WHEN ticket.id IS NULL THEN '' ELSE %(differs)s END AS differences
                  FROM invoice_bureau_fapiao fapiao
                  JOIN res_company company ON company.id = fapiao.company_id
             LEFT JOIN invoice_ticket ticket
                    ON ticket.company_id = fapiao.company_id
                   AND COALESCE(ticket.fapiao_code, '') = COALESCE(fapiao.code, '')
                   AND ticket.fapiao_number = fapiao.number
                   AND ticket.state IN ('issued', 'voided')
             LEFT JOIN invoice_ticket_type type ON type.id = ticket.type_id
                 WHERE %(where)s
              ) both_sides
              ) listed
            """,
            total=self._get_ticket_total(),
            differs=self._get_differences(),
            sides=self._get_both_sides(),
            month=self._get_month_sql(SQL("fapiao.month")),
            where=self._get_period(SQL("fapiao.month"), SQL("fapiao.company_id")),
        )

    @api.model
    def _get_unlisted(self):
        """Issued tickets of the month which the bureau does not list, or in another month.

        Most are listed in that month: only the others are looked up one by one.
        """
        return SQL(
            """
            SELECT ticket.id::bigint * 2 + 1 AS id, ticket.company_id,
                   %(month)s AS month, ticket.issue_date AS date, ticket.fapiao_number AS number,
                   ticket.fapiao_code AS code,
                   CASE WHEN fapiao.id IS NULL THEN 'ours_only' ELSE 'differs' END AS result,
                   fapiao.id AS fapiao_id, ticket.id AS ticket_id, ticket.buyer_name AS buyer,
                   CASE WHEN fapiao.id IS NULL THEN '' ELSE 'date' END AS differences,
                   0.0 AS bureau_total, %(total)s AS ticket_total, %(sides)s AS sides
              FROM invoice_ticket ticket
              JOIN res_company company ON company.id = ticket.company_id
              JOIN invoice_ticket_type type ON type.id = ticket.type_id AND type.is_fapiao
         LEFT JOIN invoice_bureau_fapiao fapiao
                ON fapiao.company_id = ticket.company_id
               AND COALESCE(fapiao.code, '') = COALESCE(ticket.fapiao_code, '')
               AND fapiao.number = ticket.fapiao_number
             WHERE ticket.state = 'issued' AND ticket.issue_date IS NOT NULL
               AND NOT EXISTS (
                   SELECT FROM invoice_bureau_fapiao same
                    WHERE same.company_id = ticket.company_id
                      AND COALESCE(same.code, '') = COALESCE(ticket.fapiao_code, '')
                      AND same.number = ticket.fapiao_number
                      AND %(same_month)s = %(month)s
                      AND %(same_where)s)
               AND %(where)s
            """,
            total=self._get_ticket_total(),
            sides=self._get_both_sides(),
            where=self._get_period(SQL("ticket.issue_date"), SQL("ticket.company_id"), is_day=True),
            month=self._get_month_sql(SQL("date_trunc('month', ticket.issue_date)::date")),
            same_month=self._get_month_sql(SQL("same.month")),
            same_where=self._get_period(SQL("same.month"), SQL("same.company_id")),
        )

    @api.model
    def _get_ticket_total(self):
        """Of a ticket in another currency, what it is in that of the company."""
        return SQL(
            "CASE WHEN ticket.currency_id = company.currency_id THEN ticket.amount_total"
            " ELSE ticket.amount_company END"
        )

    @api.model
    def _get_both_sides(self):
        """All that the two sides say: what was explained is open again when any of it changes."""
        return SQL(
            """ROW(fapiao.status, fapiao.issue_date, ROUND(fapiao.amount_untaxed, 2),
                   ROUND(fapiao.amount_tax, 2), ROUND(fapiao.amount_total, 2), fapiao.buyer_name,
                   fapiao.buyer_vat, fapiao.kind, ticket.state, ticket.issue_date,
                   ticket.fapiao_code, ticket.fapiao_number, ticket.currency_id,
                   ROUND(ticket.amount_untaxed, 2), ROUND(ticket.amount_tax, 2),
                   ROUND(%s, 2), ticket.buyer_name, ticket.buyer_vat, type.fapiao_kind,
                   CASE WHEN fapiao.status LIKE 'red%%' THEN ROUND(ticket.amount_valid, 2) END
               )::text""",
            self._get_ticket_total(),
        )

    @api.model
    def _get_differences(self):
        """What the two sides say otherwise, names with a comma between them."""
        same_currency = SQL("ticket.currency_id = company.currency_id")
        conditions = {
            "date": SQL("ticket.issue_date IS DISTINCT FROM fapiao.issue_date"),
            "untaxed": SQL(
                "%s AND ABS(ticket.amount_untaxed - fapiao.amount_untaxed) >= 0.005", same_currency
            ),
            "tax": SQL("%s AND ABS(ticket.amount_tax - fapiao.amount_tax) >= 0.005", same_currency),
            "total": SQL("ABS(%s - fapiao.amount_total) >= 0.005", self._get_ticket_total()),
            # Mostly letter for letter the same, which costs much less to see.
            "buyer": SQL(
                "ticket.buyer_name IS DISTINCT FROM fapiao.buyer_name AND %s <> %s",
                SQL(_NAME % "ticket.buyer_name"),
                SQL(_NAME % "fapiao.buyer_name"),
            ),
            "vat": SQL(
                "ticket.buyer_vat <> fapiao.buyer_vat"
                " AND ticket.buyer_vat <> '' AND fapiao.buyer_vat <> '' AND %s <> %s",
                SQL(_TAX_ID % "ticket.buyer_vat"),
                SQL(_TAX_ID % "fapiao.buyer_vat"),
            ),
            "kind": SQL(
                "type.fapiao_kind IS NOT NULL AND fapiao.kind <> 'other'"
                " AND type.fapiao_kind <> fapiao.kind"
            ),
        }
        return SQL(
            "concat_ws(',', %s)",
            SQL(", ").join(
                SQL("CASE WHEN %s THEN %s END", conditions[name], name) for name in DIFFERENCES
            ),
        )

    @api.model
    def _read_period(self):
        """Companies, the first and the last month that the context names.

        :raise UserError: if the context holds something else there
        """
        context = self.env.context
        try:
            companies = tuple(map(int, context.get("bureau_companies") or ()))
            days = [
                fields.Date.to_date(context.get(name) and str(context[name]))
                for name in ("bureau_from", "bureau_to")
            ]
        except (TypeError, ValueError) as error:
            raise UserError(self.env._("There is no such month. Reload the page.")) from error
        return companies, *(day and day.replace(day=1) for day in days)

    @api.model
    def _get_month_sql(self, month):
        """The month of a row: a constant if the context names one month only.

        PostgreSQL takes a condition on what it has to compute to hold for hardly any row, and looks
        up the other side of a whole month one by one.

        :param SQL month: of the row, as a column or reckoned of one
        """
        _companies, first, last = self._read_period()
        return SQL("%s::date", first) if first and first == last else month

    @api.model
    def _get_period(self, column, company, is_day=False):
        """Condition on the months and companies that the context names; else all."""
        companies, first, last = self._read_period()
        conditions = [SQL("TRUE")]
        if companies:
            conditions.append(SQL("%s IN %s", company, companies))
        if first:
            conditions.append(SQL("%s >= %s", column, first))
        if last and is_day:
            conditions.append(SQL("%s < %s::date + INTERVAL '1 month'", column, last))
        elif last:
            conditions.append(SQL("%s <= %s", column, last))
        return SQL(" AND ").join(conditions)

    # === COMPUTE METHODS === #

    @api.depends("differences")
    @api.depends_context("lang")
    def _compute_differences_text(self):
        labels = self._get_difference_labels()
        for row in self:
            names = filter(None, (row.differences or "").split(","))
            row.differences_text = ", ".join(labels.get(n, n) for n in names)

    @api.depends("fapiao_id", "ticket_id", "differences")
    @api.depends_context("lang")
    def _compute_sides_html(self):
        for row in self:
            row.sides_html = self.env["ir.qweb"]._render(
                "invoice_crm_addon.bureau_month_sides", {"rows": row._get_sides()}
            )

    def _get_sides(self):
        """What both sides say, field by field.

        :return: tuples of a label, both texts, and whether they differ
        :rtype: list[tuple]
        """
        # sudo: what the row compares is for whoever reads it
        fapiao, ticket = self.fapiao_id, self.ticket_id.sudo()
        kinds = dict(fapiao._fields["kind"]._description_selection(self.env))
        statuses = dict(fapiao._fields["status"]._description_selection(self.env))
        states = dict(ticket._fields["status"]._description_selection(self.env))
        pairs = {
            "date": (fapiao.issue_date, ticket.issue_date),
            "kind": (fapiao.kind_text, kinds.get(ticket.type_id.fapiao_kind)),
            "buyer": (fapiao.buyer_name, ticket.buyer_name),
            "vat": (fapiao.buyer_vat, ticket.buyer_vat),
            "untaxed": (fapiao.amount_untaxed, ticket.amount_untaxed),
            "tax": (fapiao.amount_tax, ticket.amount_tax),
            "total": (fapiao.amount_total, ticket.amount_total),
        }
        labels = self._get_difference_labels()
        differ = set((self.differences or "").split(","))

        def show(value, record):
            if not record:
                return "–"
            return f"{value:,.2f}" if isinstance(value, float) else str(value or "")

        rows = [
            (labels[name], show(there, fapiao), show(here, ticket), name in differ)
            for name, (there, here) in pairs.items()
        ]
        there, here = statuses.get(fapiao.status, "–"), states.get(ticket.status, "–")
        is_status = self.result in ("void_there", "void_here", "red_there")
        return [*rows, (self.env._("Status"), there, here, is_status)]

    @api.model
    def _get_difference_labels(self):
        # No pairs: the export of terms takes a bracket behind _() for another call of it.
        labels = [
            self.env._("Date"),
            self.env._("Untaxed Amount"),
            self.env._("Tax Amount"),
            self.env._("Total"),
            self.env._("Buyer"),
            self.env._("Buyer's Tax Number"),
            self.env._("Kind"),
        ]
        return dict(zip(DIFFERENCES, labels, strict=True))
