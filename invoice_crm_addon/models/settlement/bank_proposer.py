"""Which customers may have paid what, for many lines of statements in a few queries.

Clues to a customer: its account number, its name, what it paid before, a number of one of its
documents in the text, its tax number there. What it pays: see :mod:`.bank_choice`.
"""

import re
import unicodedata
from collections import defaultdict
from datetime import timedelta

from odoo.fields import Domain

from ...fapiao import name_key
from ..base.words import words
from .bank_choice import Choice
from .bank_open import OpenDocuments

SURE, FAIR, WEAK = 3, 2, 1
# Customers that are proposed for one line.
MOST_PROPOSALS = 3
MOST_TWINS = 5
# Fields of a proposal that say what is paid.
CLAIMED = ("move_ids", "ticket_ids", "payment_id")
# A payment that was registered by hand is of about the day on which it came in.
REGISTERED_WITHIN = timedelta(days=10)
_TOKEN = re.compile(r"[0-9A-Z][0-9A-Z/_.\-#]{3,40}")


def find_tokens(text):
    """What in a text may be the number of a document, as it stands there in capitals.

    :rtype: set[str]
    """
    text = unicodedata.normalize("NFKC", text or "").upper()
    found = set()
    for match in _TOKEN.finditer(text):
        token = match[0].strip("/_.-#")
        if any(c.isdigit() for c in token) and len(token) > 3:
            found.add(token)
    return found


class Proposer:
    """Proposes for the lines of one company.

    :param env: in superuser mode
    """

    def __init__(self, env, company):
        self.env = env
        self.company = company
        self.in_company = Domain("company_id", "=", company.id)
        # Customers of a company are those of its branches, too.
        self.of_company = Domain("company_id", "in", (False, *company.parent_ids.ids))

    def propose(self, matches):
        """:return: for each row values of its proposals, the best one first; none for many
        :rtype: dict
        """
        self.matches = matches
        self.tokens = {match: find_tokens(match.label) for match in matches}
        # Strength and sentences by row and customer.
        self.strength = {match: defaultdict(int) for match in matches}
        self.why = {match: defaultdict(list) for match in matches}
        self.named = {match: defaultdict(list) for match in matches}
        self._follow_accounts()
        self._follow_names()
        self._follow_former_payments()
        self._follow_numbers()
        self._follow_amounts()
        customers = {customer for found in self.strength.values() for customer in found}
        self.open = OpenDocuments(self.env, self.company, customers)
        self.registered = self._find_registered(customers)
        drafts = {match: self._rank(match) for match in matches}
        self._doubt_double_claims(drafts)
        return drafts

    def _note(self, match, customer, strength, sentence):
        if sentence not in self.why[match][customer]:
            self.why[match][customer].append(sentence)
        self.strength[match][customer] = max(self.strength[match][customer], strength)

    # === CLUES === #

    def _follow_accounts(self):
        numbers = {match.account_key for match in self.matches if match.account_key}
        accounts = (
            self.env["res.partner.bank"]
            .with_context(active_test=False)
            .search_fetch(
                Domain("sanitized_acc_number", "in", list(numbers)) & self.of_company,
                ["sanitized_acc_number", "partner_id"],
            )
        )
        owners = defaultdict(set)
        for account in accounts:
            owners[account.sanitized_acc_number].add(account.partner_id.commercial_partner_id)
        for match in self.matches:
            for customer in owners.get(match.account_key, ()):
                sentence = words(self.env)._("The account is that of the customer.")
                self._note(match, customer, SURE, sentence)

    def _follow_names(self):
        keys = {match.name_key for match in self.matches if match.name_key}
        partners = (
            self.env["res.partner"]
            .with_context(active_test=False)
            .search_fetch(
                Domain("billing_near_key", "in", list(keys)) & self.of_company,
                ["billing_near_key", "billing_name_key", "name", "commercial_partner_id"],
            )
        )
        near = defaultdict(list)
        for partner in partners:
            near[partner.billing_near_key].append(partner)
        for match in self.matches:
            exact = name_key(match.partner_name or "")
            for partner in near.get(match.name_key, ())[:MOST_TWINS]:
                is_exact = exact in (partner.billing_name_key, name_key(partner.name))
                sentence = (
                    words(self.env)._("The name is that of the customer.")
                    if is_exact
                    else words(self.env)._("The name is that of the customer but for its form.")
                )
                customer = partner.commercial_partner_id
                self._note(match, customer, SURE if is_exact else FAIR, sentence)

    def _follow_former_payments(self):
        """Who paid from the account, or under the name, before."""
        for fname, strength in (("account_key", SURE), ("name_key", FAIR)):
            keys = {match[fname] for match in self.matches if match[fname]}
            if not keys:
                continue
            groups = self.env["invoice.bank.match"]._read_group(
                self.in_company
                & Domain(fname, "in", list(keys))
                & Domain("state", "=", "matched")
                & Domain("partner_id", "!=", False),
                [fname, "partner_id"],
            )
            payers = defaultdict(set)
            for key, partner in groups:
                payers[key].add(partner.commercial_partner_id)
            for match in self.matches:
                for customer in list(payers.get(match[fname], ()))[:MOST_TWINS]:
                    sentence = (
                        words(self.env)._("The customer paid from this account before.")
                        if fname == "account_key"
                        else words(self.env)._("The customer paid under this name before.")
                    )
                    self._note(match, customer, strength, sentence)

    def _follow_numbers(self):
        """Numbers of documents, and tax numbers, in what the payer wrote."""
        tokens = {token for found in self.tokens.values() for token in found}
        if not tokens:
            return
        by_token = defaultdict(list)
        for model, fname, domain in self._get_numbered():
            for record in self.env[model].search_fetch(
                Domain(fname, "in", list(tokens)) & domain, [fname], limit=len(tokens) * 2
            ):
                by_token[record[fname].upper()].append(record)
        for match in self.matches:
            for token in sorted(self.tokens[match]):
                for record in by_token.get(token, ())[:MOST_TWINS]:
                    self._note_number(match, token, record)

    def _get_numbered(self):
        posted = Domain("state", "=", "posted") & Domain("move_type", "=", "out_invoice")
        tickets = Domain("state", "in", ("approved", "issued")) & self.in_company
        return [
            ("account.move", "name", posted & self.in_company),
            ("invoice.ticket", "name", tickets),
            ("invoice.ticket", "fapiao_number", tickets),
            ("invoice.contract", "number", self.in_company),
            ("sale.order", "name", self.in_company & Domain("state", "=", "sale")),
            ("res.partner", "vat", self.of_company & Domain("parent_id", "=", False)),
        ]

    def _note_number(self, match, token, record):
        customer = record if record._name == "res.partner" else record.partner_id
        customer = customer.commercial_partner_id
        if not customer:
            return
        if record._name != "res.partner":
            self.named[match][customer].append(record)
        self._note(match, customer, SURE, words(self.env)._("%s stands in the text.", token))

    def _follow_amounts(self):
        """Of whom nothing is known, whoever has exactly this amount open."""
        lost = [match for match in self.matches if not self.strength[match]]
        if not lost:
            return
        items = self.env["account.move.line"].search_fetch(
            OpenDocuments.get_items_domain(self.company)
            & Domain("amount_residual_currency", "in", list({match.amount for match in lost})),
            ["partner_id", "amount_residual_currency", "currency_id"],
            limit=5000,
        )
        owners = defaultdict(set)
        for item in items:
            owners[item.currency_id, item.amount_residual_currency].add(
                item.partner_id.commercial_partner_id
            )
        for match in lost:
            found = owners.get((match.currency_id, match.amount), set())
            # Among many, none is worth a look.
            if len(found) <= MOST_PROPOSALS:
                for customer in found:
                    sentence = words(self.env)._("Nothing but the amount says who it is.")
                    self._note(match, customer, WEAK, sentence)

    def _find_registered(self, customers):
        """Payments that people registered by hand and no line of a statement is matched with.

        :return: by customer, journal and amount
        """
        days = self.matches.mapped("date")
        waiting = (
            self.in_company
            & Domain("journal_id", "in", self.matches.journal_id.ids)
            & Domain("date", ">=", min(days) - REGISTERED_WITHIN)
            & Domain("date", "<=", max(days) + REGISTERED_WITHIN)
            & Domain(
                "partner_id.commercial_partner_id", "in", [customer.id for customer in customers]
            )
        )
        registered = defaultdict(list)
        for item in self._find_outstanding(waiting):
            key = (item.partner_id.commercial_partner_id, item.journal_id)
            registered[(*key, item.amount_residual_currency)].append(item.payment_id)
        for payment in self._find_bare(waiting):
            key = (payment.partner_id.commercial_partner_id, payment.journal_id)
            registered[(*key, payment.amount)].append(payment)
        return registered

    def _find_outstanding(self, waiting):
        """Items of payments that wait for the bank."""
        return self.env["account.move.line"].search_fetch(
            waiting
            & Domain("payment_id", "!=", False)
            & Domain("parent_state", "=", "posted")
            & Domain("reconciled", "=", False)
            & Domain("account_id.reconcile", "=", True)
            & Domain("account_id.account_type", "!=", "asset_receivable")
            & Domain("amount_residual", ">", 0),
            ["payment_id", "partner_id", "journal_id", "date", "amount_residual_currency"],
        )

    def _find_bare(self, waiting):
        """Payments without an entry; that they are paid is said once the bank said so."""
        return self.env["account.payment"].search_fetch(
            waiting
            & Domain("move_id", "=", False)
            & Domain("state", "=", "in_process")
            & Domain("payment_type", "=", "inbound")
            & Domain("partner_type", "=", "customer"),
            ["partner_id", "journal_id", "date", "amount", "name"],
        )

    # === RANK === #

    def _rank(self, match):
        """Values of the proposals for one row, the best one first."""
        found = self.strength[match]
        best = sorted(
            found,
            key=lambda customer: (
                -found[customer],
                -len(self.named[match][customer]),
                -len(self.why[match][customer]),
                customer.id,
            ),
        )[:MOST_PROPOSALS]
        sure = [customer for customer in best if found[customer] == SURE]
        values = []
        for customer in best:
            near = [
                payment
                for payment in self.registered[customer, match.journal_id, match.amount]
                if abs(payment.date - match.date) <= REGISTERED_WITHIN
            ]
            choice = Choice(self.env, match, self.open.get(customer), self.open.links)
            chosen = choice.choose(self.named[match][customer], near)
            values.append(
                self._prepare(match, customer, chosen, found[customer], sure == [customer])
            )
        order = {"certain": 0, "likely": 1, "possible": 2}
        return sorted(values, key=lambda row: order[row["certainty"]])

    def _doubt_double_claims(self, drafts):
        """Two lines that pay the same are not both certain: the earlier one may be.

        Nor is one if another that waits, of whatever statement, is certain to pay it.
        """
        best = {match: rows[0] for match, rows in drafts.items() if rows}
        certain = {match for match, row in best.items() if row["certainty"] == "certain"}
        claimed = self._find_certain_claims([_get_claims(best[match]) for match in certain])
        for match in sorted(certain, key=lambda match: (match.date, match.id)):
            row = best[match]
            claims = _get_claims(row)
            if claims & claimed:
                sentence = words(self.env)._("Another line that waits pays the same.")
                row["certainty"] = "likely"
                row["reasons"] = words(self.env).join(" ", [row["reasons"], sentence])
            claimed |= claims

    def _find_certain_claims(self, claims):
        """What of some documents other lines that wait are certain to pay.

        :param list claims: sets of what is proposed now
        :rtype: set[tuple]
        """
        wanted, Proposal = set().union(*claims), self.env["invoice.bank.proposal"]
        found = Proposal
        # One search for each kind of document, by its index: all in one take seconds.
        for fname in CLAIMED:
            if ids := [record_id for kind, record_id in wanted if kind == fname]:
                found |= Proposal.search(
                    self.in_company
                    & Domain(fname, "in", ids)
                    & Domain("certainty", "=", "certain")
                    & Domain("match_id", "not in", self.matches.ids)
                    & Domain("match_id.state", "=", "open")
                )
        best = found.filtered(lambda proposal: proposal.match_id.proposal_id == proposal)
        return set().union(*(proposal._get_claims() for proposal in best)) & wanted

    def _prepare(self, match, customer, chosen, strength, is_alone):
        reasons = [*self.why[match][customer], *chosen.reasons]
        is_sure = strength == SURE
        if not customer.active:
            reasons.append(words(self.env)._("The customer is archived."))
        if is_sure and not is_alone:
            reasons.append(words(self.env)._("Another customer fits as well."))
        certain = is_sure and is_alone and customer.active and chosen.is_exact
        likely = (strength >= FAIR and chosen.is_fair) or (is_sure and is_alone)
        return {
            "partner_id": customer.id,
            **chosen.values,
            "certainty": "certain" if certain else "likely" if likely else "possible",
            "reasons": words(self.env).join(" ", reasons),
        }


def _get_claims(values):
    """What a proposal would pay, as ``_get_claims`` of a proposal says it."""
    claims = {("payment_id", values["payment_id"])} if values.get("payment_id") else set()
    for fname in ("move_ids", "ticket_ids"):
        for command in values.get(fname, ()):
            claims |= {(fname, record_id) for record_id in command[2]}
    return claims
