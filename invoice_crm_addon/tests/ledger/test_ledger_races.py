from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import TransactionCase, tagged

from ...models.base.proof import proven
from ..threads import retry_soon, run_at_once

NAME = "Ledger At Once"


@tagged("post_install", "-at_install")
class TestLedgerRaces(TransactionCase):
    """A ticket is submitted while what it documents changes, in real transactions.

    One of them is done; the other is run again, sees what the first did, and is told.
    """

    ROUNDS = 6

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

    def _create_chain(self):
        """A contract and its order of 100.00 each; ids of both, and of a draft of 80.00 of each."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})
            partner = env["res.partner"].create({"name": NAME, "invoice_title": NAME})
            contract = env["invoice.contract"].create(
                {"name": NAME, "partner_id": partner.id, "amount_total": 100.0}
            )
            proven(contract).state = "active"
            product = env["product.product"].create({"name": NAME, "type": "service"})
            line = {"product_id": product.id, "price_unit": 100.0, "tax_ids": [Command.clear()]}
            order = env["sale.order"].create(
                {
                    "partner_id": partner.id,
                    "invoice_contract_id": contract.id,
                    "order_line": [Command.create(line)],
                }
            )
            order.state = "sale"
            tickets = env["invoice.ticket"].create(
                [
                    {
                        "type_id": env.ref("invoice_crm_addon.ticket_type_voucher").id,
                        "partner_id": partner.id,
                        "currency_id": order.currency_id.id,
                        "line_ids": [
                            Command.create({"name": "Part", "price_unit": 80.0, "tax_id": False})
                        ],
                        **source,
                    }
                    for source in ({"contract_id": contract.id}, {"sale_order_id": order.id})
                ]
            )
            return contract.id, order.id, *tickets.ids

    def _race(self, *actions):
        """Run the actions at the same instant, again and again: one is refused each time."""
        for _round in range(self.ROUNDS):
            ids = self._create_chain()
            functions = [
                lambda env, action=action, ids=ids: action(env, *ids) and None for action in actions
            ]
            with retry_soon():
                outcomes = run_at_once(self.registry, SUPERUSER_ID, functions)
            refused = [isinstance(outcome, UserError) for outcome in outcomes]
            self.assertEqual(sorted(refused), [False, True], outcomes)
            self.assertIn(None, outcomes)
            with self.registry.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                contract = env["invoice.contract"].browse(ids[0])
                order = env["sale.order"].browse(ids[1])
                for document in (contract, order):
                    self.assertNotEqual(document.ticketing_state, "excess")

    @staticmethod
    def _submit_of_contract(env, _contract, _order, ticket, _other):
        env["invoice.ticket"].browse(ticket).action_submit()

    @staticmethod
    def _submit_of_order(env, _contract, _order, _other, ticket):
        env["invoice.ticket"].browse(ticket).action_submit()

    @staticmethod
    def _lower_contract(env, contract, *_ids):
        env["invoice.contract"].browse(contract).amount_total = 70.0

    @staticmethod
    def _lower_order(env, _contract, order, *_ids):
        env["sale.order"].browse(order).order_line.price_unit = 70.0

    @staticmethod
    def _cancel_order(env, _contract, order, *_ids):
        env["sale.order"].browse(order).state = "cancel"

    @staticmethod
    def _close_contract(env, contract, *_ids):
        env["invoice.contract"].browse(contract).action_close()

    def test_contract_and_its_order(self):
        self._race(self._submit_of_contract, self._submit_of_order)

    def test_contract_that_is_lowered(self):
        self._race(self._submit_of_contract, self._lower_contract)

    def test_contract_that_is_lowered_under_its_order(self):
        self._race(self._submit_of_order, self._lower_contract)

    def test_contract_that_is_closed(self):
        self._race(self._submit_of_contract, self._close_contract)

    def test_order_that_is_lowered(self):
        self._race(self._submit_of_order, self._lower_order)

    def test_order_that_is_cancelled(self):
        self._race(self._submit_of_order, self._cancel_order)
