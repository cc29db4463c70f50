from odoo import api, models
from odoo.tools import format_datetime

from ..base.public_methods import Id, Text


class InvoiceVatSheet(models.AbstractModel):
    """The sheet of a month that is closed is drawn from its frozen figures."""

    _inherit = "invoice.vat.sheet"

    @api.model
    @api.readonly
    def get_page(self, month: Text = None, company_id: Id = None):
        """The sheet of a month; ``closed`` is a sentence if its figures are frozen.

        :param str month: see the page
        :param int company_id: one of the allowed companies
        :rtype: dict
        """
        page = super().get_page(month, company_id)
        sheet, company = self._open_sheet(month, company_id)
        closing = sheet._get_closing(company)
        page["closed"] = bool(closing) and self.env._(
            "Drawn from the closed month: %(user)s closed it on %(moment)s. Seal %(seal)s",
            user=closing.user_id.name,
            moment=format_datetime(self.env, closing.closed_on),
            seal=closing.seal[:16],
        )
        return page

    @api.model
    def _get_figures(self, company):
        if closing := self._get_closing(company):
            return closing._get_vat_figures()
        return super()._get_figures(company)

    @api.model
    def _get_closing(self, company):
        """The closing of the month in the context, in superuser mode, or none."""
        first, _last = self._get_month()
        # sudo: who reads the sheet may know who closed its month, and the figures
        months_sudo = self.env["invoice.bureau.month"].sudo()
        return months_sudo.search(
            [
                ("company_id", "=", company.id),
                ("date", "=", first),
                ("state", "=", "closed"),
            ],
            limit=1,
        ).closing_id
