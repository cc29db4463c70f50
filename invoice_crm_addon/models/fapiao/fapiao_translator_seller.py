from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ...fapiao import is_same_name, normalize_tax_id
from ..base.words import words


class InvoiceFapiaoTranslator(models.AbstractModel):
    """Who issued a document, and which ticket has its number."""

    _inherit = "invoice.fapiao.translator"

    @api.model
    def _find_seller(self, document):
        """Company of this database that issued the document: by tax number, else by name.

        A number that was lost on the way proves nothing: where no company has the name either, it
        is the current one, and ``_get_seller_doubt`` says why.

        :raise UserError: if there is none, or the user does not work for it
        """
        seller = document.seller
        # sudo: res.company - who issued it; a company of others is refused below
        companies = self.env["res.company"].sudo().search([("active", "=", True)])
        fitting = companies.filtered(
            lambda c: seller.tax_id and normalize_tax_id(c.vat) == seller.tax_id
        ) or companies.filtered(lambda c: self._is_named(c, seller.name))
        allowed = fitting & self.env.companies or fitting & self.env.user.company_ids
        if not (fitting or seller.tax_id):
            return self.env.company
        if not allowed:
            raise UserError(
                words(self.env)._(
                    "The seller %(name)s (%(vat)s) is not one of your companies. If it is, enter "
                    "its tax number in the company's data.",
                    name=seller.name or "–",
                    vat=seller.tax_id or "–",
                )
            )
        return (self.env.company & allowed or allowed[:1]).with_env(self.env)

    @api.model
    def _get_seller_doubt(self, document, company):
        """Why it is not certain that a company issued a document.

        :return: a translated sentence, or False
        """
        seller = document.seller
        params = {"name": seller.name or "–", "company": company.name, "vat": seller.tax_id}
        if seller.tax_id:
            if seller.tax_id == normalize_tax_id(company.vat):
                return False
            return words(self.env)._(
                "The seller is %(company)s by its name, but has the tax number %(vat)s, which is "
                "not the company's.",
                **params,
            )
        if self._is_named(company, seller.name):
            return False
        return words(self.env)._(
            "The file shows no tax number of the seller, and none of your companies has its name, "
            "%(name)s. Check that %(company)s issued it.",
            **params,
        )

    @api.model
    def _get_doubt(self, document, company):
        """Why somebody should look at a document before it makes or issues a ticket, or False."""
        return self._get_seller_doubt(document, company) or self._get_over_red_reason(
            document, company, "issued"
        )

    @api.model
    def _find_by_number(self, document, company):
        """Ticket that has the document's number, in whatever state.

        A document without its code is one of those with its number that has its total.

        :rtype: invoice.ticket
        """
        domain = Domain("company_id", "=", company.id)
        domain &= Domain("fapiao_number", "=", document.number)
        if document.is_identified:
            domain &= Domain("fapiao_code", "=", document.code or False)
        tickets = self.env["invoice.ticket"].with_context(active_test=False).search(domain)
        if not document.is_identified:
            _untaxed, _tax, total = self._get_amounts(document)
            tickets = tickets.filtered(
                lambda t: t.currency_id.compare_amounts(t.amount_total, total) == 0
            )
        return tickets[:1]

    @api.model
    def _is_named(self, company, name):
        """Whether a company is called so, here or on its invoices."""
        # sudo: res.company - only whether it has the name that the document says
        company_sudo = company.sudo()
        names = (company_sudo.name, company_sudo.partner_id.invoice_title)
        return any(is_same_name(known, name) for known in names)
