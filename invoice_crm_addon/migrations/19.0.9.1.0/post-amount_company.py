from odoo import SUPERUSER_ID, api
from odoo.tools import split_every

BATCH = 1000


def migrate(cr, version):
    """Tickets that no exchange rate converted were counted one to one; now they count nothing,
    or what a rate says that was entered since."""
    if not version:
        return
    env = api.Environment(cr, SUPERUSER_ID, {})
    cr.execute(
        """SELECT ticket.id FROM invoice_ticket ticket
             JOIN res_company company ON company.id = ticket.company_id
            WHERE ticket.currency_id <> company.currency_id
                AND ticket.amount_company = ticket.amount_total AND ticket.amount_total <> 0"""
    )
    for ids in split_every(BATCH, [id_ for (id_,) in cr.fetchall()]):
        env["invoice.ticket"].browse(ids)._convert_again()
        env.flush_all()
        env.invalidate_all()
