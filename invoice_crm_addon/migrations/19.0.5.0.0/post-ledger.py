import logging

from odoo import SUPERUSER_ID, api
from odoo.tools import SQL

from odoo.addons.invoice_crm_addon.models.base.batches import in_batches

_logger = logging.getLogger(__name__)

BATCH = 200


def migrate(cr, version):
    """Lay the paths of all tickets, and say where the figures of before were wrong."""
    env = api.Environment(cr, SUPERUSER_ID, {"mail_activity_quick_update": True})
    keep_approved_amounts(cr)
    mark_what_is_named(env)
    lay_paths(env)
    compare(cr)


def lay_paths(env):
    """Those of a contract at once, with all its tickets, and then those of tickets without one."""
    env.cr.execute(
        """
        SELECT DISTINCT contract_id FROM invoice_ticket
         WHERE state IN ('pending', 'approved', 'issued') AND red_of_id IS NULL
           AND contract_id IS NOT NULL
      ORDER BY contract_id
        """
    )
    contracts = env["invoice.contract"], env.cr.fetchall(), "Paths of contracts are laid"
    env.cr.execute(
        """
        SELECT id FROM invoice_ticket ticket
         WHERE state IN ('pending', 'approved', 'issued') AND red_of_id IS NULL
           AND contract_id IS NULL
           AND EXISTS (SELECT FROM invoice_ticket_allocation WHERE ticket_id = ticket.id
                       UNION ALL
                       SELECT WHERE ticket.sale_order_id IS NOT NULL)
      ORDER BY id
        """
    )
    tickets = env["invoice.ticket"], env.cr.fetchall(), "Paths of other tickets are laid"
    for Model, ids, subject in (contracts, tickets):
        for batch in in_batches(Model, ids, subject, BATCH):
            env["invoice.ticket.path"]._settle(batch)


def keep_approved_amounts(cr):
    """What a change that waits would give up is what was approved before it."""
    cr.execute(
        """
        UPDATE invoice_ticket ticket
           SET amount_approved = COALESCE(
               CASE WHEN EXISTS (
                   SELECT FROM invoice_approval_request request
                    WHERE request.res_model = 'invoice.ticket' AND request.res_id = ticket.id
                      AND request.state = 'pending' AND request.is_change
               ) THEN (
                   SELECT request.amount
                     FROM invoice_approval_request request
                    WHERE request.res_model = 'invoice.ticket' AND request.res_id = ticket.id
                      AND request.state = 'approved'
                 ORDER BY request.id DESC LIMIT 1
               ) END,
               amount_total
           )
         WHERE state IN ('approved', 'issued')
        """
    )


def mark_what_is_named(env):
    for column, model in (("move_id", "account.move"), ("payment_id", "account.payment")):
        env.cr.execute(
            SQL(
                "SELECT DISTINCT %(column)s FROM invoice_ticket_allocation "
                "WHERE %(column)s IS NOT NULL ORDER BY 1",
                column=SQL.identifier(column),
            )
        )
        subject = f"What tickets name of {model} is marked"
        for records in in_batches(env[model], env.cr.fetchall(), subject, BATCH):
            records._mark_ticketed()


def compare(cr):
    cr.execute(
        """
        SELECT CONCAT_WS(' ', contract.number, contract.name),
               COALESCE(figures.ticketed, 0), COALESCE(contract.amount_ticketed, 0),
               COALESCE(figures.in_progress, 0), COALESCE(contract.amount_in_progress, 0)
          FROM invoice_contract contract
     LEFT JOIN invoice_contract_figures_before figures ON figures.id = contract.id
         WHERE ABS(COALESCE(figures.ticketed, 0) - COALESCE(contract.amount_ticketed, 0)) > 0.005
            OR ABS(COALESCE(figures.in_progress, 0)
                   - COALESCE(contract.amount_in_progress, 0)) > 0.005
      ORDER BY contract.id
        """
    )
    for name, ticketed, now_ticketed, progress, now_progress in cr.fetchall():
        _logger.info(
            "Contract %s: ticketed %s, in progress %s; before the update it said %s and %s",
            name,
            now_ticketed,
            now_progress,
            ticketed,
            progress,
        )
    cr.execute("DROP TABLE invoice_contract_figures_before")
    cr.execute(
        "SELECT kind, COUNT(*) FROM ("
        "SELECT 'contracts' AS kind FROM invoice_contract WHERE ticketing_state = 'excess' "
        "UNION ALL SELECT 'orders' FROM sale_order WHERE ticketing_state = 'excess' "
        "UNION ALL SELECT 'invoices' FROM account_move WHERE ticketing_state = 'excess' "
        "UNION ALL SELECT 'payments' FROM account_payment WHERE ticketing_state = 'excess'"
        ") AS excess GROUP BY kind ORDER BY kind"
    )
    for kind, count in cr.fetchall():
        _logger.info("Ticketed too much: %s %s. See Tickets → Ticketed Too Much", count, kind)
