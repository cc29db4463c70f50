from odoo import SUPERUSER_ID, api

from odoo.addons.invoice_crm_addon.models.base.batches import in_batches

BATCH = 500


def migrate(cr, version):
    """Lay the paths again of orders with tickets, and with payments on account of them."""
    if not version:
        return
    env = api.Environment(cr, SUPERUSER_ID, {"active_test": False})
    cr.execute(
        """
        SELECT DISTINCT sales.id
          FROM account_payment payment
          JOIN sale_order sales ON sales.id = payment.sale_order_id
         WHERE sales.has_tickets OR payment.has_tickets
      ORDER BY sales.id
        """
    )
    orders, ids = env["sale.order"], cr.fetchall()
    subject = "Paths of orders with payments on their account are laid"
    for batch in in_batches(orders, ids, subject, BATCH):
        env["invoice.ticket.path"]._settle(batch)
