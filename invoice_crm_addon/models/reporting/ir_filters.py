from odoo import api, models
from odoo.tools.translate import LazyTranslate

from ..base.public_methods import Id

_lt = LazyTranslate(__name__)

# Core keeps the name of a favourite in one language only.
NAMES = {
    "filter_this_month_by_type": _lt("This Month by Type"),
    "filter_top_customers": _lt("Top Customers of the Year"),
    "filter_vat_last_month": _lt("VAT of Last Month by Rate"),
    "filter_departments": _lt("Departments, Month by Month"),
    "filter_goods_classes": _lt("Goods Classes of the Year"),
    "filter_not_issued_by_owner": _lt("Not Issued Yet by Person in Charge"),
    "filter_growth_by_customer": _lt("Growth by Customer, This Year"),
    "filter_growth_by_person": _lt("Growth by Person in Charge, This Year"),
    "filter_corrections_last_month": _lt("Corrections of Last Month by Reason"),
    "filter_corrections_by_person": _lt("Corrections of the Year by Person"),
    "filter_slow_stages": _lt("Slow Stages, Last 90 Days"),
    "filter_overdue_by_owner": _lt("Overdue by Salesperson"),
    "filter_long_overdue": _lt("Overdue for More Than 90 Days"),
    "filter_due_this_week": _lt("Due Within 7 Days"),
    "filter_check_by_contract": _lt("Contracts of the Year"),
    "filter_check_this_month": _lt("This Month by Customer"),
}


class IrFilters(models.Model):
    _inherit = "ir.filters"

    @api.model
    def get_filters(
        self,
        model: str,
        action_id: Id = None,
        embedded_action_id: Id = None,
        embedded_parent_res_id: Id = None,
    ):
        """Favourites that the reports come with are called in the language of the reader.

        Whoever renames one is heard.
        """
        filters = super().get_filters(model, action_id, embedded_action_id, embedded_parent_res_id)
        if not model.startswith("invoice."):
            return filters
        names = self._get_own_names([values["id"] for values in filters])
        # Terms that are marked elsewhere, in the reader's language.
        translate = self.env._
        for values in filters:
            name = names.get(values["id"])
            if name and values["name"] == name._source:
                values["name"] = translate(name)
        return filters

    @api.model
    def _get_own_names(self, ids):
        """Names of those that the reports came with, by id.

        :rtype: dict[int, LazyGettext]
        """
        domain = [
            ("module", "=", "invoice_crm_addon"),
            ("model", "=", self._name),
            ("res_id", "in", ids),
        ]
        # sudo: ir.model.data - which favourites are those of the reports
        data_sudo = self.env["ir.model.data"].sudo().search_fetch(domain, ["name", "res_id"])
        return {data.res_id: NAMES[data.name] for data in data_sudo if data.name in NAMES}
