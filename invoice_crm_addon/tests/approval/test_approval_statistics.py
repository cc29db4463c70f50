from odoo import fields
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import SQL
from odoo.tools.sql import table_kind

from .test_approval import ApprovalCommon

MENU = "invoice_crm_addon.menu_ticket_approval_statistics"


@tagged("post_install", "-at_install")
class TestApprovalStatistics(ApprovalCommon):
    """How long people take, and what share they reject."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.flow = cls._create_flow(
            "invoice.ticket",
            [
                {"name": "Head", "user_ids": [Command.set(cls.lead.ids)], "deadline_hours": 8.0},
                {"name": "Books", "user_ids": [Command.set(cls.approver.ids)]},
            ],
            name="Statistics flow",
        )

    def _submit_ticket(self, **values):
        ticket = self._create_ticket(**values)
        self._submit(ticket)
        return ticket.approval_request_id

    def _get_statistics(self, requests, user=None):
        self.env.flush_all()
        self.env.invalidate_all()
        Statistics = self.env["invoice.approval.statistics"].with_user(user or self.finance)
        return Statistics.search([("request_id", "in", requests.ids)], order="id")

    def _alter(self, record, **values):
        """Change a row behind the back of the ORM, since history is not written."""
        self.env.flush_all()
        for fname, value in values.items():
            self.env.cr.execute(
                SQL(
                    "UPDATE %s SET %s = %s WHERE id = %s",
                    SQL.identifier(record._table),
                    SQL.identifier(fname),
                    value,
                    record.id,
                )
            )
        self.env.invalidate_all()

    # === ROWS === #

    def test_rows_are_what_people_decide(self):
        request = self._submit_ticket()
        self._decide(request, self.lead)
        request.with_user(self.approver).action_return("Look again", request.step_ids[0].id)
        request.with_user(self.lead).action_transfer(self.colleague.id)
        request.with_user(self.colleague).action_reject("No")
        withdrawn = self._submit_ticket()
        withdrawn.with_user(self.sales).action_withdraw()
        self.assertRecordValues(
            self._get_statistics(request | withdrawn),
            [
                {
                    "decision": decision,
                    "user_id": user.id,
                    "stage_name": stage,
                    "is_rejected": is_rejected,
                    "request_id": request.id,
                    "res_model": "invoice.ticket",
                    "flow_name": "Statistics flow",
                    "company_id": self.company.id,
                    "department_id": self.department_a.id,
                    "requester_id": self.sales.id,
                    "partner_id": self.customer.id,
                    "cycle": 1,
                    "amount": 1130.0,
                }
                for decision, user, stage, is_rejected in (
                    ("approve", self.lead, "Head", 0.0),
                    ("return", self.approver, "Books", 0.0),
                    ("transfer", self.lead, "Head", 0.0),
                    ("reject", self.colleague, "Head", 1.0),
                )
            ],
        )

    def test_delegate_and_absent_person(self):
        self.env["invoice.approval.delegation"].create(
            {
                "user_id": self.lead.id,
                "delegate_id": self.colleague.id,
                "date_from": "2020-01-01",
                "date_to": "2999-01-01",
            }
        )
        request = self._submit_ticket()
        self._decide(request, self.colleague)
        self.assertRecordValues(
            self._get_statistics(request),
            [{"user_id": self.colleague.id, "for_user_id": self.lead.id}],
        )

    # === FIGURES === #

    def _read(self, requests, groupby, *aggregates):
        self.env.flush_all()
        Statistics = self.env["invoice.approval.statistics"].with_user(self.finance)
        return Statistics._read_group([("request_id", "in", requests.ids)], groupby, aggregates)

    def test_rejected_share_leaves_transfers_out(self):
        requests = self._submit_ticket() | self._submit_ticket() | self._submit_ticket()
        transferred = self._submit_ticket()
        transferred.with_user(self.lead).action_transfer(self.colleague.id)
        requests[0].with_user(self.lead).action_reject("No")
        self._decide(requests[1:], self.lead)
        self._decide(transferred, self.colleague)
        [(share, rows)] = self._read(requests | transferred, [], "is_rejected:avg", "__count")
        self.assertEqual((share, rows), (0.25, 5))

    def test_hours_by_stage_and_approver(self):
        requests = self._submit_ticket() | self._submit_ticket()
        for request, hours in zip(requests, (2.0, 5.0), strict=True):
            self._decide(request, self.lead)
            self._alter(request.decision_ids[-1], hours_waited=hours)
        self._decide(requests[0], self.approver)
        self._alter(requests[0].decision_ids[-1], hours_waited=1.5)
        self.assertEqual(
            self._read(requests, ["stage_name"], "hours_waited:avg"),
            [("Books", 1.5), ("Head", 3.5)],
        )
        self.assertEqual(
            dict(self._read(requests, ["user_id"], "hours_waited:avg")),
            {
                self.lead.with_user(self.finance): 3.5,
                self.approver.with_user(self.finance): 1.5,
            },
        )

    def test_late_is_after_the_deadline(self):
        late, early = self._submit_ticket(), self._submit_ticket()
        self._decide(late | early, self.lead)
        self._decide(late, self.approver)  # A stage without a deadline counts in no share.
        self._alter(late.step_ids[0], date_deadline="2020-01-01")
        self.assertTrue(early.step_ids[0].date_deadline > fields.Datetime.now())
        [(share, rows)] = self._read(late | early, [], "is_late:avg", "__count")
        self.assertEqual((share, rows), (0.5, 3))
        Statistics = self.env["invoice.approval.statistics"].with_user(self.finance)
        found = Statistics.search([("is_late", "=", 1), ("request_id", "in", (late | early).ids)])
        self.assertEqual(found.request_id, late.with_user(self.finance))

    def test_pivot_of_stage_and_month(self):
        request = self._submit_ticket()
        self._decide(request, self.lead)
        self._alter(request.decision_ids[-1], date="2026-03-31 20:00:00")
        Statistics = self.env["invoice.approval.statistics"].with_user(self.finance)
        Statistics = Statistics.with_context(tz="Asia/Shanghai")
        [group] = Statistics.formatted_read_group(
            [("request_id", "=", request.id)],
            ["stage_name", "date:month"],
            ["hours_waited:avg", "is_rejected:avg"],
        )
        # In Shanghai, it is April already.
        self.assertEqual(group["date:month"][0], "2026-03-31 16:00:00")
        self.assertEqual(group["is_rejected:avg"], 0.0)

    # === RIGHTS === #

    def test_who_sees_which_rows(self):
        own = self._submit_ticket()
        other_department = self._submit_ticket(user_id=self.sales2.id)
        self._decide(own | other_department, self.lead)
        requests = own | other_department
        for role, expected in (
            ("finance", requests),
            ("manager", requests),
            ("auditor", requests),
            ("lead", own),
            ("finance_other", requests.browse()),
        ):
            with self.subTest(role=role):
                found = self._get_statistics(requests, getattr(self, role)).request_id
                self.assertEqual(found.ids, expected.ids)

    def test_others_see_none(self):
        request = self._submit_ticket()
        self._decide(request, self.lead)
        for role in ("sales", "approver", "outsider", "portal", "public"):
            with self.subTest(role=role), self.assertRaises(AccessError):
                self._get_statistics(request, getattr(self, role))

    def test_menu(self):
        menu = self.env.ref(MENU)
        for role in self.ROLES:
            visible = self.env["ir.ui.menu"].with_user(getattr(self, role))._visible_menu_ids()
            with self.subTest(role=role):
                is_meant = role in ("lead", "finance", "manager", "auditor")
                self.assertEqual(menu.id in visible, is_meant)

    def test_nobody_writes(self):
        request = self._submit_ticket()
        self._decide(request, self.lead)
        for role in ("lead", "finance", "manager", "auditor"):
            row = self._get_statistics(request, getattr(self, role))
            with self.subTest(role=role):
                with self.assertRaises(AccessError):
                    row.write({"hours_waited": 0.0})
                with self.assertRaises(AccessError):
                    row.unlink()
                with self.assertRaises(AccessError):
                    row.create({"hours_waited": 0.0})

    def test_row_opens_its_request(self):
        request = self._submit_ticket(user_id=self.sales2.id)
        self._decide(request, self.lead)
        row = self._get_statistics(request)
        action = row.action_open_request()
        self.assertEqual((action["res_model"], action["res_id"]), (request._name, request.id))
        for role in ("sales", "lead", "finance_other"):
            with self.subTest(role=role), self.assertRaises(AccessError):
                row.with_user(getattr(self, role)).action_open_request()

    # === TECHNICAL === #

    def test_views_load_for_auditors(self):
        Statistics = self.env["invoice.approval.statistics"].with_user(self.auditor)
        views = Statistics.get_views(
            [(False, kind) for kind in ("pivot", "graph", "list", "search")]
        )
        self.assertEqual(views["views"].keys(), {"pivot", "graph", "list", "search"})

    def test_query_leaves_nothing_in_the_database(self):
        self.assertIsNone(table_kind(self.env.cr, "invoice_approval_statistics"))
