from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import TransactionCase, tagged

from ...models.base.proof import proven
from ..threads import retry_soon, run_at_once

NAME = "Corrected At Once"


@tagged("post_install", "-at_install")
class TestTicketRaces(TransactionCase):
    """Two users act on the same document at the same instant, in real transactions.

    One does it; the other is run again, sees what the first did, and is told.
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
            cr.execute(
                "DELETE FROM invoice_ticket WHERE partner_id IN "
                "(SELECT id FROM res_partner WHERE name = %s)",
                [NAME],
            )
            cr.execute(
                "DELETE FROM sale_order WHERE partner_id IN "
                "(SELECT id FROM res_partner WHERE name = %s)",
                [NAME],
            )
            cr.execute(
                "DELETE FROM invoice_contract WHERE partner_id IN "
                "(SELECT id FROM res_partner WHERE name = %s)",
                [NAME],
            )
            cr.execute("DELETE FROM res_partner WHERE name = %s", [NAME])

    def _commit(self, create):
        """Create a record, or change one, in a transaction of its own."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})
            return create(env).id

    def _create_ticket(self, state, **values):
        def create(env):
            partner = env["res.partner"].create({"name": NAME, "invoice_title": NAME})
            line = {"name": "Paper", "quantity": 10, "price_unit": 10.0, "tax_id": False}
            ticket = env["invoice.ticket"].create(
                {
                    "type_id": env.ref("invoice_crm_addon.ticket_type_special").id,
                    "partner_id": partner.id,
                    "buyer_vat": "91110108MA00TEST2K",
                    "buyer_address": "1 Example Street",
                    "buyer_phone": "010-62345678",
                    "buyer_bank_name": "ICBC",
                    "buyer_bank_account": "6222021001116245702",
                    "line_ids": [Command.create(line)],
                }
            )
            proven(ticket).write(
                {
                    "fapiao_code": "1100209999",
                    "fapiao_number": f"{ticket.id:08d}",
                    "state": state,
                    **values,
                }
            )
            return ticket

        return self._commit(create)

    def _run(self, model, record_id, *actions):
        """Each of the actions at the same instant; one is refused, with a sentence.

        :return: index of the one that was done
        """
        functions = [
            lambda env, action=action: action(env[model].browse(record_id)) and None
            for action in actions
        ]
        with retry_soon():
            outcomes = run_at_once(self.registry, SUPERUSER_ID, functions)
        refused = [isinstance(outcome, UserError) for outcome in outcomes]
        self.assertEqual(sorted(refused), [False, True], outcomes)
        self.assertIn(None, outcomes)
        return refused.index(False)

    def _race(self, state, *actions, **values):
        """Yield, round by round, the ticket on which one of the actions was done."""
        for _round in range(self.ROUNDS):
            ticket_id = self._create_ticket(state, **values)
            done = self._run("invoice.ticket", ticket_id, *actions)
            with self.registry.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                yield env["invoice.ticket"].browse(ticket_id), done

    def test_one_red_letter(self):
        def red(ticket):
            return ticket.action_red("Wrong title")

        for ticket, _done in self._race("issued", red, red):
            self.assertEqual(ticket.red_ids.mapped("amount_total"), [-100.0])

    def test_parts_do_not_exceed_the_whole(self):
        def red(ticket):
            return ticket.action_red(red_reason="02", amount=60.0)

        for ticket, _done in self._race("issued", red, red):
            self.assertEqual(ticket.red_ids.mapped("amount_total"), [-60.0])

    def test_one_reissue(self):
        def reissue(ticket):
            return ticket.action_reissue()

        for ticket, _done in self._race("voided", reissue, reissue):
            self.assertEqual(len(ticket.reissue_ids), 1)

    def test_either_red_letter_or_void(self):
        actions = (lambda t: t.action_red("Wrong title"), lambda t: t.action_void("Wrong title"))
        for ticket, done in self._race("issued", *actions):
            self.assertEqual((len(ticket.red_ids), ticket.state == "voided"), (1 - done, done == 1))

    def test_one_void(self):
        actions = (lambda t: t.action_void("First"), lambda t: t.action_void("Second"))
        for ticket, done in self._race("issued", *actions):
            self.assertEqual(ticket.void_reason, ("First", "Second")[done])

    def test_one_issue(self):
        def issue(ticket):
            return ticket.action_issue()

        for ticket, _done in self._race("approved", issue, issue):
            issued = ticket.message_ids.filtered(lambda message: "Issued." in message.body)
            self.assertEqual(len(issued), 1)

    def test_either_issue_or_reset(self):
        actions = (lambda t: t.action_issue(), lambda t: t.action_reset())
        for ticket, done in self._race("approved", *actions):
            self.assertEqual(ticket.state, ("issued", "draft")[done])

    def test_one_submission(self):
        def submit(ticket):
            return ticket.action_submit()

        for ticket, _done in self._race("draft", submit, submit):
            self.assertIn(ticket.state, ("pending", "approved"))
            self.assertLessEqual(len(ticket.approval_request_ids), 1)

    def test_either_close_or_cancel(self):
        def create(env):
            partner = env["res.partner"].create({"name": NAME})
            contract = env["invoice.contract"].create(
                {"name": NAME, "partner_id": partner.id, "amount_total": 100.0}
            )
            proven(contract).state = "active"
            return contract

        for _round in range(self.ROUNDS):
            self._run(
                "invoice.contract",
                self._commit(create),
                lambda contract: contract.action_close(),
                lambda contract: contract.action_cancel(),
            )

    def test_one_contract_of_an_order(self):
        def create(env):
            partner = env["res.partner"].create({"name": NAME})
            order = env["sale.order"].create({"partner_id": partner.id})
            order.state = "sale"
            return order

        def make(env):
            return env["sale.order"].browse(order_id).action_create_invoice_contract()["res_id"]

        for _round in range(self.ROUNDS):
            order_id = self._commit(create)
            with retry_soon():
                first, second = run_at_once(self.registry, SUPERUSER_ID, [make, make])
            # The second one opens the contract that the first one made.
            self.assertEqual(first, second)
            with self.registry.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                partner = env["sale.order"].browse(order_id).partner_id
                self.assertEqual(
                    env["invoice.contract"].search_count([("partner_id", "=", partner.id)]), 1
                )
