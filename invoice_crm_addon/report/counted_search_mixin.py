from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..models.base.public_methods import Id, Text

# So many rows are fetched to be counted; the web client counts as far.
MOST = 10_001


class InvoiceCountedSearchMixin(models.AbstractModel):
    """Rows that are computed by one query, and counted by the same one.

    Core fetches a page, and asks the whole query once more for how many rows there are, and once
    more for the company by which it tells who may read them. Where a row is a customer, all of
    them cost no more than one page and fit into memory.
    """

    _name = "invoice.counted.search.mixin"
    _description = "Rows Counted As They Are Fetched"

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
        most = count_limit or MOST
        is_plain = (limit or 0) > 0 and offset >= 0 and offset + limit < most
        if not is_plain:
            return super().web_search_read(domain, specification, offset, limit, order, count_limit)
        try:
            Domain(domain).optimize_full(self)
        except (TypeError, ValueError) as error:
            raise UserError(self.env._("The filter cannot be used: %s", error)) from error
        rows = self.search_fetch(domain, list(specification), limit=most, order=order)
        if len(rows) == most and not count_limit:
            return super().web_search_read(domain, specification, offset, limit, order)
        # A page of its own, so that names of the other rows are not read along.
        page = self.browse(rows.ids[offset : offset + limit])
        records = page.web_read(specification)
        # As core: beyond the last page there is nothing.
        return {"length": len(rows) if records else 0, "records": records}
