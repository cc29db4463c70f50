from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import Form, tagged, users
from odoo.tools.safe_eval import safe_eval

from ...models.settlement.worklist import WORKLISTS
from ..common import TicketCommon


@tagged("post_install", "-at_install")
class TestWorklist(TicketCommon):
    """What waits for whom, how much it is, and what one does about it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.context_today(cls.env.user)

    @classmethod
    def _create_issued(cls, **values):
        ticket = cls._create_ticket(**values)
        cls._issue(ticket)
        return ticket

    def _get_lists(self, user):
        sections = self.env["invoice.worklist"].with_user(user).get_overview()["sections"]
        return {row["key"]: row for section in sections for row in section["lists"]}

    def _get_figures(self, user):
        """Count and amount of the lists in which something waits."""
        lists = self._get_lists(user).values()
        return {row["key"]: (row["count"], row["amount"]) for row in lists if row["count"]}

    def test_way_of_a_ticket(self):
        ticket = self._create_ticket()
        self.assertEqual(self._get_figures(self.sales), {"drafts": (1, 1130.0)})
        self.assertEqual(self._get_figures(self.finance), {})
        self._create_flow("invoice.ticket", [self.approver])
        self._submit(ticket)
        self.assertEqual(self._get_figures(self.approver), {"to_approve": (1, None)})
        self.assertEqual(self._get_figures(self.sales), {})
        self._approve(ticket)
        self.assertEqual(self._get_figures(self.finance), {"to_issue": (1, 1130.0)})
        self._issue(ticket)
        waiting = {"unsent": (1, None), "uncollected": (1, 1130.0)}
        self.assertEqual(self._get_figures(self.finance), waiting)
        self.assertEqual(self._get_figures(self.sales), waiting)
        shipment = self._create_shipment(ticket)
        self.assertEqual(self._get_figures(self.sales), waiting)
        shipment.with_user(self.finance).action_hand_over()
        waiting["under_way"] = waiting.pop("unsent")
        self.assertEqual(self._get_figures(self.sales), waiting)
        event = shipment.with_user(self.finance).action_deliver()["context"]
        self.env["invoice.shipment.event"].with_context(**event).create({"signed_by": "Front desk"})
        del waiting["under_way"]
        self.assertEqual(self._get_figures(self.sales), waiting)
        ticket.with_user(self.finance).action_red("Returned", red_reason="02", amount=113.0)
        self._issue(ticket.red_ids)
        self.assertEqual(
            self._get_figures(self.auditor),
            {
                "unsent": (1, None),
                "uncollected": (1, 1017.0),
                "partial_red": (1, 1017.0),
            },
        )
        self.assertEqual(self._get_figures(self.sales2), {})

    def test_overdue_or_not_it_is_not_collected(self):
        self._create_issued()
        self._create_issued(date_due=self.today - timedelta(days=1))
        self._create_issued(date_due=self.today)
        figures = self._get_figures(self.finance)
        self.assertEqual(figures["uncollected"], (3, 3390.0))
        self.assertEqual(figures["overdue"], (1, 1130.0))

    def test_received_and_ticketed_too_much(self):
        payment = self._create_payment()
        self.assertEqual(self._get_figures(self.finance), {"received": (1, 1130.0)})
        ticket = self._create_ticket(
            allocation_ids=[Command.create({"payment_id": payment.id, "amount": 1130.0})]
        )
        self._issue(ticket)
        self.assertNotIn("received", self._get_figures(self.finance))
        payment.action_draft()
        payment.action_cancel()
        self.assertEqual(self._get_figures(self.finance)["excess"], (1, 1130.0))
        self.assertNotIn("excess", self._get_lists(self.sales))

    def test_amounts_in_other_currencies_are_converted(self):
        currency = self._enable_currency("USD")
        self.env["res.currency.rate"].create(
            {
                "currency_id": currency.id,
                "company_id": self.company.id,
                "name": "2020-01-01",
                "rate": 0.2,
            }
        )
        self._create_payment(currency_id=currency.id)
        self._create_payment(amount=50.0)
        self.assertEqual(self._get_figures(self.finance), {"received": (2, 5700.0)})

    def test_each_figure_is_that_of_the_list_that_it_opens(self):
        self._create_payment()
        self._create_ticket(user_id=self.finance.id)
        self._approve(self._create_ticket())
        ticket = self._create_issued(date_due=self.today - timedelta(days=9))
        ticket.with_user(self.finance).action_red("Returned", red_reason="02", amount=113.0)
        self._issue(ticket.red_ids)
        self._create_shipment(self._create_issued()).with_user(self.finance).action_hand_over()
        for key, row in self._get_lists(self.finance).items():
            action = self.env.ref(row["action"])
            domain = safe_eval(action.domain or "[]", {"uid": self.finance.id})
            domain += safe_eval(WORKLISTS[key].filter, {"uid": self.finance.id})
            Model = self.env[action.res_model].with_user(self.finance)
            self.assertEqual(Model.search_count(domain), row["count"], key)
            if row["menu"]:
                self.assertEqual(self.env.ref(row["menu"]).action, action, key)
            self.assertTrue(action.help, key)
            self.assertTrue(row["hint"] and row["name"], key)

    def test_lists_open_for_whoever_sees_their_figure(self):
        """With all columns, buttons and filters that the role is given."""
        self._create_payment(invoice_contract_id=self._create_active_contract().id)
        self._approve(self._create_ticket())
        self._create_issued(date_due=self.today - timedelta(days=9))
        for user in (self.sales, self.lead, self.finance, self.manager, self.auditor):
            for key, row in self._get_lists(user).items():
                action = self.env.ref(row["action"]).sudo()
                Model = self.env[action.res_model].with_user(user)
                views = Model.get_views([*action.views, (action.search_view_id.id, "search")])
                names = {
                    name for name in views["models"][action.res_model]["fields"] if name != "id"
                }
                arch = views["views"]["list"]["arch"]
                columns = {name: {} for name in names if f'name="{name}"' in arch}
                domain = safe_eval(action.domain or "[]", {"uid": user.id})
                with self.subTest(key, user=user.login):
                    Model.web_search_read(domain, columns, limit=5)

    def _create_active_contract(self):
        contract = self._create_contract()
        self._approve(contract)
        return contract

    def test_bounded_number_of_queries(self):
        for _index in range(3):
            self._create_issued()
        self._create_payment()
        worklist = self.env["invoice.worklist"].with_user(self.finance)
        worklist.get_overview()
        self.env.invalidate_all()
        with self.assertQueryCount(45):
            worklist.get_overview()

    @users("ticket_outsider")
    def test_employees_see_their_approvals(self):
        lists = self._get_lists(self.env.user)
        self.assertEqual(set(lists), {"to_approve", "late_approvals"})

    @users("ticket_portal")
    def test_portal_users_see_none(self):
        with self.assertRaises(AccessError):
            self.env["invoice.worklist"].with_user(self.env.user).get_overview()

    def test_other_company(self):
        self._create_issued()
        self.assertEqual(self._get_figures(self.finance_other), {})

    # === A YEAR AGO === #

    def test_paid_a_year_ago_never_ticketed(self):
        contact = self.env["res.partner"].create({"name": "Cashier", "parent_id": self.customer.id})
        last_year = self.today - timedelta(days=370)
        self._create_payment(date=last_year)
        self._create_payment(date=last_year, amount=70.0, partner_id=contact.id)
        self._create_payment(amount=5.0, payment_type="outbound")
        customer = self.customer.with_user(self.finance)
        self.assertEqual(customer.amount_paid_unticketed, 1200.0)
        action = customer.action_view_paid_unticketed()
        payments = self.env["account.payment"].with_user(self.finance).search(action["domain"])
        self.assertEqual(payments.mapped("amount"), [70.0, 1130.0])
        payment = payments.filtered(lambda p: p.amount == 1130.0)
        action = payment.action_create_ticket()
        form = Form(
            self.env[action["res_model"]].with_user(self.finance).with_context(**action["context"])
        )
        form.type_id = self.type_voucher
        ticket = form.save()
        self.assertRecordValues(ticket, [{"partner_id": self.customer.id, "amount_total": 1130.0}])
        self.assertRecordValues(
            ticket.allocation_ids, [{"payment_id": payment.id, "amount": 1130.0}]
        )
        ticket.line_ids.tax_id = self.tax_13
        self._issue(ticket)
        customer.invalidate_recordset()
        self.assertEqual(customer.amount_paid_unticketed, 70.0)

    def test_sales_see_collections_of_their_own_contracts(self):
        contract = self._create_active_contract()
        self._create_payment(invoice_contract_id=contract.id, amount=30.0)
        self._create_payment(amount=1000.0)
        for user, amount in ((self.sales, 30.0), (self.sales2, 0.0), (self.finance, 1030.0)):
            customer = self.customer.with_user(user)
            self.assertEqual(customer.amount_paid_unticketed, amount, user.login)
            self.assertEqual(
                self._get_figures(user).get("received", (0, 0.0))[1], amount, user.login
            )

    # === REMIND === #

    def test_remind(self):
        ticket = self._create_issued(date_due=self.today - timedelta(days=9))
        action = ticket.with_user(self.sales).action_remind_customer()
        wizard = self.env[action["res_model"]].with_user(self.sales).browse(action["res_id"])
        self.assertTrue(wizard.is_single)
        with self.assertRaisesRegex(Exception, "Nothing of"):
            self._create_ticket().with_user(self.sales).action_remind_customer()
