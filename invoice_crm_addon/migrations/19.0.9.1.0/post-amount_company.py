from odoo import SUPERUSER_ID, api

from odoo.addons.invoice_crm_addon.models.base.batches import in_batches

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
    tickets = env["invoice.ticket"]
    for batch in in_batches(tickets, cr.fetchall(), "Tickets are converted again", BATCH):
        batch._convert_again()
