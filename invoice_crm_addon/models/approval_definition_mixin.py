from odoo import api, models


class InvoiceApprovalDefinitionMixin(models.AbstractModel):
    """Part of the definition of an approval flow: a change makes a new version of the flow."""

    _name = "invoice.approval.definition.mixin"
    _description = "Part of an Approval Flow"

    @api.model_create_multi
    def create(self, vals_list):
        parts = super().create(vals_list)
        self.env.registry.clear_cache()
        parts._get_flow()._update_version()
        return parts

    def write(self, vals):
        flows = self._get_flow()
        with flows._version_once():
            result = super().write(vals)
            self.env.registry.clear_cache()
        (self._get_flow() - flows)._update_version()
        return result

    def unlink(self):
        with self._get_flow()._version_once():
            result = super().unlink()
            self.env.registry.clear_cache()
        return result

    def _get_flow(self):
        """Flows that the records are, or belong to."""
        return self.flow_id
