def migrate(cr, version):
    """Lines that are there have no tax policy: nothing is computed for each of them."""
    cr.execute("ALTER TABLE invoice_ticket_line ADD COLUMN IF NOT EXISTS tax_policy varchar")
