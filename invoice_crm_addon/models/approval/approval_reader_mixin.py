from odoo import api, fields, models
from odoo.fields import NO_ACCESS, Domain
from odoo.tools import SQL


class InvoiceApprovalReaderMixin(models.AbstractModel):
    """A record that may be read by whom an approval asked.

    The number of the audience of just these people stands on the record itself. A record rule that
    followed the relations would look at the requests of each row of the table, since PostgreSQL
    cannot turn a subquery inside of an OR into a join. It gets the numbers of the reader's
    audiences themselves, so that the index of them is used together with those of the other
    rules, and PostgreSQL knows how many rows each of them has.
    """

    _name = "invoice.approval.reader.mixin"
    _description = "Record Read by Its Approvers"

    approval_audience_id = fields.Many2one(
        "invoice.approval.audience",
        compute="_compute_approval_audience_id",
        store=True,
        copy=False,
        ondelete="restrict",
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
        "(approval_audience_id) WHERE approval_audience_id IS NOT NULL"
    )

    # === COMPUTE METHODS === #

    @api.depends(lambda self: self._get_approval_reader_paths())
    def _compute_approval_audience_id(self):
        [path] = self._get_approval_reader_paths()
        groups = {record: tuple(sorted(record.mapped(path).ids)) for record in self}
        audiences = self.env["invoice.approval.audience"]._get_audiences(set(groups.values()))
        for record, group in groups.items():
            record.approval_audience_id = audiences.get(group)

    @api.depends("approval_audience_id")
    @api.depends_context("uid")
    def _compute_is_approval_reader(self):
        # Record rules ask each row of a list, which needs no other column of it.
        self.fetch(["approval_audience_id"])
        for record in self:
            record.is_approval_reader = record._is_approval_reader(self.env.uid)

    def _search_is_approval_reader(self, operator, value):
        if operator != "in":
            return NotImplemented
        uid = self.env.uid

        def to_sql(model, alias, _query):
            # An audience may be made by what is to be written.
            model.flush_model(["approval_audience_id"])
            ids = model.env["invoice.approval.audience"]._get_ids_of(uid)
            column = SQL.identifier(alias, "approval_audience_id")
            return SQL("%s = ANY(%s)", column, ids) if ids else SQL("FALSE")

        return Domain.custom(
            to_sql=to_sql,
            predicate=lambda record: record._is_approval_reader(uid),
        )

    def _is_approval_reader(self, user_id):
        """Whether an approval asked this user."""
        self.ensure_one()
        # sudo: who is asked, of what is to be found or not
        audience_sudo = self.sudo().approval_audience_id
        return bool(audience_sudo) and user_id in audience_sudo._get_user_ids()

    # === HOOKS === #

    @api.model
    def _get_approval_reader_paths(self):
        """From the record to those who were asked, in one path of fields."""
        return ["approval_request_ids.approver_ids"]
