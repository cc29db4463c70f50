from odoo import fields, models
from odoo.exceptions import UserError


class InvoiceCustomerDistinct(models.Model):
    """Two customers of whom somebody said that they are no duplicates.

    Whoever may read both customers reads the pair. Sales let customers of their own be looked at
    again, finance those that they may change; auditors read. Only methods write.

    No constraint holds the pair: a merge of customers moves it, and core deletes what it cannot
    move.
    """

    _name = "invoice.customer.distinct"
    _inherit = ["invoice.names.mixin"]
    _description = "Customers That Are No Duplicates"
    _order = "id desc"
    _rec_name = "partner_id"

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, readonly=True, ondelete="cascade"
    )
    other_id = fields.Many2one(
        "res.partner",
        string="Other Customer",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )

    _author_idx = models.Index("(create_uid)")
    _pair_idx = models.Index("(partner_id, other_id)")

    def action_look_again(self):
        """Take back that the customers differ: they are listed again if they have the same.

        :raise AccessError: if the user reads the list only
        :raise UserError: if some of the customers are others' to decide on
        """
        self.env["invoice.customer.merge.wizard"].check_access("create")
        pairs = self.exists()
        pairs.check_access("read")
        if refusal := (pairs.partner_id | pairs.other_id)._get_merge_right_refusal():
            raise UserError(refusal)
        # sudo: invoice.customer.distinct - whoever may merge the customers may take it back
        pairs.sudo().unlink()
        return {"type": "ir.actions.client", "tag": "soft_reload"}
