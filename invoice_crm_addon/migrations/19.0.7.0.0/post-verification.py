from odoo import SUPERUSER_ID, api

from odoo.addons.invoice_crm_addon.models.base.batches import in_batches
from odoo.addons.invoice_crm_addon.models.base.proof import proven


def migrate(cr, version):
    """Billing data that are verified say since when, by whom, and what they were then.

    The latest approved request knows it. What was verified without one has no date, but its
    values: whoever verifies the next ones sees what is different.
    """
    env = api.Environment(cr, SUPERUSER_ID, {"active_test": False, "tracking_disable": True})
    cr.execute("SELECT id FROM res_partner WHERE billing_state = 'verified' ORDER BY id")
    partners = env["res.partner"]
    for batch in in_batches(partners, cr.fetchall(), "Verified customers say since when"):
        _keep_verification(batch)


def _keep_verification(customers):
    env = customers.env
    requests = env["invoice.approval.request"].search(
        [
            ("res_model", "=", "res.partner"),
            ("res_id", "in", customers.ids),
            ("state", "=", "approved"),
        ],
        order="id",
    )
    latest = {request.res_id: request for request in requests}
    for customer in proven(customers):
        values = {"billing_verified_values": customer._get_billing_values()}
        if request := latest.get(customer.id):
            approval = request.decision_ids.filtered(lambda d: d.decision == "approve")[-1:]
            values["billing_verified_on"] = request.date_decided or approval.create_date
            values["billing_verified_by_id"] = approval.user_id.id
        customer.write(values)
