"""Books lines of bank statements as payments of customers, and takes them back.

Core keeps everything: an ``account.payment`` of day and amount of the line, posted, whose
receivable item is reconciled with what it pays, oldest first, the last one maybe in part; the
rest stays on account. Core's entry of the line has the bank's account on one side and the
suspense account on the other: the latter becomes the payment's outstanding account, and the two
are reconciled, as core's reconciliation does it in Enterprise.

A payment is made although the line alone could be reconciled with the invoices: tickets,
contracts and receipts name payments, and only what has an ``account.payment`` can be ticketed.
For that the payment needs an entry of its own with an outstanding account, which core gives it in
Community; here it gets one where accounting is installed as well.

A payment that was registered without an entry gets one when its line comes: from then on it is the
entry that counts, and what the bank brought is its other side.

Many lines are booked at once: one create of payments, one posting, one reconciliation. What core
does for each of them one by one takes most of a second.
"""

from collections import defaultdict

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import SQL

from ..base.proof import proven
from ..base.words import words


class Booking:
    """Books lines of one company.

    :param matches_sudo: rows of ``invoice.bank.match``, in superuser mode and their company
    """

    def __init__(self, matches_sudo):
        # Analytic items follow when entries are posted, once; not with each write before.
        self.env = matches_sudo.with_context(skip_analytic_sync=True).env
        self.matches = matches_sudo.with_env(self.env)
        self.company = matches_sudo.company_id

    # === BOOK === #

    def book(self, proposals):
        """Book each line as its proposal says: all of them, or none.

        :param dict proposals: by row; no two of them pay the same document
        :return: payments by row
        :rtype: dict
        :raise UserError: if one is not possible, or no longer as it was proposed
        """
        with self.env["invoice.ticket.path"]._settled_once():
            return self._book(proposals)

    def _book(self, proposals):
        proposals = {m.with_env(self.env): p.with_env(self.env) for m, p in proposals.items()}
        for match, proposal in proposals.items():
            self._check_up_to_date(match, proposal)
        made = self._make_payments({m: p for m, p in proposals.items() if not p.payment_id})
        payments = {match: made.get(match) or proposals[match].payment_id for match in proposals}
        paid = {match: proposals[match].move_ids for match in made}
        paid |= self._give_entries({m: p for m, p in payments.items() if not p.move_id})
        ties = self._tie_lines(payments, proposals)
        for match, payment in made.items():
            ties[match][0].with_context(skip_account_move_synchronization=True).write(
                {"payment_ids": [Command.set(payment.ids)]}
            )
        plan = [items for _line, items in ties.values()]
        for match, moves in paid.items():
            plan += self._get_debts(payments[match], moves)
        self.env["account.move.line"]._reconcile_plan(plan)
        self._tie_tickets({payment: proposals[match] for match, payment in made.items()})
        return payments

    def _check_up_to_date(self, match, proposal):
        if match.line_id.is_reconciled or match.line_id.move_id.state != "posted":
            raise UserError(words(self.env)._("The line is matched already, or not posted."))
        amount = proposal._get_amount_open()
        if match.currency_id.compare_amounts(amount, proposal.amount_open):
            raise UserError(
                words(self.env)._(
                    "What is open of %(documents)s changed since it was proposed: it was "
                    "%(before)s, it is %(now)s. Look again.",
                    documents=proposal.documents,
                    before=words(self.env).amount(proposal.amount_open, proposal.currency_id),
                    now=words(self.env).amount(amount, proposal.currency_id),
                )
            )

    def _make_payments(self, proposals):
        """:return: new payments by row, posted"""
        if not proposals:
            return {}
        values = [self._prepare_payment(match, proposal) for match, proposal in proposals.items()]
        payments = self.env["account.payment"].create(values)
        self._make_entries(payments)
        return dict(zip(proposals, payments, strict=True))

    def _make_entries(self, payments):
        """Make entries of payments, and post them.

        Core tells each payment its entry in a write of its own, and looks every time for all that
        hangs on the payment. Here they are told together.
        """
        account = self._get_outstanding_account(payments)
        others = payments.filtered(lambda payment: payment.outstanding_account_id != account)
        others.outstanding_account_id = account
        moves = self.env["account.move"].create(
            [
                # No tax is on it; core would look for the position of each.
                {**payment._generate_move_vals(), "fiscal_position_id": False}
                for payment in payments
            ]
        )
        moves.flush_recordset(["origin_payment_id"])
        payments.flush_recordset()
        self.env.cr.execute(
            SQL(
                "UPDATE account_payment SET move_id = move.id FROM account_move move "
                "WHERE move.origin_payment_id = account_payment.id AND move.id IN %s",
                tuple(moves.ids),
            )
        )
        payments.invalidate_recordset(["move_id"])
        payments.modified(["move_id"])
        payments.action_post()

    def _get_outstanding_account(self, payments):
        """Where money stands between payment and bank: that of the company.

        A method that books to the bank's own account would book the money twice.
        """
        account = payments[0]._get_outstanding_account("inbound")
        if not account.reconcile:
            raise UserError(
                words(self.env)._(
                    "The account %(account)s for outstanding receipts cannot be reconciled. "
                    "Allow it in the account, or set another one in the journal %(journal)s.",
                    account=account.display_name,
                    journal=payments[0].journal_id.display_name,
                )
            )
        return account

    def _prepare_payment(self, match, proposal):
        line = match.line_id
        values = {
            "payment_type": "inbound",
            "partner_type": "customer",
            "partner_id": proposal.partner_id.id,
            "amount": line.amount,
            "date": line.date,
            "currency_id": match.currency_id.id,
            "journal_id": match.journal_id.id,
            "company_id": match.company_id.id,
            # What the payment says stands in names of entries, which more people read.
            "memo": self.env["res.partner.bank"]._mask_long_numbers(line.payment_ref),
            "invoice_contract_id": proposal._get_contract().id,
        }
        accounts = proposal._get_open_items().account_id
        if len(accounts) > 1:
            raise UserError(
                words(self.env)._(
                    "The invoices are booked on several receivable accounts. Choose those of one."
                )
            )
        if not accounts and not proposal.partner_id.property_account_receivable_id:
            raise UserError(
                words(self.env)._(
                    "%s has no receivable account. Set one on the customer, under Invoicing.",
                    proposal.partner_id.display_name,
                )
            )
        return {**values, "destination_account_id": accounts.id} if accounts else values

    def _give_entries(self, payments):
        """Make entries for payments that were registered without one.

        :return: the invoices that they name, by row
        """
        bare = self.env["account.payment"].union(*payments.values())
        if not bare:
            return {}
        self._make_entries(bare)
        return {match: payment.invoice_ids for match, payment in payments.items()}

    def _tie_lines(self, payments, proposals):
        """Put the payments' outstanding accounts in the place of the suspense account.

        :return: for each row its line, and the two items that are to be reconciled
        """
        ties, alike = {}, defaultdict(list)
        for match, payment in payments.items():
            outstanding = self._get_outstanding_item(payment)
            bank, suspense, others = match.line_id._seek_for_lines()
            if len(suspense) != 1 or others:
                raise UserError(
                    words(self.env)._("Somebody began to book the line by hand. Undo that first.")
                )
            ties[match] = match.line_id, suspense | outstanding
            alike[proposals[match].partner_id, outstanding.account_id].append(
                (match.line_id, bank, suspense)
            )
        for (partner, account), parts in alike.items():
            self._rebook(partner, account, *map(self._unite, zip(*parts, strict=True)))
        return ties

    @staticmethod
    def _unite(records):
        return records[0].union(*records[1:])

    def _get_outstanding_item(self, payment):
        liquidity, _counterpart, _writeoff = payment._seek_for_lines()
        open_items = liquidity.filtered(lambda item: not item.reconciled)
        if len(open_items) != 1 or not open_items.account_id.reconcile:
            raise UserError(
                words(self.env)._(
                    "%s is matched with another line of a statement already.", payment.display_name
                )
            )
        return open_items

    def _rebook(self, partner, account, lines, bank_items, suspense_items):
        """Say whose money lines are; core would rewrite each entry as a whole for that."""
        Move, Item = self.env["account.move"], self.env["account.move.line"]
        context = {
            "skip_account_move_synchronization": True,
            "skip_readonly_check": True,
            # Who accepted which line is kept with it; the audit trail wants more.
            "tracking_disable": not self.company.restrictive_audit_trail,
        }
        moves = lines.move_id.with_context(**context)
        items = (bank_items | suspense_items).with_context(**context)
        # Neither hangs on the customer where there is no tax; core would look for both for each.
        derived = [Move._fields["fiscal_position_id"], Item._fields["analytic_distribution"]]
        with self.env.protecting(derived[:1], moves), self.env.protecting(derived[1:], items):
            lines.with_context(**context).write({"partner_id": partner.id})
            moves.write({"partner_id": partner.id})
            items.write({"partner_id": partner.id})
            (items & suspense_items).write({"account_id": account.id})

    def _get_debts(self, payment, moves):
        """What a payment is reconciled with: oldest first, as core orders items by their due day.

        :return: a list of one group of items, or of none
        """
        _liquidity, receivable, _writeoff = payment._seek_for_lines()
        items = moves.line_ids.filtered(
            lambda item: (
                item.account_id == receivable.account_id
                and item.parent_state == "posted"
                and not item.reconciled
            )
        )
        return [receivable | items] if items else []

    def _tie_tickets(self, proposals):
        """Tickets without an invoice are paid by naming the payment, oldest first.

        It takes the place of a payment that was cancelled: what a ticket says of that one would
        be too much.

        :param dict proposals: by payment
        """
        tickets = self.env["invoice.ticket"].union(*(p.ticket_ids for p in proposals.values()))
        cancelled = tickets.allocation_ids.filtered(
            lambda row: row.payment_id.state in ("canceled", "rejected")
        )
        proven(cancelled).unlink()
        values = []
        for payment, proposal in proposals.items():
            if proposal.ticket_ids:
                values += self._prepare_rows(payment, proposal.ticket_ids)
        proven(self.env["invoice.ticket.allocation"]).create(values)

    def _prepare_rows(self, payment, tickets):
        left = -sum(
            item.amount_residual_currency
            for item in payment.move_id.line_ids
            if item.account_id == payment.destination_account_id
        )
        for ticket in tickets.sorted(lambda t: (t.issue_date or t.create_date.date(), t.id)):
            due = ticket.currency_id._convert(
                ticket.amount_due, payment.currency_id, payment.company_id, payment.date
            )
            amount = min(due, left)
            if payment.currency_id.compare_amounts(amount, 0.0) > 0:
                yield {"ticket_id": ticket.id, "payment_id": payment.id, "amount": amount}
                left -= amount

    # === UNDO === #

    def _is_deletable(self, payment):
        """Core deletes what was posted last; the numbers of the others stay, cancelled."""
        audited = self.company.restrictive_audit_trail
        return not audited and payment.move_id.check_move_sequence_chain()

    def undo(self, match):
        """Take the booking of a row back by core's own means.

        :raise UserError: if tickets that others made document the payment
        """
        line, payment = match.line_id, match.line_id.payment_ids
        rows = self.env["invoice.ticket.allocation"].search([("payment_id", "in", payment.ids)])
        # What was voided or taken back is kept as it was, with the payment cancelled.
        kept = rows.filtered(
            lambda row: (
                row.ticket_id.state == "voided"
                or row.ticket_id.red_of_id
                or row.ticket_id.status == "red"
            )
        )
        rows -= kept
        strange = rows.ticket_id - match.proposal_id.ticket_ids
        if strange:
            raise UserError(
                words(self.env)._(
                    "The payment is documented by %s. Take it off these tickets first.",
                    ", ".join(strange.mapped("name")),
                )
            )
        proven(rows).unlink()
        if payment and (kept or not self._is_deletable(payment)):
            line.payment_ids = False
            payment.action_cancel()
        elif payment:
            # Core deletes the entry before the payment, whose state would need one in between.
            payment.action_draft()
        line.action_undo_reconciliation()
        line.partner_id = False
