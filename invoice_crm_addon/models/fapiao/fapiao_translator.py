import re

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Command

# The bureau prints *short category*name; the ticket says the name alone.
ITEM_CATEGORY = re.compile(r"^\*[^*]+\*")


class InvoiceTicket(models.Model):
    """Values of tickets, lines and customers that an e-invoice document makes."""

    _inherit = "invoice.ticket"

    @api.model
    def _check_document_complete(self, document):
        if document.amount_total is None and document.amount_untaxed is None:
            raise UserError(self.env._("The file names no amount. Enter the ticket by hand."))
        if not document.issue_date:
            raise UserError(self.env._("The file names no date. Enter the ticket by hand."))

    @api.model
    def _get_document_amounts(self, document):
        """Untaxed amount, tax and total of a document, in yuan; one may follow from the others.

        :rtype: tuple[float, float, float]
        """
        untaxed, tax, total = document.amount_untaxed, document.amount_tax, document.amount_total
        if total is None:
            total = (untaxed or 0) + (tax or 0)
        if untaxed is None:
            untaxed = total - (tax or 0)
        return float(untaxed), float(total - untaxed), float(total)

    def _prepare_from_document(self, document, company):
        """Values of an issued ticket that a document makes."""
        partner = self.env["res.partner"]._find_buyer(
            document.buyer.tax_id, document.buyer.name, company
        )
        red_of = self._find_cancelled(document, company)
        return {
            **self._prepare_content_values(document),
            **self._prepare_number_values(document),
            "company_id": company.id,
            "partner_id": partner.id,
            "user_id": partner.user_id.id or self.env.uid,
            "red_of_id": red_of.id,
            "void_reason": document.is_red and self._get_red_reason(document),
            "contract_id": red_of.contract_id.id,
            "content": ITEM_CATEGORY.sub("", document.lines[0].name) if document.lines else False,
            "note": document.remark,
            "state": "issued",
            "issue_user_id": self.env.uid,
        }

    @api.model
    def _get_red_reason(self, document):
        """Reason that the register shows: red documents name none but their confirmation."""
        if document.red_confirmation_number:
            return self.env._("Red-letter confirmation %s", document.red_confirmation_number)
        return self.env._("Red letter by e-invoice file")

    @api.model
    def _find_cancelled(self, document, company):
        """Issued ticket that a red document cancels, maybe none.

        :rtype: invoice.ticket
        """
        if not document.red_of_number:
            return self.browse()
        return self.search(
            [
                ("company_id", "=", company.id),
                ("fapiao_number", "=", document.red_of_number),
                ("fapiao_code", "=", document.red_of_code or False),
                ("state", "=", "issued"),
            ],
            limit=1,
        )

    @api.model
    def _prepare_number_values(self, document):
        return {
            "fapiao_code": document.code,
            "fapiao_number": document.number,
            "check_code": document.check_code,
            "issue_date": document.issue_date,
        }

    @api.model
    def _prepare_content_values(self, document):
        """Type, buyer and lines as the document says them."""
        buyer = document.buyer
        return {
            "type_id": self._find_type(document).id,
            "buyer_name": buyer.name,
            "buyer_vat": buyer.tax_id,
            "buyer_address": buyer.address,
            "buyer_phone": buyer.phone,
            "buyer_bank_name": buyer.bank_name,
            "buyer_bank_account": buyer.bank_account,
            "tax_included": False,
            "currency_id": self._get_fapiao_currency().id,
            "line_ids": [
                Command.create(vals) for vals in self._prepare_lines_from_document(document)
            ],
        }

    @api.model
    def _get_fapiao_currency(self):
        """The yuan: no fapiao is issued in anything else."""
        return self.env.ref("base.CNY")

    @api.model
    def _prepare_lines_from_document(self, document):
        """Values of the lines; a document without lines gets one with its totals."""
        untaxed, tax, _total = self._get_document_amounts(document)
        lines = [line for line in document.lines if line.amount is not None]
        if not lines:
            return [
                {
                    "name": self.env._("As on the e-invoice"),
                    "quantity": 1.0,
                    "price_unit": untaxed,
                    "tax_id": False,
                    "is_from_document": True,
                    "document_untaxed": untaxed,
                    "document_tax": tax,
                }
            ]
        rates = {line.tax_rate for line in lines}
        taxes = {rate: self._find_tax(rate) for rate in rates}
        return [
            {
                "name": ITEM_CATEGORY.sub("", line.name) or line.name or "–",
                "specification": line.specification,
                "unit": line.unit,
                # A discount line has neither quantity nor price.
                "quantity": float(line.quantity) if line.quantity is not None else 1.0,
                "price_unit": float(
                    line.unit_price if line.unit_price is not None else line.amount
                ),
                "tax_id": taxes[line.tax_rate].id,
                "tax_code": line.tax_code,
                "is_from_document": True,
                "document_untaxed": float(line.amount),
                "document_tax": float(line.tax_amount or 0),
            }
            for line in lines
        ]

    def _prepare_customer_values(self):
        """Values of the customer that the ticket's e-invoice names."""
        self.ensure_one()
        return {
            "name": self.buyer_name,
            "is_company": bool(self.buyer_vat) and len(self.buyer_vat) != 20,
            "company_id": self.company_id.id if self.partner_id.company_id else False,
            "country_id": self.env.ref("base.cn").id,
            "vat": self.buyer_vat,
            "invoice_title": self.buyer_name,
            "invoice_address": self.buyer_address,
            "invoice_phone": self.buyer_phone,
        }

    @api.model
    def _find_type(self, document):
        """Ticket type that takes documents of this kind.

        :raise UserError: if there is none
        """
        if document.is_digital:
            special, ordinary = "digital_special", "digital_ordinary"
        else:
            special, ordinary = "special", "ordinary"
        kind = special if document.kind.is_special else ordinary
        Type = self.env["invoice.ticket.type"]
        ticket_type = Type.search(
            [("fapiao_kind", "=", kind), *Type._check_company_domain(self.env.company)], limit=1
        )
        if not ticket_type:
            labels = dict(Type._fields["fapiao_kind"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "No ticket type takes e-invoices of the kind “%s”. Ask an administrator to "
                    "choose it on a type.",
                    labels[kind],
                )
            )
        return ticket_type

    @api.model
    def _find_tax(self, rate):
        """Sales tax of the current company with this rate, maybe none.

        :param Decimal rate: 0.06 for 6 %, or None
        """
        if rate is None:
            return self.env["account.tax"]
        return self.env["account.tax"].search(
            [
                *self.env["account.tax"]._check_company_domain(self.env.company),
                ("type_tax_use", "=", "sale"),
                ("amount_type", "=", "percent"),
                ("amount", "=", float(rate * 100)),
            ],
            limit=1,
        )
