import logging

from odoo import SUPERUSER_ID, api

from odoo.addons.invoice_crm_addon.models.base.batches import in_batches

_logger = logging.getLogger(__name__)


def migrate(cr, version):
    """Give the e-invoice files that tickets have a row of their own, with what they say."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    env = env(context={"lang": env.ref("base.user_admin").lang})
    tickets = env["invoice.ticket"].with_context(active_test=False)
    count = 0
    for company in env["res.company"].search([]):
        found = tickets.search(
            [("company_id", "=", company.id), ("fapiao_attachment_id", "!=", False)]
        )
        batch = env["invoice.fapiao.batch"].with_company(company)
        for part in in_batches(tickets, found.ids, "E-invoice files of tickets get a row"):
            count += batch._adopt_files(part)
    _logger.info("%s e-invoice files got a row of their own", count)
