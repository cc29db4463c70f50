import logging

from odoo import SUPERUSER_ID, api
from odoo.tools import split_every

BATCH = 500

_logger = logging.getLogger(__name__)


def migrate(cr, version):
    """Lay the paths again of orders with tickets, and with payments on account of them."""
    if not version:
        return
    env = api.Environment(cr, SUPERUSER_ID, {"active_test": False})
    domain = [
        ("sale_order_id", "!=", False),
        "|",
        ("sale_order_id.has_tickets", "=", True),
        ("has_tickets", "=", True),
    ]
    orders = env["account.payment"].search(domain, order="id").sale_order_id
    for ids in split_every(BATCH, orders.ids):
        env["invoice.ticket.path"]._settle(orders.browse(ids))
        env.flush_all()
        env.invalidate_all()
    _logger.info("Laid the paths of %s orders with payments on their account.", len(orders))
