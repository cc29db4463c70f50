from odoo import SUPERUSER_ID, api

from odoo.addons.invoice_crm_addon.models.base.batches import in_batches

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
    # A contract with all its tickets: what is connected is laid once.
    contracts = env["invoice.contract"]
    cr.execute(
        "SELECT DISTINCT contract_id FROM invoice_ticket WHERE contract_id IS NOT NULL ORDER BY 1"
    )
    for batch in in_batches(contracts, cr.fetchall(), "Paths of contracts are laid", BATCH):
        env["invoice.ticket.path"]._settle(batch)
    tickets = env["invoice.ticket"]
    cr.execute("SELECT id FROM invoice_ticket WHERE contract_id IS NULL ORDER BY id")
    for batch in in_batches(tickets, cr.fetchall(), "Paths of other tickets are laid", BATCH):
        batch._settle()
    cr.execute("SELECT id FROM invoice_ticket ORDER BY id")
    for batch in in_batches(tickets, cr.fetchall(), "Tickets say what is paid", BATCH):
        for fname in FIELDS:
            env.add_to_compute(batch._fields[fname], batch)
    cr.execute("SELECT id FROM invoice_contract ORDER BY id")
    for batch in in_batches(contracts, cr.fetchall(), "Contracts say what came in", BATCH):
        batch._refresh_received()
