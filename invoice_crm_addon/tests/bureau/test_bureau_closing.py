from dataclasses import replace
from datetime import date

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ...models.base.proof import proven
from . import bureau_list_files as files
from .common import BureauCommon


@tagged("post_install", "-at_install")
class TestBureauClosing(BureauCommon):
    """A month is closed when nothing is open, and open again when something changes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._speak_english()

    def _close(self):
        one = self._make(1, lines=(files.make_line(100), files.make_line(50, "免税")))
        self.ticket = self._issue_same(one)
        self._drop_list(one)
        month = self._get_month().with_user(self.finance)
        month.action_close()
        return one, month

    def _get_vat(self):
        sheet = self.env["invoice.vat.sheet"].with_user(self.finance)
        return sheet.with_context(allowed_company_ids=self.company.ids).get_page(
            "2026-07", self.company.id
        )

    def test_it_closes_with_frozen_figures(self):
        live = self._get_vat()
        self.assertIs(live["closed"], False)
        _one, month = self._close()
        closing = month.closing_id
        self.assertRecordValues(month, [{"state": "closed", "closed_by_id": self.finance.id}])
        self.assertTrue(closing.is_sealed)
        self.assertEqual(self._get_vat()["total"]["cells"]["special"], [150.0, 13.0])
        figures = closing.sudo().figures
        self.assertEqual(
            figures["rates"],
            [["digital_special", "13", 1, 100.0, 13.0], ["digital_special", "exempt", 1, 50.0, 0]],
        )
        self.assertEqual(figures["bureau"], [["digital_special", "normal", 1, 150.0, 13.0]])

    def test_the_vat_sheet_is_drawn_from_the_closed_month(self):
        self._close()
        page = self._get_vat()
        self.assertIn("closed it on", page["closed"])
        total = page["total"]["cells"]["special"]
        self.assertEqual(total, [150.0, 13.0])
        # Behind the back of all: the sheet says what was closed.
        self.env.cr.execute(
            "UPDATE invoice_ticket_line SET amount_untaxed = 1 WHERE ticket_id = %s",
            [self.ticket.id],
        )
        self.env.invalidate_all()
        self.assertEqual(self._get_vat()["total"]["cells"]["special"], [150.0, 13.0])
        self._get_month().with_user(self.finance).action_reopen("Look again")
        page = self._get_vat()
        self.assertFalse(page["closed"])
        self.assertNotEqual(page["total"]["cells"]["special"], [150.0, 13.0])

    def test_it_cannot_close_while_something_is_open(self):
        one = self._make(1)
        self._drop_list(one)
        month = self._get_month().with_user(self.finance)
        self.assertFalse(month.can_close)
        with self.assertRaisesRegex(UserError, "still to be settled"):
            month.action_close()
        self._get_rows()[one.number].action_explain("outside", "Branch")
        month.invalidate_recordset()
        month.action_close()
        self.assertEqual(month.state, "closed")
        with self.assertRaisesRegex(UserError, "closed already"):
            month.action_close()

    def test_it_cannot_close_before_it_is_over_or_without_a_list(self):
        self._drop_list(self._make(1))
        month = self._get_month().with_user(self.finance)
        self.company.partner_id.tz = "Asia/Shanghai"
        # The day is that of the company, wherever who closes it sits.
        self.finance.tz = "America/New_York"
        with freeze_time("2026-07-31 15:59:00"), self.assertRaisesRegex(UserError, "not over"):
            month.action_close()
        with freeze_time("2026-07-31 16:01:00"), self.assertRaisesRegex(UserError, "settled"):
            month.action_close()
        months = self.env["invoice.bureau.month"]
        bare = months._get_months([(self.company.id, date(2026, 5, 1))])
        with self.assertRaisesRegex(UserError, "No list"):
            bare.with_user(self.finance).action_close()

    def test_a_month_without_fapiao_is_closed_on_the_word_of_finance(self):
        self._issue_same(self._make(1, date=date(2026, 6, 3)))
        months = self.env["invoice.bureau.month"].with_user(self.finance)
        with freeze_time("2026-08-10 04:00:00"):
            months.with_context(allowed_company_ids=self.company.ids).action_open_months()
            june, july = self._get_month(date(2026, 6, 1)), self._get_month()
            for month in (june, july):
                with self.assertRaisesRegex(UserError, "No list"):
                    month.with_user(self.finance).action_close()
            with self.assertRaisesRegex(UserError, "No list"):
                june.with_user(self.finance).action_close_empty()
            with self.assertRaises(UserError):
                july.with_user(self.auditor).action_close_empty()
            july.with_user(self.finance).action_close_empty()
        self.assertEqual(july.state, "closed")
        self.assertTrue(july.closing_id.is_sealed)
        self.assertIn("Closed without a list", july.closing_id.figures_html)
        self._drop_list(self._make(2))
        self._check_reopened(july, "list")
        self.assertEqual(july.list_count, 1)
        with self.assertRaisesRegex(UserError, "A list names"):
            july.with_user(self.finance).action_close_empty()

    def test_a_list_proves_the_months_that_it_names(self):
        """Also of fapiao that a later list names again."""
        one, moved = self._make(1), self._make(2)
        first, _file = self._drop_list(one, moved)
        self.assertEqual(first.month_ids, self._get_month())
        self._drop_list(replace(moved, day=date(2026, 8, 2)), replace(one, day=date(2026, 8, 3)))
        self.assertEqual(self._get_month().list_ids, first)

    def test_figures_are_in_the_currency_of_the_company(self):
        usd = self._enable_currency("USD")
        self.env["res.currency.rate"].create(
            {
                "currency_id": usd.id,
                "company_id": self.company.id,
                "name": "2026-01-01",
                "rate": 0.2,
            }
        )
        one = self._make(1, untaxed=100)
        self._issue_same(one, currency_id=usd.id)
        self._drop_list(replace(one, lines=(files.make_line(500),), status="red_part"))
        row = self._get_rows()[one.number]
        self.assertEqual((row.ticket_total, row.result), (565.0, "red_there"))
        row.action_explain("accepted", "Red letter next month")
        month = self._get_month().with_user(self.finance)
        month.action_close()
        self.assertEqual(
            month.closing_id.sudo().figures["rates"],
            [["digital_special", "13", 1, 500.0, 65.0]],
        )

    def _check_reopened(self, month, word):
        self.assertEqual(month.state, "open")
        self.assertIn(word, month.closing_ids.reopened_reason)
        activity = month.activity_ids
        self.assertEqual(activity.user_id, self.finance)

    def test_a_new_list_reopens(self):
        one, month = self._close()
        self._drop_list(one)
        self.assertEqual(month.state, "closed")
        self._drop_list(replace(one, status="red_full"))
        self._check_reopened(month, "list")

    def test_a_ticket_that_is_issued_with_its_date_reopens(self):
        _one, month = self._close()
        ticket = self._issue_same(self._make(8, day=20))
        self._check_reopened(month, ticket.name)

    def test_a_line_that_is_changed_reopens(self):
        _one, month = self._close()
        proven(self.ticket.line_ids[:1]).write({"price_unit": 90.0})
        self._check_reopened(month, self.ticket.name)

    def test_a_void_reopens(self):
        coded = replace(self._make(7, kind="special"), number="00000007", code="011002600111")
        ticket = self._issue_same(coded, type_id=self.type_special.id)
        _one, month = self._close_with(coded)
        ticket.with_user(self.finance).action_void("Wrong title")
        self._check_reopened(month, ticket.name)

    def _close_with(self, *others):
        one = self._make(1)
        self.ticket = self._issue_same(one)
        self._drop_list(one, *others)
        month = self._get_month().with_user(self.finance)
        month.action_close()
        return one, month

    def test_another_month_stays_closed(self):
        _one, month = self._close()
        self._issue_same(self._make(8, date=date(2026, 6, 20)))
        self.assertEqual(month.state, "closed")

    def test_closing_again_goes_on_from_the_seal_before(self):
        one, month = self._close()
        first = month.closing_id
        self._drop_list(replace(one, risk="疑点发票"))
        month.action_close()
        self.assertEqual(len(month.closing_ids), 2)
        self.assertTrue(all(month.closing_ids.mapped("is_sealed")))
        self.assertFalse(month.activity_ids)
        self.env.cr.execute(
            "UPDATE invoice_bureau_closing SET figures = jsonb_set(figures, '{rates}', '[]')"
            " WHERE id = %s",
            [first.id],
        )
        self.env.invalidate_all()
        self.assertFalse(first.is_sealed)

    def test_nobody_writes_or_deletes_a_closing(self):
        _one, month = self._close()
        for user in (self.finance, self.manager, self.auditor, self.env.user):
            with self.assertRaises(AccessError):
                month.closing_id.with_user(user).write({"seal": "x"})
            with self.assertRaises(AccessError):
                month.with_user(user).write({"state": "open"})
        with self.assertRaises(UserError):
            proven(month.closing_id).unlink()

    def test_who_opens_it_again_says_why(self):
        _one, month = self._close()
        with self.assertRaisesRegex(UserError, "Say in a few words"):
            month.action_reopen(" ")
        action = month.action_open_reopen()
        Wizard = self.env[action["res_model"]].with_user(self.finance)
        Wizard.with_context(**action["context"]).create({"reason": "Wrong date"}).action_confirm()
        self._check_reopened(month, "Wrong date")
        with self.assertRaisesRegex(UserError, "not closed"):
            month.action_open_reopen()

    def test_only_finance_closes_and_opens(self):
        _one, month = self._close()
        for user in (self.auditor, self.sales):
            with self.assertRaises(UserError):
                month.with_user(user).action_reopen("No")

    def test_gaps_in_paper_numbers(self):
        paper = [
            replace(self._make(n, kind="special"), number=f"{n:08d}", code="0110026001")
            for n in (1, 2, 5)
        ]
        self._drop_list(*paper)
        month = self._get_month()
        self.assertEqual(
            [(gap.first, gap.last) for gap in month._find_gaps()], [("00000003", "00000004")]
        )
        self.assertIn("00000003", month.gaps_html)

    def test_a_gap_stands_in_the_month_of_the_fapiao_behind_it(self):
        paper = [
            replace(self._make(n, kind="special", date=day), number=f"{n:08d}", code="0110026001")
            for n, day in (
                (53, date(2026, 6, 30)),
                (55, date(2026, 8, 3)),
                (56, date(2026, 7, 31)),
                (57, date(2026, 8, 4)),
                (59, date(2026, 9, 1)),
            )
        ]
        self._drop_list(*paper)
        gaps = [
            [gap.first for gap in self._get_month(date(2026, month, 1))._find_gaps()]
            for month in (6, 7, 8, 9)
        ]
        self.assertEqual(gaps, [[], [], ["00000054"], ["00000058"]])

    def test_the_month_is_written_as_a_workbook_and_on_paper(self):
        _one, month = self._close()
        name, content = month._make_sheet()
        self.assertTrue(name.startswith("2026-07"))
        self.assertTrue(content.startswith(b"PK"))
        html, _type = self.env["ir.actions.report"]._render_qweb_html(
            "invoice_crm_addon.bureau_month_page", month.ids
        )
        self.assertIn("2026-07", html.decode())
