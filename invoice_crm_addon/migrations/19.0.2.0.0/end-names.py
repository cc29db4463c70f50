from odoo.tools import SQL


def migrate(cr, version):
    """Names of flows and stages are plain text.

    Odoo 19 keeps the column of a field that was translated, and would show its JSON.
    """
    for table in ("invoice_approval_flow", "invoice_approval_stage"):
        cr.execute(
            "SELECT data_type FROM information_schema.columns "
            "WHERE table_name = %s AND column_name = 'name'",
            [table],
        )
        if cr.fetchone()[0] == "jsonb":
            cr.execute(
                SQL(
                    "ALTER TABLE %s ALTER COLUMN name TYPE varchar USING name->>'en_US'",
                    SQL.identifier(table),
                )
            )
