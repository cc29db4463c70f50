from odoo import models

from ..base.tools import forget_rows


class IrModel(models.Model):
    _inherit = "ir.model"

    # What is approved is called as its model is, see ``_get_approval_title``, and kept in memory.

    def write(self, vals):
        result = super().write(vals)
        if "name" in vals:
            forget_rows(self.env)
        return result

    def _update_field_translations(self, field_name, translations, digest=None, source_lang=""):
        result = super()._update_field_translations(
            field_name, translations, digest=digest, source_lang=source_lang
        )
        if field_name == "name":
            forget_rows(self.env)
        return result
