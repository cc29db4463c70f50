from odoo import api, models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_values(self, src_partners, dst_partner):
        """Let the partner who stays take over the tax number of those who go.

        Core copies the number before it deletes its owner, which would be a second customer
        with the same number.
        """
        src_partners.sudo().write({"tax_number_key": False})
        result = super()._update_values(src_partners, dst_partner)
        dst_partner._sync_tax_number_key()
        if dst_partner.sudo().approval_state == "pending":
            dst_partner.sudo().billing_state = "pending"
        return result

    @api.model
    def _update_reference_fields(self, src_partners, dst_partner):
        """Move the approvals of the billing data along; core does not know the reference."""
        self.env["invoice.approval.request"].sudo().search(
            [("res_model", "=", "res.partner"), ("res_id", "in", src_partners.ids)]
        ).write({"res_id": dst_partner.id})
        return super()._update_reference_fields(src_partners, dst_partner)
