from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import TransactionCase, tagged

from ...models.base.proof import proven
from ...models.ticket.ticket_ledger_mixin import HOLDING_STATES
from ..threads import retry_soon, run_at_once

NAME = "Cancelled At Once"


@tagged("post_install", "-at_install")
class TestCancelRaces(TransactionCase):
    """An order or contract is cancelled while a ticket of it moves, in real transactions.

    Whichever is first, the other is run again, sees that, and is refused as a whole: what is
    cancelled has no ticket that holds a part of it.
    """

    ROUNDS = 4

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.addClassCleanup(cls._clean_up)
        cls._clean_up()

    @classmethod
    def _clean_up(cls):
        with cls.registry.cursor() as cr:
            for table in ("invoice_ticket", "sale_order", "invoice_contract"):
                cr.execute(
                    f"DELETE FROM {table} WHERE partner_id IN "
                    "(SELECT id FROM res_partner WHERE name = %s)",
                    [NAME],
                )
            cr.execute("DELETE FROM product_template WHERE name->>'en_US' = %s", [NAME])
            cr.execute("DELETE FROM res_partner WHERE name = %s", [NAME])

    def _create(self, kind, state):
        """A contract or an order of 100.00, and a ticket of 80.00 of it in a state: both ids."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})
            partner = env["res.partner"].create({"name": NAME, "invoice_title": NAME})
            if kind == "contract":
                source = env["invoice.contract"].create(
                    {"name": NAME, "partner_id": partner.id, "amount_total": 100.0}
                )
                proven(source).state = "active"
                named = {"contract_id": source.id}
            else:
                product = env["product.product"].create({"name": NAME, "type": "service"})
                line = {"product_id": product.id, "price_unit": 100.0, "tax_ids": [Command.clear()]}
                source = env["sale.order"].create(
                    {"partner_id": partner.id, "order_line": [Command.create(line)]}
                )
                source.state = "sale"
                named = {"sale_order_id": source.id}
            ticket = env["invoice.ticket"].create(
                {
                    "type_id": env.ref("invoice_crm_addon.ticket_type_voucher").id,
                    "partner_id": partner.id,
                    "currency_id": source.currency_id.id,
                    "line_ids": [
                        Command.create({"name": "Part", "price_unit": 80.0, "tax_id": False})
                    ],
                    **named,
                }
            )
            if state != "draft":
                ticket.action_submit()
            return source._name, source.id, ticket.id

    def _race(self, kind, state, cancel, act):
        """Run both at the same instant, and look at what they left.

        :return: for each round whether the source was cancelled, and the state of the ticket
        """
        results = []
        for _round in range(self.ROUNDS):
            model, source_id, ticket_id = self._create(kind, state)
            functions = [
                lambda env, m=model, s=source_id, t=ticket_id: cancel(env, env[m].browse(s), t),
                lambda env, t=ticket_id: act(env["invoice.ticket"].browse(t)),
            ]
            with retry_soon():
                outcomes = run_at_once(self.registry, SUPERUSER_ID, functions)
            for outcome in outcomes:
                if isinstance(outcome, Exception):
                    self.assertIsInstance(outcome, UserError, outcome)
            with self.registry.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                source, ticket = (
                    env[model].browse(source_id),
                    env["invoice.ticket"].browse(ticket_id),
                )
                is_cancelled = source.state in ("cancel", "cancelled")
                self.assertEqual(is_cancelled, not isinstance(outcomes[0], Exception), outcomes)
                if is_cancelled:
                    self.assertNotIn(ticket.exists().state, HOLDING_STATES)
                    self.assertFalse(ticket.exists().path_ids)
                    self.assertEqual(source.amount_in_progress + source.amount_ticketed, 0.0)
                self.assertNotEqual(source.ticketing_state, "excess")
                results.append((is_cancelled, ticket.exists().state))
        return results

    @staticmethod
    def _cancel(_env, source, _ticket):
        source.action_cancel()

    @staticmethod
    def _submit(ticket):
        ticket.action_submit()

    @staticmethod
    def _issue(ticket):
        ticket.action_issue()

    @staticmethod
    def _cancel_in_dialog(env, source, ticket):
        """Whoever cancels resets or deletes the ticket that the dialog showed."""
        fname = "contract_id" if source._name == "invoice.contract" else "sale_order_id"
        wizard = env["invoice.source.cancel.wizard"].create({fname: source.id, "reason": "Over"})
        assert wizard.row_ids.ticket_id.ids == [ticket], wizard.row_ids
        wizard.action_confirm()

    def test_submit_or_cancel(self):
        for kind in ("contract", "order"):
            for is_cancelled, state in self._race(kind, "draft", self._cancel, self._submit):
                self.assertEqual(state, "draft" if is_cancelled else "approved")

    def test_submit_or_cancel_in_the_dialog(self):
        """The dialog deletes the draft, or resets it if it was submitted before."""
        for kind in ("contract", "order"):
            for is_cancelled, state in self._race(
                kind,
                "draft",
                self._cancel_in_dialog,
                self._submit,
            ):
                self.assertIn(state, (False, "draft") if is_cancelled else ("approved",))

    def test_issue_or_cancel(self):
        """Without the dialog it is refused, whether the ticket is issued yet or not."""
        for kind in ("contract", "order"):
            for is_cancelled, state in self._race(kind, "approved", self._cancel, self._issue):
                self.assertEqual((is_cancelled, state), (False, "issued"))

    def test_issue_or_cancel_in_the_dialog(self):
        """The dialog resets the ticket, or voids it if it was issued before."""
        for kind in ("contract", "order"):
            for is_cancelled, state in self._race(
                kind,
                "approved",
                self._cancel_in_dialog,
                self._issue,
            ):
                self.assertIn(state, ("draft", "voided") if is_cancelled else ("issued",))

    def test_allocate_or_cancel(self):
        """A ticket of something else that finance ties to it at the same instant."""
        for kind, fname in (("contract", "contract_id"), ("order", "sale_order_id")):

            def tie(ticket, fname=fname):
                source = ticket[fname]
                other = ticket.copy({fname: False})
                other.action_submit()
                other.action_reset()
                other[fname] = source
                other.action_submit()

            # What is left is looked at after each round.
            self._race(kind, "draft", self._cancel, tie)
