from functools import partial

from odoo import SUPERUSER_ID, api
from odoo.fields import Command
from odoo.tests import TransactionCase, tagged

from ...models.base.proof import proven
from ..threads import retry_soon, run_at_once
from .batch_common import SERVICE


@tagged("post_install", "-at_install")
class TestBureauRace(TransactionCase):
    """Two people send the same ticket at the same instant, in real transactions."""

    ROUNDS = 3
    NAME = "Sent At Once"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.addClassCleanup(cls._clean_up)
        cls._clean_up()

    @classmethod
    def _clean_up(cls):
        with cls.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})
            tickets = env["invoice.ticket"].search([("buyer_name", "=", cls.NAME)])
            proven(tickets.bureau_item_ids.batch_id).unlink()
            proven(tickets).write({"state": "draft", "bureau_state": False})
            tickets.unlink()

    def _make_ticket(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})
            line = {
                "name": "Advice",
                "price_unit": 100.0,
                "tax_treatment": "exempt",
                "tax_code": SERVICE,
            }
            ticket = proven(env["invoice.ticket"]).create(
                {
                    "type_id": env.ref("invoice_crm_addon.ticket_type_digital_ordinary").id,
                    "buyer_name": self.NAME,
                    "state": "approved",
                    "line_ids": [Command.create(line)],
                }
            )
            return ticket.id

    def test_one_sends_and_the_other_is_told(self):
        def send(env, ticket_id):
            ticket = env["invoice.ticket"].browse(ticket_id)
            return len(env["invoice.bureau.batch"]._send(ticket))

        for _round in range(self.ROUNDS):
            ticket_id = self._make_ticket()
            with retry_soon():
                results = run_at_once(
                    self.registry, SUPERUSER_ID, [partial(send, ticket_id=ticket_id)] * 2
                )
            sent = [result for result in results if result == 1]
            self.assertEqual(len(sent), 1, results)
            with self.registry.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                self.assertEqual(len(env["invoice.ticket"].browse(ticket_id).bureau_item_ids), 1)
