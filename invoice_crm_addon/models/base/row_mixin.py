from odoo import api, models

from .proof import is_proven


class InvoiceRowMixin(models.AbstractModel):
    """Rows of a document, such as its lines: they are locked when the document says so.

    The model names its document in ``_document_field``, and in ``_row_field`` the document's
    field that holds the rows, if the document locks it at times.
    """

    _name = "invoice.row.mixin"
    _inherit = ["invoice.guard.mixin"]
    _description = "Row of a Document"

    _document_field = None
    _row_field = None

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        rows = super().create(vals_list)
        rows._check_documents_open()
        return rows

    def write(self, vals):
        # Not its place among the others, say: that is no content.
        if any(
            any(self._is_changed_by(fname, vals[fname]))
            for fname in self._get_row_content_fields() & vals.keys()
        ):
            self._check_documents_open()
        result = super().write(vals)
        if self._document_field in vals:
            self._check_documents_open()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_locked(self):
        self._check_documents_open()

    # === GUARD === #

    @api.model
    def _get_row_content_fields(self):
        """Names of the fields that cannot be changed while the document locks its rows.

        :rtype: set[str]
        """
        return self._fields.keys() - {"sequence"}

    def _check_documents_open(self):
        """:raise UserError: with the reason, if a caller touches rows that are locked now"""
        if is_proven(self.env) or not self._row_field:
            return
        for document, locks in self[self._document_field]._get_locked_fields().items():
            document._refuse_locked(locks, {self._row_field} & locks.keys())

    def _check_destination(self, vals):
        if self._document_field in vals:
            self[self._document_field].check_access("write")
        return super()._check_destination(vals)
