from odoo.tools import SQL

OUTDATED = ("invoice_fapiao_file__needs_confirmation_index",)


def migrate(cr, version):
    """Drop indexes that others replace: Odoo makes new ones, and keeps what it no longer knows."""
    if not version:
        return
    for name in OUTDATED:
        cr.execute(SQL("DROP INDEX IF EXISTS %s", SQL.identifier(name)))
