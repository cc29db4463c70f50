from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .test_making import MakingCommon


@tagged("post_install", "-at_install")
class TestCancelling(MakingCommon):
    """An order or contract is cancelled under its tickets: each is decided on, or it is refused."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._sell(cls.sales, cls.finance)
        cls.finance.group_ids |= cls.env.ref("sales_team.group_sale_manager")

    def _open(self, source, user):
        """The dialog that the button opens."""
        self.env.invalidate_all()
        action = source.with_user(user).action_open_cancel()
        self.assertEqual(action["res_model"], "invoice.source.cancel.wizard")
        Wizard = self.env["invoice.source.cancel.wizard"].with_user(user)
        return Wizard.with_context(**action["context"]).create({})

    def _choose(self, wizard, **choices):
        for row in wizard.row_ids:
            row.choice = choices[row.ticket_id.state]

    # === REFUSED WITHOUT THE DIALOG === #

    def test_order_is_refused_with_the_names_of_its_tickets(self):
        order = self._create_order()
        ticket = self._ticket(order, 565.0)
        for cancel in (
            lambda: order.with_user(self.sales).action_cancel(),
            lambda: (
                self.env["sale.mass.cancel.orders"]
                .with_user(self.finance)
                .create({"sale_order_ids": [Command.set(order.ids)]})
                .action_mass_cancel()
            ),
        ):
            with self.assertRaises(UserError) as caught, self.cr.savepoint():
                cancel()
            self.assertIn(ticket.name, str(caught.exception))
            self.assertIn("565.00", str(caught.exception))
        with self.assertRaises(UserError), self.cr.savepoint():
            order.with_user(self.sales).with_context(
                invoice_kept_tickets=ticket.ids
            ).action_cancel()
        self.assertEqual(order.state, "sale")

    def test_contract_is_refused_with_the_names_of_its_tickets(self):
        contract = self._create_active_contract()
        ticket = self._ticket(contract)
        with self.assertRaisesRegex(UserError, ticket.name):
            contract.with_user(self.sales).action_cancel()
        self.assertTrue(contract.with_user(self.sales).can_open_cancel)
        self.assertFalse(contract.with_user(self.sales).can_cancel)

    def test_of_many_tickets_the_oldest_are_named(self):
        contract = self._create_active_contract()
        first, *others = [self._ticket(contract, 100.0) for _number in range(3)]
        place = "odoo.addons.invoice_crm_addon.models.settlement.ticketable_cancelling"
        with (
            patch(f"{place}.NAMED_TICKETS", 1),
            self.assertRaises(UserError) as caught,
        ):
            contract.with_user(self.sales).action_cancel()
        self.assertIn(first.name, str(caught.exception))
        for ticket in others:
            self.assertNotIn(ticket.name, str(caught.exception))

    def test_ticket_of_others_is_not_named(self):
        order = self._create_order()
        ticket = self._ticket(order)
        ticket.sudo().user_id = self.sales2
        self.env.flush_all()
        with self.assertRaises(UserError) as caught:
            order.with_user(self.sales).action_cancel()
        self.assertNotIn(ticket.name, str(caught.exception))
        wizard = self._open(order, self.sales)
        self.assertTrue(wizard.has_hidden)
        self.assertFalse(wizard.row_ids)
        with self.assertRaisesRegex(UserError, "others"):
            wizard.action_confirm()

    # === DECIDED === #

    def test_without_tickets_it_is_cancelled_at_once(self):
        order, contract = self._create_order(), self._create_active_contract()
        order.with_user(self.sales).action_open_cancel()
        contract.with_user(self.sales).action_open_cancel()
        self.assertEqual((order.state, contract.state), ("cancel", "cancelled"))
        self.assertFalse(self.env["invoice.source.cancel.wizard"].new({}).staying)

    def test_salesperson_resets_withdraws_and_deletes(self):
        self._create_flow("invoice.ticket", [self.approver])
        for source in (self._create_order(), self._create_active_contract()):
            with self.subTest(source._name):
                values = self._prepare_source_values(source, 0)
                approved, pending, draft = (self._create_ticket(**values) for _ in range(3))
                for ticket in approved, pending, draft:
                    ticket.line_ids.price_unit = 100.0
                self._approve(approved)
                self._submit(pending)
                wizard = self._open(source, self.sales)
                self.assertEqual(
                    wizard.row_ids.mapped(lambda row: (row.ticket_id, row.choice)),
                    [(approved, "reset"), (pending, "withdraw"), (draft, "delete")],
                )
                wizard.action_confirm()
                self.assertEqual(source.state[:6], "cancel")
                self.assertEqual((approved.state, pending.state), ("draft", "draft"))
                self.assertFalse(draft.exists())

    def test_finance_voids_red_letters_and_keeps(self):
        order = self._create_order(quantity=3)
        voided = self._create_ticket(type_id=self.type_ordinary.id, sale_order_id=order.id)
        red, kept = (self._create_ticket(sale_order_id=order.id) for _ in range(2))
        for ticket in voided, red, kept:
            self._issue(ticket)
        wizard = self._open(order, self.finance)
        choices = {voided: "void", red: "red", kept: "keep"}
        for row in wizard.row_ids:
            row.choice = choices[row.ticket_id]
        self.assertTrue(wizard.needs_reason and wizard.needs_red_reason)
        with self.assertRaises(UserError), self.cr.savepoint():
            wizard.action_confirm()
        wizard.write({"reason": "Given up", "red_reason": "03"})
        wizard.action_confirm()
        self.assertEqual(order.state, "cancel")
        self.assertEqual((voided.state, kept.state), ("voided", "issued"))
        self.assertEqual(red.red_ids.amount_total, -1130.0)
        self.assertEqual(order.ticketing_state, "excess")
        self.assertEqual(order.amount_ticket_excess, 2260.0)
        self.assertIn("Given up", kept.message_ids[:1].body)
        self._issue(red.red_ids.with_user(self.finance).sudo(False))
        self.assertEqual(order.amount_ticket_excess, 1130.0)

    def test_contract_that_is_kept_shows_the_excess(self):
        contract = self._create_active_contract()
        self._issue(self._ticket(contract))
        wizard = self._open(contract, self.finance)
        wizard.row_ids.choice = "keep"
        wizard.reason = "Settled in court"
        wizard.action_confirm()
        self.assertEqual((contract.state, contract.ticketing_state), ("cancelled", "excess"))
        self.assertEqual(contract.amount_ticket_excess, 1130.0)

    def test_choices_that_are_not_open(self):
        """Nothing is done then, of none of the tickets."""
        order = self._create_order(quantity=2)
        issued, approved = self._ticket(order, 1130.0), self._ticket(order, 1130.0)
        self._issue(issued)
        wizard = self._open(order, self.sales)
        self.assertEqual(wizard.row_ids.mapped("choice"), [False, "reset"])
        self.assertTrue(wizard.has_undecidable)
        self.assertFalse(self._open(order, self.finance).has_undecidable)
        for choice in ("keep", "void", "delete", "leave", False):
            wizard.row_ids[0].choice = choice
            wizard.reason = "Given up"
            with self.subTest(choice), self.assertRaises(UserError), self.cr.savepoint():
                wizard.action_confirm()
        self.assertEqual((order.state, approved.state), ("sale", "approved"))

    def test_ticket_that_came_meanwhile(self):
        order = self._create_order(quantity=2)
        self._ticket(order, 1130.0)
        wizard = self._open(order, self.sales)
        self._ticket(order, 500.0)
        with self.assertRaisesRegex(UserError, "meanwhile"):
            wizard.action_confirm()

    def _lay_on_order(self):
        """An order whose part of the contract is ticketed by the contract."""
        contract = self._create_active_contract()
        order = self._create_order(invoice_contract_id=contract.id)
        return order, self._ticket(contract)

    def test_ticket_of_the_contract_is_named_and_does_not_hold_its_order(self):
        order, ticket = self._lay_on_order()
        wizard = self._open(order, self.sales)
        self.assertFalse(wizard.row_ids)
        self.assertIn(ticket.name, wizard.staying)
        self.assertFalse(wizard.has_hidden or wizard.has_undecidable or wizard.needs_reason)
        wizard.action_confirm()
        self.assertEqual((order.state, ticket.state), ("cancel", "approved"))
        self.assertIn(ticket.name, "".join(order.message_ids.mapped("body")))

    def test_order_with_tickets_of_its_own_and_of_its_contract(self):
        contract = self._create_active_contract(2260.0)
        order = self._create_order(quantity=2, invoice_contract_id=contract.id)
        own, other = self._ticket(order, 1130.0), self._ticket(contract, 1130.0)
        wizard = self._open(order, self.sales)
        self.assertEqual(wizard.row_ids.ticket_id, own)
        self.assertIn(other.name, wizard.staying)
        self.assertNotIn(own.name, wizard.staying)
        wizard.action_confirm()
        self.assertEqual(order.state, "cancel")

    def test_ways_of_core_are_not_blocked_by_tickets_of_the_contract(self):
        laid = [self._lay_on_order() for _number in range(3)]
        orders = self.env["sale.order"].union(*(order for order, _ticket in laid))
        Wizard = self.env["sale.mass.cancel.orders"].with_user(self.finance)
        hint = Wizard.create({"sale_order_ids": [Command.set(orders.ids)]}).ticket_hint
        self._cancel_in_every_way(orders)
        for order, ticket in laid:
            self.assertEqual((order.state, ticket.state), ("cancel", "approved"))
            self.assertIn(ticket.name, order.message_ids[:1].body)
            self.assertIn(ticket.name, hint)

    def test_tickets_of_others_that_stay_are_not_named(self):
        order, ticket = self._lay_on_order()
        ticket.sudo().user_id = self.sales2
        ticket.contract_id.sudo().user_id = self.sales2
        self.env.flush_all()
        wizard = self._open(order, self.sales)
        self.assertEqual(wizard.staying, "…")
        wizard.action_confirm()
        self.assertEqual(order.state, "cancel")

    # === THE COMPANY ONLY WARNS, OR ALLOWS IT === #

    def _cancel_in_every_way(self, orders):
        """Ways of core that know nothing of tickets."""
        first, second, third = orders
        first.with_user(self.sales).action_cancel()
        Wizard = self.env["sale.mass.cancel.orders"].with_user(self.finance)
        Wizard.create({"sale_order_ids": [Command.set(second.ids)]}).action_mass_cancel()
        third.with_user(self.finance).write({"state": "cancel"})

    def test_it_is_said_and_kept_where_it_is_not_blocked(self):
        for policy in ("warn", "off"):
            self.company.ticket_over_issue = policy
            orders = self.env["sale.order"].union(*(self._create_order() for _ in range(3)))
            tickets = [self._ticket(order, 565.0) for order in orders]
            self._issue(tickets[0])
            self._cancel_in_every_way(orders)
            for order, ticket in zip(orders, tickets, strict=True):
                with self.subTest(policy, order=order.name):
                    self.assertEqual(order.state, "cancel")
                    self.assertIn(ticket.name, order.message_ids[:1].body)
                    advice = "red letter" if ticket == tickets[0] else "reset it to draft"
                    self.assertIn(advice, order.message_ids[:1].body)
                    said = "".join(ticket.message_ids.mapped("body"))
                    self.assertIn(order.name, said)
                    self.assertIn(advice, said)

    def test_whoever_cancels_is_told(self):
        self.company.ticket_over_issue = "warn"
        order = self._create_order()
        ticket = self._ticket(order)
        told = []
        bus = self.env.registry["bus.bus"]
        self.patch(
            bus, "_sendone", lambda _self, _target, kind, message: told.append((kind, message))
        )
        order.with_user(self.sales).action_cancel()
        texts = [message["message"] for kind, message in told if kind == "simple_notification"]
        self.assertEqual(len(texts), 1)
        self.assertIn(ticket.name, texts[0])

    def test_what_was_decided_in_the_dialog_is_not_said_again(self):
        self.company.ticket_over_issue = "warn"
        order = self._create_order()
        ticket = self._ticket(order)
        wizard = self._open(order, self.sales)
        wizard.row_ids.choice = "keep"
        wizard.reason = "Next year"
        wizard.action_confirm()
        self.assertEqual(order.state, "cancel")
        self.assertNotIn("What to do", "".join(ticket.message_ids.mapped("body")))

    def test_ways_that_know_nothing_of_tickets_are_blocked(self):
        orders = self.env["sale.order"].union(*(self._create_order() for _ in range(3)))
        for order in orders:
            self._ticket(order)
            with self.assertRaises(UserError), self.cr.savepoint():
                self._cancel_in_every_way([order] * 3)
            with self.assertRaises(UserError), self.cr.savepoint():
                order.with_user(self.finance).write({"state": "cancel"})
        with self.assertRaises(UserError), self.cr.savepoint():
            orders.with_user(self.finance)._action_cancel()
        self.assertEqual(set(orders.mapped("state")), {"sale"})

    def test_dialog_of_core_names_the_tickets(self):
        order, bare = self._create_order(), self._create_order()
        ticket = self._ticket(order, 565.0)
        Wizard = self.env["sale.mass.cancel.orders"].with_user(self.finance)
        hint = Wizard.create({"sale_order_ids": [Command.set((order | bare).ids)]}).ticket_hint
        self.assertIn(ticket.name, hint)
        self.assertIn("reset it to draft", hint)
        self.assertNotIn(bare.name, hint)
        self.assertFalse(Wizard.create({"sale_order_ids": [Command.set(bare.ids)]}).ticket_hint)

    def test_advice_for_each_state(self):
        self._create_flow("invoice.ticket", [self.approver])
        contract = self._create_active_contract()
        values = self._prepare_source_values(contract, 0)
        voidable = self._create_ticket(type_id=self.type_voucher.id, **values)
        pending, red = (self._create_ticket(**values) for _ in range(2))
        for ticket in (voidable, pending, red):
            ticket.line_ids.price_unit = 100.0
        for ticket in (voidable, red):
            self._approve(ticket)
            self._issue(ticket)
        self._submit(pending)
        with self.assertRaises(UserError) as caught:
            contract.with_user(self.finance).action_cancel()
        for ticket, advice in ((voidable, "void it"), (pending, "withdraw"), (red, "red letter")):
            self.assertRegex(str(caught.exception), f"{ticket.name} [^)]*{advice}")
