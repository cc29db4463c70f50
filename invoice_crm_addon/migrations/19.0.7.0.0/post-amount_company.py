from odoo import SUPERUSER_ID, api

from odoo.addons.invoice_crm_addon.models.base.batches import in_batches


def migrate(cr, version):
    """See the script that ran before: tickets in other currencies are converted."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    tickets = env["invoice.ticket"].with_context(active_test=False)
    foreign = tickets.search([("currency_id", "!=", False), ("amount_company", "=", False)])
    for batch in in_batches(tickets, foreign.ids, "Tickets in other currencies are converted"):
        env.add_to_compute(tickets._fields["amount_company"], batch)
