from odoo import api, fields, models


class InvoiceTicket(models.Model):
    """Tickets of projects."""

    _inherit = "invoice.ticket"

    test_project = fields.Char(string="Project")

    @api.model
    def _get_content_fields(self):
        return [*super()._get_content_fields(), "test_project"]

    @api.model
    def _get_approval_trigger_fields(self):
        return [*super()._get_approval_trigger_fields(), "test_project"]

    @api.model
    def _get_document_fields(self, with_content=False):
        return [*super()._get_document_fields(with_content), "test_project"]
