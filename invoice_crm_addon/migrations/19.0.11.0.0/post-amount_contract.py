from odoo import SUPERUSER_ID, api

from odoo.addons.invoice_crm_addon.models.base.batches import in_batches

BATCH = 2000


def migrate(cr, version):
    """Tickets that no rate converts say no amount in their contract's currency.

    Before rates were asked for, they were kept one to one. Without an amount they are found, and
    converted once somebody enters the rate. What they take of the contract stays in the ledger
    one to one until then, lest it be ticketed twice; the note of the contract says so.
    """
    env = api.Environment(cr, SUPERUSER_ID, {})
    cr.execute(
        """
        SELECT ticket.id
          FROM invoice_ticket ticket
          JOIN invoice_contract contract ON contract.id = ticket.contract_id
         WHERE contract.currency_id <> ticket.currency_id AND ticket.amount_total <> 0
           AND ticket.amount_contract = ticket.amount_total
        """
    )
    subject = "Tickets whose contract has another currency"
    for tickets in in_batches(env["invoice.ticket"], cr.fetchall(), subject, BATCH):
        unrated = tickets.filtered(lambda t: t._get_unrated_of(t.contract_id.currency_id))
        env.add_to_compute(unrated._fields["amount_contract"], unrated)
        unrated.modified(["amount_contract"])
