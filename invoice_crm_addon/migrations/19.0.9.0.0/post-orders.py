def migrate(cr, version):
    """Payments that customers made online for one order, before any invoice, are on its account."""
    if not version:
        return
    cr.execute(
        """
        UPDATE account_payment payment
           SET sale_order_id = paid.order_id
          FROM (
               SELECT rel.transaction_id, MIN(rel.sale_order_id) AS order_id
                 FROM sale_order_transaction_rel rel
             GROUP BY rel.transaction_id
               HAVING COUNT(*) = 1
               ) paid
         WHERE payment.payment_transaction_id = paid.transaction_id
           AND payment.sale_order_id IS NULL
           AND NOT EXISTS (
               SELECT FROM account_invoice_transaction_rel invoiced
                WHERE invoiced.transaction_id = paid.transaction_id)
        """
    )
