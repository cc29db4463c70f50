from odoo import SUPERUSER_ID, api
from odoo.tools import SQL

from odoo.addons.invoice_crm_addon.models.approval.approval_history import get_seals
from odoo.addons.invoice_crm_addon.models.base.batches import in_batches


def migrate(cr, version):
    """Give the approvals that are there what the engine writes today."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    env["invoice.approval.flow"].with_context(active_test=False).search([])._update_version()
    _complete_requests(env)
    _complete_steps(env)
    env.invalidate_all()
    _seal(env)


def _complete_requests(env):
    """What a request copies from its flow, which had one version so far."""
    env.cr.execute(
        """
        UPDATE invoice_approval_request request
           SET flow_version = 1,
               own_step = flow.own_step,
               fallback_user_id = flow.fallback_user_id
          FROM invoice_approval_flow flow
         WHERE flow.id = request.flow_id
        """
    )


def _complete_steps(env):
    """Place of each step, and since when it waits or until when it did."""
    env.cr.execute(
        """
        UPDATE invoice_approval_step step
           SET number = place.number,
               sequence = place.number,
               minimum = 1,
               date_reached = CASE WHEN step.state = 'pending' THEN request.create_date END,
               date_done = CASE WHEN step.state NOT IN ('pending', 'waiting', 'skipped')
                                THEN request.date_decided END
          FROM invoice_approval_request request,
               (SELECT id, row_number() OVER (
                           PARTITION BY request_id ORDER BY sequence, id) AS number
                  FROM invoice_approval_step) place
         WHERE place.id = step.id
           AND request.id = step.request_id
        """
    )
    env.cr.execute(
        """
        UPDATE invoice_approval_request request
           SET step_name = step.name
          FROM invoice_approval_step step
         WHERE step.request_id = request.id
           AND step.state IN ('pending', 'approved', 'rejected')
           AND NOT EXISTS (SELECT FROM invoice_approval_step later
                            WHERE later.request_id = request.id
                              AND later.state IN ('pending', 'approved', 'rejected')
                              AND later.sequence > step.sequence)
        """
    )


def _seal(env):
    """Seal the decisions of the past as they are found today."""
    env.cr.execute("SELECT id FROM invoice_approval_request ORDER BY id")
    requests, ids = env["invoice.approval.request"], env.cr.fetchall()
    for batch in in_batches(requests, ids, "Approval requests are sealed"):
        sealed, closed = [], []
        for request in batch:
            seals, last_seal = get_seals(request)
            sealed += [(decision.id, seal) for decision, seal in seals.items()]
            closed.append((request.id, last_seal))
        _set(env, "invoice_approval_decision", "seal", sealed)
        _set(env, "invoice_approval_request", "last_seal", closed)


def _set(env, table, column, values):
    """:param list values: pairs of id and value"""
    if values:
        ids, texts = map(list, zip(*values, strict=True))
        env.cr.execute(
            SQL(
                "UPDATE %(table)s SET %(column)s = found.value "
                "FROM unnest(%(ids)s, %(texts)s) AS found(id, value) "
                "WHERE found.id = %(table)s.id",
                table=SQL.identifier(table),
                column=SQL.identifier(column),
                ids=ids,
                texts=texts,
            )
        )
