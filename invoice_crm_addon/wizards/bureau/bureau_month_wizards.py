from odoo import api, fields, models
from odoo.exceptions import UserError


class InvoiceBureauExplainWizard(models.TransientModel):
    """Asks why rows of a month stay as they are."""

    _name = "invoice.bureau.explain.wizard"
    _inherit = ["invoice.readable.mixin"]
    _description = "Explain Differences"

    row_ids = fields.Json(string="IDs of the Rows")
    row_count = fields.Integer(string="Rows", compute="_compute_row_count")
    reason = fields.Selection(
        selection=lambda self: (
            self.env["invoice.bureau.explanation"]
            ._fields["reason"]
            ._description_selection(self.env)
        ),
        required=True,
    )
    note = fields.Char(required=True)

    @api.depends("row_ids")
    def _compute_row_count(self):
        for wizard in self:
            wizard.row_count = len(wizard._get_rows())

    def _get_rows(self):
        """:raise UserError: if what the browser sent are no rows"""
        ids = self.row_ids or []
        if not isinstance(ids, list) or not all(type(id_) is int for id_ in ids):
            raise UserError(self.env._("Choose rows of the month first."))
        return self.env["invoice.bureau.month.row"].browse(ids)

    def action_confirm(self):
        """Keep the explanation.

        :raise UserError: see ``action_explain`` of the rows
        """
        self.ensure_one()
        return self._get_rows().action_explain(self.reason, self.note)


class InvoiceBureauMatchWizard(models.TransientModel):
    """Asks which approved ticket a fapiao of the bureau is."""

    _name = "invoice.bureau.match.wizard"
    _inherit = ["invoice.readable.mixin"]
    _description = "Match a Fapiao of the Bureau"

    row_id = fields.Integer(required=True)
    company_id = fields.Many2one("res.company", compute="_compute_row")
    currency_id = fields.Many2one(related="company_id.currency_id")
    number = fields.Char(compute="_compute_row")
    buyer = fields.Char(compute="_compute_row")
    amount_total = fields.Monetary(string="Total", compute="_compute_row")
    ticket_id = fields.Many2one(
        "invoice.ticket",
        required=True,
        domain="[('state', '=', 'approved'), ('company_id', '=', company_id),"
        " ('type_id.is_fapiao', '=', True)]",
    )
    ticket_total = fields.Monetary(related="ticket_id.amount_total", string="Total Here")

    @api.depends("row_id")
    def _compute_row(self):
        for wizard in self:
            row = self.env["invoice.bureau.month.row"].browse(wizard.row_id or []).exists()
            row.check_access("read")
            wizard.company_id = row.company_id
            wizard.number = row.number
            wizard.buyer = row.buyer
            wizard.amount_total = row.bureau_total

    def action_confirm(self):
        """Issue the ticket with number and date of the fapiao.

        :raise UserError: if it is not approved, or says otherwise than the fapiao
        """
        self.ensure_one()
        row = self.env["invoice.bureau.month.row"].browse(self.row_id)
        row._check_rows("bureau_only")
        row._issue_ticket(row.fapiao_id, self.ticket_id)
        return True
