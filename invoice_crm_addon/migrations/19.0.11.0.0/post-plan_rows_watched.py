from odoo import SUPERUSER_ID, api

PLAN_ROWS = ("billing_rule_ids", "milestone_ids")


def migrate(cr, version):
    """Flows that watch one kind of rows of a plan say that they watch the other kind too.

    Until now a recurring bill could be raised where only milestones were approved again. From
    now on both are, whatever the flow names: so that people see it, it names both.
    """
    env = api.Environment(cr, SUPERUSER_ID, {})
    flows = env["invoice.approval.flow"].with_context(active_test=False)
    for flow in flows.search([("res_model", "=", "invoice.contract")]):
        names = flow.trigger_fields or []
        missing = [fname for fname in PLAN_ROWS if fname not in names]
        if len(missing) == 1:
            flow.trigger_fields = [*names, *missing]
