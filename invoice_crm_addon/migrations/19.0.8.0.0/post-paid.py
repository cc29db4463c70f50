from odoo import SUPERUSER_ID, api
from odoo.tools import split_every

BATCH = 500
FIELDS = (
    "payment_term_id",
    "amount_paid",
    "amount_due",
    "amount_open",
    "payment_state",
    "date_due",
    "status",
)


def migrate(cr, version):
    """Lay the paths again, which say what is paid now, and find terms and due dates."""
    env = api.Environment(cr, SUPERUSER_ID, {"active_test": False})
    # Receipts say that money came in, and leave it to the fapiao.
    if receipt := env.ref("invoice_crm_addon.ticket_type_receipt", raise_if_not_found=False):
        receipt.takes_amount = receipt.is_fapiao
    tickets = env["invoice.ticket"].search([], order="id")
    for ids in split_every(BATCH, tickets.ids):
        batch = tickets.browse(ids)
        batch._settle()
        for fname in FIELDS:
            env.add_to_compute(batch._fields[fname], batch)
        env.flush_all()
        env.invalidate_all()
    contracts = env["invoice.contract"].search([], order="id")
    for ids in split_every(BATCH, contracts.ids):
        contracts.browse(ids)._refresh_received()
        env.flush_all()
        env.invalidate_all()
