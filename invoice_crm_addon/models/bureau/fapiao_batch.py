from odoo import models
from odoo.exceptions import UserError

from ..base.words import words
from .bureau_list import FOREGROUND_SIZE

_WORKBOOK = b"[Content_Types].xml"


class InvoiceFapiaoBatch(models.Model):
    """Lists of the tax bureau come as e-invoice files do, and are told apart by content."""

    _inherit = "invoice.fapiao.batch"

    def _is_long(self):
        """A list of some thousand rows keeps nobody waiting."""
        return super()._is_long() or any(
            file.outcome == "waiting"
            and (file.name or "").lower().endswith(".xlsx")
            and file.file_size > FOREGROUND_SIZE
            for file in self.file_ids
        )

    def _take_list(self, file):
        """Read a file as a list of the tax bureau, if it is a workbook.

        :param invoice.fapiao.file file: of this upload
        :return: whether it is one: else it is read as an e-invoice
        """
        # sudo: ir.attachment - whoever may read what a file says reads the file
        attachment_sudo = file.sudo().attachment_id
        content = attachment_sudo.raw or b""
        if not content.startswith(b"PK\x03\x04") or _WORKBOOK not in content[:4096]:
            if not (file.name or "").lower().endswith((".xlsx", ".xlsm")):
                return False
        attachment_sudo.invalidate_recordset(["raw", "datas"])
        file._do_safely(self._place_list, file, content)
        return True

    def _place_list(self, file, content):
        """:raise UserError: if the workbook is no list, or did not come from a person"""
        if self.origin == "mail":
            raise UserError(
                words(self.env)._(
                    "A list of the tax bureau is not taken from an e-mail. Drop it on a list of "
                    "tickets."
                )
            )
        bureau_list = self.env["invoice.bureau.list"]._take_file(file, content)
        # sudo: whoever dropped the list may know what came of it, for whichever company it is
        file._set_outcome("listed", bureau_list.sudo()._get_result_text())
