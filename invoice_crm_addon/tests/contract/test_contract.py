from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged, users

from ...models.base.proof import proven
from ..common import TicketCommon


class ContractCommon(TicketCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._create_contract()  # over 11,300.00
        cls._approve(cls.contract)

    def _create_part(self, **values):
        """A ticket over 1,130.00 of the contract."""
        return self._create_ticket(contract_id=self.contract.id, **values)

    def assertFigures(self, contract=None, **expected):
        """Figures without a value are zero."""
        contract = contract or self.contract
        names = ("ticketed", "in_progress", "received", "received_unticketed", "ticketed_unpaid")
        values = {f"amount_{name}": expected.get(name, 0.0) for name in names}
        values["amount_to_ticket"] = (
            contract.amount_total - values["amount_ticketed"] - values["amount_in_progress"]
        )
        self.assertRecordValues(contract, [values])


@tagged("post_install", "-at_install")
class TestContractFigures(ContractCommon):
    """The figures are right after each step, in the same transaction."""

    def test_ticket_from_draft_to_void(self):
        self.assertFigures()
        ticket = self._create_part(type_id=self.type_ordinary.id)
        self.assertFigures()
        self._submit(ticket)
        self.assertFigures(in_progress=1130.0)
        ticket.with_user(self.sales).action_reset()
        self.assertFigures()
        self._submit(ticket)
        self._issue(ticket)
        self.assertFigures(ticketed=1130.0, ticketed_unpaid=1130.0)
        ticket.with_user(self.finance).action_void("Wrong title")
        self.assertFigures()

    def test_pending_rejected_and_withdrawn(self):
        self._create_flow("invoice.ticket", [self.approver])
        ticket = self._create_part()
        self._submit(ticket)
        self.assertFigures(in_progress=1130.0)
        ticket.approval_request_id.with_user(self.approver).action_reject("No")
        self.assertFigures()
        self._submit(ticket)
        self.assertFigures(in_progress=1130.0)
        ticket.approval_request_id.with_user(self.sales).action_withdraw()
        self.assertFigures()

    def test_red_letter_frees_once_it_is_issued(self):
        ticket = self._create_part()
        self._issue(ticket)
        ticket.with_user(self.finance).action_red("Wrong title")
        red = ticket.red_ids
        self.assertEqual(red.contract_id, self.contract)
        self.assertFigures(ticketed=1130.0, ticketed_unpaid=1130.0)
        self._submit(red)
        self.assertFigures(ticketed=1130.0, ticketed_unpaid=1130.0)
        self._issue(red)
        self.assertFigures()

    def test_draft_that_is_changed_and_deleted(self):
        issued, draft = self._create_part(), self._create_part()
        self._issue(issued)
        expected = {"ticketed": 1130.0, "ticketed_unpaid": 1130.0}
        self.assertFigures(**expected)
        draft.line_ids.price_unit = 5000.0
        self.assertFigures(**expected)
        draft.unlink()
        self.assertFigures(**expected)

    def test_ticket_that_moves_to_another_contract(self):
        other = self._create_contract()
        self._approve(other)
        ticket = self._create_part()
        ticket.contract_id = other
        self._issue(ticket)
        self.assertFigures()
        self.assertFigures(other, ticketed=1130.0, ticketed_unpaid=1130.0)

    def test_archived_ticket_still_counts(self):
        ticket = self._create_part()
        self._issue(ticket)
        proven(ticket).active = False
        self.assertFigures(ticketed=1130.0, ticketed_unpaid=1130.0)

    def test_payment_posted_cancelled_and_refunded(self):
        payment = self._create_payment(invoice_contract_id=self.contract.id)
        self.assertFigures(received=1130.0, received_unticketed=1130.0)
        refund = self._create_payment(
            invoice_contract_id=self.contract.id, payment_type="outbound", amount=130.0
        )
        self.assertFigures(received=1000.0, received_unticketed=1000.0)
        payment.action_draft()
        self.assertFigures(received=-130.0)
        payment.action_cancel()
        refund.action_draft()
        self.assertFigures()
        payment.action_draft()
        payment.amount = 500.0
        self.assertFigures()
        payment.action_post()
        self.assertFigures(received=500.0, received_unticketed=500.0)
        payment.invoice_contract_id = False
        self.assertFigures()

    def test_received_and_ticketed_are_compared(self):
        self._issue(self._create_part())
        self._create_payment(invoice_contract_id=self.contract.id, amount=1000.0)
        self.assertFigures(ticketed=1130.0, received=1000.0, ticketed_unpaid=130.0)
        self._create_payment(invoice_contract_id=self.contract.id, amount=200.0)
        self.assertFigures(ticketed=1130.0, received=1200.0, received_unticketed=70.0)

    def test_sales_see_the_same_figures_as_finance(self):
        self._issue(self._create_part(user_id=self.sales2.id))
        self._create_payment(invoice_contract_id=self.contract.id, amount=1000.0)
        for user in (self.sales, self.lead, self.finance, self.auditor):
            with self.subTest(user.login):
                self.assertFigures(
                    self.contract.with_user(user),
                    ticketed=1130.0,
                    received=1000.0,
                    ticketed_unpaid=130.0,
                )

    def test_foreign_contract_counts_at_the_rate_of_the_day(self):
        usd = self.setup_other_currency(
            "USD", rates=[("2020-01-01", 0.14), ("2021-01-01", 0.16), ("2022-01-01", 0.15)]
        )
        contract = self._create_contract(currency_id=usd.id, amount_total=1000.0)
        self._approve(contract)
        ticket = self._create_ticket(contract_id=contract.id)
        self.assertEqual(ticket.currency_id, self.currency)
        self._submit(ticket)
        self.assertFigures(contract, in_progress=169.5)  # today's rate
        ticket.issue_date = "2020-06-01"
        self._issue(ticket)
        self.assertFigures(contract, ticketed=158.2, ticketed_unpaid=158.2)
        self._create_payment(invoice_contract_id=contract.id, amount=1000.0, date="2021-06-01")
        self.assertFigures(contract, ticketed=158.2, received=160.0, received_unticketed=1.8)

    def test_milestones_are_done_earliest_first(self):
        self.contract.milestone_ids = [
            Command.create({"name": name, "kind": kind, "amount": amount, "date_due": date})
            for name, kind, amount, date in (
                ("Third", "ticket", 2000.0, "2026-03-01"),
                ("First", "ticket", 1000.0, "2026-01-01"),
                ("Second", "ticket", 500.0, "2026-02-01"),
                ("Cash", "collection", 800.0, "2026-01-01"),
            )
        ]
        plan = self.contract.milestone_ids.sorted("date_due")
        ticket = self._create_part()
        self.assertEqual(plan.mapped("amount_done"), [0.0, 0.0, 0.0, 0.0])
        self._issue(ticket)
        self._create_payment(invoice_contract_id=self.contract.id, amount=800.0)
        expected = {
            "First": (1000.0, True),
            "Second": (130.0, False),
            "Third": (0.0, False),
            "Cash": (800.0, True),
        }
        self.assertEqual({m.name: (m.amount_done, m.is_done) for m in plan}, expected)
        first, third = (plan.filtered(lambda m, n=n: m.name == n) for n in ("First", "Third"))
        third.date_due = "2025-12-01"
        self.assertEqual((third.amount_done, first.amount_done), (1130.0, 0.0))
        ticket.with_user(self.finance).action_red("Wrong")
        self._issue(ticket.red_ids)
        self.assertEqual(third.amount_done, 0.0)


@tagged("post_install", "-at_install")
class TestContractStates(ContractCommon):
    """States, buttons, and what is kept."""

    def _get_buttons(self, contract, user):
        contract = contract.with_user(user)
        names = ("submit", "close", "reopen", "cancel", "reset")
        return {name for name in names if contract[f"can_{name}"]}

    def test_buttons_follow_state_and_role(self):
        contract = self._create_contract()
        steps = (
            ("draft", None, {"submit", "cancel"}, set()),
            ("active", "action_submit", {"close", "cancel"}, set()),
            ("closed", "action_close", set(), {"reopen"}),
            ("active", "action_reopen", {"close", "cancel"}, set()),
            ("cancelled", "action_cancel", {"reset"}, set()),
            ("draft", "action_reset", {"submit", "cancel"}, set()),
        )
        for state, action, buttons, managers_buttons in steps:
            if action:
                user = self.manager if action == "action_reopen" else self.sales
                getattr(contract.with_user(user), action)()
            with self.subTest(state=state, action=action):
                self.assertEqual(contract.state, state)
                self.assertEqual(self._get_buttons(contract, self.sales), buttons)
                self.assertEqual(
                    self._get_buttons(contract, self.manager), buttons | managers_buttons
                )
                self.assertEqual(self._get_buttons(contract, self.auditor), set())

    def test_action_in_the_wrong_state_is_refused(self):
        for action in ("action_submit", "action_reset", "action_reopen"):
            with self.subTest(action), self.assertRaises(UserError), self.cr.savepoint():
                getattr(self.contract.with_user(self.manager), action)()
        self.assertEqual(self.contract.state, "active")

    def test_contract_without_amount_is_not_submitted(self):
        with self.assertRaises(UserError):
            self._create_contract(amount_total=0.0).with_user(self.sales).action_submit()

    def test_contract_that_ends_before_it_starts_is_refused(self):
        with self.assertRaises(ValidationError):
            self.contract.write({"date_start": "2026-02-01", "date_end": "2026-01-31"})

    def test_number_is_given_and_unique(self):
        first, second = self._create_contract(), self._create_contract()
        self.assertTrue(first.number and second.number)
        self.assertNotEqual(first.number, second.number)
        self.assertEqual(self._create_contract(number="HT-1").number, "HT-1")

    @users("ticket_sales", "ticket_finance", "ticket_manager")
    def test_active_contract_is_locked(self):
        contract = self.contract.with_env(self.env)
        for values in ({"amount_total": 1.0}, {"number": "X"}, {"partner_id": self.partner.id}):
            with self.subTest(values), self.assertRaises(UserError), self.cr.savepoint():
                contract.write(values)
        contract.write({"note": "Harmless", "amount_total": contract.amount_total})

    def test_ticket_that_holds_a_part_prevents_cancelling(self):
        ticket = self._create_part(type_id=self.type_ordinary.id)
        for step in (self._submit, self._issue):
            step(ticket)
            self.assertFalse(self.contract.with_user(self.sales).can_cancel)
            with self.assertRaisesRegex(UserError, ticket.name), self.cr.savepoint():
                self.contract.with_user(self.sales).action_cancel()
        ticket.with_user(self.finance).action_void("Wrong title")
        self.contract.with_user(self.sales).action_cancel()
        self.assertEqual(self.contract.state, "cancelled")

    def test_red_lettered_ticket_does_not_prevent_cancelling(self):
        ticket = self._create_part()
        self._issue(ticket)
        ticket.with_user(self.finance).action_red("Wrong title")
        self._issue(ticket.red_ids)
        self.contract.with_user(self.sales).action_cancel()
        self.assertEqual(self.contract.state, "cancelled")

    def test_only_an_active_contract_is_ticketed(self):
        draft = self._create_contract()
        closed, cancelled = self._create_contract(), self._create_contract()
        self._approve(closed | cancelled)
        tickets = [self._create_ticket(contract_id=c.id) for c in (draft, closed, cancelled)]
        closed.action_close()
        cancelled.action_cancel()
        for ticket in tickets:
            contract = ticket.contract_id
            with self.subTest(contract.state):
                with self.assertRaises(UserError), self.cr.savepoint():
                    contract.with_user(self.sales).action_create_ticket()
                with self.assertRaisesRegex(UserError, contract.number), self.cr.savepoint():
                    self._submit(ticket)
                self.assertEqual(ticket.state, "draft")

    def test_ticket_of_a_closed_contract_is_red_lettered(self):
        ticket = self._create_part()
        self._issue(ticket)
        self.contract.with_user(self.sales).action_close()
        ticket.with_user(self.finance).action_red("Wrong title")
        self._issue(ticket.red_ids)
        self.assertEqual(ticket.status, "red")
        self.assertFigures()

    def test_ticket_of_another_customer_is_refused(self):
        with self.assertRaisesRegex(ValidationError, self.customer.name):
            self._create_part(partner_id=self.partner.id)

    @users("ticket_sales", "ticket_manager")
    def test_deletion(self):
        contract = self.contract.with_env(self.env)
        with self.assertRaises(UserError), self.cr.savepoint():
            contract.unlink()  # active
        with_ticket = self._create_contract()
        ticket = self._create_ticket(contract_id=with_ticket.id)
        with self.assertRaises(UserError), self.cr.savepoint():
            with_ticket.with_env(self.env).unlink()
        ticket.active = False
        with self.assertRaises(UserError), self.cr.savepoint():
            with_ticket.with_env(self.env).unlink()
        ticket.unlink()
        with_ticket.with_env(self.env).unlink()
        cancelled = self._create_contract()
        cancelled.action_cancel()
        cancelled.with_env(self.env).unlink()
        self.assertFalse((with_ticket | cancelled).exists())

    def test_contract_of_a_colleague_is_out_of_reach(self):
        with self.assertRaises(AccessError):
            self.contract.with_user(self.sales2).action_close()
