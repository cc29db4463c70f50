def migrate(cr, version):
    """Contracts that bill by tickets forget a product and a tax that nobody saw.

    Their form hid both until now, since they counted for invoices only. From now on they count
    for tickets as well: what was left there of former days would tax fapiao unseen.
    """
    cr.execute(
        """
        UPDATE invoice_contract
           SET billing_product_id = NULL, billing_tax_id = NULL
         WHERE billing_output = 'ticket'
           AND (billing_product_id IS NOT NULL OR billing_tax_id IS NOT NULL)
        """
    )
