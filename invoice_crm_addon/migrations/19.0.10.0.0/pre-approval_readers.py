import logging

from odoo.tools import SQL

_logger = logging.getLogger(__name__)

DOCUMENTS = {"invoice.ticket": "invoice_ticket", "invoice.contract": "invoice_contract"}


def migrate(cr, version):
    """Say on each request and document whom approvals asked, in SQL: there may be millions."""
    if not version:
        return
    for table in ("invoice_approval_request", *DOCUMENTS.values()):
        cr.execute(
            SQL(
                "ALTER TABLE %s ADD COLUMN IF NOT EXISTS approval_reader_ids jsonb",
                SQL.identifier(table),
            )
        )
    cr.execute(
        """
        UPDATE invoice_approval_request request SET approval_reader_ids = asked.ids
        FROM (
            SELECT invoice_approval_request_id AS id,
                   jsonb_agg(res_users_id ORDER BY res_users_id) AS ids
            FROM invoice_approval_request_approver_rel GROUP BY 1
        ) asked
        WHERE asked.id = request.id
        """
    )
    _logger.info("%s approval requests say whom they asked", cr.rowcount)
    for model, table in DOCUMENTS.items():
        cr.execute(
            SQL(
                """
                UPDATE %(table)s document SET approval_reader_ids = asked.ids
                FROM (
                    SELECT request.res_id AS id,
                           jsonb_agg(DISTINCT rel.res_users_id ORDER BY rel.res_users_id) AS ids
                    FROM invoice_approval_request request
                    JOIN invoice_approval_request_approver_rel rel
                      ON rel.invoice_approval_request_id = request.id
                    WHERE request.res_model = %(model)s GROUP BY 1
                ) asked
                WHERE asked.id = document.id
                """,
                table=SQL.identifier(table),
                model=model,
            )
        )
        _logger.info("%s records of %s say whom approvals asked", cr.rowcount, model)
