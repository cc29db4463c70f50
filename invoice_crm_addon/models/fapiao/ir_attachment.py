from odoo import api, models
from odoo.exceptions import UserError

CONTENT = {"raw", "datas", "db_datas", "store_fname", "url", "type", "res_model", "res_id"}


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    def write(self, vals):
        if not self.env.su and vals.keys() & CONTENT:
            self._check_no_fapiao_original()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_fapiao_original(self):
        if not self.env.su:
            self._check_no_fapiao_original()

    def _check_no_fapiao_original(self):
        """E-invoice files that a ticket took are kept as they came, for as long as it has them.

        :raise UserError: if one of them would be changed, moved or deleted
        """
        files_sudo = self.env["invoice.fapiao.file"].sudo()
        taken = [
            ("attachment_id", "in", self.ids),
            ("outcome", "in", files_sudo._get_taken_outcomes()),
        ]
        if kept := files_sudo.search(taken, limit=1):
            raise UserError(
                self.env._(
                    "%s is an e-invoice file, which is kept as it came. Finance can take it back "
                    "from its ticket.",
                    kept.name,
                )
            )
