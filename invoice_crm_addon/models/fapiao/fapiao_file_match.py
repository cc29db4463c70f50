from dataclasses import dataclass
from datetime import timedelta

from odoo import models
from odoo.fields import Command, Domain

# What a reason is worth; those of one group exclude each other.
WEIGHTS = {"vat": 40, "buyer": 30, "total": 30, "red": 30, "lines": 15, "type": 10, "date": 5}
LIKELY = 60
SHOWN = 30
MOST_SHOWN = 6
MOST_COMPARED = 200
# A fapiao is issued some time around the day on which it was asked for.
WINDOW = timedelta(days=60)


@dataclass(frozen=True)
class Match:
    """A ticket that may have waited for a document.

    :param reasons: pairs of a key of ``WEIGHTS`` and whether it is met
    :param has_differences: whether the ticket says anything else than the document
    """

    ticket: models.Model
    reasons: tuple[tuple[str, bool], ...]
    has_differences: bool

    @property
    def score(self):
        met = {reason for reason, is_met in self.reasons if is_met}
        if "vat" in met:
            met.discard("buyer")  # the number says more than the name
        return min(sum(WEIGHTS[reason] for reason in met), 100)

    @property
    def has_buyer(self):
        return bool({("vat", True), ("buyer", True)} & set(self.reasons))

    @property
    def is_certain(self):
        return self.has_buyer and not self.has_differences

    @property
    def is_likely(self):
        return self.has_buyer and self.score >= LIKELY and ("red", False) not in self.reasons

    @property
    def has_total(self):
        return ("total", True) in self.reasons


class InvoiceFapiaoFile(models.Model):
    """Which approved tickets may wait for a file, the most likely one first."""

    _inherit = "invoice.fapiao.file"

    def _find_matches(self, document, company):
        """Approved tickets that may wait for this file.

        :rtype: list[Match]
        """
        tickets = self.env["invoice.ticket"].with_company(company)
        waiting = (
            Domain("company_id", "=", company.id)
            & Domain("state", "=", "approved")
            & Domain("is_fapiao", "=", True)
            & Domain("currency_id", "=", tickets._get_fapiao_currency().id)
            & Domain("fapiao_number", "in", (False, document.number))
        )
        buyer, total = self._get_buyer_domain(document), self._get_total_domain(document)
        # However many wait for this buyer, those of the same total are all looked at.
        found = tickets.search(waiting & buyer & total)
        found |= tickets.search(waiting & (buyer | total), limit=MOST_COMPARED)
        theirs = tickets._prepare_content_values(document) if found else {}
        matches = [self._match(ticket, document, theirs) for ticket in found]
        return sorted(matches, key=lambda match: (-match.score, match.ticket.id))

    def _get_buyer_domain(self, document):
        """The buyer, or the invoice that a red letter cancels."""
        domain = Domain("buyer_name", "=", document.buyer.name or "-")
        if document.buyer.tax_id:
            domain |= Domain("buyer_vat", "=", document.buyer.tax_id)
        if document.red_of_number:
            domain |= Domain("red_of_id.fapiao_number", "=", document.red_of_number)
        return domain

    def _get_total_domain(self, document):
        _untaxed, _tax, total = self.env["invoice.ticket"]._get_document_amounts(document)
        return Domain("amount_total", ">", total - 0.005) & Domain(
            "amount_total", "<", total + 0.005
        )

    def _match(self, ticket, document, theirs):
        """How well a ticket fits.

        :param dict theirs: what ``_prepare_content_values`` makes of the document
        :rtype: Match
        """
        buyer, ticket_sudo = document.buyer, ticket.sudo()
        _untaxed, _tax, total = ticket._get_document_amounts(document)
        names = [vals["name"] for _command, _id, vals in theirs["line_ids"]]
        reasons = [
            ("buyer", ticket_sudo.buyer_name == buyer.name),
            ("total", ticket.currency_id.compare_amounts(ticket.amount_total, total) == 0),
            ("type", ticket.type_id.id == theirs["type_id"]),
            ("lines", ticket.line_ids.mapped("name") == names),
            ("date", self._is_near(document.issue_date, ticket._get_request_date())),
        ]
        if buyer.tax_id:
            reasons.insert(0, ("vat", ticket_sudo.buyer_vat == buyer.tax_id))
        if document.is_red or ticket.red_of_id:
            number = ticket_sudo.red_of_id.fapiao_number
            reasons.append(("red", bool(number) and number == document.red_of_number))
        differences = ticket._get_fapiao_differences(document, theirs)
        is_other_red = ("red", False) in reasons
        return Match(ticket, tuple(reasons), bool(differences) or is_other_red)

    def _is_near(self, day, request_day):
        return bool(day) and abs(day - request_day) <= WINDOW

    # === CANDIDATES === #

    def _propose(self, document, company):
        """Keep the tickets among which finance may choose."""
        if ticket := self.batch_id.ticket_id:
            return self._propose_one(ticket, document)
        if document.amount_total is None or not document.issue_date:
            return None
        return self._keep_candidates(self._find_matches(document, company))

    def _propose_one(self, ticket, document):
        theirs = ticket._prepare_content_values(document)
        return self._keep_candidates([self._match(ticket, document, theirs)], shown=0)

    def _keep_candidates(self, matches, shown=SHOWN):
        self.sudo().candidate_ids = [
            Command.clear(),
            *(
                Command.create(
                    {
                        "ticket_id": match.ticket.id,
                        "score": match.score,
                        "reasons": match.reasons,
                    }
                )
                for match in matches[:MOST_SHOWN]
                if match.score >= shown
            ),
        ]
