from odoo import models
from odoo.exceptions import UserError

from ..base.proof import proven
from ..base.words import words

# What a ticket takes over without another word: its amounts are its lines, and those stand.
_TAKEN_OVER = {"date", "buyer", "vat", "kind"}


class InvoiceBureauMonthRow(models.Model):
    """What is done with one row: a fapiao at the bureau, a ticket here, and what speaks for it.

    Each of these says no with a sentence before it changes anything.
    """

    _inherit = "invoice.bureau.month.row"

    # === ONE ROW === #

    def _create_one(self, case):
        fapiao = case.fapiao
        if fapiao.status == "voided":
            raise UserError(
                self.env._("It is voided at the bureau. Explain it: it needs no ticket.")
            )
        if case.proposed_ticket:
            raise UserError(
                self.env._("%s is approved and fits it: issue that one.", case.proposed_ticket.name)
            )
        if case.waiting_ticket:
            raise UserError(
                self.env._(
                    "It was sent to the tax bureau as %s, which says otherwise: correct that one.",
                    case.waiting_ticket.name,
                )
            )
        self._make_ticket(fapiao)

    def _make_ticket(self, fapiao):
        """:raise UserError: if a ticket has its number"""
        company, document = fapiao.company_id, fapiao._as_document()
        if known := self._find_known(fapiao):
            raise UserError(
                self.env._(
                    "%s has this number already, and is not issued. Correct that one, and issue "
                    "it.",
                    known.name,
                )
            )
        return (
            self.env["invoice.ticket"]
            .with_company(company)
            ._create_from_document(document, company, self.env._("tax bureau list"))
        )

    def _find_known(self, fapiao):
        """The ticket that has the number of a fapiao, in whatever state."""
        # sudo: invoice.ticket - that the number is taken, whoever may read the ticket
        translator_sudo = self.env["invoice.fapiao.translator"].sudo()
        return translator_sudo._find_by_number(fapiao._as_document(), fapiao.company_id)

    def _issue_one(self, case):
        if not case.proposed_ticket:
            raise UserError(self.env._("No approved ticket fits it, or several do."))
        self._issue_ticket(case.fapiao, case.proposed_ticket)

    def _issue_ticket(self, fapiao, ticket):
        """Issue an approved ticket as a fapiao of the bureau.

        :raise UserError: if the ticket says otherwise in what stays as it is
        """
        fapiao.ensure_one()
        ticket.ensure_one().check_access("write")
        if reason := self._get_cannot_be_reason(fapiao, ticket):
            raise UserError(reason)
        ticket.with_company(fapiao.company_id)._issue_from_document(fapiao._as_document())

    def _get_cannot_be_reason(self, fapiao, ticket):
        """Why a ticket is not a fapiao of the bureau, or False."""
        company, currency = fapiao.company_id, fapiao.company_id.currency_id
        if ticket.company_id != company or not ticket.type_id.is_fapiao:
            return self.env._(
                "%(ticket)s is no fapiao of %(company)s.", ticket=ticket.name, company=company.name
            )
        if fapiao.status == "voided":
            return self.env._("It is voided at the bureau. Explain it: it needs no ticket.")
        known = self._find_known(fapiao)
        if known and known != ticket:
            return self.env._("%s has this number already.", known.name)
        if ticket.fapiao_number and not known:
            return self.env._(
                "%(ticket)s has another number already: %(number)s.",
                ticket=ticket.name,
                number=ticket.fapiao_number,
            )
        if ticket.currency_id != currency or currency.compare_amounts(
            ticket.amount_total, fapiao.amount_total
        ):
            return self.env._(
                "The ticket has another total than the fapiao. Correct the ticket first, or "
                "create one of the fapiao."
            )
        if currency.compare_amounts(ticket.amount_tax, fapiao.amount_tax):
            return self.env._(
                "The ticket has another tax amount than the fapiao. Correct it first."
            )
        kind = ticket.type_id.fapiao_kind
        if kind and fapiao.kind not in (kind, "other", False):
            return self.env._("The ticket is of another kind than the fapiao. Correct it first.")
        return False

    def _take_number_of(self, case):
        fapiao, ticket = case.proposed_fapiao, case.ticket
        if not fapiao:
            raise UserError(self.env._("No fapiao at the bureau fits it, or several do."))
        if not (case.is_number_near or case.is_only):
            raise UserError(
                self.env._(
                    "Only buyer and amount speak for %s. Look at it, and decide this row alone.",
                    fapiao.number,
                )
            )
        ticket.check_access("write")
        before = ticket.fapiao_number
        proven(ticket).write({"fapiao_code": fapiao.code, "fapiao_number": fapiao.number})
        ticket._message_log(
            body=self.env._(
                "Number corrected by the tax bureau's list: %(before)s → %(after)s",
                before=before,
                after=fapiao.number,
            )
        )

    def _take_over_of(self, case):
        names = set(filter(None, case.differences.split(",")))
        if not names <= _TAKEN_OVER:
            raise UserError(
                self.env._("The amounts differ. Open the ticket, or explain why it stays so.")
            )
        ticket, fapiao = case.ticket, case.fapiao
        ticket.check_access("write")
        values = {}
        if "date" in names:
            values["issue_date"] = fapiao.issue_date
        if names & {"buyer", "vat"}:
            self._check_same_customer(fapiao, ticket)
        if "buyer" in names:
            values["buyer_name"] = fapiao.buyer_name
        if "vat" in names:
            values["buyer_vat"] = fapiao.buyer_vat
        if "kind" in names:
            values["type_id"] = self._find_only_type(fapiao, ticket).id
        proven(ticket).write(values)
        ticket._message_log(
            body=self.env._("Corrected by the tax bureau's list: %s", case.differences_text)
        )

    def _check_same_customer(self, fapiao, ticket):
        """:raise UserError: if the buyer at the bureau is another one than the ticket's customer

        Its contract and receivable would stay with the customer that it had.
        """
        # sudo: res.partner - whether they are one, whoever may read them
        customer_sudo = ticket.sudo().partner_id.commercial_partner_id
        buyer_sudo = customer_sudo._find_buyer(
            fapiao.buyer_vat or "", fapiao.buyer_name or "", fapiao.company_id
        )
        if customer_sudo and buyer_sudo != customer_sudo:
            raise UserError(
                self.env._(
                    "The buyer there, %(buyer)s (%(number)s), is not known as the customer of the "
                    "ticket, %(customer)s. Correct the customer's billing data if it is wrong, "
                    "else explain the row.",
                    buyer=fapiao.buyer_name or "–",
                    number=fapiao.buyer_vat or "–",
                    customer=customer_sudo.display_name,
                )
            )

    def _find_only_type(self, fapiao, ticket):
        """The ticket type of the kind of a fapiao, if there is no choice and nothing to lose.

        :raise UserError: if only people can say which it is
        """
        translator = self.env["invoice.fapiao.translator"].with_company(fapiao.company_id)
        found = translator._find_type(fapiao._as_document())
        Type = self.env["invoice.ticket.type"]
        of_kind = [
            ("fapiao_kind", "=", found.fapiao_kind),
            *Type._check_company_domain(fapiao.company_id),
        ]
        has_more = (
            found.special_business
            or ticket.special_ids
            or any(dict(ticket.properties or {}).values())
        )
        if has_more or Type.search_count(of_kind, limit=2) > 1:
            raise UserError(
                self.env._(
                    "The kind differs, and with it what the ticket type asks for. Explain why it "
                    "stays so, or take the ticket back and make it anew."
                )
            )
        return found

    def _void_one(self, case):
        case.ticket.action_void(
            words(self.env)._("Voided at the tax bureau: list %s", case.fapiao.list_id.name)
        )

    def _red_one(self, case):
        red = self._find_red_fapiao(case.fapiao)
        if not red:
            raise UserError(
                self.env._(
                    "The list names no red fapiao of it. Take it back with the red letter dialog."
                )
            )
        for fapiao in red:
            self._make_ticket(fapiao)

    def _find_red_fapiao(self, fapiao):
        """Red fapiao at the bureau that take this one back, and of which there is no ticket.

        :rtype: invoice.bureau.fapiao
        """
        red = self.env["invoice.bureau.fapiao"].search(
            [
                ("company_id", "=", fapiao.company_id.id),
                ("red_number", "=", fapiao.number),
                ("red_code", "=", fapiao.code or False),
                ("status", "!=", "voided"),
            ]
        )
        # sudo: invoice.ticket - which numbers are taken, an archived ticket's too
        tickets_sudo = self.env["invoice.ticket"].sudo().with_context(active_test=False)
        known_sudo = tickets_sudo.search(
            [
                ("company_id", "=", fapiao.company_id.id),
                ("fapiao_number", "in", red.mapped("number")),
            ]
        )
        known = {(ticket.fapiao_code or "", ticket.fapiao_number) for ticket in known_sudo}
        return red.filtered(lambda one: (one.code or "", one.number) not in known)
