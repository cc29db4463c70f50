from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError


class InvoiceAuditWizard(models.TransientModel):
    """Asks for the period of an audit package: by default the months of the year that are over."""

    _name = "invoice.audit.wizard"
    _inherit = ["invoice.readable.mixin"]
    _description = "Audit Package"

    date_from = fields.Date(
        string="From",
        required=True,
        default=lambda self: self._get_last_day().replace(month=1, day=1),
    )
    date_to = fields.Date(string="To", required=True, default=lambda self: self._get_last_day())
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )

    @api.model
    def _get_last_day(self):
        """Last day of the month before."""
        return fields.Date.context_today(self).replace(day=1) - relativedelta(days=1)

    def action_confirm(self):
        """Have the package made by a job, and open it.

        :raise AccessError: if the user is neither manager nor auditor
        :raise UserError: if the period or the company does not do
        """
        self.ensure_one()
        if self.company_id not in self.env.companies:
            raise UserError(self.env._("Choose one of the companies that you have switched on."))
        package = self.env["invoice.audit.package"]._start(
            self.date_from, self.date_to, self.company_id
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": package._name,
            "res_id": package.id,
            "views": [(False, "form")],
            "target": "current",
        }
