from datetime import date, timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ..common import TicketCommon

PLANNED = fields.Date.to_date("2026-12-24")


@tagged("post_install", "-at_install")
class TestTicketPlanned(TicketCommon):
    """When a ticket is to be issued, and where it stands in the calendar."""

    def test_new_tickets_are_planned_for_today_where_the_user_is(self):
        Ticket = self.env["invoice.ticket"].with_user(self.sales)
        with freeze_time("2026-11-30 20:00:00"):
            for zone, day in (("Asia/Shanghai", 1), ("UTC", 30)):
                values = Ticket.with_context(tz=zone).default_get(["date_planned"])
                self.assertEqual(fields.Date.to_date(values["date_planned"]).day, day, zone)
            ticket = self._create_ticket(date_planned="2026-01-02")
            self.assertEqual(ticket.copy().date_planned, date(2026, 11, 30))

    def test_the_date_of_issue_counts_once_there_is_one(self):
        ticket = self._create_ticket(date_planned=PLANNED)
        self.assertEqual(ticket.date_calendar, PLANNED)
        self._approve(ticket)
        ticket.with_user(self.finance).issue_date = "2026-11-02"
        self.assertEqual(ticket.date_calendar, date(2026, 11, 2))
        self._issue(ticket)
        self.assertEqual((ticket.date_calendar, ticket.date_planned), (date(2026, 11, 2), PLANNED))

    def test_an_import_of_both_days_keeps_the_date_of_issue(self):
        ticket = self._create_ticket()
        self._approve(ticket)
        days = {"issue_date": "2026-11-02", "date_calendar": PLANNED}
        ticket.with_user(self.finance).write(days)
        self.env.flush_all()
        ticket.invalidate_recordset()
        self.assertEqual(ticket.date_calendar, date(2026, 11, 2))

    def test_a_drag_plans_until_it_is_issued(self):
        self._create_flow("invoice.ticket", [self.approver])
        ticket = self._create_ticket()
        mine = ticket.with_user(self.sales)
        mine.date_calendar = PLANNED
        self.assertEqual((ticket.date_planned, ticket.date_calendar), (PLANNED, PLANNED))
        self.assertFalse(ticket.issue_date)
        # What approval looks at is not touched.
        self._submit(ticket)
        mine.date_calendar = PLANNED + timedelta(days=1)
        self._approve(ticket)
        mine.date_calendar = PLANNED + timedelta(days=2)
        self.assertEqual(ticket.date_planned, PLANNED + timedelta(days=2))
        self.assertEqual((ticket.state, len(ticket.approval_request_ids)), ("approved", 1))
        ticket.with_user(self.finance).issue_date = "2026-11-02"
        with self.assertRaisesRegex(UserError, "Its date of issue is entered already"):
            mine.date_calendar = PLANNED
        self._issue(ticket)
        for user in (self.sales, self.finance, self.manager):
            for fname in ("date_calendar", "date_planned"):
                with self.assertRaisesRegex(UserError, "its date of issue counts"):
                    ticket.with_user(user)[fname] = PLANNED
        self.assertEqual(ticket.date_calendar, date(2026, 11, 2))

    def test_others_plan_nothing(self):
        ticket = self._create_ticket()
        for user in (self.sales2, self.auditor, self.portal):
            for fname in ("date_calendar", "date_planned"):
                with self.assertRaises(AccessError):
                    ticket.with_user(user).write({fname: PLANNED})
        ticket.with_user(self.lead).date_planned = PLANNED
        self.assertEqual(ticket.date_calendar, PLANNED)

    def test_the_form_says_it_until_it_is_issued(self):
        ticket = self._create_ticket()
        with Form(ticket.with_user(self.sales)) as form:
            form.date_planned = PLANNED
        self.assertEqual(ticket.date_planned, PLANNED)
        self._issue(ticket)
        form = Form(ticket.with_user(self.sales))
        self.assertTrue(form._get_modifier("date_planned", "invisible"))

    def test_an_import_plans(self):
        Ticket = self.env["invoice.ticket"].with_user(self.sales)
        fnames = ["partner_id/.id", "type_id/.id", "date_planned"]
        row = [str(self.customer.id), str(self.type_special.id), "2026-12-24"]
        result = Ticket.load(fnames, [row])
        self.assertTrue(result["ids"], result["messages"])
        self.assertEqual(Ticket.browse(result["ids"]).date_calendar, PLANNED)

    def test_a_milestone_says_when(self):
        contract = self._create_contract(
            milestone_ids=[
                fields.Command.create({"name": "Half", "amount": 500.0, "date_due": PLANNED})
            ]
        )
        self._approve(contract)
        action = contract.milestone_ids.with_user(self.sales).action_create_ticket()
        Ticket = self.env["invoice.ticket"].with_user(self.sales)
        ticket = Form(Ticket.with_context(**action["context"])).save()
        self.assertEqual(ticket.date_planned, PLANNED)
