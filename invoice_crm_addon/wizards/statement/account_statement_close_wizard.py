from odoo import fields, models


class InvoiceAccountStatementCloseWizard(models.TransientModel):
    """Asks how statements were settled, or why they are taken back."""

    _name = "invoice.account.statement.close.wizard"
    _inherit = ["invoice.readable.mixin"]
    _description = "Close Statements of Account"

    # The name that the ORM would give the table is too long.
    statement_ids = fields.Many2many(
        "invoice.account.statement",
        "invoice_statement_close_wizard_rel",
        "wizard_id",
        "statement_id",
        string="Statements",
        required=True,
    )
    action = fields.Selection(
        selection=[("settle", "Settle"), ("cancel", "Cancel")], default="settle", required=True
    )
    note = fields.Text(required=True)

    def action_confirm(self):
        """Close them.

        :raise UserError: see ``action_settle`` and ``action_cancel`` of the statement
        """
        self.ensure_one()
        if self.action == "settle":
            return self.statement_ids.action_settle(self.note)
        return self.statement_ids.action_cancel(self.note)
