import logging

from odoo import SUPERUSER_ID, api
from odoo.tools import SQL

_logger = logging.getLogger(__name__)


def migrate(cr, version):
    """Remarks of e-invoice files, which became notes of tickets, show account numbers in part.

    What people wrote into the notes stays as they wrote it.
    """
    env = api.Environment(cr, SUPERUSER_ID, {"active_test": False})
    accounts, count = env["res.partner.bank"], 0
    for file in env["invoice.fapiao.file"].search([("ticket_id.note", "!=", False)]):
        document, ticket = file._get_document(), file.ticket_id
        remark = document.remark if document else ""
        if not remark or remark not in ticket.note:
            continue
        masked = accounts._mask_in_text(remark, document.buyer.bank_account)
        if masked != remark:
            # Nothing else follows from a note, and nobody changed it.
            note = ticket.note.replace(remark, masked)
            env.execute_query(
                SQL(
                    "UPDATE invoice_ticket SET note = %s WHERE id = %s RETURNING id",
                    note,
                    ticket.id,
                )
            )
            ticket.invalidate_recordset(["note"])
            count += 1
    _logger.info("Masked account numbers in the notes of %s tickets", count)
