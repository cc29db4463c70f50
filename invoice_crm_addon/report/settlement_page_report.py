from odoo import api, models
from odoo.exceptions import UserError

PAGES = ("invoice.customer.account", "invoice.settlement.check", "invoice.account.statement")


class ReportSettlementPage(models.AbstractModel):
    """The account of a customer, or the check of a contract, order or customer, as PDF."""

    _name = "report.invoice_crm_addon.settlement_page"
    _description = "Printed Account or Check"

    @api.model
    def _get_report_values(self, docids, data=None):
        """What the template shows, with the rights of the user.

        :param dict data: ``page``, ``res_model``, ``res_id``, ``date_from``, ``date_to``
        :raise UserError: if the page is another one, or about nothing
        """
        data = data or {}
        Page = self._get_page_model(data.get("page"))
        page = Page.get_page(
            data.get("res_model"),
            data.get("res_id"),
            data.get("date_from") or None,
            data.get("date_to") or None,
        )
        return {
            "page": page,
            "period": Page._describe_period(page),
            "format_cell": Page._format_cell,
            "format_card": Page._format_card,
            "company": self.env.company,
        }

    @api.model
    def _get_page_model(self, name):
        """:raise UserError: if there is no such page"""
        if name not in PAGES:
            raise UserError(self.env._("Open the account or the check, and print it from there."))
        return self.env[name]
