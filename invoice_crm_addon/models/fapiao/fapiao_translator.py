import re
from dataclasses import replace
from itertools import zip_longest

from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

from ...fapiao import ERRORS, IMPOSSIBLE, TaxKind, is_same_name, tax_id_problem
from ..base.exact_float import to_plain_text
from ..base.tools import clean_number
from ..base.words import say, words
from ..ticket.ticket import FINANCE

# The bureau prints *short category*name; the ticket says the name alone.
ITEM_CATEGORY = re.compile(r"^\*[^*]+\*")
# Why a red letter was issued, where its remark says so in the bureau's words.
RED_REASONS = {"开票有误": "01", "销货退回": "02", "服务中止": "03", "销售折让": "04"}


class InvoiceFapiaoTranslator(models.AbstractModel):
    """What a document that was read means here: company, type, tax, ticket and customer.

    The reading package knows no records, and tickets know no documents; everything that needs
    both is here. A module that reads more from a document overrides a ``_prepare_…`` method,
    one that keeps its types or taxes otherwise a ``_find_…`` method. They work in the current
    company, which the caller sets to the one that issued the document.
    """

    _name = "invoice.fapiao.translator"
    _description = "Translator of E-Invoices into Tickets"

    # === RIGHTS === #

    @api.model
    def _check_finance(self):
        """:raise AccessError: if the user is not of finance"""
        if reason := self._get_not_finance_reason():
            raise AccessError(reason)

    @api.model
    def _get_not_finance_reason(self):
        if not self.env.user.has_group(FINANCE):
            return words(self.env)._("Only finance reads e-invoice files into tickets.")
        return False

    # === LOOK-UPS === #

    @api.model
    def _find_cancelled(self, document, company):
        """Issued ticket that a red document cancels, maybe none.

        :rtype: invoice.ticket
        """
        tickets = self.env["invoice.ticket"]
        if not document.red_of_number:
            return tickets
        return tickets.search(
            [
                ("company_id", "=", company.id),
                ("fapiao_number", "=", document.red_of_number),
                ("fapiao_code", "=", document.red_of_code or False),
                ("state", "=", "issued"),
            ],
            limit=1,
        )

    @api.model
    def _get_over_red_reason(self, document, company, *states):
        """Why a red document takes back more than is left of the ticket that it cancels.

        :param str states: states of the red letters that count, default all but voided
        :return: a translated sentence, or False
        """
        # sudo: red letters of others take of the ticket too; only the sum is said
        original_sudo = self._find_cancelled(document, company).sudo()
        if not original_sudo:
            return False
        letters = original_sudo._get_red_letters()
        if states:
            letters = letters.filtered(lambda letter: letter.state in states)
        _untaxed, _tax, total = self._get_amounts(document)
        taken = self._get_currency()._convert(
            -total, original_sudo.currency_id, company, document.issue_date
        )
        return original_sudo._get_over_red_reason(letters, taken)

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
            raise UserError(
                words(self.env)._(
                    "No ticket type takes e-invoices of the kind “%s”. Ask an administrator to "
                    "choose it on a type.",
                    words(self.env).choice("invoice.ticket.type", "fapiao_kind", kind),
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
        lines = self.env["invoice.ticket.line"]
        return lines._find_tax(float(rate * 100), self.env.company)

    @api.model
    def _get_currency(self):
        """The yuan: no fapiao is issued in anything else."""
        return self.env.ref("base.CNY")

    # === VALUES === #

    @api.model
    def _check_complete(self, document):
        """:raise UserError: if the document says too little for a ticket"""
        if not document.is_identified:
            raise UserError(
                words(self.env)._(
                    "The file names the number %s of an invoice without its code. Take the XML, "
                    "OFD or PDF file of the invoice.",
                    document.number,
                )
            )
        if document.amount_total is None and document.amount_untaxed is None:
            raise UserError(
                words(self.env)._("The file names no amount. Enter the ticket by hand.")
            )
        if not document.issue_date:
            raise UserError(words(self.env)._("The file names no date. Enter the ticket by hand."))

    @api.model
    def _get_amounts(self, document):
        """Untaxed amount, tax and total of a document, in yuan; one may follow from the others.

        :rtype: tuple[float, float, float]
        """
        untaxed, tax, total = document.amount_untaxed, document.amount_tax, document.amount_total
        if total is None:
            total = (untaxed or 0) + (tax or 0)
        if untaxed is None:
            untaxed = total - (tax or 0)
        return float(untaxed), float(total - untaxed), float(total)

    @api.model
    def _prepare_ticket_values(self, document, company):
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
            "red_reason": document.is_red and self._find_red_reason(document),
            "void_reason": document.is_red and self._get_red_reason(document),
            "contract_id": red_of.contract_id.id,
            "content": ITEM_CATEGORY.sub("", document.lines[0].name) if document.lines else False,
            # Read by people who see account numbers in part.
            "note": self.env["res.partner.bank"]._mask_in_text(
                document.remark, document.buyer.bank_account
            ),
            "state": "issued",
            "issue_user_id": self.env.uid,
        }

    @api.model
    def _find_red_reason(self, document):
        """The one of the bureau's reasons that the remark of a red document names, or False."""
        named = [code for words, code in RED_REASONS.items() if words in document.remark]
        return named[0] if len(named) == 1 else False

    @api.model
    def _get_red_reason(self, document):
        """Reason that the register shows: red documents name none but their confirmation."""
        if document.red_confirmation_number:
            return words(self.env)._("Red-letter confirmation %s", document.red_confirmation_number)
        return words(self.env)._("Red letter by e-invoice file")

    @api.model
    def _prepare_number_values(self, document):
        """What a ticket takes from its document even where both say the same."""
        values = {
            "fapiao_code": document.code,
            "fapiao_number": document.number,
            "check_code": document.check_code,
            "issue_date": document.issue_date,
        }
        number = clean_number(document.red_confirmation_number)
        if document.is_red and number and number.isdecimal():
            values["red_confirmation_number"] = number
        return values

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
            "currency_id": self._get_currency().id,
            "line_ids": [Command.create(vals) for vals in self._prepare_lines_values(document)],
        }

    @api.model
    def _prepare_lines_values(self, document):
        """Values of the lines; a document without lines gets one with its totals.

        :rtype: list[dict]
        """
        lines = self._get_complete_lines(document)
        if not lines:
            return [self._prepare_only_line_values(document)]
        taxes = {rate: self._find_tax(rate) for rate in {line.tax_rate for line in lines}}
        return [self._prepare_line_values(line, taxes[line.tax_rate]) for line in lines]

    @api.model
    def _get_complete_lines(self, document):
        """Lines with their amounts; none if more than one of these could not be read.

        One that is missing is what the others leave of the total.

        :rtype: list[Line]
        """
        lines, untaxed = list(document.lines), document.amount_untaxed
        unread = [index for index, line in enumerate(lines) if line.amount is None]
        if len(unread) == 1 and untaxed is not None:
            others = sum(line.amount for line in lines if line.amount is not None)
            lines[unread[0]] = replace(lines[unread[0]], amount=untaxed - others)
        elif unread:
            return []
        return lines

    @api.model
    def _prepare_only_line_values(self, document):
        untaxed, tax, _total = self._get_amounts(document)
        return {
            "name": self._in_company_language().env._("As on the e-invoice"),
            "quantity": 1.0,
            "price_unit": untaxed,
            "tax_id": False,
            "is_from_document": True,
            "document_untaxed": untaxed,
            "document_tax": tax,
        }

    @api.model
    def _in_company_language(self):
        """For what stands on a ticket: its buyer reads it, and people of the company do."""
        return self.with_context(lang=self.env.company.partner_id.lang or self.env.lang)

    @api.model
    def _prepare_line_values(self, line, tax):
        price = line.unit_price if line.unit_price is not None else line.amount
        return {
            "name": ITEM_CATEGORY.sub("", line.name) or line.name or "–",
            "specification": line.specification,
            "unit": line.unit,
            # A discount line has neither quantity nor price.
            "quantity": float(line.quantity) if line.quantity is not None else 1.0,
            "price_unit": float(price),
            "tax_id": tax.id,
            "tax_treatment": self._get_tax_treatment(line),
            "tax_code": line.tax_code,
            "is_from_document": True,
            "document_untaxed": float(line.amount),
            "document_tax": float(line.tax_amount or 0),
        }

    @api.model
    def _get_tax_treatment(self, line):
        """How a line of a document is taxed, or False if the document does not say."""
        if line.tax_kind == TaxKind.TAXED:
            return "taxed" if line.tax_rate else "zero"
        return line.tax_kind != TaxKind.UNKNOWN and line.tax_kind.value

    @api.model
    def _prepare_customer_values(self, ticket):
        """Values of the customer that the e-invoice of a ticket names.

        A number that no Chinese tax number can be, such as that of a passport, stays on the ticket.
        """
        vat = ticket.buyer_vat
        return {
            "name": ticket.buyer_name,
            "is_company": bool(ticket.buyer_vat) and len(ticket.buyer_vat) != 20,
            "company_id": ticket.company_id.id if ticket.partner_id.company_id else False,
            "country_id": self.env.ref("base.cn").id,
            "vat": vat if tax_id_problem(vat) not in IMPOSSIBLE else False,
            "invoice_title": ticket.buyer_name,
            "invoice_address": ticket.buyer_address,
            "invoice_phone": ticket.buyer_phone,
        }

    # === DIFFERENCES === #

    @api.model
    def _get_differences(self, ticket, document, theirs=None):
        """What the document says otherwise than the ticket.

        :param dict theirs: what ``_prepare_content_values`` makes of the document, if known
        :return: dicts with ``name`` (label), ``ticket_value`` and ``document_value``
        :rtype: list[dict]
        """
        theirs = theirs or self._prepare_content_values(document)
        return [
            {"name": name, "ticket_value": ours, "document_value": others}
            for name, ours, others in self._get_compared_values(ticket, document, theirs)
            if ours != others
        ]

    @api.model
    def _get_compared_values(self, ticket, document, theirs):
        """What finance compares: a label, what the ticket says and what the document says.

        :rtype: list[tuple[str, str, str]]
        """
        # sudo: finance compares the whole account number of the buyer
        ticket_sudo = ticket.sudo()
        their_type = self.env["invoice.ticket.type"].browse(theirs["type_id"])
        their_currency = self.env["res.currency"].browse(theirs["currency_id"])
        values = [
            (self._get_label("type_id"), ticket.type_id.name, their_type.name),
            self._get_compared_name(ticket_sudo.buyer_name or "", theirs["buyer_name"] or ""),
            (self._get_label("buyer_vat"), ticket_sudo.buyer_vat or "", theirs["buyer_vat"] or ""),
            (self._get_label("currency_id"), ticket.currency_id.name, their_currency.name),
            *self._get_compared_amounts(ticket, document),
            *self._get_compared_lines(ticket, theirs["line_ids"]),
        ]
        if ticket.issue_date:
            label = self._get_label("issue_date")
            values.append((label, str(ticket.issue_date), str(document.issue_date)))
        return values

    @api.model
    def _get_compared_name(self, ours, theirs):
        """The buyer's name; another spelling of it is no difference."""
        return self._get_label("buyer_name"), ours, ours if is_same_name(ours, theirs) else theirs

    @api.model
    def _get_compared_amounts(self, ticket, document):
        fnames = ("amount_untaxed", "amount_tax", "amount_total")
        for fname, amount in zip(fnames, self._get_amounts(document), strict=True):
            yield self._get_label(fname), f"{ticket[fname]:.2f}", f"{amount:.2f}"

    @api.model
    def _get_compared_lines(self, ticket, commands):
        commands = [vals for _command, _id, vals in commands]
        for index, (line, vals) in enumerate(zip_longest(ticket.line_ids, commands), start=1):
            # Where the document does not say how a line is taxed, it does not contradict.
            known = line and line.tax_treatment
            ours = line and self._describe_line(
                line.name, line.quantity, line.amount_untaxed, known
            )
            theirs = vals and self._describe_line(
                vals["name"],
                vals["quantity"],
                vals["document_untaxed"],
                vals.get("tax_treatment") or known,
            )
            yield words(self.env)._("Line %s", index), ours or "", theirs or ""

    @api.model
    def _describe_line(self, name, quantity, untaxed, treatment):
        text = f"{name} × {to_plain_text(quantity)}: {untaxed:.2f}"
        if not treatment or treatment == "taxed":
            return text
        field = self.env["invoice.ticket.line"]._fields["tax_treatment"]
        return f"{text} {dict(field._description_selection(self.env))[treatment]}"

    @api.model
    def _get_label(self, fname):
        return words(self.env).label("invoice.ticket", fname)

    # === SENTENCES === #

    @api.model
    def _get_error_text(self, error):
        """Sentence of a reading error in the user's language."""
        return self._translate(ERRORS[error.code], error.params)

    @api.model
    def _translate(self, sentence, params=None):
        """A sentence of the reading package in the user's language.

        :param dict params: what its placeholders stand for, terms of the package among them
        :rtype: Words
        """
        kept = {"code": sentence}
        if params:
            kept["values"] = {name: {"code": str(value)} for name, value in params.items()}
        return say(self.env, kept)
