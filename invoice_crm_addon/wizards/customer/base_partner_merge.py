from odoo import api, models

from ...models.base.proof import proven


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_values(self, src_partners, dst_partner):
        """Let the partner who stays take over the tax number of those who go.

        Core copies the number before it deletes its owner, which would be a second customer
        with the same number.
        """
        proven(src_partners).write({"tax_number_key": False})
        result = super()._update_values(src_partners, dst_partner)
        dst_partner._sync_tax_number_key()
        if dst_partner.sudo().approval_state == "pending":
            proven(dst_partner).billing_state = "pending"
        return result

    @api.model
    def _update_reference_fields(self, src_partners, dst_partner):
        """Move the approvals of the billing data along; core does not know the reference.

        One of them can go on at most: that of the partner who stays, or else the latest.
        """
        requests_sudo = proven(self.env["invoice.approval.request"]).search(
            [("res_model", "=", "res.partner"), ("res_id", "in", src_partners.ids)]
        )
        running_sudo = requests_sudo.filtered(lambda request: request.state == "pending").sorted()
        surplus_sudo = running_sudo[0 if dst_partner.sudo().approval_state == "pending" else 1 :]
        surplus_sudo._do_close(
            "withdrawn",
            "withdraw",
            self.env._("The customer was merged into %s.", dst_partner.display_name),
            restore=False,
        )
        # What is decided refuses every write; which customer it is about now is no part of it.
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE invoice_approval_request SET res_id = %s WHERE id = ANY(%s)",
            [dst_partner.id, requests_sudo.ids],
        )
        self.env.invalidate_all()
        return super()._update_reference_fields(src_partners, dst_partner)
