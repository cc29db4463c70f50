from odoo.tools import SQL
from odoo.tools.sql import table_exists

TABLES = ("invoice_account_statement", "invoice_reminder")
BATCH = 50_000


def migrate(cr, version):
    """Statements and reminders hold their customer's salesperson, by whom record rules find them.

    In SQL, and so many at a time: Odoo would read them all to compute the new column.
    """
    if not version:
        return
    # Older releases have neither table yet.
    for name in filter(lambda name: table_exists(cr, name), TABLES):
        table = SQL.identifier(name)
        cr.execute(SQL("ALTER TABLE %s ADD COLUMN IF NOT EXISTS customer_user_id integer", table))
        cr.execute(SQL("SELECT max(id) FROM %s", table))
        for first in range(0, (cr.fetchone()[0] or 0) + 1, BATCH):
            cr.execute(
                SQL(
                    """
                    UPDATE %s letter SET customer_user_id = partner.user_id
                    FROM res_partner partner
                    WHERE partner.id = letter.partner_id AND partner.user_id IS NOT NULL
                      AND letter.id BETWEEN %s AND %s
                    """,
                    table,
                    first,
                    first + BATCH - 1,
                )
            )
