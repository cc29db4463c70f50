from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Tickets that no exchange rate converts were counted one to one; now they count nothing."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    cr.execute(
        """SELECT ticket.id FROM invoice_ticket ticket
             JOIN res_company company ON company.id = ticket.company_id
            WHERE ticket.currency_id <> company.currency_id
                AND ticket.amount_company = ticket.amount_total AND ticket.amount_total <> 0"""
    )
    tickets = env["invoice.ticket"].browse(id_ for (id_,) in cr.fetchall())
    tickets._get_unrated()._convert_again()
    env.flush_all()
