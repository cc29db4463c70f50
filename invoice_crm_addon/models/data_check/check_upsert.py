import json

from odoo import api, models
from odoo.tools import SQL

from .check import BATCH

# Who is in charge of a record, by the name of the field that says so.
OWNER_FIELDS = ("user_id", "invoice_user_id", "owner_id")


class InvoiceCheckFinding(models.Model):
    """How what is found is kept: by the database, in one statement a check or batch."""

    _inherit = "invoice.check.finding"

    @api.model
    def _keep_query(self, check, run, query):
        """Keep what a query finds.

        :param check: ``invoice.check``
        :param run: ``invoice.check.run``
        :param SQL query: selects ``res_id`` and ``detail``
        :return: how many of them have which state now
        :rtype: dict[str, int]
        """
        Model = self.env[check.res_model]
        statement = SQL(
            """
            WITH people AS MATERIALIZED (
                SELECT person.id, (
                       SELECT hr_version.department_id
                         FROM hr_employee
                         JOIN hr_version ON hr_version.id = hr_employee.current_version_id
                        WHERE hr_employee.user_id = person.id
                          AND hr_employee.company_id = %(company)s AND hr_employee.active
                        ORDER BY hr_employee.id LIMIT 1
                       ) AS department_id
                  FROM res_users AS person
                 WHERE person.active AND NOT person.share
                   AND EXISTS (
                       SELECT FROM res_company_users_rel AS works
                        WHERE works.user_id = person.id AND works.cid = %(company)s
                   )
            ), kept AS (
                INSERT INTO invoice_check_finding AS finding (
                    check_id, company_id, category, severity, res_model, res_id, detail, state,
                    user_id, department_id, run_id, found_on, seen_on,
                    create_uid, create_date, write_uid, write_date
                )
                SELECT %(check)s, %(company)s, %(category)s, %(severity)s, %(model)s,
                       found.res_id, found.detail, 'new',
                       COALESCE(owner.id, %(caretaker)s),
                       COALESCE(%(department)s, owner.department_id),
                       %(run)s, %(now)s, %(now)s, %(uid)s, %(now)s, %(uid)s, %(now)s
                  FROM (SELECT DISTINCT ON (res_id) res_id, detail
                          FROM (%(query)s) AS answer
                         ORDER BY res_id, detail) AS found
                  JOIN %(table)s AS document ON document.id = found.res_id
                  LEFT JOIN people AS owner ON owner.id = %(owner)s
                ON CONFLICT (check_id, company_id, res_id) DO UPDATE
                   SET state = CASE
                           WHEN finding.state = 'gone' THEN 'new'
                           WHEN %(stays)s THEN 'accepted'
                           WHEN finding.state = 'accepted' THEN 'new'
                           ELSE 'open' END,
                       found_on = CASE WHEN finding.state = 'gone'
                                       THEN EXCLUDED.found_on ELSE finding.found_on END,
                       reason = CASE WHEN %(stays)s THEN finding.reason END,
                       accepted_by_id = CASE WHEN %(stays)s THEN finding.accepted_by_id END,
                       accepted_on = CASE WHEN %(stays)s THEN finding.accepted_on END,
                       detail = EXCLUDED.detail,
                       category = EXCLUDED.category,
                       severity = EXCLUDED.severity,
                       user_id = EXCLUDED.user_id,
                       department_id = EXCLUDED.department_id,
                       run_id = EXCLUDED.run_id,
                       seen_on = EXCLUDED.seen_on,
                       gone_on = NULL,
                       write_uid = EXCLUDED.write_uid,
                       write_date = EXCLUDED.write_date
                RETURNING state
            )
            SELECT state, COUNT(*) FROM kept GROUP BY state
            """,
            check=check.id,
            company=run.company_id.id,
            category=check.category,
            severity=check.severity,
            model=check.res_model,
            caretaker=run.caretaker_id.id or None,
            run=run.id,
            now=self.env.cr.now(),
            uid=self.env.uid,
            query=query,
            table=SQL.identifier(Model._table),
            owner=self._get_column_sql(Model, OWNER_FIELDS, "res.users"),
            department=self._get_column_sql(Model, ("department_id",), "hr.department"),
            # What finance accepted are the facts of then.
            stays=SQL(
                "(finding.state = 'accepted'"
                " AND finding.detail IS NOT DISTINCT FROM EXCLUDED.detail)"
            ),
        )
        return dict(self.env.execute_query(statement))

    @api.model
    def _keep_batches(self, check, run, batches):
        """Keep what a method finds bit by bit.

        :param batches: iterable of lists of pairs: ``res_id``, and a dict of facts
        :return: see :meth:`_keep_query`
        """
        counts = {}
        for pairs in batches:
            for start in range(0, len(pairs), BATCH):
                chunk = pairs[start : start + BATCH]
                query = SQL(
                    "SELECT * FROM UNNEST(%s::int[], %s::jsonb[]) AS pair(res_id, detail)",
                    [res_id for res_id, _detail in chunk],
                    [json.dumps(detail) for _res_id, detail in chunk],
                )
                for state, number in self._keep_query(check, run, query).items():
                    counts[state] = counts.get(state, 0) + number
        return counts

    @api.model
    def _keep_gone(self, check, run):
        """Say of what a run did not find again that it is gone.

        :return: how many they are
        :rtype: int
        """
        self.env.cr.execute(
            SQL(
                """
                UPDATE invoice_check_finding
                   SET state = 'gone', gone_on = %(now)s, write_uid = %(uid)s, write_date = %(now)s
                 WHERE check_id = %(check)s AND company_id = %(company)s AND state != 'gone'
                   AND run_id IS DISTINCT FROM %(run)s
                """,
                now=self.env.cr.now(),
                uid=self.env.uid,
                check=check.id,
                company=run.company_id.id,
                run=run.id,
            )
        )
        return self.env.cr.rowcount

    @api.model
    def _get_column_sql(self, Model, fnames, comodel):
        """Column of a record that says who, or which department, is in charge of it."""
        for fname in fnames:
            field = Model._fields.get(fname)
            if field and field.store and field.type == "many2one" and field.comodel_name == comodel:
                return SQL.identifier("document", fname)
        return SQL("NULL::int")
