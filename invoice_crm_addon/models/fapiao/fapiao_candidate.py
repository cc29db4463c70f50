from dataclasses import dataclass
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ...fapiao import is_same_name, name_key

LIKELY = 60
MOST_COMPARED = 200
# A fapiao is issued some time around the day on which it was asked for.
WINDOW = timedelta(days=60)


@dataclass(frozen=True)
class Match:
    """A ticket that may have waited for a document.

    :param reasons: for each key of ``_get_match_reasons`` whether it is met
    :param score: 0 to 100; the higher, the better the ticket fits
    :param has_differences: whether the ticket says anything else than the document
    """

    ticket: models.Model
    reasons: dict[str, bool]
    score: int
    has_differences: bool

    @property
    def has_buyer(self):
        return self.reasons.get("vat", False) or self.reasons["buyer"]

    @property
    def is_certain(self):
        return self.has_buyer and not self.has_differences

    @property
    def is_likely(self):
        return self.has_buyer and self.score >= LIKELY and self.reasons.get("red", True)

    @property
    def has_total(self):
        return self.reasons["total"]


class InvoiceFapiaoCandidate(models.Model):
    """A ticket to which an e-invoice file may belong, with what speaks for it and against it.

    Another module adds a reason by its key in three methods: ``_get_match_reasons`` says whether
    it is met, ``_get_match_weights`` what it is worth, ``_get_reason_labels`` how people read it.
    """

    _name = "invoice.fapiao.candidate"
    _description = "Ticket for an E-Invoice File"
    _order = "score desc, id"
    _rec_name = "ticket_id"

    file_id = fields.Many2one("invoice.fapiao.file", required=True, index=True, ondelete="cascade")
    ticket_id = fields.Many2one("invoice.ticket", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="ticket_id.company_id", store=True)
    score = fields.Integer(help="0 to 100; the higher, the better the ticket fits.")
    reasons = fields.Json()
    reasons_html = fields.Html(compute="_compute_reasons_html", sanitize=False)
    partner_id = fields.Many2one(related="ticket_id.partner_id")
    buyer_name = fields.Char(related="ticket_id.buyer_name")
    buyer_vat = fields.Char(related="ticket_id.buyer_vat")
    type_id = fields.Many2one(related="ticket_id.type_id")
    user_id = fields.Many2one(related="ticket_id.user_id")
    content = fields.Char(related="ticket_id.content")
    currency_id = fields.Many2one(related="ticket_id.currency_id")
    amount_total = fields.Monetary(related="ticket_id.amount_total")

    # === COMPUTE METHODS === #

    @api.depends("reasons")
    @api.depends_context("lang")
    def _compute_reasons_html(self):
        for candidate in self:
            candidate.reasons_html = self.env["ir.qweb"]._render(
                "invoice_crm_addon.fapiao_candidate_reasons",
                {"reasons": candidate._get_reason_texts()},
            )

    # === ACTION METHODS === #

    def action_choose(self):
        """Give the file to this ticket: it is issued, or what differs is compared first."""
        self.ensure_one()
        return self.file_id._choose(self.ticket_id)

    # === REASONS === #

    @api.model
    def _get_match_weights(self):
        """What each reason is worth; 60 together, the buyer among them, make a ticket likely.

        :rtype: dict[str, int]
        """
        return {"vat": 40, "buyer": 30, "total": 30, "red": 30, "lines": 15, "type": 10, "date": 5}

    @api.model
    def _get_match_reasons(self, ticket, document, theirs):
        """For each reason that applies, whether the ticket meets it.

        :param dict theirs: what ``_prepare_content_values`` makes of the document
        :rtype: dict[str, bool]
        """
        # sudo: compared with what finance handed in; only whether it is the same is said
        buyer, ticket_sudo = document.buyer, ticket.sudo()
        _untaxed, _tax, total = self.env["invoice.fapiao.translator"]._get_amounts(document)
        names = [vals["name"] for _command, _id, vals in theirs["line_ids"]]
        reasons = {}
        if buyer.tax_id:
            reasons["vat"] = ticket_sudo.buyer_vat == buyer.tax_id
        reasons |= {
            "buyer": is_same_name(ticket_sudo.buyer_name, buyer.name),
            "total": ticket.currency_id.compare_amounts(ticket.amount_total, total) == 0,
            "type": ticket.type_id.id == theirs["type_id"],
            "lines": ticket.line_ids.mapped("name") == names,
            "date": self._is_near(document.issue_date, ticket),
        }
        if document.is_red or ticket.red_of_id:
            number = ticket_sudo.red_of_id.fapiao_number
            reasons["red"] = bool(number) and number == document.red_of_number
        return reasons

    @api.model
    def _is_near(self, day, ticket):
        """Whether a day is near the one on which the ticket was asked for."""
        requested = fields.Datetime.context_timestamp(ticket, ticket.create_date).date()
        return bool(day) and abs(day - requested) <= WINDOW

    @api.model
    def _get_reason_labels(self):
        """Sentences for a reason that is met, and for one that is not.

        :rtype: dict[str, tuple[str, str]]
        """
        return {
            "vat": (self.env._("Same tax number"), self.env._("Another tax number")),
            "buyer": (self.env._("Same buyer"), self.env._("Another buyer")),
            "total": (self.env._("Same total"), self.env._("Another total")),
            "type": (self.env._("Same type"), self.env._("Another type")),
            "lines": (self.env._("Same items"), self.env._("Other items")),
            "date": (self.env._("Date fits"), self.env._("Far from the day of the request")),
            "red": (
                self.env._("Red letter of the same invoice"),
                self.env._("Red letter of another invoice"),
            ),
        }

    def _get_reason_texts(self):
        """:return: for each reason whether it is met, and its sentence"""
        labels = self._get_reason_labels()
        return [
            (is_met, labels[reason][0 if is_met else 1])
            for reason, is_met in self.reasons or []
            # The module that knew a reason may be gone.
            if reason in labels
        ]

    # === MATCHING === #

    @api.model
    def _find_matches(self, document, company):
        """Approved tickets that may wait for a document, the most likely one first.

        :rtype: list[Match]
        """
        self = self.with_company(company)
        tickets = self.env["invoice.ticket"]
        waiting = self._get_waiting_domain(document, company)
        buyer, total = self._get_buyer_domain(document), self._get_total_domain(document)
        # However many wait for this buyer, those of the same total are all looked at.
        found = tickets.search(waiting & buyer & total)
        found |= tickets.search(waiting & (buyer | total), limit=MOST_COMPARED)
        if not found:
            return []
        theirs = self.env["invoice.fapiao.translator"]._prepare_content_values(document)
        matches = [self._match(ticket, document, theirs) for ticket in found]
        return sorted(matches, key=lambda match: (-match.score, match.ticket.id))

    @api.model
    def _get_waiting_domain(self, document, company):
        """Tickets that may take this document at all."""
        currency = self.env["invoice.fapiao.translator"]._get_currency()
        return (
            Domain("company_id", "=", company.id)
            & Domain("state", "=", "approved")
            & Domain("is_fapiao", "=", True)
            & Domain("currency_id", "=", currency.id)
            & Domain("fapiao_number", "in", (False, document.number))
        )

    @api.model
    def _get_buyer_domain(self, document):
        """The buyer, or the invoice that a red letter cancels."""
        name = document.buyer.name
        domain = Domain("buyer_name", "=", name or "-")
        if key := name_key(name):
            domain |= Domain("partner_id.commercial_partner_id.billing_name_key", "=", key)
        if document.buyer.tax_id:
            domain |= Domain("buyer_vat", "=", document.buyer.tax_id)
        if document.red_of_number:
            domain |= Domain("red_of_id.fapiao_number", "=", document.red_of_number)
        return domain

    @api.model
    def _get_total_domain(self, document):
        _untaxed, _tax, total = self.env["invoice.fapiao.translator"]._get_amounts(document)
        return Domain("amount_total", ">", total - 0.005) & Domain(
            "amount_total", "<", total + 0.005
        )

    @api.model
    def _match(self, ticket, document, theirs=None):
        """How well a ticket fits.

        :param dict theirs: what ``_prepare_content_values`` makes of the document, if known
        :rtype: Match
        """
        translator = self.env["invoice.fapiao.translator"].with_company(ticket.company_id)
        theirs = theirs or translator._prepare_content_values(document)
        reasons = self._get_match_reasons(ticket, document, theirs)
        differences = translator._get_differences(ticket, document, theirs)
        return Match(
            ticket=ticket,
            reasons=reasons,
            score=self._get_score(reasons),
            has_differences=bool(differences) or not reasons.get("red", True),
        )

    @api.model
    def _get_score(self, reasons):
        weights = self._get_match_weights()
        met = {reason for reason, is_met in reasons.items() if is_met}
        if "vat" in met:
            met.discard("buyer")  # the number says more than the name
        return max(0, min(sum(weights.get(reason, 0) for reason in met), 100))
