from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged, users

from .common import CheckCommon

TOTALS = "totals_unlike_lines"
MODELS = ("invoice.check", "invoice.check.run", "invoice.check.result", "invoice.check.finding")


@tagged("post_install", "-at_install")
class TestCheckRights(CheckCommon):
    """Who reads findings, who decides on them, and what they tell nobody."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mine, cls.theirs = cls._create_ticket(), cls._create_ticket(user_id=cls.sales2.id)
        cls.other = cls._create_ticket(
            company_id=cls.company_other.id, user_id=cls.finance_other.id
        )
        cls._break(cls.mine | cls.theirs | cls.other, amount_total=1.0)
        cls.done = cls._look(TOTALS)
        cls.done_other = cls._look(TOTALS, company=cls.company_other)
        domain = [("check_id", "=", cls._get_check(TOTALS).id)]
        cls.findings = cls.Finding.search(domain).grouped("res_id")
        cls.all = cls.Finding.search([*domain, ("res_id", "in", list(cls.findings))])

    def _see(self, user):
        found = self.Finding.with_user(user).search([("id", "in", self.all.ids)])
        return set(found.mapped("res_id"))

    def test_who_reads_what(self):
        mine, theirs, other = self.mine.id, self.theirs.id, self.other.id
        for user, expected in {
            self.sales: {mine},
            self.sales2: {theirs},
            self.lead: {mine},
            self.finance: {mine, theirs},
            self.manager: {mine, theirs},
            self.auditor: {mine, theirs},
            self.finance_other: {other},
        }.items():
            with self.subTest(user=user.login):
                self.assertEqual(self._see(user), expected)
        for user in (self.approver, self.outsider, self.portal, self.public):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._see(user)

    def test_runs_are_for_finance(self):
        for user in (self.finance, self.manager, self.auditor):
            with self.subTest(user=user.login):
                self.assertEqual(self.Run.with_user(user).search([]), self.done)
                self.assertTrue(self.done.with_user(user).result_ids)
        for user in (self.sales, self.lead, self.approver, self.portal):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.Run.with_user(user).search([])
        with self.assertRaises(AccessError):
            self.done_other.with_user(self.finance).get_progress()

    def test_who_asks_for_a_check(self):
        for user in (self.sales, self.lead, self.auditor, self.approver):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.Run.with_user(user).action_check_now()
        self.assertTrue(self.Run.with_user(self.manager).action_check_now())

    def test_who_accepts(self):
        finding = self.findings[self.mine.id]
        for user in (self.sales, self.lead, self.auditor):
            with self.subTest(user=user.login):
                self.assertFalse(finding.with_user(user).can_accept)
                with self.assertRaises(UserError):
                    finding.with_user(user).action_open_accept()
        with self.assertRaises(AccessError):
            self.findings[self.other.id].with_user(self.finance).action_open_accept()
        self.assertTrue(finding.with_user(self.finance).can_accept)
        self.assertTrue(finding.with_user(self.finance).action_open_accept())

    def test_nobody_writes_but_the_job(self):
        records = {
            "invoice.check": self._get_check(TOTALS),
            "invoice.check.run": self.done,
            "invoice.check.result": self.done.result_ids,
            "invoice.check.finding": self.findings[self.mine.id],
        }
        people = self.sales | self.finance | self.manager | self.auditor | self.approver
        for model, record in records.items():
            for user in people:
                if (model, user) == ("invoice.check", self.manager):
                    continue
                with self.subTest(model=model, user=user.login):
                    for right in ("create", "write", "unlink"):
                        self.assertFalse(record.with_user(user).has_access(right))
        with self.assertRaises(AccessError):
            records["invoice.check.finding"].sudo().write({"state": "gone"})

    def test_manager_chooses_and_rewrites_nothing(self):
        check = self._get_check(TOTALS).with_user(self.manager)
        check.is_on = False
        for fname in ("model", "method", "res_model", "sentence", "severity"):
            with self.subTest(field=fname), self.assertRaises(AccessError):
                check.write({fname: "1"})
        self.assertFalse(check.has_access("create"))
        self.assertFalse(check.has_access("unlink"))

    # === NAMES === #

    def test_record_is_named_to_whoever_may_read_it(self):
        finding = self.findings[self.theirs.id]
        # Somebody in charge of a finding may have lost the record since.
        self._break(finding, user_id=self.sales.id)
        seen = finding.with_user(self.sales)
        self.assertEqual((seen.record_name, seen.can_open), ("…", False))
        self.assertNotIn(self.theirs.name, seen.display_name)
        self.assertNotIn(self.theirs.name, str(seen.read()))
        with self.assertRaises(AccessError):
            seen.action_open_record()
        self.assertEqual(finding.with_user(self.finance).record_name, self.theirs.display_name)
        action = finding.with_user(self.finance).action_open_record()
        self.assertEqual(
            (action["res_model"], action["res_id"]), (self.theirs._name, self.theirs.id)
        )

    def test_record_that_was_deleted(self):
        ticket = self._create_ticket()
        self._break(ticket, amount_total=1.0)
        self._look(TOTALS)
        finding = self._get_findings(TOTALS, ticket)
        ticket.unlink()
        self.assertEqual(finding.with_user(self.finance).record_name, "…")
        self._look(TOTALS)
        self.assertEqual(finding.state, "gone")

    @users("ticket_sales", "ticket_finance")
    def test_home_counts_what_is_mine(self):
        lists = {
            entry["key"]: entry
            for section in self.env["invoice.worklist"].get_overview()["sections"]
            for entry in section["lists"]
        }
        number = 1 if self.env.user == self.sales else 0
        self.assertEqual(lists["findings"]["count"], number)
