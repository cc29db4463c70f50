from odoo import fields, models

from ..base.words import KeptText


class InvoiceCustomerImportRow(models.Model):
    """A row of a file of customers: what it would do, what it did, what was there before."""

    _name = "invoice.customer.import.row"
    _description = "Row of a Customer Import"
    _order = "import_id desc, number, id"
    _rec_name = "number"

    import_id = fields.Many2one(
        "invoice.customer.import", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="import_id.company_id")
    number = fields.Integer(string="Row", help="As Excel counts the rows of the file.")
    name = fields.Char(string="Customer Name")
    vat = fields.Char(string="Tax Number")
    outcome = fields.Selection(
        selection=[
            ("waiting", "To Be Checked"),
            ("new", "New"),
            ("update", "Change"),
            ("unchanged", "Unchanged"),
            ("duplicate", "Twice in the File"),
            ("error", "Error"),
        ],
        required=True,
    )
    message = KeptText(string="Remark")
    partner_id = fields.Many2one(
        "res.partner", string="Customer", index="btree_not_null", ondelete="set null"
    )
    is_applied = fields.Boolean(string="Written")
    is_undone = fields.Boolean(string="Taken Back")
    is_kept = fields.Boolean(string="Not Taken Back")
    # Account numbers stand in them.
    cells = fields.Json(groups=fields.NO_ACCESS)
    known_by = fields.Json(
        groups=fields.NO_ACCESS, help="What makes a later row of the file the same customer."
    )
    written = fields.Json(string="Values Before and After", groups=fields.NO_ACCESS)

    _waiting_idx = models.Index(
        "(import_id, number) WHERE is_applied IS NOT TRUE AND outcome IN ('new', 'update')"
    )
    _unchecked_idx = models.Index("(import_id, number) WHERE outcome = 'waiting'")

    def _keep_verdict(self, verdict):
        """What became of the row when it was its turn."""
        self.write(
            {
                "known_by": verdict.known_by,
                "outcome": verdict.outcome,
                "message": verdict.message or False,
                "partner_id": verdict.partner.id if verdict.partner else False,
            }
        )

    def _keep_result(self, verdict, partner, written):
        """:param written: what was written, or a sentence about why it could not be"""
        if not partner:
            self.write({"outcome": "error", "message": written})
            return
        self.write(
            {
                "outcome": verdict.outcome,
                "message": verdict.message or False,
                "partner_id": partner.id,
                "is_applied": True,
                "written": written,
            }
        )
