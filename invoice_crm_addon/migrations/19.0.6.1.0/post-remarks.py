import logging

from odoo import SUPERUSER_ID, api
from odoo.tools import SQL

from odoo.addons.invoice_crm_addon.models.base.batches import in_batches

_logger = logging.getLogger(__name__)


def migrate(cr, version):
    """Remarks of e-invoice files, which became notes of tickets, show account numbers in part.

    What people wrote into the notes stays as they wrote it.
    """
    env = api.Environment(cr, SUPERUSER_ID, {"active_test": False})
    cr.execute(
        "SELECT file.id FROM invoice_fapiao_file file JOIN invoice_ticket ticket "
        "ON ticket.id = file.ticket_id WHERE ticket.note IS NOT NULL ORDER BY file.id"
    )
    files, count = env["invoice.fapiao.file"], 0
    for batch in in_batches(files, cr.fetchall(), "Remarks of e-invoice files are read", 200):
        count += sum(map(_mask, batch))
    _logger.info("Masked account numbers in the notes of %s tickets", count)


def _mask(file):
    """:return: whether the note of the file's ticket named an account"""
    env, document, ticket = file.env, file._get_document(), file.ticket_id
    remark = document.remark if document else ""
    if not remark or remark not in ticket.note:
        return False
    masked = env["res.partner.bank"]._mask_in_text(remark, document.buyer.bank_account)
    if masked == remark:
        return False
    # Nothing else follows from a note, and nobody changed it.
    note = ticket.note.replace(remark, masked)
    env.execute_query(
        SQL("UPDATE invoice_ticket SET note = %s WHERE id = %s RETURNING id", note, ticket.id)
    )
    ticket.invalidate_recordset(["note"])
    return True
