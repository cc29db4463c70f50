"""Books a line of a bank statement as the payment of a customer, and takes it back.

Core keeps everything: an ``account.payment`` of day and amount of the line, posted, whose
receivable item is reconciled with what it pays, oldest first, the last one maybe in part; the
rest stays on account. Core's entry of the line has the bank's account on one side and the
suspense account on the other: the latter becomes the payment's outstanding account, and the two
are reconciled, as core's reconciliation does it in Enterprise.

A payment is made although the line alone could be reconciled with the invoices: tickets,
contracts and receipts name payments, and only what has an ``account.payment`` can be ticketed.
For that the payment needs an entry of its own with an outstanding account; core gives it one in
Community, and ``force_payment_move`` has it do so where accounting is installed as well.
"""

from odoo.exceptions import UserError
from odoo.fields import Command

from ..base.proof import proven
from ..base.words import words


class Booking:
    """Books one line.

    :param match_sudo: row of ``invoice.bank.match``, in superuser mode and its company
    """

    def __init__(self, match_sudo):
        self.env = match_sudo.env
        self.match = match_sudo
        self.line = match_sudo.line_id

    # === BOOK === #

    def book(self, proposal):
        """Book the line as a proposal says.

        :return: the payment
        :raise UserError: if it is not possible, or no longer as it was proposed
        """
        self._check_up_to_date(proposal)
        payment = proposal.payment_id
        if not payment:
            payment = self._make_payment(proposal)
            self.line.payment_ids = payment
        self._tie_line(payment, proposal.partner_id)
        if not proposal.payment_id:
            self._pay_invoices(payment, proposal.move_ids)
            self._tie_tickets(payment, proposal)
        return payment

    def _check_up_to_date(self, proposal):
        if self.line.is_reconciled or self.line.move_id.state != "posted":
            raise UserError(words(self.env)._("The line is matched already, or not posted."))
        amount = proposal._get_amount_open()
        if self.match.currency_id.compare_amounts(amount, proposal.amount_open):
            raise UserError(
                words(self.env)._(
                    "What is open of %(documents)s changed since it was proposed: it was "
                    "%(before)s, it is %(now)s. Look again.",
                    documents=proposal.documents,
                    before=words(self.env).amount(proposal.amount_open, proposal.currency_id),
                    now=words(self.env).amount(amount, proposal.currency_id),
                )
            )

    def _make_payment(self, proposal):
        payment = (
            self.env["account.payment"]
            .with_context(force_payment_move=True)
            .create(self._prepare_payment(proposal))
        )
        if not payment.outstanding_account_id.reconcile:
            # A method that books to the bank's own account would book the money twice.
            payment.outstanding_account_id = payment._get_outstanding_account("inbound")
        if not payment.outstanding_account_id.reconcile:
            raise UserError(
                words(self.env)._(
                    "The account %(account)s for outstanding receipts cannot be reconciled. "
                    "Allow it in the account, or set another one in the journal %(journal)s.",
                    account=payment.outstanding_account_id.display_name,
                    journal=self.match.journal_id.display_name,
                )
            )
        payment.action_post()
        return payment

    def _prepare_payment(self, proposal):
        contract = proposal._get_contract()
        values = {
            "payment_type": "inbound",
            "partner_type": "customer",
            "partner_id": proposal.partner_id.id,
            "amount": self.line.amount,
            "date": self.line.date,
            "currency_id": self.match.currency_id.id,
            "journal_id": self.match.journal_id.id,
            "company_id": self.match.company_id.id,
            "memo": self.line.payment_ref,
            "invoice_contract_id": contract.id,
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

    def _tie_line(self, payment, partner):
        """Put the payment's outstanding account in the place of the suspense account."""
        liquidity, _counterpart, _writeoff = payment._seek_for_lines()
        open_items = liquidity.filtered(lambda item: not item.reconciled)
        if len(open_items) != 1 or not open_items.account_id.reconcile:
            raise UserError(
                words(self.env)._(
                    "%s is matched with another line of a statement already.", payment.display_name
                )
            )
        self.line.partner_id = partner
        _bank, suspense, others = self.line._seek_for_lines()
        if len(suspense) != 1 or others:
            raise UserError(
                words(self.env)._("Somebody began to book the line by hand. Undo that first.")
            )
        self.line.move_id.with_context(skip_readonly_check=True).write(
            {"line_ids": [Command.update(suspense.id, {"account_id": open_items.account_id.id})]}
        )
        (suspense | open_items).reconcile()

    def _pay_invoices(self, payment, moves):
        """Oldest first, as core orders items by the day on which they are due."""
        _liquidity, receivable, _writeoff = payment._seek_for_lines()
        items = moves.line_ids.filtered(
            lambda item: item.account_id == receivable.account_id and not item.reconciled
        )
        if items:
            (receivable | items).reconcile()

    def _tie_tickets(self, payment, proposal):
        """Tickets without an invoice are paid by naming the payment, oldest first."""
        left = -sum(
            item.amount_residual_currency
            for item in payment.move_id.line_ids
            if item.account_id == payment.destination_account_id
        )
        values = []
        for ticket in proposal.ticket_ids.sorted(
            lambda t: (t.issue_date or t.create_date.date(), t.id)
        ):
            due = ticket.currency_id._convert(
                ticket.amount_due, payment.currency_id, payment.company_id, payment.date
            )
            amount = min(due, left)
            if payment.currency_id.compare_amounts(amount, 0.0) > 0:
                values.append({"ticket_id": ticket.id, "payment_id": payment.id, "amount": amount})
                left -= amount
        proven(self.env["invoice.ticket.allocation"]).create(values)

    # === UNDO === #

    def _is_deletable(self, payment):
        """Core deletes what was posted last; the numbers of the others stay, cancelled."""
        audited = self.match.company_id.restrictive_audit_trail
        return not audited and payment.move_id.check_move_sequence_chain()

    def undo(self):
        """Take the booking back by core's own means.

        :raise UserError: if tickets that others made document the payment
        """
        payment = self.line.payment_ids
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
        strange = rows.ticket_id - self.match.proposal_id.ticket_ids
        if strange:
            raise UserError(
                words(self.env)._(
                    "The payment is documented by %s. Take it off these tickets first.",
                    ", ".join(strange.mapped("name")),
                )
            )
        proven(rows).unlink()
        if payment and (kept or not self._is_deletable(payment)):
            self.line.payment_ids = False
            payment.action_cancel()
        self.line.action_undo_reconciliation()
        self.line.partner_id = False
