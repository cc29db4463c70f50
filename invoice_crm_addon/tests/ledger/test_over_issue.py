from importlib.util import module_from_spec, spec_from_file_location
from unittest.mock import patch

from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger
from odoo.tools.misc import file_path

from ...models.base.proof import proven
from ..common import TicketCommon
from ..threads import run_at_once


@tagged("post_install", "-at_install")
class TestOverIssue(TicketCommon):
    """Ticketed ≤ what is being ticketed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._create_contract(amount_total=2000.0)
        cls._approve(cls.contract)

    def _create_part(self, **values):
        return self._create_ticket(contract_id=self.contract.id, **values)

    def test_second_ticket_beyond_the_contract_is_refused(self):
        self._approve(self._create_part())
        second = self._create_part()
        with self.assertRaisesRegex(UserError, "too much"):
            second.action_submit()

    def test_ticket_of_the_rest_is_allowed(self):
        self._approve(self._create_part())
        rest = self._create_part()
        rest.line_ids.price_unit = 870.0
        self._approve(rest)
        self.assertEqual(rest.state, "approved")
        self.assertEqual(self.contract.amount_to_ticket, 0.0)

    def test_one_cent_too_much_is_refused(self):
        self._approve(self._create_part())
        rest = self._create_part()
        rest.line_ids.price_unit = 870.01
        with self.assertRaises(UserError):
            rest.action_submit()

    def test_draft_holds_nothing(self):
        self._create_part()
        self._approve(self._create_part())

    def test_reset_ticket_frees_its_amount(self):
        first = self._create_part()
        self._approve(first)
        first.action_reset()
        self._approve(self._create_part())

    def test_voided_ticket_frees_its_amount(self):
        first = self._create_part(type_id=self.type_ordinary.id)
        self._issue(first)
        first.with_user(self.finance).action_void("Wrong title")
        self._approve(self._create_part())

    def test_red_letter_frees_the_amount_once_it_is_issued(self):
        first = self._create_part()
        self._issue(first)
        first.with_user(self.finance).action_red("Wrong title")
        red = first.red_ids
        self._approve(red)
        second = self._create_part()
        with self.assertRaises(UserError), self.cr.savepoint():
            second.action_submit()
        self._issue(red)
        self._approve(second)
        self.assertEqual(second.state, "approved")

    def test_warning_policy_lets_it_pass_and_says_so(self):
        self.company.ticket_over_issue = "warn"
        self._approve(self._create_part())
        second = self._create_part()
        self._approve(second)
        self.assertEqual(second.state, "approved")
        self.assertTrue(
            any("too much" in (body or "") for body in second.message_ids.mapped("body"))
        )

    def test_policy_off_lets_it_pass_in_silence(self):
        self.company.ticket_over_issue = "off"
        self._approve(self._create_part())
        second = self._create_part()
        self._approve(second)
        self.assertFalse(
            any("too much" in (body or "") for body in second.message_ids.mapped("body"))
        )

    def test_payment_is_ticketed_up_to_its_amount(self):
        payment = self._create_payment()

        def create(amount):
            return self._create_ticket(
                allocation_ids=[Command.create({"payment_id": payment.id, "amount": amount})]
            )

        self._approve(create(1130.0))
        second = create(0.01)
        with self.assertRaisesRegex(UserError, "too much"):
            second.action_submit()

    def test_batch_is_refused_as_a_whole(self):
        tickets = self._create_part() | self._create_part()
        with self.assertRaises(UserError), self.cr.savepoint():
            tickets.action_submit()
        self.assertEqual(set(tickets.mapped("state")), {"draft"})

    def test_foreign_currency_contract_counts_in_its_currency(self):
        usd = self._enable_currency("USD")
        self.env["res.currency.rate"].create(
            {
                "currency_id": usd.id,
                "rate": 0.14,
                "company_id": self.company.id,
                "name": "2020-01-01",
            }
        )
        contract = self._create_contract(currency_id=usd.id, amount_total=158.20)
        self._approve(contract)
        ticket = self._create_ticket(contract_id=contract.id)
        self._approve(ticket)  # 1,130.00 CNY are 158.20 USD.
        self.assertEqual(contract.amount_to_ticket, 0.0)
        with self.assertRaises(UserError):
            self._create_ticket(contract_id=contract.id).action_submit()

    def test_old_ticket_without_a_rate_is_named_and_reckoned_anew(self):
        """Before rates were asked for, the ledger laid such tickets, and counted one to one."""
        usd = self._enable_currency("USD")
        self.env["res.currency.rate"].search([("currency_id", "=", usd.id)]).unlink()
        contract = self._create_contract(currency_id=usd.id, amount_total=2000.0)
        self._approve(contract)
        self.assertFalse(contract.unrated_note)
        ticket = self._create_ticket(contract_id=contract.id)
        with patch.object(type(ticket), "_check_rates", lambda tickets: None):
            self._issue(ticket)
        self.assertEqual(contract.amount_ticketed, 1130.0)
        self.assertIn("no exchange rate of USD", contract.unrated_note)
        proven(ticket).amount_contract = 1130.0
        self.env.flush_all()
        path = file_path("invoice_crm_addon/migrations/19.0.11.0.0/post-amount_contract.py")
        spec = spec_from_file_location("amount_contract", path)
        script = module_from_spec(spec)
        spec.loader.exec_module(script)
        script.migrate(self.env.cr, "19.0.10.0.0")
        ticket.invalidate_recordset()
        self.assertEqual(ticket.amount_contract, 0.0)
        self.env["res.currency.rate"].create(
            {
                "currency_id": usd.id,
                "rate": 0.14,
                "company_id": self.company.id,
                "name": "2020-01-01",
            }
        )
        self.assertEqual(ticket.amount_contract, 158.20)
        contract.invalidate_recordset()
        self.assertEqual(contract.amount_ticketed, 158.20)
        self.assertFalse(contract.unrated_note)

    def test_contract_in_a_currency_without_a_rate_takes_no_ticket(self):
        """Core counts it one to one."""
        usd = self._enable_currency("USD")
        self.env["res.currency.rate"].search([("currency_id", "=", usd.id)]).unlink()
        contract = self._create_contract(currency_id=usd.id, amount_total=158.20)
        self._approve(contract)
        ticket = self._create_ticket(contract_id=contract.id)
        self.assertEqual(ticket.amount_contract, 0.0)
        with self.assertRaisesRegex(UserError, "no exchange rate of USD"), self.cr.savepoint():
            ticket.action_submit()
        self.env["res.currency.rate"].create(
            {
                "currency_id": usd.id,
                "rate": 0.14,
                "company_id": self.company.id,
                "name": "2020-01-01",
            }
        )
        self.assertEqual(ticket.amount_contract, 158.20)
        self._approve(ticket)
        self.assertEqual(contract.amount_to_ticket, 0.0)

    def test_ticket_of_nothing_but_a_payment_takes_all_of_its_amount(self):
        """Else one payment would do for any number of tickets."""
        payment = self._create_payment()

        def create(amount, **values):
            row = Command.create({"payment_id": payment.id, "amount": amount})
            return self._create_ticket(allocation_ids=[row], **values)

        with self.assertRaisesRegex(UserError, "too much"), self.cr.savepoint():
            create(1.0).with_user(self.sales).action_submit()
        # A part is paid, and the payment is used up.
        small = self._create_payment(amount=100.0)
        row = Command.create({"payment_id": small.id, "amount": 100.0})
        self._approve(self._create_ticket(allocation_ids=[row]))
        # The contract has the rest.
        self._approve(create(1.0, contract_id=self.contract.id))
        # What came in piece by piece is tied to a ticket that named nothing.
        ticket = self._create_ticket()
        self._issue(ticket)
        self.env["invoice.ticket.allocation"].with_user(self.finance).create(
            {"ticket_id": ticket.id, "payment_id": payment.id, "amount": 100.0}
        )
        self.company.ticket_over_issue = "warn"
        loose = create(1.0)
        self._approve(loose)
        self.assertTrue(
            any("too much" in (body or "") for body in loose.message_ids.mapped("body"))
        )

    # === WHILE A CHANGE WAITS === #

    def _start_change(self, values):
        """An approved ticket of the contract, changed by sales; the change waits."""
        self._create_flow(
            "invoice.ticket", [self.approver], trigger_fields=["line_ids", "contract_id"]
        )
        ticket = self._create_part()
        self._approve(ticket)
        own = ticket.with_user(self.sales)
        own.write(values(ticket))
        self.assertTrue(ticket.approval_change_waits)
        return ticket

    def _lower_to(self, price):
        return lambda ticket: {
            "line_ids": [Command.update(ticket.line_ids.id, {"price_unit": price})]
        }

    def test_change_that_waits_holds_what_it_gives_up(self):
        ticket = self._start_change(self._lower_to(500.0))
        self.assertEqual(self.contract.amount_to_ticket, 870.0)
        with self.assertRaises(UserError), self.cr.savepoint():
            rest = self._create_part()
            rest.line_ids.price_unit = 870.01
            rest.with_user(self.sales).action_submit()
        ticket.approval_request_id.with_user(self.approver).action_reject("No")
        self.assertEqual(self.contract.amount_to_ticket, 870.0)
        ticket.with_user(self.sales).write(self._lower_to(500.0)(ticket))
        ticket.approval_request_id.with_user(self.approver).action_approve()
        self.assertEqual(self.contract.amount_to_ticket, 1500.0)

    def test_change_to_another_contract_holds_both_until_it_is_decided(self):
        other = self._create_contract(amount_total=2000.0)
        self._approve(other)
        ticket = self._start_change(lambda _ticket: {"contract_id": other.id})
        self.assertEqual((self.contract.amount_to_ticket, other.amount_to_ticket), (870.0, 870.0))
        ticket.approval_request_id.with_user(self.approver).action_approve()
        self.assertEqual((self.contract.amount_to_ticket, other.amount_to_ticket), (2000.0, 870.0))

    def test_change_that_leaves_nothing_frees_nothing_and_is_not_approved(self):
        for price in (0.0, -100.0):
            with self.subTest(price):
                ticket = self._start_change(self._lower_to(price))
                self.assertEqual(self.contract.amount_to_ticket, 870.0)
                request = ticket.approval_request_id.with_user(self.approver)
                with (
                    self.assertRaisesRegex(UserError, "Nothing would be left"),
                    self.cr.savepoint(),
                ):
                    request.action_approve()
                request.action_reject("No")
                self.assertEqual(self.contract.amount_to_ticket, 870.0)
                ticket.with_user(self.sales).action_reset()

    # === WHAT GIVES BACK === #

    def test_ticket_below_zero_gives_nothing_back(self):
        self._approve(self._create_part())
        negative = self._create_part()
        negative.line_ids.quantity = -1
        with self.assertRaises(UserError), self.cr.savepoint():
            negative.action_submit()
        # Not even if it got there by another way.
        proven(negative).state = "issued"
        self.assertEqual(self.contract.amount_to_ticket, 870.0)

    def test_red_letter_that_is_voided_takes_again_what_it_gave_back(self):
        first = self._create_part(type_id=self.type_ordinary.id)
        self._issue(first)
        first.with_user(self.finance).action_red("Goods came back")
        red = first.red_ids
        self._issue(red)
        self.assertEqual(self.contract.amount_to_ticket, 2000.0)
        other = self._create_part()
        self._approve(other)
        with self.assertRaisesRegex(UserError, "too much"), self.cr.savepoint():
            red.with_user(self.finance).action_void("Wrong letter")
        other.with_user(self.sales).action_reset()
        red.with_user(self.finance).action_void("Wrong letter")
        self.assertEqual(self.contract.amount_to_ticket, 870.0)
        first.with_user(self.finance).action_void("Wrong title")
        self.assertEqual(self.contract.amount_to_ticket, 2000.0)

    def test_part_that_is_red_lettered_is_free(self):
        first = self._create_part()
        self._issue(first)
        first.with_user(self.finance).action_red("Goods came back", amount=300.0)
        self._issue(first.red_ids)
        self.assertRecordValues(
            self.contract,
            [
                {
                    "amount_ticketed": 830.0,
                    "amount_to_ticket": 1170.0,
                    "amount_ticketed_unpaid": 830.0,
                }
            ],
        )
        self.assertEqual(first.amount_due, 830.0)

    def test_ticket_of_a_closed_contract_is_not_issued(self):
        ticket = self._create_part()
        self._approve(ticket)
        # Contracts with tickets on their way are not closed; this one is of before.
        self.env.cr.execute(
            "UPDATE invoice_contract SET state = 'closed' WHERE id = %s", [self.contract.id]
        )
        self.contract.invalidate_recordset()
        with self.assertRaisesRegex(UserError, "not active"):
            self._issue(ticket)


@tagged("post_install", "-at_install")
class TestOverIssueAtOnce(TransactionCase):
    """Two users submit at the same instant: one wins, the other is told."""

    def test_concurrent_submits_never_exceed_the_contract(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            partner = env["res.partner"].create({"name": "At Once", "invoice_title": "At Once"})
            contract = env["invoice.contract"].create(
                {"name": "At Once", "partner_id": partner.id, "amount_total": 100.0}
            )
            proven(contract).state = "active"
            tickets = env["invoice.ticket"].create(
                [
                    {
                        "type_id": env.ref("invoice_crm_addon.ticket_type_voucher").id,
                        "partner_id": partner.id,
                        "contract_id": contract.id,
                        "line_ids": [
                            Command.create({"name": "Part", "price_unit": 60.0, "tax_id": False})
                        ],
                    }
                    for _index in range(12)
                ]
            )
            ids, contract_id, partner_id = tickets.ids, contract.id, partner.id
        self.addCleanup(self._clean_up, ids, contract_id, partner_id)

        for first, second in zip(ids[::2], ids[1::2], strict=True):
            with mute_logger("odoo.sql_db", "odoo.service.model"):
                outcomes = run_at_once(
                    self.registry,
                    SUPERUSER_ID,
                    [
                        lambda env, ticket_id=ticket_id: (
                            env["invoice.ticket"].browse(ticket_id).action_submit()
                        )
                        for ticket_id in (first, second)
                    ],
                )
            refused = [outcome for outcome in outcomes if isinstance(outcome, UserError)]
            self.assertEqual(len(refused), 1, outcomes)
            self.assertIn(True, outcomes)
            self._reset(first, second)

    def _reset(self, *ticket_ids):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            tickets = env["invoice.ticket"].browse(ticket_ids)
            self.assertEqual(sorted(t.state == "draft" for t in tickets), [False, True])
            proven(tickets.filtered(lambda t: t.state != "draft")).state = "draft"

    def _clean_up(self, ticket_ids, contract_id, partner_id):
        with self.registry.cursor() as cr:
            cr.execute("DELETE FROM invoice_ticket WHERE id IN %s", [tuple(ticket_ids)])
            cr.execute("DELETE FROM invoice_contract WHERE id = %s", [contract_id])
            cr.execute("DELETE FROM res_partner WHERE id = %s", [partner_id])
