from dataclasses import replace
from datetime import date

from babel.messages.extract import extract
from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools.babel import extract_python
from odoo.tools.misc import file_open

from ...models.base.proof import proven
from ...models.bureau.bureau_month_row import DIFFERENCES
from . import bureau_list_files as files
from .common import BureauCommon


@tagged("post_install", "-at_install")
class TestBureauMonth(BureauCommon):
    """A month, bureau beside ours: what each row comes to, and what is done with it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._speak_english()
        cls.tax_9, cls.tax_3, cls.tax_1 = (cls._get_tax(rate) for rate in (9, 3, 1))

    def _get_results(self):
        return {number: row.result for number, row in self._get_rows().items()}

    def test_names_of_differences_are_no_terms(self):
        with file_open("invoice_crm_addon/models/bureau/bureau_month_row.py", "rb") as source:
            terms = {term[1] for term in extract(extract_python, source, {"_": None})}
        self.assertIn("Untaxed Amount", terms)
        self.assertFalse(terms & {*DIFFERENCES})

    def test_what_agrees_agrees(self):
        one = self._make(lines=(files.make_line(100), files.make_line(50, "免税")))
        self._issue_same(one)
        self._drop_list(one)
        (row,) = self._get_rows().values()
        self.assertEqual((row.result, row.bureau_total, row.difference), ("agreed", 163.0, 0.0))
        month = self._get_month().with_user(self.finance)
        self.assertEqual((month.agreed_count, month.open_count), (1, 0))

    def test_a_page_and_its_number_are_one_query(self):
        listed = [self._make(n, untaxed=100 + n) for n in range(3)]
        self._issue_same(listed[0])
        self._drop_list(*listed)
        month = self._get_month().with_user(self.finance)
        action = month.action_open_rows()
        Rows = self.env["invoice.bureau.month.row"].with_user(self.finance)
        Rows = Rows.with_context(**action["context"])
        domain = [*action["domain"], ("result", "!=", "agreed")]
        columns = {"number": {}, "result": {}}
        Rows.web_search_read(domain, columns, limit=1)
        self.env.invalidate_all()
        with self.assertQueryCount(1):
            page = Rows.web_search_read(domain, columns, limit=1)
        self.assertEqual((len(page["records"]), page["length"]), (1, 2))

    def test_each_result(self):
        names = "agreed bureau_only void_there red_there differs moved"
        made = {name: self._make(n, untaxed=100 + n) for n, name in enumerate(names.split())}
        made["void_there"] = replace(
            made["void_there"], number="00000007", code="011002600111", kind="special"
        )
        tickets = {
            name: self._issue_same(one, **self._type_of(one))
            for name, one in made.items()
            if name != "bureau_only"
        }
        ours = self._issue_same(self._make(90, untaxed=900))
        changed = {
            **made,
            "void_there": replace(made["void_there"], status="voided"),
            "red_there": replace(made["red_there"], status="red_full"),
            "differs": replace(
                made["differs"],
                day=date(2026, 7, 9),
                buyer=(self.customer.vat, "Somebody Else"),
                lines=(files.make_line(104.5),),
                kind="digital_ordinary",
            ),
            "moved": replace(made["moved"], day=date(2026, 8, 2)),
        }
        self._drop_list(*changed.values())
        rows = self._get_rows()
        expected = {changed[n].number: n for n in made if n != "moved"}
        expected.update({ours.fapiao_number: "ours_only", made["moved"].number: "differs"})
        self.assertEqual({number: row.result for number, row in rows.items()}, expected)
        differs = rows[made["differs"].number]
        self.assertEqual(differs.differences, "date,untaxed,tax,total,buyer,kind")
        self.assertIn("Somebody Else", differs.sides_html)
        self.assertEqual(differs.ticket_id, tickets["differs"])
        august = self._get_rows(date(2026, 8, 1))
        self.assertEqual([row.differences for row in august.values()], ["date"])
        self.assertEqual(self._get_month().with_user(self.finance).open_count, 6)

    def _type_of(self, one):
        return {"type_id": self.type_special.id} if one.code else {}

    def test_names_that_say_the_same_do_not_differ(self):
        one = self._make(buyer=(self.customer.vat.lower(), "北京（示例） 有限公司"))  # noqa: RUF001
        self._issue_same(one, buyer_name="北京(示例)有限公司", buyer_vat=self.customer.vat)
        self._drop_list(one)
        self.assertEqual(self._get_results(), {one.number: "agreed"})

    def test_tickets_are_created_of_what_only_the_bureau_has(self):
        one = self._make(lines=(files.make_line(100), files.make_line(50, "免税")))
        red = self._make(
            2,
            lines=(files.make_line(-100), files.make_line(-50, "免税")),
            remark=f"被红冲蓝字数电票号码：{one.number} 红字发票信息确认单编号：{'3' * 20}",
        )
        # Whatever the bureau says of the red letter itself, nothing takes that back.
        self._drop_list(replace(one, status="red_full"), replace(red, status="red_full"))
        rows = self._get_rows()
        self.assertEqual({row.result for row in rows.values()}, {"bureau_only"})
        rows[red.number].union(*rows.values()).action_create_tickets()
        self.assertEqual(set(self._get_results().values()), {"agreed"})
        blue = self.env["invoice.ticket"].search([("fapiao_number", "=", one.number)])
        self.assertRecordValues(
            blue,
            [
                {
                    "state": "issued",
                    "amount_untaxed": 150.0,
                    "amount_tax": 13.0,
                    "partner_id": self.customer.id,
                    "amount_valid": 0.0,
                }
            ],
        )
        self.assertEqual(blue.red_ids.fapiao_number, red.number)

    def test_an_approved_ticket_that_fits_is_issued(self):
        one = self._make(untaxed=1000)
        ticket = self._approved()
        self._drop_list(one)
        row = self._get_rows()[one.number]
        self.assertEqual(row.proposed_ticket_id, ticket)
        with self.assertRaisesRegex(UserError, "approved and fits"):
            row.action_create_tickets()
        row.action_issue_proposed()
        self.assertRecordValues(
            ticket, [{"state": "issued", "fapiao_number": one.number, "issue_date": one.day}]
        )
        self.assertEqual(self._get_results(), {one.number: "agreed"})

    def test_of_two_that_fit_the_one_named_in_the_remark_is_proposed(self):
        tickets = self._approved(), self._approved()
        self._drop_list(self._make(1), self._make(2, remark=f"合同 {tickets[1].name}"))
        rows = self._get_rows()
        self.assertEqual(
            [row.proposed_ticket_id for row in rows.values()],
            [tickets[0], tickets[1]],
        )

    def test_of_two_that_fit_none_is_proposed(self):
        self._approved(), self._approved()
        one = self._make(1)
        self._drop_list(one)
        row = self._get_rows()[one.number]
        self.assertFalse(row.proposed_ticket_id)
        with self.assertRaises(UserError):
            row.action_issue_proposed()

    def test_a_number_typed_wrong_is_corrected(self):
        one = self._make(1)
        ticket = self._issue_same(replace(one, number=one.number[:-1] + "9"))
        self._drop_list(one)
        row = self._get_rows()[ticket.fapiao_number]
        self.assertIn("typed wrong", row.guess)
        row.action_take_number()
        self.assertEqual(ticket.fapiao_number, one.number)
        self.assertEqual(self._get_results(), {one.number: "agreed"})

    def test_date_and_buyer_are_taken_over_and_amounts_are_not(self):
        one, other = self._make(1), self._make(2)
        ticket = self._issue_same(one)
        self._issue_same(other)
        self._drop_list(
            replace(one, day=date(2026, 7, 20), buyer=(self.customer.vat, "New Name")),
            replace(other, lines=(files.make_line(7),)),
        )
        rows = self._get_rows()
        rows[one.number].action_take_over()
        self.assertRecordValues(
            ticket, [{"issue_date": date(2026, 7, 20), "buyer_name": "New Name"}]
        )
        with self.assertRaisesRegex(UserError, "amounts differ"):
            rows[other.number].action_take_over()

    def test_voided_there_is_voided_here(self):
        one = self._make(number=7, kind="special")
        one = replace(one, number="00000007", code="011002600111")
        ticket = self._issue_same(one, type_id=self.type_special.id)
        self._drop_list(replace(one, status="voided"))
        self._get_rows()[one.number].action_void()
        self.assertEqual(ticket.state, "voided")
        self.assertIn("tax bureau", ticket.void_reason)
        self.assertEqual(self._get_results(), {one.number: "agreed"})

    def test_red_lettered_there_takes_the_red_fapiao_of_the_list(self):
        one = self._make(1)
        ticket = self._issue_same(one)
        red = self._make(
            2, lines=(files.make_line(-1000),), remark=f"被红冲蓝字数电票号码：{one.number}"
        )
        self._drop_list(replace(one, status="red_full"), red)
        self._get_rows()[one.number].action_red()
        self.assertEqual(ticket.status, "red")
        self.assertEqual(set(self._get_results().values()), {"agreed"})

    def test_what_is_explained_stays_explained_until_it_changes(self):
        one = self._make(1)
        self._drop_list(one)
        row = self._get_rows()[one.number]
        with self.assertRaises(UserError):
            row.action_explain("outside", " ")
        row.action_explain("outside", "Issued by the branch")
        self._drop_list(one)
        month = self._get_month().with_user(self.finance)
        self.assertEqual((month.open_count, month.explained_count), (0, 1))
        explanation = self._get_rows()[one.number].explanation_id
        self.assertEqual(explanation.user_id, self.finance)
        self._drop_list(replace(one, status="voided"))
        month.invalidate_recordset()
        self.assertEqual((month.open_count, month.explained_count), (1, 0))

    def test_what_is_explained_is_open_again_when_it_differs_otherwise(self):
        """Fields that differ are the same ones, and what they say is not."""
        one = self._make(1)
        ticket = self._issue_same(one)
        off = replace(one, buyer=(one.buyer[0], "A"), lines=(("13%", one.untaxed, one.tax + 1),))
        self._drop_list(off)
        differences = []
        for change in (
            replace(off, lines=(("13%", one.untaxed, one.tax + 500),)),
            replace(off, buyer=(one.buyer[0], "B")),
        ):
            self._get_rows()[one.number].action_explain("accepted", "A cent")
            self.assertTrue(self._get_rows()[one.number].is_explained)
            self._drop_list(change)
            row = self._get_rows()[one.number]
            self.assertFalse(row.is_explained)
            differences.append(row.differences)
        self.assertEqual(differences, ["tax,total,buyer"] * 2)
        row.action_explain("accepted", "Known")
        proven(ticket).write({"buyer_name": "C"})
        self.assertFalse(self._get_rows()[one.number].is_explained)

    def test_an_explanation_is_taken_back(self):
        one = self._make(1)
        self._drop_list(one)
        self._get_rows()[one.number].action_explain("outside", "Branch")
        explanation = self._get_rows()[one.number].explanation_id
        explanation.action_take_back()
        self.assertFalse(self._get_rows()[one.number].is_explained)
        with self.assertRaises(UserError):
            explanation.action_take_back()
        self._get_rows()[one.number].action_explain("accepted", "Again")
        with self.assertRaises(AccessError):
            explanation.write({"note": "Changed"})

    def test_what_a_file_made_goes_though_it_was_explained(self):
        ticket = self._issue_same(self._make(1))
        self._drop_list(self._make(2))
        number = ticket.fapiao_number
        self._get_rows()[number].action_explain("outside", "Branch")
        explanation = self._get_rows()[number].explanation_id
        ticket._vanish()
        self.env.invalidate_all()
        self.assertFalse(ticket.exists())
        self.assertRecordValues(explanation, [{"ticket_id": False, "number": number}])

    def test_a_ticket_is_matched_by_hand(self):
        one = self._make(1, buyer=("", "Unknown Buyer"))
        ticket = self._approved()
        other = self._approved(
            line_ids=[self._prepare_line(5.0)],
        )
        self._drop_list(one)
        row = self._get_rows()[one.number]
        action = row.action_open_match()
        Wizard = self.env["invoice.bureau.match.wizard"].with_user(self.finance)
        wizard = Wizard.with_context(**action["context"]).create({"ticket_id": other.id})
        with self.assertRaisesRegex(UserError, "another total"):
            wizard.action_confirm()
        wizard.ticket_id = ticket
        wizard.action_confirm()
        self.assertEqual(ticket.fapiao_number, one.number)

    def test_rights(self):
        one = self._make(1)
        self._drop_list(one)
        row = self._get_rows(user=self.auditor)[one.number]
        for action in (row.action_create_tickets, row.action_open_explain, row.action_red):
            with self.assertRaises(AccessError):
                action()
        with self.assertRaises(AccessError):
            row.action_explain("outside", "Note")
        for user in (self.sales, self.lead, self.approver, self.outsider):
            with self.assertRaises(AccessError):
                self._get_rows(user=user)
            with self.assertRaises(AccessError):
                self.env["invoice.bureau.list"].with_user(user).search([])
        other = self.env["invoice.bureau.month.row"].with_user(self.finance_other)
        self.assertFalse(other.search([("number", "=", one.number)]))
        months = self.env["invoice.bureau.month"].with_user(self.finance_other)
        self.assertFalse(months.search([("company_id", "=", self.company.id)]))

    def test_months_of_the_last_year_stand_there_without_a_list(self):
        ticket = self._issue_same(self._make(1))
        months = self.env["invoice.bureau.month"].with_user(self.finance)
        with freeze_time("2027-01-10 04:00:00"):
            months.with_context(allowed_company_ids=self.company.ids).action_open_months()
        month = self._get_month().with_user(self.finance)
        self.assertEqual((month.list_count, month.open_count), (0, 1))
        self.assertEqual(ticket.state, "issued")

    def test_reconciliation_gives_the_truth(self):
        """Random months of which some rows are left out or changed on one side."""
        rates = ("13%", "6%", "免税", "不征税")
        for seed in range(3):
            with self.subTest(seed=seed):
                self._reconcile_random(files.make_random(seed), rates, date(2025, 3 + seed, 1))

    def _reconcile_random(self, rng, rates, first):
        truth, listed = {}, []
        for n in range(40):
            lines = tuple(
                files.make_line(rng.randrange(1, 10**6) / 100, rng.choice(rates))
                for _ in range(rng.choice((1, 2)))
            )
            number = first.month * 1000 + n
            one = self._make(number, date=first.replace(day=rng.randrange(1, 28)), lines=lines)
            result = rng.choice(
                ("agreed", "agreed", "agreed", "bureau_only", "ours_only", "differs", "red_there")
            )
            if result != "bureau_only":
                self._issue_same(one)
            if result == "differs":
                one = replace(one, lines=(files.make_line(12345678),))
            elif result == "red_there":
                one = replace(one, status="red_full")
            if result != "ours_only":
                listed.append(one)
            truth[one.number] = result
        listed += [self._make(90000 + n, seller=self.theirs) for n in range(5)]
        rng.shuffle(listed)
        for content in files.write_files(rng, listed):
            self._drop_content(content)
        rows = self._get_rows(first)
        self.assertEqual({number: row.result for number, row in rows.items()}, truth)
        month = self._get_month(first).with_user(self.finance)
        counts = month._count_rows()[self.company.id, first]
        self.assertEqual(
            {result: figures[0] for (result, _x), figures in counts.items()},
            {result: list(truth.values()).count(result) for result in set(truth.values())},
        )

    def test_the_page_asks_a_bounded_number_of_queries(self):
        made = [self._make(n, untaxed=100 + n) for n in range(30)]
        for one in made[:10]:
            self._issue_same(one)
        self._drop_list(*made)
        self._count_queries(30)
        few, many = self._count_queries(15), self._count_queries(25)
        self.assertEqual(few, many)

    def _count_queries(self, limit):
        month = self._get_month().with_user(self.finance)
        action = month.action_open_rows()
        Rows = self.env["invoice.bureau.month.row"].with_user(self.finance)
        Rows = Rows.with_context(**action["context"])
        spec = {
            name: {"fields": {"display_name": {}}} if name in ("ticket_id",) else {}
            for name in ("result", "number", "guess", "differences_text", "ticket_id", "date")
        }
        self.env.flush_all()
        self.env.transaction.reset()
        before = self.env.cr.sql_log_count
        Rows.web_search_read(action["domain"], spec, limit=limit)
        return self.env.cr.sql_log_count - before
