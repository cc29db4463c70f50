from odoo import api, models


class InvoiceApprovalRowMixin(models.AbstractModel):
    """Rows of a document that people approve: their changes are changes of the document.

    The model names its document in ``_document_field`` and the document's field that holds its
    rows in ``_row_field``.
    """

    _name = "invoice.approval.row.mixin"
    _inherit = ["invoice.document.mixin"]
    _description = "Row of a Document to Approve"

    _row_field = "line_ids"

    @api.model_create_multi
    def create(self, vals_list):
        if self.env.su:
            return super().create(vals_list)
        vals_list = self._name_documents(vals_list)
        Document = self.env[self._fields[self._document_field].comodel_name]
        ids = {vals.get(self._document_field) for vals in vals_list} - {None, False}
        documents = Document.browse(ids).exists()
        documents._check_rows_not_waiting(self._row_field)
        with documents._watch_changes([self._row_field]):
            return super().create(vals_list)

    def write(self, vals):
        if self.env.su or not self:
            return super().write(vals)
        fields_by_row = self[self._document_field]._approval_row_fields
        watched = set(fields_by_row.get(self._row_field, ()))
        if any(any(self._is_changed_by(f, vals[f])) for f in vals.keys() & watched):
            self[self._document_field]._check_rows_not_waiting(self._row_field)
        with self._watch_documents(vals):
            return super().write(vals)

    def unlink(self):
        if self.env.su or not self:
            return super().unlink()
        self[self._document_field]._check_rows_not_waiting(self._row_field)
        with self._watch_documents({}):
            return super().unlink()

    @api.model
    def _name_documents(self, vals_list):
        """Values that name their document, where the caller left it to the context."""
        default = self.default_get([self._document_field])
        return [{**default, **vals} for vals in vals_list]

    def _watch_documents(self, vals):
        """Watch the documents that the rows belong to, and the one to which they move."""
        documents = self[self._document_field]
        if target := documents.browse(vals.get(self._document_field) or []).exists():
            (documents | target)._check_rows_not_waiting(self._row_field)
        return (documents | target)._watch_changes([self._row_field])

    def _dump_rows(self, fnames):
        """Values of the rows as JSON keeps them, see ``_dump_field`` of the document."""
        dump = self.env["invoice.approval.mixin"]._dump_value
        return [
            {"id": row.id, **{fname: dump(row._fields[fname], row) for fname in fnames}}
            for row in self.sorted("id")
        ]
