import json

from odoo import api, fields, models
from odoo.fields import NO_ACCESS, Domain
from odoo.tools import SQL


class InvoiceApprovalReaderMixin(models.AbstractModel):
    """A record that may be read by whom an approval asked.

    Who that is stands in an indexed column of the record itself. A record rule that followed the
    relations would look at the requests of each row of the table, since PostgreSQL cannot turn a
    subquery inside of an OR into a join; this one it finds by the index, together with those of
    the other rules.
    """

    _name = "invoice.approval.reader.mixin"
    _description = "Record Read by Its Approvers"

    approval_reader_ids = fields.Json(
        compute="_compute_approval_reader_ids",
        store=True,
        copy=False,
        groups=NO_ACCESS,
        export_string_translation=False,
    )
    is_approval_reader = fields.Boolean(
        string="Asked for Approval",
        compute="_compute_is_approval_reader",
        search="_search_is_approval_reader",
        compute_sudo=True,
        help="An approval of it asked you, now or before.",
    )

    _approval_reader_idx = models.Index(
        "USING gin (approval_reader_ids jsonb_path_ops) WHERE approval_reader_ids IS NOT NULL"
    )

    # === COMPUTE METHODS === #

    @api.depends(lambda self: self._get_approval_reader_paths())
    def _compute_approval_reader_ids(self):
        [path] = self._get_approval_reader_paths()
        for record in self:
            record.approval_reader_ids = sorted(record.mapped(path).ids) or False

    @api.depends("approval_reader_ids")
    @api.depends_context("uid")
    def _compute_is_approval_reader(self):
        for record in self:
            record.is_approval_reader = self.env.uid in (record.approval_reader_ids or [])

    def _search_is_approval_reader(self, operator, value):
        if operator != "in":
            return NotImplemented
        uid = self.env.uid
        return Domain.custom(
            to_sql=lambda model, alias, _query: SQL(
                "%s @> %s::jsonb",
                SQL.identifier(
                    alias, "approval_reader_ids", to_flush=model._fields["approval_reader_ids"]
                ),
                json.dumps([uid]),
            ),
            # sudo: the column alone, of what is to be found or not
            predicate=lambda record: uid in (record.sudo().approval_reader_ids or []),
        )

    # === HOOKS === #

    @api.model
    def _get_approval_reader_paths(self):
        """From the record to those who were asked, in one path of fields."""
        return ["approval_request_ids.approver_ids"]
