from odoo.tools.sql import column_exists, table_exists


def migrate(cr, version):
    """Tickets say which contract their money is of, in SQL: most of them have none.

    Odoo would read them all, with their paths, to compute the new columns.
    """
    if not version or not table_exists(cr, "invoice_ticket_path"):
        return
    if not column_exists(cr, "invoice_ticket", "contract_id"):
        return
    cr.execute(
        "ALTER TABLE invoice_ticket ADD COLUMN IF NOT EXISTS ledger_contract_id integer,"
        " ADD COLUMN IF NOT EXISTS held_contract_id integer,"
        " ADD COLUMN IF NOT EXISTS is_foreign_to_contract boolean"
    )
    cr.execute(
        """
        WITH taken AS (
            SELECT ticket_id, MIN(contract_id) AS contract_id
              FROM invoice_ticket_path WHERE contract_id IS NOT NULL GROUP BY ticket_id
        ), found AS (
            SELECT ticket.id, COALESCE(ticket.contract_id, taken.contract_id) AS contract_id
              FROM invoice_ticket ticket LEFT JOIN taken ON taken.ticket_id = ticket.id
             WHERE ticket.contract_id IS NOT NULL OR taken.contract_id IS NOT NULL
        )
        UPDATE invoice_ticket ticket
           SET ledger_contract_id = contract.id,
               is_foreign_to_contract = contract.currency_id <> ticket.currency_id AND EXISTS (
                   SELECT FROM invoice_ticket_path path
                    WHERE path.ticket_id = ticket.id AND path.contract_id = contract.id
               )
          FROM found JOIN invoice_contract contract ON contract.id = found.contract_id
         WHERE ticket.id = found.id
        """
    )
    cr.execute(
        """
        UPDATE invoice_ticket ticket
           SET held_contract_id = held.contract_id
          FROM (SELECT path.ticket_id, MIN(path.contract_id) AS contract_id
                  FROM invoice_ticket_path path
                  JOIN invoice_ticket own ON own.id = path.ticket_id
                 WHERE path.contract_id <> own.ledger_contract_id
              GROUP BY path.ticket_id) held
         WHERE ticket.id = held.ticket_id
        """
    )
