from odoo import models
from odoo.exceptions import UserError

from .input_faults import naming_wrong_input


class Base(models.AbstractModel):
    _inherit = "base"

    @naming_wrong_input
    def _compute_field_value(self, field):
        """Refuse to compute anything of one of our abstract models.

        It is what documents have in common and has no records, yet anybody can name some over RPC.
        Of what is stored there is no table, which core's check of rights says; what is computed
        would run on a record that has nothing of what a document has.
        """
        if self._abstract and self._original_module == "invoice_crm_addon":
            raise UserError(
                self.env._("“%s” holds no records; call the method of a document.", self._name)
            )
        return super()._compute_field_value(field)
