import re

from odoo import api, models


class InvoiceFapiaoTranslator(models.AbstractModel):
    """Remarks such as ``Project P-7`` name a project."""

    _inherit = "invoice.fapiao.translator"

    @api.model
    def _find_project(self, document):
        match = re.search(r"Project (\S+)", document.remark or "")
        return match[1] if match else False

    @api.model
    def _prepare_number_values(self, document):
        values = super()._prepare_number_values(document)
        if project := self._find_project(document):
            values["test_project"] = project
        return values
