from odoo import fields, models
from odoo.tools import SQL

from .chain_steps import MODELS

# Where each document has its name and its customer.
NAMES = {
    "payment": SQL("COALESCE(document.name, '')"),
    "move": SQL("COALESCE(document.name, '')"),
    "order": SQL("document.name"),
    "contract": SQL("CONCAT_WS(' ', document.number, document.name)"),
}


class InvoiceTicketExcess(models.Model):
    """Worklist of finance: of what more is ticketed than there is.

    A row is a contract, an order, an invoice or a payment that was lowered, credited or cancelled
    under its tickets. It goes by itself once a ticket is voided or red-lettered, or once the
    document is what it was.
    """

    _name = "invoice.ticket.excess"
    _inherit = ["invoice.query.rows.mixin"]
    _description = "Ticketed Too Much"
    _auto = False
    _order = "amount_excess desc, id"
    _rec_name = "name"

    name = fields.Char(string="Document", readonly=True)
    kind = fields.Selection(
        selection=[
            ("contract", "Contract"),
            ("order", "Sales Order"),
            ("move", "Customer Invoice"),
            ("payment", "Payment"),
        ],
        readonly=True,
    )
    res_id = fields.Many2oneReference(string="Record", model_field="res_model", readonly=True)
    res_model = fields.Char(string="Model", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    amount_ticketable = fields.Monetary(
        string="Ticketable", readonly=True, help="How much of it may be ticketed."
    )
    amount_taken = fields.Monetary(
        string="Ticketed and in Progress", readonly=True, help="Tickets, issued or on their way."
    )
    amount_excess = fields.Monetary(string="Too Much", readonly=True)

    @property
    def _table_query(self):
        return SQL(" UNION ALL ").join(
            self._get_kind_query(index, kind) for index, kind in enumerate(MODELS)
        )

    def _get_kind_query(self, index, kind):
        model = self.env[MODELS[kind]]
        model.flush_model()
        return SQL(
            """
            SELECT document.id * %(count)s + %(index)s AS id,
                   %(name)s AS name,
                   %(kind)s AS kind,
                   document.id AS res_id,
                   %(model)s AS res_model,
                   document.partner_id,
                   document.company_id,
                   document.currency_id,
                   document.amount_ticketable,
                   document.amount_ticketed + document.amount_in_progress AS amount_taken,
                   document.amount_ticketed + document.amount_in_progress
                       - document.amount_ticketable AS amount_excess
              FROM %(table)s AS document
             WHERE document.ticketing_state = 'excess'
            """,
            count=len(MODELS),
            index=index,
            name=NAMES[kind],
            kind=kind,
            model=model._name,
            table=SQL.identifier(model._table),
        )

    def action_open(self):
        """Open the document."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "views": [(False, "form")],
        }

    def action_view_tickets(self):
        """Open the tickets that take a part of the document, one of which is too much."""
        self.ensure_one()
        return self.env[self.res_model].browse(self.res_id).action_view_tickets()
