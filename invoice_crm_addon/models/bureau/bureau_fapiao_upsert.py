from collections import defaultdict

from odoo import api, models
from odoo.tools import SQL

from .bureau_fapiao import WATCHED

# What a list says of a fapiao, in the order in which the query takes it.
COLUMNS = (
    "company_id",
    "number",
    "code",
    "month",
    "issue_date",
    "status",
    "kind",
    "kind_text",
    "is_paper",
    "is_red",
    "amount_untaxed",
    "amount_tax",
    "amount_total",
    "buyer_name",
    "buyer_vat",
    "risk",
    "source",
    "issuer",
    "remark",
    "red_code",
    "red_number",
    "red_confirmation",
    "list_id",
)
_TYPES = {
    "company_id": "integer",
    "list_id": "integer",
    "month": "date",
    "issue_date": "date",
    "is_paper": "boolean",
    "is_red": "boolean",
    "amount_untaxed": "numeric",
    "amount_tax": "numeric",
    "amount_total": "numeric",
}
# What a poorer list does not say, and what is known from another stays then.
_OPTIONAL = {
    "buyer_name",
    "buyer_vat",
    "risk",
    "source",
    "issuer",
    "remark",
    "red_code",
    "red_number",
    "red_confirmation",
}
# These are told from the text of the kind.
_OF_KIND = {"kind", "kind_text", "is_paper"}
# What finance compares nowhere: a later list fills it in, and no closed month is open for that.
_QUIET = ("kind_text", "source", "issuer", "remark", "red_code", "red_number", "red_confirmation")
# Nothing makes a fapiao valid again: a list that says so was exported before.
_RANK = "CASE %s WHEN 'voided' THEN 3 WHEN 'red_full' THEN 2 WHEN 'red_part' THEN 1 ELSE 0 END"


class InvoiceBureauFapiao(models.Model):
    """Takes in what a list says, some hundred rows with one query."""

    _inherit = "invoice.bureau.fapiao"

    @api.model
    def _start_upsert(self, bureau_list, companies):
        """:param dict companies: ID of each company by its tax number"""
        return _Upsert(self, bureau_list, companies)

    @api.model
    def _upsert(self, rows):
        """Create what is new, and update what a later list says otherwise.

        :param list[tuple] rows: values of ``COLUMNS``
        :return: by ID of what was written: whether it is new, and whether what is watched of it
            changed
        :rtype: dict[int, tuple[bool, bool]]
        """
        is_watched, is_quiet = (
            SQL(
                "(%s) IS DISTINCT FROM (%s)",
                SQL(", ").join(SQL.identifier("known", name) for name in names),
                SQL(", ").join(map(self._get_said, names)),
            )
            for names in (WATCHED, _QUIET)
        )
        old = SQL(", ").join(
            SQL("%s, %s", name, SQL("%s::text", SQL.identifier("known", name)))
            if name == "issue_date"
            else SQL("%s, %s", name, SQL.identifier("known", name))
            for name in WATCHED
        )
        rank_known, rank_new = SQL(_RANK % "known.status"), SQL(_RANK % "excluded.status")
        values = SQL(", ").join(SQL("%s", row) for row in rows)
        written = self.env.execute_query(
            SQL(
                """
                INSERT INTO invoice_bureau_fapiao AS known
                    (%(columns)s, create_uid, create_date, write_uid, write_date)
                SELECT %(casts)s, %(uid)s, now() AT TIME ZONE 'UTC', %(uid)s,
                       now() AT TIME ZONE 'UTC'
                  FROM (VALUES %(values)s) AS list(%(columns)s)
                ON CONFLICT (company_id, (COALESCE(code, '')), number) DO UPDATE SET
                    %(updates)s,
                    write_uid = excluded.write_uid,
                    write_date = excluded.write_date,
                    changes = CASE WHEN %(is_watched)s THEN
                        COALESCE(known.changes, '[]'::jsonb) || jsonb_build_array(
                            jsonb_build_object(
                                'on', now() AT TIME ZONE 'UTC',
                                'list', excluded.list_id,
                                'old', jsonb_build_object(%(old)s)
                            )
                        ) ELSE known.changes END
                WHERE (%(is_watched)s OR %(is_quiet)s) AND %(rank_new)s >= %(rank_known)s
                RETURNING id, xmax = 0,
                          COALESCE((changes -> -1 ->> 'list')::integer = list_id, FALSE)
                """,
                columns=SQL(", ").join(map(SQL.identifier, COLUMNS)),
                casts=SQL(", ").join(
                    SQL("%s::%s", SQL.identifier("list", name), SQL(_TYPES.get(name, "varchar")))
                    for name in COLUMNS
                ),
                uid=self.env.uid,
                values=values,
                updates=SQL(", ").join(
                    SQL("%s = %s", SQL.identifier(name), self._get_said(name))
                    for name in COLUMNS
                    if name not in ("company_id", "number", "code")
                ),
                old=old,
                is_watched=is_watched,
                is_quiet=is_quiet,
                rank_new=rank_new,
                rank_known=rank_known,
            )
        )
        # Each is in a list once: a last change by this one was made just now.
        return {id_: (is_new, is_changed) for id_, is_new, is_changed in written}

    @api.model
    def _get_said(self, name):
        """Value of a column that is in the list, or else is known."""
        known, said = SQL.identifier("known", name), SQL.identifier("excluded", name)
        if name in _OPTIONAL:
            return SQL("COALESCE(%s, %s)", said, known)
        if name in _OF_KIND:
            return SQL("CASE WHEN excluded.kind_text IS NULL THEN %s ELSE %s END", known, said)
        return said

    @api.model
    def _find_ids(self, keys):
        """IDs and months by company, code and number.

        :param list[tuple] keys:
        :rtype: dict[tuple, tuple[int, date]]
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT fapiao.company_id, COALESCE(fapiao.code, ''), fapiao.number, fapiao.id,
                       fapiao.month
                  FROM (VALUES %s) AS wanted(company_id, code, number)
                  JOIN invoice_bureau_fapiao fapiao
                    ON fapiao.company_id = wanted.company_id
                   AND COALESCE(fapiao.code, '') = wanted.code
                   AND fapiao.number = wanted.number
                """,
                SQL(", ").join(SQL("%s", key) for key in keys),
            )
        )
        return {tuple(key): (id_, month) for *key, id_, month in rows}

    @api.model
    def _replace_lines(self, lines_by_id):
        """Let fapiao have these sums by rate; those that have them are left alone.

        :param dict lines_by_id: for IDs of fapiao, sets of rate, amount and tax
        """
        known = defaultdict(set)
        for fapiao_id, rate, untaxed, tax in self.env.execute_query(
            SQL(
                "SELECT fapiao_id, COALESCE(rate, ''), amount_untaxed, amount_tax"
                "  FROM invoice_bureau_line WHERE fapiao_id IN %s",
                tuple(lines_by_id),
            )
        ):
            known[fapiao_id].add((rate, float(untaxed), float(tax)))
        stale = [id_ for id_, lines in lines_by_id.items() if known[id_] != lines]
        if not stale:
            return
        self.env.execute_query(
            SQL("DELETE FROM invoice_bureau_line WHERE fapiao_id IN %s RETURNING id", tuple(stale))
        )
        self.env.execute_query(
            SQL(
                """
                INSERT INTO invoice_bureau_line
                    (fapiao_id, company_id, rate, amount_untaxed, amount_tax, create_uid,
                     create_date, write_uid, write_date)
                SELECT fapiao.id, fapiao.company_id, list.rate, list.untaxed::numeric,
                       list.tax::numeric, %(uid)s, now() AT TIME ZONE 'UTC', %(uid)s,
                       now() AT TIME ZONE 'UTC'
                  FROM (VALUES %(values)s) AS list(fapiao_id, rate, untaxed, tax)
                  JOIN invoice_bureau_fapiao fapiao ON fapiao.id = list.fapiao_id
                RETURNING id
                """,
                uid=self.env.uid,
                values=SQL(", ").join(
                    SQL("%s", (id_, *line)) for id_ in stale for line in sorted(lines_by_id[id_])
                ),
            )
        )


class _Upsert:
    """What a list changes, as it is read."""

    def __init__(self, fapiao, bureau_list, companies):
        self.fapiao, self.list, self.companies = fapiao, bureau_list, companies
        self.new_count = self.updated_count = 0
        self.date_from = self.date_to = False
        self.months, self.changed_months = set(), set()
        self.changed_ids = []

    def take(self, batch):
        """Write some hundred rows.

        :param list[Issued] batch:
        """
        rows, keys, lines = [], [], {}
        for issued in batch:
            month = issued.issue_date.replace(day=1)
            company = self.companies[issued.seller_vat]
            key = (company, issued.code, issued.number)
            self.months.add((company, month))
            self.date_from = min(self.date_from or issued.issue_date, issued.issue_date)
            self.date_to = max(self.date_to or issued.issue_date, issued.issue_date)
            known = {"company_id": company, "month": month, "list_id": self.list.id}
            rows.append(
                tuple(
                    known[name] if name in known else self._get_column(issued, name)
                    for name in COLUMNS
                )
            )
            keys.append(key)
            if issued.lines:
                lines[key] = {
                    (line.rate, float(line.amount_untaxed), float(line.amount_tax))
                    for line in issued.lines
                }
        before = self.fapiao._find_ids(keys)
        written = self.fapiao._upsert(rows)
        after = self.fapiao._find_ids(keys)
        new_count = sum(is_new for is_new, _is_changed in written.values())
        self.new_count += new_count
        self.updated_count += len(written) - new_count
        self.changed_ids += written
        for key, (id_, month) in after.items():
            if any(written.get(id_, ())):
                self.changed_months.add((key[0], month))
                # A fapiao that moved is missing in the month where it stood.
                self.changed_months.add((key[0], before.get(key, (id_, month))[1]))
        if lines:
            self.fapiao._replace_lines({after[key][0]: lines[key] for key in lines})

    @staticmethod
    def _get_column(issued, name):
        value = getattr(issued, name)
        if _TYPES.get(name) == "numeric":
            return value
        return None if value == "" else value

    def finish(self):
        """Let what is in memory and the months know."""
        self.fapiao.invalidate_model()
        self.fapiao.env["invoice.bureau.month"]._note_list(
            self.months, self.changed_months, self.list
        )
