from odoo import fields, models


class ResCompany(models.Model):
    _name = "res.company"
    _inherit = ["res.company", "invoice.company.mailing.mixin"]

    receipt_type_id = fields.Many2one(
        "invoice.ticket.type",
        string="Receipts Of Payments",
        ondelete="restrict",
        domain="[('takes_amount', '=', False), "
        "'|', ('company_id', '=', False), ('company_id', 'parent_of', id)]",
        help="Type of the tickets that the button “Receipt” of a payment writes. Empty: the first "
        "type that takes no amount.",
    )

    def _get_receipt_type(self):
        """Type of the receipts of payments; empty if there is none that takes no amount.

        :rtype: invoice.ticket.type
        """
        self.ensure_one()
        Type = self.env["invoice.ticket.type"]
        # sudo: res.company - only its choice
        chosen = self.sudo().receipt_type_id.with_env(self.env)
        if chosen.active and not chosen.takes_amount:
            return chosen
        return Type.search(
            [("takes_amount", "=", False), *Type._check_company_domain(self)], limit=1
        )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    receipt_type_id = fields.Many2one(related="company_id.receipt_type_id", readonly=False)
