from dataclasses import replace
from datetime import date
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...models.base.proof import proven
from ...models.bureau.bureau_month_proposal import is_near_number
from . import bureau_list_files as files
from .common import BureauCommon

OTHER = ("91310000MA1K000001", "上海供应商有限公司")


@tagged("post_install", "-at_install")
class TestBureauDecide(BureauCommon):
    """What finance may decide of the rows of a month, and what must not happen by a click."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._speak_english()

    def _join(self, rows):
        return self.env["invoice.bureau.month.row"].union(*rows).with_env(next(iter(rows)).env)

    # === TAKE NUMBER === #

    def test_a_number_that_a_file_says_is_not_rewritten(self):
        one = self._make(1)
        number = f"{one.number[:-1]}9"
        result, ticket = self._import_one(self._build(number, date=str(one.day)))
        self.assertEqual(result["outcome"], "created", result["message"])
        self._drop_list(one)
        row = self._get_rows()[number]
        self.assertFalse(row.proposed_fapiao_id)
        self.assertFalse(row.can_take_number)
        with self.assertRaises(UserError):
            row.action_take_number()
        self.assertEqual(ticket.fapiao_number, number)

    def test_a_number_of_the_last_month_is_taken_one_by_one_only(self):
        # Rent: the same amount each month, and the list of this one is not there yet.
        tickets = [
            self._issue_same(self._make(n, untaxed=n * 100, date=date(2026, 7, 30))) for n in (1, 2)
        ]
        self._drop_list(
            *(self._make(n + 5, untaxed=n * 100, date=date(2026, 6, 30)) for n in (1, 2))
        )
        self.env["invoice.bureau.month"]._get_months([(self.company.id, self.FIRST)])
        rows = self._get_rows()
        self.assertEqual([row.is_number_near for row in rows.values()], [False, False])
        self.assertTrue(all(row.proposed_fapiao_id for row in rows.values()))
        with self.assertRaisesRegex(UserError, "this row alone"):
            self._join(rows.values()).action_take_number()
        rows[tickets[0].fapiao_number].action_take_number()
        self.assertEqual(tickets[0].fapiao_number[-1], "6")
        self.assertEqual(tickets[1].fapiao_number[-1], "2")

    def test_near_numbers(self):
        number = "26110000000000000123"
        for other in ("26110000000000000132", "26110000000000000923", "2611000000000000123"):
            self.assertTrue(is_near_number(number, other), other)
            self.assertTrue(is_near_number(other, number), other)
        for other in ("26110000000000000456", "261100000000000123", "", None):
            self.assertFalse(is_near_number(number, other), other)

    # === CREATE === #

    def test_a_number_that_is_typed_already_stops_no_other(self):
        made = [self._make(n, untaxed=n * 100) for n in (1, 2)]
        draft = self._create_ticket(fapiao_number=made[0].number)
        self._drop_list(*made)
        rows = self._join(self._get_rows().values())
        with self.assertRaisesRegex(UserError, draft.name):
            rows.filtered(lambda row: row.number == made[0].number).action_create_tickets()
        message = rows.action_create_tickets()["params"]["message"]
        self.assertIn(draft.name, message)
        self.assertEqual(self._get_rows()[made[1].number].result, "agreed")

    @mute_logger("odoo.sql_db")
    def test_a_number_that_is_taken_meanwhile_is_said(self):
        made = [self._make(n, untaxed=n * 100) for n in (1, 2)]
        self._create_ticket(fapiao_number=made[0].number)
        self._drop_list(*made)
        rows = self._join(self._get_rows().values())
        none = self.env["invoice.ticket"]
        with patch.object(type(rows), "_find_known", lambda *_args: none):
            message = rows.action_create_tickets()["params"]["message"]
        self.assertIn(f"{made[0].number}: Another ticket took", message)
        self.assertEqual(self._get_rows()[made[1].number].result, "agreed")

    def test_refused_rows_do_not_look_for_what_fits_again(self):
        self._drop_list(*(self._make(n, untaxed=n * 100) for n in range(1, 6)))
        rows = self._join(self._get_rows().values())
        find = type(rows)._find_fitting_tickets
        with patch.object(type(rows), "_find_fitting_tickets", autospec=True) as found:
            found.side_effect = find
            with self.assertRaises(UserError):
                rows.action_issue_proposed()
        self.assertEqual(found.call_count, 1)

    # === ISSUE === #

    def test_a_ticket_that_says_otherwise_is_not_matched(self):
        one = self._make(1)
        other_kind = self.type_digital_ordinary.id
        tickets = {
            "another total": self._approved(line_ids=[self._prepare_line(5.0)]),
            "another tax": self._approved(
                tax_included=False, line_ids=[self._prepare_line(1066.04, 6)]
            ),
            "another kind": self._approved(type_id=other_kind),
            "another number": self._approved(fapiao_number=self._make(7).number),
            "no fapiao": self._approved(type_id=self.type_receipt.id),
        }
        self._drop_list(one)
        row = self._get_rows()[one.number]
        Wizard = self.env["invoice.bureau.match.wizard"].with_user(self.finance)
        Wizard = Wizard.with_context(**row.action_open_match()["context"])
        for words, ticket in tickets.items():
            with self.subTest(words=words), self.assertRaisesRegex(UserError, words):
                Wizard.create({"ticket_id": ticket.id}).action_confirm()
            self.assertEqual(ticket.state, "approved")

    def test_a_ticket_of_another_company_is_not_matched(self):
        one = self._make(1)
        self._drop_list(one)
        self.finance.company_ids += self.company_other
        ticket = self._create_ticket(company_id=self.company_other.id)
        proven(ticket).state = "approved"
        row = self._get_rows()[one.number]
        both = (self.company + self.company_other).ids
        Wizard = self.env["invoice.bureau.match.wizard"].with_user(self.finance)
        Wizard = Wizard.with_context(**row.action_open_match()["context"])
        Wizard = Wizard.with_context(allowed_company_ids=both)
        with self.assertRaisesRegex(UserError, "no fapiao of"):
            Wizard.create({"ticket_id": ticket.id}).action_confirm()
        self.assertFalse(ticket.fapiao_number)

    def test_a_longer_number_in_the_remark_is_another_ticket(self):
        tickets = self._approved(), self._approved()
        self._drop_list(self._make(1, remark=f"{tickets[0].name}0"))
        (row,) = self._get_rows().values()
        self.assertFalse(row.proposed_ticket_id)

    # === TAKE OVER === #

    def test_another_customer_is_not_taken_over(self):
        made = [self._make(n) for n in (1, 2)]
        tickets = [self._issue_same(one) for one in made]
        # The second fapiao has nothing but another spelling of a name that nobody has.
        self._drop_list(
            replace(made[0], buyer=OTHER), replace(made[1], buyer=("", "Somebody Else"))
        )
        rows = self._get_rows()
        for one, ticket in zip(made, tickets, strict=True):
            with self.subTest(number=one.number):
                with self.assertRaisesRegex(UserError, "customer"):
                    rows[one.number].action_take_over()
                self.assertEqual(ticket.buyer_name, self.customer.invoice_title)

    def test_the_kind_is_taken_over_where_there_is_no_choice(self):
        made = [self._make(n) for n in (1, 2)]
        tickets = [self._issue_same(one) for one in made]
        self._drop_list(*(replace(one, kind="digital_ordinary") for one in made))
        rows = self._get_rows()
        rows[made[0].number].action_take_over()
        self.assertEqual(tickets[0].type_id, self.type_digital_ordinary)
        self.type_digital_ordinary.copy({"code": "ANO"})
        with self.assertRaisesRegex(UserError, "kind differs"):
            rows[made[1].number].action_take_over()
        self.assertEqual(tickets[1].type_id, self.type_digital_special)

    # === EXPLAIN === #

    def test_what_is_explained_does_not_open_a_closed_month(self):
        one = self._make(1)
        self._drop_list(one)
        self._get_rows()[one.number].action_explain("outside", "Branch")
        month = self._get_month().with_user(self.finance)
        month.action_close()
        with self.assertRaisesRegex(UserError, "explained already"):
            self._get_rows()[one.number].action_explain("outside", "Once more")
        self.assertEqual(month.state, "closed")

    # === RED === #

    def test_red_fapiao_says_what_it_takes_back(self):
        blue = self._make(1, status="red_full")
        lines = tuple((rate, -untaxed, -tax) for rate, untaxed, tax in blue.lines)
        remark = f"被红冲蓝字数电票号码：{blue.number} 红字发票信息确认单编号：{31:020d}"
        red = self._make(2, lines=lines, remark=remark)
        self._drop_list(blue, red)
        self.assertIn(blue.number, self._get_rows()[red.number].guess)

    def test_red_fapiao_are_known_by_code_and_number(self):
        one = replace(self._make(), kind="special", number="00000007", code="011002600111")
        self._issue_same(one, type_id=self.type_special.id)
        self._drop_list(one)
        row = self._get_rows()[one.number]
        red = self.env["invoice.bureau.fapiao"].create(
            {
                "company_id": self.company.id,
                "number": "00000009",
                "code": one.code,
                "red_number": one.number,
                "red_code": one.code,
                "month": self.FIRST,
                "issue_date": self.FIRST,
                "status": "normal",
                "kind": "special",
                "is_red": True,
            }
        )
        other = replace(one, number=red.number, code="011002600222")
        self._issue_same(other, type_id=self.type_special.id)
        self.assertEqual(row._find_red_fapiao(row.fapiao_id), red)
        draft = self._create_ticket(
            type_id=self.type_special.id, fapiao_code=red.code, fapiao_number=red.number
        )
        draft.action_archive()
        self.assertFalse(row._find_red_fapiao(row.fapiao_id))

    # === WORDS === #

    def test_lines_are_named_in_the_language_of_the_company(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.company.partner_id.lang = "fr_FR"
        one = self._make(1, lines=(files.make_line(100), files.make_line(50, "免税")))
        self._drop_list(one)
        fapiao = self._find_fapiao(one).with_user(self.finance)
        compute, languages = type(fapiao.line_ids)._compute_rate_name, set()

        def note(lines):
            languages.add(lines.env.lang)
            compute(lines)

        with patch.object(type(fapiao.line_ids), "_compute_rate_name", note):
            fapiao._as_document()
        self.assertEqual(languages, {"fr_FR"})
