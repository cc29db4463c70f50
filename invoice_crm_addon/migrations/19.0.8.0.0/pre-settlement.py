def migrate(cr, version):
    """Keep what is there already, without a query for each ticket.

    Due dates that are there were entered by hand; terms are found out afterwards, in batches.
    """
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
    # Totals of what is issued: what is still to come in follows with what is paid.
    cr.execute(
        """
        ALTER TABLE invoice_ticket
                ADD COLUMN IF NOT EXISTS amount_issued numeric,
                ADD COLUMN IF NOT EXISTS amount_issued_untaxed numeric,
                ADD COLUMN IF NOT EXISTS amount_issued_tax numeric,
                ADD COLUMN IF NOT EXISTS amount_open numeric
        """
    )
    cr.execute(
        """
        UPDATE invoice_ticket
           SET amount_issued = amount_company,
               amount_issued_untaxed = untaxed,
               amount_issued_tax = amount_company - untaxed
          FROM (
               SELECT id, ROUND(amount_company * amount_untaxed / NULLIF(amount_total, 0), 2)
                   AS untaxed
                 FROM invoice_ticket
               ) share
         WHERE share.id = invoice_ticket.id AND state = 'issued' AND amount_total <> 0
        """
    )
