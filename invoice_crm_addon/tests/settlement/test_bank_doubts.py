from unittest.mock import patch

from odoo.fields import Command
from odoo.tests import tagged

from .bank_common import BankCommon

ACCOUNT = "6222021001116245702"
MATCH = "odoo.addons.invoice_crm_addon.models.settlement.bank_match"


@tagged("post_install", "-at_install")
class TestBankDoubts(BankCommon):
    """Lines that would pay the same, and documents that were cancelled."""

    def _line(self, amount, serial="S1", day="2026-11-02"):
        return self._import((day, self.customer.name, ACCOUNT, amount, "Goods", serial))

    # === DOUBLE CLAIMS === #

    def test_two_statements(self):
        self._create_invoice(1130.0)
        first = self._line(1130.0)
        second = self._line(1130.0, "S2")
        self.assertEqual(first.certainty, "certain")
        self.assertEqual(second.certainty, "likely")
        self.assertIn("Another line", second.reasons)
        (first | second).with_user(self.finance).action_propose()
        self.assertEqual((first | second).mapped("certainty").count("certain"), 1)

    def test_two_steps(self):
        for amount in (100.0, 200.0, 300.0):
            self._create_invoice(amount)
        with patch(f"{MATCH}.BATCH", 2):
            matches = self._import(
                *[
                    ("2026-11-02", self.customer.name, ACCOUNT, amount, "Goods", f"S{number}")
                    for number, amount in enumerate((100.0, 200.0, 100.0, 300.0, 200.0))
                ]
            )
        self.assertEqual(
            matches.mapped("certainty"), ["certain", "certain", "likely", "certain", "likely"]
        )

    def test_registered_payment_is_claimed_once(self):
        payment = self._create_payment(date="2026-11-01")
        first, second = self._line(1130.0), self._line(1130.0, "S2")
        self.assertEqual((first | second).proposal_ids.payment_id, payment)
        self.assertEqual((first | second).mapped("certainty"), ["certain", "likely"])

    def test_what_waits_no_more_claims_nothing(self):
        self._create_invoice(1130.0)
        first = self._line(1130.0)
        first.with_user(self.finance).action_set_aside()
        self.assertEqual(self._line(1130.0, "S2").certainty, "certain")

    # === CANCELLED === #

    def _issue_ticket(self, **allocation):
        ticket = self._create_ticket(
            allocation_ids=[Command.create({"amount": 1130.0, **allocation})]
        )
        self._issue(ticket)
        return ticket

    def test_ticket_of_a_cancelled_payment(self):
        payment = self._create_payment(date="2026-01-01")
        ticket = self._issue_ticket(payment_id=payment.id)
        payment.action_cancel()
        match = self._line(1130.0)
        self.assertEqual(match.proposal_id.ticket_ids, ticket)
        match.with_user(self.finance).action_accept()
        self.assertEqual(match.state, "matched")
        self.assertEqual(ticket.payment_state, "paid")
        self.assertEqual(ticket.allocation_ids.payment_id, match.payment_id)
        self.assertEqual(payment.state, "canceled")
        match.with_user(self.finance).action_undo()
        self.assertEqual(ticket.payment_state, "not_paid")
        self.assertFalse(ticket.allocation_ids)
