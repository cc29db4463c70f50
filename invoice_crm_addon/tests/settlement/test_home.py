from dateutil.relativedelta import relativedelta
from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged

from ..common import TicketCommon


@tagged("post_install", "-at_install")
class TestHome(TicketCommon, HttpCase):
    """Figures of the month and the lists behind them, first steps, and where a login lands."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.month = fields.Date.context_today(cls.env.user).replace(day=1)

    def _get_home(self, user):
        return self.env["invoice.home"].with_user(user).get_home()

    def _get_figures(self, user):
        return {
            row["key"]: (row["value"], row["before"]) for row in self._get_home(user)["figures"]
        }

    def _create_issued(self, back=0, **values):
        ticket = self._create_ticket(**values)
        ticket.with_user(self.finance).issue_date = self.month - relativedelta(months=back)
        self._issue(ticket)
        return ticket

    def _count_lists(self, user):
        """How many records the list behind each figure shows, of this month and the last."""
        return {
            row["key"]: [
                self.env[row[name]["res_model"]].with_user(user).search_count(row[name]["domain"])
                for name in ("action", "action_before")
            ]
            for row in self._get_home(user)["figures"]
        }

    def test_this_month_against_the_last(self):
        self._create_issued()
        self._create_issued(1)
        self._create_issued(1, type_id=self.type_digital_ordinary.id)
        self._create_issued(7)
        self._create_ticket()
        self.assertEqual(self._get_figures(self.finance)["ticketed"], (1130.0, 2260.0))
        self.assertEqual(self._count_lists(self.finance)["ticketed"], [1, 2])
        self.assertEqual(self._get_figures(self.sales)["ticketed"], (1130.0, 2260.0))
        self.assertEqual(self._get_figures(self.sales2)["ticketed"], (0.0, 0.0))
        [chart] = [c for c in self._get_home(self.auditor)["charts"] if c["key"] == "ticketed"]
        self.assertEqual(len(chart["months"]), 6)
        self.assertEqual(
            [(part["name"], part["values"][-2:]) for part in chart["series"]],
            [("Special VAT", [1130.0, 1130.0]), ("Ordinary", [1130.0, 0.0])],
        )

    def test_a_running_month_is_compared_with_the_same_days(self):
        """On the 15th with 15 days, at the end of a month with the whole of the last."""
        self._create_flow("invoice.contract", [self.approver])
        for day, amount in ((1, 100.0), (15, 20.0), (28, 3.0), (31, 0.5)):
            moment = f"2026-10-{day:02} 20:00:00"
            with freeze_time(moment):
                self._create_payment(date=moment[:10], amount=amount)
                ticket = self._create_ticket()
                ticket.with_user(self.finance).issue_date = moment[:10]
                self._issue(ticket)
                contract = self._create_contract(date_signed=moment[:10], amount_total=amount)
                self._approve(contract)
                self._count_decided_on(contract, moment)
        for today, amount, count in (
            ("2026-11-01", 100.0, 1),
            ("2026-11-15", 120.0, 2),
            ("2026-11-29", 123.0, 3),
            ("2026-11-30", 123.5, 4),
        ):
            with self.subTest(today=today), freeze_time(f"{today} 12:00:00"):
                for user in (self.finance, self.approver):
                    rows = self._get_home(user)["figures"]
                    same = {row["key"]: row["same"] for row in rows}
                    if user == self.finance:
                        self.assertEqual((same["collected"], same["signed"]), (amount, amount))
                        self.assertEqual(same["ticketed"], count * 1130.0)
                        [row] = [row for row in rows if row["key"] == "collected"]
                        self.assertEqual((row["value"], row["before"]), (0.0, 123.5))
                    else:
                        self.assertEqual(same, {"decided": count})

    def _count_decided_on(self, document, moment):
        """Decisions are dated by the database, whatever the time is here."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE invoice_approval_decision SET date = %s WHERE request_id = %s",
            [moment, document.approval_request_id.id],
        )
        self.env.invalidate_all()

    def test_collected_and_signed(self):
        self._create_payment(date=self.month)
        self._create_payment(date=self.month - relativedelta(days=1), amount=500.0)
        contract = self._create_contract(date_signed=self.month)
        self._approve(contract)
        self._create_contract(date_signed=self.month)
        figures = self._get_figures(self.finance)
        self.assertEqual(figures["collected"], (1130.0, 500.0))
        self.assertEqual(figures["signed"], (11300.0, 0.0))
        self.assertEqual(self._count_lists(self.finance)["collected"], [1, 1])

    def test_refunds_are_no_collections(self):
        self._create_payment(date=self.month)
        self._create_payment(date=self.month, amount=130.0, payment_type="outbound")
        self.assertEqual(self._get_figures(self.finance)["collected"], (1000.0, 0.0))
        self.assertEqual(self._count_lists(self.finance)["collected"], [2, 0])

    def test_amounts_of_other_currencies(self):
        """Converted at today's rate; without one they count nothing, and the figure says so."""
        dollar, franc = self._enable_currency("USD"), self._enable_currency("CHF")
        self.env["res.currency.rate"].search([("currency_id", "in", (dollar | franc).ids)]).unlink()
        self.env["res.currency.rate"].create(
            {"currency_id": dollar.id, "company_id": self.company.id, "rate": 0.125}
        )
        self._create_payment(date=self.month, amount=100.0, currency_id=dollar.id)
        contract = self._create_contract(
            date_signed=self.month, amount_total=500.0, currency_id=dollar.id
        )
        self._approve(contract)

        def get_notes():
            rows = self._get_home(self.finance)["figures"]
            return {row["key"] for row in rows if "CHF" in row["note"]}

        figures = self._get_figures(self.finance)
        self.assertEqual((figures["collected"], figures["signed"]), ((800.0, 0.0), (4000.0, 0.0)))
        self.assertEqual(get_notes(), set())
        notes = {row["key"]: row["note"] for row in self._get_home(self.finance)["figures"]}
        converted = f"USD at today's rate of {self.company.name}."
        self.assertEqual((notes["collected"], notes["signed"]), (converted, converted))
        self._create_payment(date=self.month, amount=100.0, currency_id=franc.id)
        self._approve(
            self._create_contract(date_signed=self.month, amount_total=500.0, currency_id=franc.id)
        )
        figures = self._get_figures(self.finance)
        self.assertEqual((figures["collected"], figures["signed"]), ((800.0, 0.0), (4000.0, 0.0)))
        self.assertEqual(get_notes(), {"collected", "signed"})

    def test_approver_sees_decisions(self):
        self._create_flow("invoice.ticket", [self.approver])
        self._approve(self._create_ticket())
        home = self._get_home(self.approver)
        self.assertEqual([row["key"] for row in home["figures"]], ["decided"])
        self.assertEqual(self._get_figures(self.approver)["decided"], (1, 0))
        self.assertEqual(self._count_lists(self.approver)["decided"], [1, 0])

    def test_request_decided_twice_is_one(self):
        self._create_flow("invoice.ticket", [self.approver, self.lead])
        ticket = self._create_ticket()
        self._submit(ticket)
        request = ticket.approval_request_id
        request.with_user(self.approver).action_approve()
        request.with_user(self.lead).action_return("Look again", request.step_ids[0].id)
        request.with_user(self.approver).action_approve()
        own = request.decision_ids.filtered(lambda d: d.user_id == self.approver)
        self.assertEqual(own.mapped("decision"), ["approve", "approve"])
        self.assertEqual(self._get_figures(self.approver)["decided"], (1, 0))
        self.assertEqual(self._count_lists(self.approver)["decided"], [1, 0])

    def test_late_approvals(self):
        self._create_flow("invoice.ticket", [self.approver])
        ticket = self._create_ticket()
        self._submit(ticket)

        def count():
            lists = self._get_home(self.approver)["sections"][0]["lists"]
            return {row["key"]: row["count"] for row in lists}

        self.assertEqual(count(), {"to_approve": 1, "late_approvals": 0})
        # sudo: what the clock does by itself
        self.env.cr.execute(
            "UPDATE invoice_approval_request SET date_deadline = '2020-01-01' WHERE id = %s",
            ticket.approval_request_id.ids,
        )
        self.env.invalidate_all()
        self.assertEqual(count()["late_approvals"], 1)

    def test_first_steps(self):
        def get_steps(user=self.manager):
            return {row["key"]: row["is_done"] for row in self._get_home(user)["steps"]}

        self.assertEqual(get_steps(self.finance), {})
        steps = get_steps()
        self.assertEqual(list(steps), ["company", "types", "flow", "customer", "file"])
        self.assertTrue(steps["company"])
        self.assertFalse(steps["types"])
        self.type_special.with_company(self.company).default_tax_id = self.tax_13
        self.assertTrue(get_steps()["types"])
        with self.assertRaises(AccessError):
            self.env["invoice.home"].with_user(self.finance).hide_steps()
        self.env["invoice.home"].with_user(self.manager).hide_steps()
        self.assertEqual(get_steps(), {})
        self.assertFalse(self.company_other.ticket_steps_hidden)

    def test_first_steps_of_a_branch_are_those_of_its_parents(self):
        branch = self.env["res.company"].create({"name": "Branch", "parent_id": self.company.id})
        self.manager.company_ids |= branch
        self._create_flow("invoice.ticket", [self.approver], company_id=self.company.id)
        home = self.env["invoice.home"].with_user(self.manager)
        for company, is_done in ((branch, True), (self.company_other, False)):
            self.manager.company_ids |= company
            of_company = home.with_context(allowed_company_ids=company.ids)
            steps = {row["key"]: row["is_done"] for row in of_company.get_home()["steps"]}
            self.assertEqual(steps["flow"], is_done, company.name)

    def test_bounded_number_of_queries(self):
        def count_queries():
            self.env.flush_all()
            self.env.transaction.reset()
            start = self.env.cr.sql_log_count
            self._get_home(self.manager)
            return self.env.cr.sql_log_count - start

        self._create_issued()
        count_queries()
        few = count_queries()
        for back in range(4):
            self._create_issued(back)
        count_queries()  # what issuing dropped of caches
        self.assertLessEqual(count_queries(), few)

    def test_portal_users_have_none(self):
        with self.assertRaises(AccessError):
            self._get_home(self.portal)

    def test_a_login_lands_on_it_until_another_is_chosen(self):
        home = self.env.ref("invoice_crm_addon.invoice_worklist_action_overview")

        def get_home_action(user):
            self.authenticate(user.login, user.login)
            return self.make_jsonrpc_request("/web/session/get_session_info")["home_action_id"]

        self.assertEqual(get_home_action(self.sales), home.id)
        self.assertFalse(get_home_action(self.outsider))
        self.assertFalse(get_home_action(self.approver), "nothing waits for them")
        self._create_flow("invoice.ticket", [self.approver])
        self._submit(self._create_ticket())
        self.assertEqual(get_home_action(self.approver), home.id)
        other = self.env.ref("invoice_crm_addon.invoice_ticket_action")
        self.sales.action_id = other.id
        self.assertEqual(get_home_action(self.sales), other.id)
        # Without the page, people work all the same.
        self.env["ir.model.data"].search(
            [
                ("module", "=", "invoice_crm_addon"),
                ("name", "=", "invoice_worklist_action_overview"),
            ]
        ).unlink()
        self.assertFalse(get_home_action(self.finance))
