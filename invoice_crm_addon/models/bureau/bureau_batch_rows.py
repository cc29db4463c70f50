from odoo import models

from ..base.newest_rows import NewestRows


class InvoiceBureauBatch(models.Model):
    """A batch may hold thousands of tickets: its form shows some, its list answers for all."""

    _inherit = "invoice.bureau.batch"

    shown_item_ids = NewestRows(
        "invoice.bureau.batch.item",
        string="Newest Tickets",
        path="batch_id",
        depends=["item_ids"],
        limit=200,
    )

    def action_view_items(self):
        """Open the tickets of the batch with what was answered, to answer for many at once."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": "invoice.bureau.batch.item",
            "views": [(False, "list")],
            "domain": [("batch_id", "=", self.id)],
        }
