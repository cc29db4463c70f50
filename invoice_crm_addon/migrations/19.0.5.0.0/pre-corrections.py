def migrate(cr, version):
    """Fill what most tickets say of red letters at once: nothing was taken back.

    Odoo would compute it ticket by ticket. The few that have red letters follow afterwards.
    """
    cr.execute("ALTER TABLE invoice_ticket ADD COLUMN amount_red numeric DEFAULT 0")
    cr.execute("ALTER TABLE invoice_ticket ALTER COLUMN amount_red DROP DEFAULT")
    cr.execute("ALTER TABLE invoice_ticket ADD COLUMN amount_valid numeric")
    cr.execute("UPDATE invoice_ticket SET amount_valid = amount_total")
