from odoo import api, fields, models


class InvoiceFapiaoFile(models.Model):
    """Files whose remark says so are parked."""

    _inherit = "invoice.fapiao.file"

    outcome = fields.Selection(
        selection_add=[("parked", "Parked"), ("refused",)], ondelete={"parked": "set default"}
    )

    @api.model
    def _get_outcomes_by_urgency(self):
        outcomes = super()._get_outcomes_by_urgency()
        outcomes.insert(outcomes.index("refused"), "parked")
        return outcomes

    def _place(self, document):
        if "Park it" in (document.remark or ""):
            return self._set_outcome("parked", self.env._("The remark says so."))
        return super()._place(document)
