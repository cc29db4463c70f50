from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from .public_methods import Id, Text


class RowCount(fields.Integer):
    """How many rows a query finds, its limit left aside; each row of a page says the same."""

    def to_sql(self, model, alias):
        return SQL("COUNT(*) OVER ()")


class InvoiceCountedSearchMixin(models.AbstractModel):
    """Rows that are computed by one query, and counted by the same one.

    Core fetches a page, and asks the whole query once more for how many rows there are, and once
    more for the company by which it tells who may read them.
    """

    _name = "invoice.counted.search.mixin"
    _inherit = ["invoice.labels.mixin", "invoice.names.mixin"]
    _description = "Rows Counted As They Are Fetched"

    # Nobody's to ask for: a window stands in no filter, and counts rows of groups no more.
    row_count = RowCount(groups=fields.NO_ACCESS, prefetch=False, export_string_translation=False)

    @api.model
    @api.private
    def search_fetch(self, domain, field_names=None, offset=0, limit=None, order=None):
        """Fetch the company along, which the record rules of these models ask for."""
        if field_names is not None:
            field_names = [*dict.fromkeys([*field_names, "company_id"])]
        return super().search_fetch(domain, field_names, offset, limit, order)

    @api.model
    @api.readonly
    def web_search_read(
        self,
        domain: list,
        specification: dict,
        offset: int = 0,
        limit: Id = None,
        order: Text = None,
        count_limit: Id = None,
    ):
        """Rows of a page, as the web client asks for them, and how many there are.

        :param int count_limit: so many are counted at most
        :return: ``records`` and ``length``
        :rtype: dict
        :raise UserError: if the filter says what no field can be compared with
        """
        try:
            Domain(domain).optimize_full(self)
            self._order_to_sql(order or self._order, self.browse()._as_query(ordered=False))
        except (TypeError, ValueError) as error:
            raise UserError(self.env._("The filter cannot be used: %s", error)) from error
        if (limit or 0) <= 0 or offset < 0:
            return super().web_search_read(domain, specification, offset, limit, order, count_limit)
        page, count = self._fetch_counted(domain, specification, offset, limit, order)
        shown = offset + len(page)
        length = max(shown, min(count, count_limit or count)) if page else 0
        return {"length": length, "records": page.web_read(specification)}

    @api.model
    def _fetch_counted(self, domain, field_names, offset, limit, order):
        """Fetch a page by one query.

        :return: the rows, and how many there are without the limit; none beyond the last page
        """
        query = self._search(domain, offset=offset, limit=limit, order=order or self._order)
        if query.is_empty():
            return self.browse(), 0
        names = [*dict.fromkeys([*field_names, "company_id"])]
        found = self._determine_fields_to_fetch(names)
        # sudo: rows and fields are what the user may read; only the count is nobody's
        rows_sudo = self.sudo()._fetch_query(query, [*found, self._fields["row_count"]])
        return rows_sudo.with_env(self.env), rows_sudo[:1].row_count
