from odoo import api, models

from ..base.proof import is_proven


class InvoiceApprovalRowMixin(models.AbstractModel):
    """Rows of a document that people approve: their changes are changes of the document."""

    _name = "invoice.approval.row.mixin"
    _inherit = ["invoice.row.mixin"]
    _description = "Row of a Document to Approve"

    _row_field = "line_ids"

    @api.model_create_multi
    def create(self, vals_list):
        if is_proven(self.env):
            return super().create(vals_list)
        vals_list = self._name_documents(vals_list)
        Document = self.env[self._fields[self._document_field].comodel_name]
        ids = {vals.get(self._document_field) for vals in vals_list} - {None, False}
        with Document.browse(ids).exists()._watch_changes([self._row_field]):
            return super().create(vals_list)

    def write(self, vals):
        if is_proven(self.env) or not self:
            return super().write(vals)
        with self._watch_documents(vals):
            return super().write(vals)

    def unlink(self):
        if is_proven(self.env) or not self:
            return super().unlink()
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
        target = documents.browse(vals.get(self._document_field) or []).exists()
        return (documents | target)._watch_changes([self._row_field])

    def _dump_rows(self, fnames):
        """Values of the rows as JSON keeps them, see ``_dump_field`` of the document."""
        dump = self.env["invoice.approval.mixin"]._dump_value
        return [
            {"id": row.id, **{fname: dump(row._fields[fname], row) for fname in fnames}}
            for row in self.sorted("id")
        ]
