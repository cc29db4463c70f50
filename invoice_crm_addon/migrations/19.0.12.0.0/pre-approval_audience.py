import logging

from odoo.tools import SQL

_logger = logging.getLogger(__name__)

TABLES = ("invoice_approval_request", "invoice_ticket", "invoice_contract")


def migrate(cr, version):
    """Number the lists of people whom approvals asked, in SQL: there may be millions of documents
    that hold one, and name it by number from now on."""
    if not version:
        return
    cr.execute(
        "CREATE TABLE IF NOT EXISTS invoice_approval_audience "
        "(id SERIAL PRIMARY KEY, user_ids jsonb NOT NULL)"
    )
    lists = [
        SQL(
            "SELECT approval_reader_ids FROM %s WHERE jsonb_array_length(approval_reader_ids) > 0",
            SQL.identifier(table),
        )
        for table in TABLES
    ]
    cr.execute(
        SQL(
            "INSERT INTO invoice_approval_audience (user_ids) SELECT * FROM (%s) AS found "
            "WHERE approval_reader_ids NOT IN (SELECT user_ids FROM invoice_approval_audience)",
            SQL(" UNION ").join(lists),
        )
    )
    _logger.info("%s groups of people were asked by approvals", cr.rowcount)
    for table in TABLES:
        names = {"table": SQL.identifier(table)}
        cr.execute(
            SQL("ALTER TABLE %(table)s ADD COLUMN IF NOT EXISTS approval_audience_id int", **names)
        )
        cr.execute(
            SQL(
                """
                UPDATE %(table)s document SET approval_audience_id = audience.id
                  FROM invoice_approval_audience audience
                 WHERE audience.user_ids = document.approval_reader_ids
                   AND document.approval_audience_id IS DISTINCT FROM audience.id
                """,
                **names,
            )
        )
        _logger.info("%s rows of %s name the people whom approvals asked", cr.rowcount, table)
        cr.execute(SQL("ALTER TABLE %(table)s DROP COLUMN approval_reader_ids", **names))
