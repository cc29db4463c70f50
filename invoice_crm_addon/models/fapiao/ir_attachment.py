from odoo import api, models
from odoo.exceptions import UserError

CONTENT = {"raw", "datas", "db_datas", "store_fname", "url", "type", "mimetype"}
PLACE = {"res_model", "res_id", "res_field"}
# What serves a file to whoever has the address.
EXPOSURE = {"public", "access_token"}
CONTENTS = (str, bytes, bytearray, memoryview)
LICENCE = ("res.partner", "business_licence")


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            # Core's own callers send bytes; of what else a file is made of it says nothing.
            if any(not isinstance(vals.get(name) or "", CONTENTS) for name in ("raw", "datas")):
                raise UserError(self.env._("The content of a file is a text or bytes."))
        attachments = super().create(vals_list)
        attachments._check_no_licence()
        return attachments

    def write(self, vals):
        if vals.keys() & (CONTENT | PLACE | EXPOSURE):
            # First of all: what refuses below names the file.
            self.check_access("write")
            self._check_no_licence()
        if not self.env.su and vals.keys() & (CONTENT | PLACE):
            self._check_no_fapiao_original()
        if (not self.env.su and vals.keys() & PLACE) or any(map(vals.get, EXPOSURE)):
            self._check_no_fapiao_file()
        result = super().write(vals)
        if vals.keys() & PLACE:
            self._check_no_licence()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_fapiao_original(self):
        self._check_no_licence()
        if not self.env.su:
            self._check_no_fapiao_original()

    def _check_no_licence(self):
        """The licence of a customer is written by its field, which core does in superuser mode:
        what is locked, checked and kept of it is so there.

        :raise UserError: if a caller would change the file behind it
        """
        if self.env.su:
            return
        # sudo: files that the user cannot read are kept too
        for attachment_sudo in self.sudo():
            if (attachment_sudo.res_model, attachment_sudo.res_field) == LICENCE:
                raise UserError(
                    self.env._("The business licence is replaced on the customer itself.")
                )

    def _check_no_fapiao_original(self):
        """E-invoice files that a ticket took are kept as they came, for as long as it has them.

        :raise UserError: if one of them would be changed, moved or deleted
        """
        # sudo: files that the user cannot read are kept too
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

    def _check_no_fapiao_file(self):
        """E-invoice files are read where they lie, by whoever may read that, taken or not.

        Not in superuser mode either: a share link would serve them to the world.

        :raise UserError: if one of them would be published, or moved
        """
        batches = self.env["invoice.fapiao.batch"]
        # sudo: files that the user cannot read are kept too
        attachments_sudo = self.sudo()
        files_sudo = attachments_sudo.env["invoice.fapiao.file"]
        own = attachments_sudo.filtered(lambda a: a.res_model == batches._name and a.res_id)
        own |= files_sudo.search([("attachment_id", "in", self.ids)]).attachment_id
        tickets_sudo = files_sudo.env["invoice.ticket"].with_context(active_test=False)
        own |= tickets_sudo.search([("fapiao_attachment_id", "in", self.ids)]).fapiao_attachment_id
        if own:
            raise UserError(
                self.env._(
                    "%s is an e-invoice file: it is not published, nor moved to another document.",
                    own[0].name,
                )
            )
