from odoo.tools import SQL


def migrate(cr, version):
    """Names of flows and stages are no longer translated: keep what people read so far.

    Odoo goes on with the English value, which nobody sees in a Chinese company.
    """
    for table in ("invoice_approval_flow", "invoice_approval_stage"):
        cr.execute(
            SQL(
                "UPDATE %s SET name = "
                "jsonb_build_object('en_US', COALESCE(name->>'zh_CN', name->>'en_US'))",
                SQL.identifier(table),
            )
        )
