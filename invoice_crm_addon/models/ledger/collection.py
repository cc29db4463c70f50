from odoo import fields, models
from odoo.tools import SQL

from .collection_query import get_query


class InvoiceCollection(models.Model):
    """What came in of customers: one row for each part, with the invoice that it paid, the order
    and the contract that it belongs to.

    Read from core's payments, bank statements and reconciliations, never kept: a payment that is
    cancelled, unmatched or paid back shows here at once. A refund is negative. Where neither an
    order nor the payment says the contract, the ticket does that was made of the money.
    """

    _name = "invoice.collection"
    _description = "Collection by Contract, Order and Invoice"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "payment_id"

    date = fields.Date(readonly=True)
    payment_id = fields.Many2one("account.payment", readonly=True)
    entry_id = fields.Many2one(
        "account.move",
        string="Bank Entry",
        readonly=True,
        help="Entry of a bank statement that was matched with the invoice itself.",
    )
    move_id = fields.Many2one("account.move", string="Customer Invoice", readonly=True)
    sale_order_id = fields.Many2one("sale.order", readonly=True)
    contract_id = fields.Many2one("invoice.contract", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    amount = fields.Monetary(readonly=True)
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    amount_company = fields.Monetary(
        string="Amount in Company Currency",
        currency_field="company_currency_id",
        readonly=True,
        help="At the rate of the day on which it came in.",
    )

    @property
    def _table_query(self):
        self._flush_books()
        return SQL(
            """
            SELECT ROW_NUMBER() OVER () AS id, collection.date, collection.payment_id,
                   collection.entry_id, collection.move_id,
                   collection.order_id AS sale_order_id, collection.contract_id,
                   partner.commercial_partner_id AS partner_id, collection.company_id,
                   collection.currency_id, collection.amount,
                   collection.amount * collection.rate AS amount_company
              FROM (%s) AS collection
         LEFT JOIN res_partner partner ON partner.id = collection.partner_id
            """,
            get_query(),
        )

    def _flush_books(self):
        for model in (
            "account.payment",
            "account.move",
            "account.move.line",
            "account.partial.reconcile",
            "sale.order",
            "sale.order.line",
            "invoice.ticket.path",
        ):
            self.env[model].flush_model()
