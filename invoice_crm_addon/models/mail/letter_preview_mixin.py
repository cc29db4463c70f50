from odoo import api, fields, models


class InvoiceLetterPreviewLineMixin(models.AbstractModel):
    """A customer in the preview of what is sent to many: who gets something, or why nothing.

    The caller chooses; all else is computed. A customer with a ``reason`` gets nothing unless
    somebody says so, where ``can_repeat``; a ``problem`` is to be mended first.
    """

    _name = "invoice.letter.preview.line.mixin"
    _inherit = ["invoice.guard.mixin"]
    _description = "Customer in a Preview"
    _order = "id"
    _rec_name = "partner_id"
    _guarded_fields = ("reason", "problem", "can_repeat")

    is_selected = fields.Boolean(string="Send")
    partner_id = fields.Many2one("res.partner", string="Customer", required=True, readonly=True)
    contact_id = fields.Many2one("res.partner", string="Recipient", readonly=True)
    email = fields.Char(string="E-Mail Address", readonly=True)
    reason = fields.Char(string="Why Not", readonly=True)
    problem = fields.Char(readonly=True)
    can_repeat = fields.Boolean(readonly=True)

    @api.model
    def _prepare_recipient(self, customer, contact, reason, problem):
        """Values of who gets it, who is selected at first, and why not."""
        return {
            "partner_id": customer.id,
            "contact_id": contact.id,
            "email": contact.email,
            "reason": reason,
            "problem": problem,
            "is_selected": not reason and not problem,
        }
