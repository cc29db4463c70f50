from datetime import date

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged, users

from ...models.base.proof import proven
from .common import PlanCommon


@tagged("post_install", "-at_install")
class TestPlan(PlanCommon):
    """What milestones and recurring bills plan, and what becomes of it."""

    # === WHAT IS PLANNED === #

    def test_planned_once_active(self):
        contract = self._create_contract(
            date_start="2026-01-01",
            date_end="2026-03-15",
            amount_total=3000.0,
            billing_rule_ids=[
                Command.create({"name": "Rent", "date_start": "2026-01-01", "amount": 1000.0})
            ],
        )
        self.assertFalse(contract.planned_bill_ids)
        self._approve(contract)
        self.assertEqual(contract.planned_bill_ids.mapped("amount"), [1000.0, 1000.0, 483.87])
        contract.with_user(self.sales).action_close()
        self.assertFalse(contract.planned_bill_ids)

    def test_no_end_looks_a_year_ahead(self):
        contract = self._create_active_contract(
            99999.0,
            billing_rule_ids=[
                Command.create({"name": "Rent", "date_start": "2026-01-01", "amount": 1000.0})
            ],
        )
        bills = contract.planned_bill_ids
        self.assertEqual(max(bills.mapped("date_from")), date(2027, 3, 1))
        with freeze_time("2026-04-02"):
            self._run()
        self.assertEqual(max(contract.planned_bill_ids.mapped("date_from")), date(2027, 4, 1))

    def test_percent(self):
        rule = {"amount_kind": "percent", "percent": 12.5, "amount": 0.0, "interval_months": 3}
        contract = self._create_plan(rule=rule)
        self.assertEqual(contract.planned_bill_ids.mapped("amount"), [1500.0] * 4)
        milestone = {"name": "Down payment", "percent": 30.0, "date_due": "2026-02-01"}
        contract.milestone_ids = [Command.create(milestone)]
        self.assertEqual(contract.milestone_ids.amount, 3600.0)
        proven(contract).amount_total = 10000.0
        self.assertEqual(contract.milestone_ids.amount, 3000.0)
        self.assertEqual(
            sorted(contract.planned_bill_ids.mapped("amount")), [1250.0] * 4 + [3000.0]
        )

    def test_follows_the_plan_until_made(self):
        self._run()
        made = self._get_bills("done")
        self.assertEqual(made.mapped("date"), [date(2026, m, 1) for m in (1, 2, 3)])
        rule = self.contract.billing_rule_ids
        rule.write({"amount": 1100.0, "day": 28})
        self.assertEqual(made.mapped("amount"), [1000.0] * 3)
        planned = self._get_bills("planned")
        self.assertEqual(set(planned.mapped("amount")), {1100.0})
        self.assertEqual(planned[0].date, date(2026, 3, 28))
        self.contract.date_end = "2026-06-30"
        self.assertEqual(len(self._get_bills("planned")), 3)
        self.assertEqual(self._get_bills("done"), made)

    def test_billed_periods_stay(self):
        rule = self.contract.billing_rule_ids
        rule.date_start = "2026-02-01"
        self.assertEqual(len(self.contract.planned_bill_ids), 11)
        self._run()
        for values in ({"date_start": "2026-01-15"}, {"interval_months": 2}):
            with self.subTest(values), self.assertRaisesRegex(UserError, "was billed until"):
                rule.write(values)
        with self.assertRaisesRegex(UserError, "must be kept"):
            self.contract.billing_rule_ids = [Command.delete(rule.id)]

    def test_bad_rules(self):
        rule = self.contract.billing_rule_ids
        for values in (
            {"amount": 0.0},
            {"amount_kind": "percent", "percent": 0.0},
            {"amount_kind": "percent", "percent": 101.0},
            {"date_end": "2025-12-31"},
        ):
            with self.subTest(values), self.assertRaises(ValidationError), self.cr.savepoint():
                rule.write(values)

    # === WHAT BECOMES OF IT === #

    def test_removed_is_not_made_again_by_itself(self):
        self._run()
        tickets = self.contract.ticket_ids.sorted("id")
        tickets.type_id = self.type_voucher
        tickets[0].unlink()
        self._issue(tickets[1])
        tickets[1].with_user(self.finance).action_void("Wrong")
        self._run()
        removed = self._get_bills("removed")
        self.assertEqual(len(removed), 2)
        removed[0].with_user(self.sales).action_make()
        self.assertEqual(len(self._get_bills("removed")), 1)
        tickets[1].with_user(self.sales).action_reissue()
        self.assertFalse(self._get_bills("removed"))
        self.assertEqual(len(self._get_bills("done")), 3)

    def test_skip_and_take_back(self):
        bill = self._get_bills("planned")[:1].with_user(self.sales)
        wizard = self.env["invoice.planned.bill.skip.wizard"].with_user(self.sales)
        wizard.create({"bill_ids": bill.ids, "reason": "Free month"}).action_confirm()
        self._run()
        self.assertEqual(len(self.contract.ticket_ids), 2)
        self.assertEqual(bill.state, "skipped")
        bill.action_take_back()
        self._run()
        self.assertEqual(len(self.contract.ticket_ids), 3)

    def test_cancelled_contract_plans_nothing(self):
        """What was billed stays; what was to come goes, and the job makes nothing any more."""
        self._run()
        made = self._get_bills("done")
        for ticket in self.contract.ticket_ids:
            ticket.with_user(self.sales).unlink()
        self.contract.with_user(self.sales).action_cancel()
        self.assertEqual(self.contract.planned_bill_ids, made)
        with freeze_time("2026-09-10"):
            self._run()
        self.assertFalse(self.contract.ticket_ids)
        self.assertEqual(set(made.mapped("state")), {"removed"})

    def test_price_raised_midway(self):
        """A rule whose amount was raised bills the rest by it, and what was billed stays."""
        self._run()
        self.contract.billing_rule_ids.amount = 1200.0
        with freeze_time("2026-04-01 04:00:00"):
            self._run()
        self.assertEqual(
            sorted(self.contract.ticket_ids.mapped("amount_total")), [1000.0] * 3 + [1200.0]
        )

    def test_milestone_by_hand_is_not_billed_again(self):
        contract = self._create_active_contract(
            1000.0,
            milestone_ids=[
                Command.create({"name": "Half", "amount": 500.0, "date_due": "2026-03-01"}),
                Command.create({"name": "Rest", "amount": 500.0, "date_due": "2026-03-02"}),
            ],
        )
        half, rest = contract.milestone_ids
        action = half.with_user(self.sales).action_create_ticket()
        Ticket = self.env["invoice.ticket"].with_user(self.sales)
        ticket = Form(Ticket.with_context(**action["context"])).save()
        self._run()
        self.assertEqual(len(contract.ticket_ids), 2)
        made = contract.ticket_ids - ticket
        self.assertEqual(made.planned_bill_id.milestone_id, rest)
        self.assertEqual((ticket.date_planned, made.date_planned), (half.date_due, rest.date_due))
        with self.assertRaisesRegex(UserError, "was billed"):
            contract.milestone_ids = [Command.delete(rest.id)]

    def test_milestones_beside_a_recurring_bill(self):
        """What the rule bills covers its periods, and no milestone."""
        self.contract.milestone_ids = [
            Command.create({"name": "Acceptance", "amount": 2500.0, "date_due": "2026-03-05"})
        ]
        self._run()
        tickets = self.contract.ticket_ids.filtered("planned_bill_id.rule_id")
        for ticket in tickets:
            self._issue(ticket)
        self.env.invalidate_all()
        self.assertEqual(len(tickets), 3)
        milestone = self.contract.milestone_ids
        self.assertEqual(milestone.amount_done, 0.0)
        own = self.contract.ticket_ids - tickets
        self.assertEqual(own.amount_total, 2500.0)
        self._issue(own)
        self.env.invalidate_all()
        self.assertTrue(milestone.is_done)

    def test_rest_of_a_period_when_the_contract_is_extended(self):
        contract = self._create_plan()
        proven(contract).date_end = "2026-03-15"
        self._run()
        bills = contract.planned_bill_ids.sorted("date_from")
        self.assertEqual(bills.mapped("amount"), [1000.0, 1000.0, 483.87])
        proven(contract).date_end = "2026-12-31"
        rest = contract.planned_bill_ids.filtered(lambda b: b.date_from == date(2026, 3, 16))
        self.assertEqual((rest.date_to, rest.amount), (date(2026, 3, 31), 516.13))
        self.assertEqual(len(contract.planned_bill_ids), 13)

    def test_dates_are_those_of_the_company(self):
        self.company.partner_id.tz = "Asia/Shanghai"
        self.company.billing_plan_mode = "send"
        level = self.env["invoice.customer.level"].create({"name": "Vouchers"})
        level.type_id = self.type_voucher
        self.customer.customer_level_id = level
        with freeze_time("2026-03-31 17:00:00"):
            self._run()
        april = self.contract.planned_bill_ids.filtered(lambda b: b.date == date(2026, 4, 1))
        self.assertEqual(april.ticket_id.issue_date, date(2026, 4, 1))

    def test_rows_stay_with_their_contract(self):
        other = self._create_active_contract(1000.0)
        with self.assertRaisesRegex(UserError, "stays with its contract"):
            self.contract.billing_rule_ids.contract_id = other

    def test_what_was_begun_does_not_change(self):
        self.contract.billing_output = "invoice"
        self.contract.billing_rule_ids.amount = 1130.0
        self._create_order(quantity=10, invoice_contract_id=self.contract.id)
        self._run()
        self.assertEqual(len(self._get_bills("done")), 3)
        self.contract.billing_output = "both"
        self.assertEqual(len(self._get_bills("done")), 3)
        self._run()
        self.assertFalse(self.contract.ticket_ids)

    def test_approver_opens_the_contract(self):
        flow = self._create_flow("invoice.contract", [self.approver])
        contract = self._create_contract()
        contract.with_user(self.sales).action_submit()
        self.assertTrue(flow)
        with Form(contract.with_user(self.approver)) as form:
            self.assertEqual(form.name, contract.name)

    def test_milestone_that_is_covered_is_not_planned(self):
        contract = self._create_active_contract(
            1000.0,
            milestone_ids=[
                Command.create({"name": "Half", "amount": 500.0, "date_due": "2026-03-01"}),
                Command.create({"name": "Rest", "amount": 500.0, "date_due": "2026-05-02"}),
            ],
        )
        line = Command.create({"name": "Service", "price_unit": 500.0, "tax_id": self.tax_13.id})
        ticket = self._create_ticket(
            contract_id=contract.id, tax_included=True, line_ids=[Command.clear(), line]
        )
        self._issue(ticket)
        self._run()
        self.assertEqual(contract.ticket_ids, ticket)
        self.assertEqual(contract.planned_bill_ids.mapped("name"), ["Rest"])

    # === PRICE === #

    def test_price_from_a_date(self):
        self._run()
        rule = self.contract.billing_rule_ids
        action = rule.with_user(self.sales).action_change_price()
        Wizard = self.env[action["res_model"]].with_user(self.sales)
        form = Form(Wizard.with_context(**action["context"]))
        self.assertEqual(form.bill_id.date_from, date(2026, 4, 1))
        form.bill_id = self._get_bills("planned")[2]
        form.amount = 1200.0
        form.save().action_confirm()
        self.assertEqual(rule.date_end, date(2026, 5, 31))
        planned = self._get_bills("planned")
        self.assertEqual(planned.mapped("amount"), [1000.0] * 2 + [1200.0] * 7)
        self.assertEqual(len(self._get_bills("done")), 3)

    def test_price_keeps_the_31st(self):
        rule = {"date_start": "2026-01-31", "interval_months": 1}
        contract = self._create_plan(rule=rule)
        april = contract.planned_bill_ids.filtered(lambda b: b.date_from == date(2026, 4, 30))
        self.env["invoice.billing.price.wizard"].create(
            {"rule_id": contract.billing_rule_ids.id, "bill_id": april.id, "amount": 5.0}
        ).action_confirm()
        later = contract.planned_bill_ids.filtered(lambda bill: bill.amount == 5.0)
        self.assertEqual(
            later.sorted("date").mapped("date_from")[:3],
            [date(2026, 4, 30), date(2026, 5, 31), date(2026, 6, 30)],
        )

    # === APPROVAL === #

    def test_what_waits_is_not_billed(self):
        self._create_flow("invoice.contract", [self.approver], trigger_fields=["amount_total"])
        self.contract.with_user(self.sales).amount_total = 24000.0
        self._run()
        self.assertFalse(self.contract.ticket_ids)
        self.assertEqual(len(self._get_bills("failed")), 3)
        self.contract.approval_request_id.with_user(self.approver).action_approve()
        self._run()
        self.assertEqual(len(self.contract.ticket_ids), 3)
        self.assertFalse(self._get_bills("failed"))

    def test_rules_are_approved(self):
        self._create_flow("invoice.contract", [self.approver], trigger_fields=["billing_rule_ids"])
        self._run()
        rule = self.contract.billing_rule_ids
        self.contract.with_user(self.sales).billing_rule_ids = [
            Command.update(rule.id, {"amount": 9.0}),
            Command.create({"name": "More", "date_start": "2026-01-01", "amount": 100.0}),
        ]
        request = self.contract.approval_request_id
        self.assertEqual(request.state, "pending")
        with freeze_time("2026-05-02"):
            self._run()
        self.assertEqual(len(self.contract.ticket_ids), 3)
        request.with_user(self.approver).action_reject("No")
        self.assertEqual(self.contract.billing_rule_ids, rule)
        self.assertEqual(rule.amount, 1000.0)
        with freeze_time("2026-05-02"):
            self._run()
        self.assertEqual(self.contract.ticket_ids.mapped("amount_total"), [1000.0] * 5)

    def test_rules_are_approved_where_milestones_are(self):
        """One kind of rows bills as well as the other."""
        tax_6 = self.tax_13.copy({"name": "6%", "amount": 6.0})
        flow = self._create_flow(
            "invoice.contract", [self.approver], trigger_fields=["milestone_ids"]
        )
        rule = self.contract.billing_rule_ids
        old = rule.amount
        rule.with_user(self.sales).write({"amount": 900.0, "tax_id": tax_6.id})
        request = self.contract.approval_request_id
        self.assertEqual((request.state, request.is_change), ("pending", True))
        self.assertIn("6%", str(request._get_change_rows()))
        request.with_user(self.approver).action_reject("No")
        self.assertEqual((rule.amount, rule.tax_id), (old, self.env["account.tax"]))
        flow.trigger_fields = ["billing_rule_ids"]
        milestone = {"name": "Stage", "amount": 9.0, "date_due": "2026-12-01"}
        self.contract.with_user(self.sales).milestone_ids = [Command.create(milestone)]
        self.assertEqual(self.contract.approval_request_id.state, "pending")

    def test_what_rows_are_billed_as_is_approved_with_them(self):
        tax_6 = self.tax_13.copy({"name": "6%", "amount": 6.0})
        contract = self.contract
        contract.billing_rule_ids.tax_id = contract.billing_tax_id = self.tax_13
        milestone = self.env["invoice.contract.milestone"].create(
            {"contract_id": contract.id, "name": "Stage", "amount": 9.0, "date_due": "2026-12-01"}
        )
        self._create_flow(
            "invoice.contract",
            [self.approver],
            trigger_fields=["billing_rule_ids", "milestone_ids"],
        )
        for record, values in (
            (contract.billing_rule_ids, {"tax_id": tax_6.id}),
            (milestone, {"product_id": self.product.id}),
            # What the contract says, its rows say where they are silent.
            (contract, {"billing_tax_id": tax_6.id}),
            (contract, {"billing_product_id": self.product.id}),
        ):
            with self.subTest(record=record, values=values):
                [fname] = values
                old = record[fname]
                record.with_user(self.sales).write(values)
                request = contract.approval_request_id
                self.assertEqual(request.state, "pending")
                request.with_user(self.approver).action_reject("No")
                self.assertEqual(record[fname], old)

    def test_rows_are_told_to_whoever_approves_them_first(self):
        self._create_flow("invoice.contract", [self.approver], trigger_fields=["milestone_ids"])
        rule = {"name": "Rent", "date_start": "2026-01-01", "amount": 800.0}
        milestone = {"name": "Stage", "amount": 100.0, "date_due": "2026-12-01"}
        contract = self._create_contract(
            amount_total=900.0,
            billing_rule_ids=[Command.create({**rule, "tax_id": self.tax_13.id})],
            milestone_ids=[Command.create({**milestone, "product_id": self.product.id})],
        )
        contract.with_user(self.sales).action_submit()
        request = contract.approval_request_id.with_user(self.approver)
        facts = dict(request._get_facts_to_verify())
        for field, words in (
            ("Recurring Bills", ("Rent", "800.00", self.tax_13.name)),
            ("Milestones", ("Stage", "100.00", self.product.name)),
        ):
            for word in words:
                self.assertIn(word, facts[field])

    def test_what_rows_are_billed_as_waits_with_them(self):
        self._create_flow("invoice.contract", [self.approver], trigger_fields=["billing_rule_ids"])
        contract = self._create_contract(amount_total=100.0)
        contract.with_user(self.sales).action_submit()
        with self.assertRaisesRegex(UserError, "waits for approval"):
            contract.with_user(self.sales).billing_product_id = self.product

    # === RIGHTS === #

    @users("ticket_sales2", "ticket_outsider", "ticket_auditor")
    def test_others(self):
        bill = self.contract.planned_bill_ids[:1].with_user(self.env.user)
        for method in ("action_make", "action_take_back"):
            with self.subTest(method), self.assertRaises(UserError):
                getattr(bill, method)()
        with self.assertRaises(UserError):
            bill.action_skip("No")
        rule = self.contract.billing_rule_ids.with_user(self.env.user)
        with self.assertRaises(AccessError):
            rule.amount = 1.0

    @users("ticket_sales", "ticket_finance", "ticket_manager")
    def test_nobody_writes_bills(self):
        bill = self.contract.planned_bill_ids[:1].with_user(self.env.user)
        for values in ({"amount": 1.0}, {"is_skipped": True}, {"date": "2026-01-02"}):
            with self.subTest(values), self.assertRaises(AccessError):
                bill.write(values)
            with self.subTest(values), self.assertRaises(AccessError):
                bill.sudo().write(values)
        with self.assertRaises(AccessError):
            bill.unlink()

    def test_a_ticket_of_another_contract(self):
        bill = self.contract.planned_bill_ids[:1]
        other = self._create_active_contract(1000.0)
        with self.assertRaisesRegex(ValidationError, "another contract"):
            self._create_ticket(contract_id=other.id, planned_bill_id=bill.id)
