from odoo import api, fields, models

from ..base.proof import proven
from ..base.words import words


class InvoiceBureauExplanation(models.Model):
    """Why a row of a month stays as it is: who said so, when, and of what.

    It holds while neither the bureau nor the ticket changes. Nobody changes or deletes one; it
    is taken back, and stays.
    """

    _name = "invoice.bureau.explanation"
    _description = "Explanation of a Difference"
    _inherit = ["invoice.guard.mixin", "invoice.action.mixin"]
    _order = "id desc"
    _rec_name = "note"

    company_id = fields.Many2one("res.company", required=True, index=True)
    month = fields.Date(required=True)
    fapiao_id = fields.Many2one(
        "invoice.bureau.fapiao", string="At the Bureau", index="btree_not_null", ondelete="restrict"
    )
    # One that was made of a file may go with it: its number stays.
    ticket_id = fields.Many2one("invoice.ticket", index="btree_not_null", ondelete="set null")
    number = fields.Char(compute="_compute_number", store=True, precompute=True)
    result = fields.Selection(
        selection=lambda self: (
            self.env["invoice.bureau.month.row"]._fields["result"]._description_selection(self.env)
        ),
        required=True,
    )
    reason = fields.Selection(
        selection=[
            ("outside", "Not handled in this system"),
            ("other_month", "Settled in another month"),
            ("corrected", "Corrected at the bureau later"),
            ("accepted", "Difference accepted"),
        ],
        required=True,
    )
    note = fields.Char(required=True)
    user_id = fields.Many2one(
        "res.users", string="Explained By", required=True, ondelete="restrict"
    )
    fingerprint = fields.Char(required=True, export_string_translation=False)
    is_taken_back = fields.Boolean(string="Taken Back")
    taken_back_by_id = fields.Many2one("res.users", ondelete="restrict")

    can_take_back = fields.Boolean(compute="_compute_can_take_back")

    _fingerprint_uniq = models.UniqueIndex(
        "(company_id, fingerprint) WHERE is_taken_back IS NOT TRUE", "It is explained already."
    )

    @api.model
    def _get_guarded_fields(self):
        return set(self._fields)

    @api.depends("fapiao_id", "ticket_id")
    def _compute_number(self):
        for explanation in self:
            # sudo: of what is explained, only the number
            sides_sudo = explanation.sudo()
            number = sides_sudo.fapiao_id.number or sides_sudo.ticket_id.fapiao_number
            explanation.number = number or explanation.number

    @api.depends("is_taken_back")
    @api.depends_context("uid")
    def _compute_can_take_back(self):
        self._compute_can("take_back")

    def action_take_back(self):
        """Let the rows be open again; a closed month is open again with them.

        :raise UserError: if one is taken back already
        """
        self._check_can("take_back", claim=True)
        proven(self).write({"is_taken_back": True, "taken_back_by_id": self.env.uid})
        self.env["invoice.bureau.month"]._note_change(
            {(e.company_id.id, e.month) for e in self},
            words(self.env)._("An explanation was taken back."),
        )
        return True

    def _get_cannot_take_back_reason(self):
        if self.env["invoice.fapiao.translator"]._get_not_finance_reason():
            return self.env._("This is for finance to do.")
        if self.is_taken_back:
            return self.env._("The explanation is taken back already.")
        return False
