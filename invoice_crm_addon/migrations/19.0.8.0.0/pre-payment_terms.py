def migrate(cr, version):
    """Due dates that are there were entered by hand; terms are found out afterwards, in batches."""
    cr.execute(
        """
        ALTER TABLE invoice_ticket
                ADD COLUMN IF NOT EXISTS payment_term_id int4,
                ADD COLUMN IF NOT EXISTS is_date_due_agreed boolean
        """
    )
    cr.execute("UPDATE invoice_ticket SET is_date_due_agreed = TRUE WHERE date_due IS NOT NULL")
    # What is paid of a row of a ticket is read from the paths of its money.
    cr.execute("ALTER TABLE invoice_ticket_allocation DROP COLUMN IF EXISTS amount_paid")
