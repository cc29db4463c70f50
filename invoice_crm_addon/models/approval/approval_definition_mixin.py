from odoo import api, models

from ..base.tools import forget_rows


class InvoiceApprovalDefinitionMixin(models.AbstractModel):
    """Part of the definition of an approval flow: a change makes a new version of the flow."""

    _name = "invoice.approval.definition.mixin"
    _description = "Part of an Approval Flow"

    @api.model_create_multi
    def create(self, vals_list):
        parts = super().create(vals_list)
        forget_rows(self.env)
        parts._get_flow()._update_version()
        return parts

    def write(self, vals):
        flows = self._get_flow()
        with flows._version_once():
            result = super().write(vals)
            forget_rows(self.env)
        # The rules looked at the company before; this looks at the one it became.
        self.check_access("write")
        (self._get_flow() - flows)._update_version()
        return result

    def unlink(self):
        with self._get_flow()._version_once():
            result = super().unlink()
            forget_rows(self.env)
        return result

    def _get_flow(self):
        """Flows that the records are, or belong to."""
        return self.flow_id if "flow_id" in self._fields else self.env["invoice.approval.flow"]
