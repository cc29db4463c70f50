from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...fapiao import is_uscc
from ..base.proof import proven


class InvoiceTaxNumberClaimsMixin(models.AbstractModel):
    """Customers own the tax numbers that they have already: at installation, and as far as
    nobody owns them.

    Numbers that are double stay so: the oldest customer owns each.
    """

    _name = "invoice.tax.number.claims.mixin"
    _description = "Customer That Owns Its Tax Number"

    def _fill_columns(self, fnames):
        result = super()._fill_columns(fnames)
        # At installation.
        if "billing_near_key" in fnames:
            self._claim_existing_tax_numbers()
        return result

    def _claim_existing_tax_numbers(self):
        """At installation: the oldest partner with a number owns it, the others keep theirs.

        Nothing follows from a key, so that it is written with what else is new of a partner: a
        row that is written twice costs twice as much, with all its indexes.
        """
        claimed = {}
        for partner in self.sorted("id"):
            if partner.vat and not partner.tax_number_key:
                claimed.setdefault(partner._get_tax_number_key(), partner)
        claimed.pop(False, None)
        owned = self.env.execute_query(
            SQL(
                "SELECT tax_number_key FROM res_partner WHERE tax_number_key = ANY(%s)",
                list(claimed),
            )
        )
        for (key,) in owned:
            del claimed[key]
        field = self._fields["tax_number_key"]
        for key, partner in claimed.items():
            field._update_cache(partner, key, dirty=True)

    def _claim_free_tax_numbers(self):
        """Own what the partners' numbers are by today's rules, as far as nobody owns it: the
        oldest does, others are in the list of duplicates. A key of older rules is given up."""
        claimed = {}
        for partner in proven(self).sorted("id"):
            key = partner._get_tax_number_key()
            if key and key != partner.tax_number_key:
                claimed.setdefault(key, partner)
                if partner.tax_number_key:
                    partner.tax_number_key = False
        if not claimed:
            return
        owners = (
            proven(self.env["res.partner"])
            .with_context(active_test=False)
            .search([("tax_number_key", "in", list(claimed))])
        )
        owned = set(owners.mapped("tax_number_key"))
        self._write_tax_number_keys({k: p for k, p in claimed.items() if k not in owned})
        self.env["res.partner"].flush_model(["tax_number_key"])

    @api.model
    def _claim_credit_codes(self, batch_size=1000):
        """Own the credit codes that older rules did not know: with O or I for 0 or 1, or of
        partners without a country in companies abroad.

        :param int batch_size: how many partners are in memory at a time
        :return: of how many partners the key differed
        :rtype: int
        """
        Partner = proven(self).with_context(active_test=False)
        numbered = Domain("vat", "!=", False)
        found, last = 0, 0
        while partners := Partner.search(
            numbered & Domain("id", ">", last), order="id", limit=batch_size
        ):
            last = partners[-1].id
            differing = partners.filtered(
                lambda p: (
                    (key := p._get_tax_number_key()) != p.tax_number_key and is_uscc(key or "")
                )
            )
            differing._claim_free_tax_numbers()
            found += len(differing)
            self.env.flush_all()
            self.env.invalidate_all()
        return found
