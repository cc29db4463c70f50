def migrate(cr, version):
    """Totals in the company's currency: those that are in it already are copied at once.

    The others are converted afterwards, each at the rate of its day.
    """
    cr.execute("ALTER TABLE invoice_ticket ADD COLUMN IF NOT EXISTS amount_company numeric")
    cr.execute(
        """
        UPDATE invoice_ticket ticket
           SET amount_company = ticket.amount_total
          FROM res_company company
         WHERE company.id = ticket.company_id AND company.currency_id = ticket.currency_id
        """
    )
