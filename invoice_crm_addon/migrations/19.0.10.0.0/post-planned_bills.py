from odoo import SUPERUSER_ID, api

from odoo.addons.invoice_crm_addon.models.base.batches import in_batches


def migrate(cr, version):
    """Invoices of contracts without an order could not be made by plan; now they can.

    What failed until now is set aside, so that the first run of the job does not invoice months at
    once: whoever looks after the contract takes back what is still to be invoiced.
    """
    if not version:
        return
    env = api.Environment(cr, SUPERUSER_ID, {})
    bills = env["invoice.planned.bill"].search(
        [
            ("state", "=", "failed"),
            ("contract_id.billing_output", "in", ("invoice", "both")),
            ("contract_id.sale_order_ids", "not any", [("state", "=", "sale")]),
        ]
    )
    for batch in in_batches(bills, bills.ids, "Planned bills that failed are set aside"):
        batch._set_aside()
