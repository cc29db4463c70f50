from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """See the script that ran before: tickets in other currencies are converted."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    tickets = env["invoice.ticket"].with_context(active_test=False)
    foreign = tickets.search([("currency_id", "!=", False), ("amount_company", "=", False)])
    env.add_to_compute(tickets._fields["amount_company"], foreign)
    foreign.flush_recordset(["amount_company"])
