from odoo import api, models


class InvoiceFapiaoCandidate(models.Model):
    """A ticket of the project that the remark names fits better."""

    _inherit = "invoice.fapiao.candidate"

    @api.model
    def _get_match_weights(self):
        return {**super()._get_match_weights(), "project": 50}

    @api.model
    def _get_match_reasons(self, ticket, document, theirs):
        reasons = super()._get_match_reasons(ticket, document, theirs)
        if project := self.env["invoice.fapiao.translator"]._find_project(document):
            reasons["project"] = ticket.test_project == project
        return reasons

    @api.model
    def _get_reason_labels(self):
        labels = super()._get_reason_labels()
        labels["project"] = (self.env._("Same project"), self.env._("Another project"))
        return labels
