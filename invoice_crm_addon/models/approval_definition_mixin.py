from odoo import api, models


class InvoiceApprovalDefinitionMixin(models.AbstractModel):
    """Part of the definition of an approval flow: a change makes a new version of the flow."""

    _name = "invoice.approval.definition.mixin"
    _description = "Part of an Approval Flow"

    @api.model_create_multi
    def create(self, vals_list):
        parts = super().create(vals_list)
        parts._get_flow()._update_version()
        return parts

    def write(self, vals):
        flows = self._get_flow()
        result = super().write(vals)
        (flows | self._get_flow())._update_version()
        return result

    def unlink(self):
        flows = self._get_flow()
        result = super().unlink()
        flows.exists()._update_version()
        return result

    def _get_flow(self):
        """Flows that the records are, or belong to."""
        return self.flow_id
