from dataclasses import replace

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from . import bureau_list_files as files
from .common import XLSX, BureauCommon


@tagged("post_install", "-at_install")
class TestBureauList(BureauCommon):
    """Lists of the tax bureau come in like e-invoice files."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._speak_english()

    def test_a_list_is_taken_in(self):
        one = self._make(lines=(files.make_line(100), files.make_line(50, "免税")))
        red = self._make(
            2,
            lines=(files.make_line(-100),),
            remark=f"被红冲蓝字数电票号码：{one.number} 红字发票信息确认单编号：{'3' * 20}",
        )
        bureau_list, file = self._drop_list(one, red, self._make(3, seller=self.theirs))
        self.assertEqual(file.outcome, "listed")
        self.assertIn("2 new", file.message)
        self.assertRecordValues(
            bureau_list,
            [
                {
                    "name": XLSX,
                    "user_id": self.finance.id,
                    "months": "2026-07",
                    "our_count": 2,
                    "new_count": 2,
                    "updated_count": 0,
                    "incoming_count": 1,
                    "faulty_count": 0,
                }
            ],
        )
        fapiao = self._find_fapiao(one)
        self.assertRecordValues(
            fapiao,
            [
                {
                    "amount_untaxed": 150.0,
                    "amount_tax": 13.0,
                    "status": "normal",
                    "kind": "digital_special",
                    "buyer_vat": self.customer.vat,
                    "risk": "正常",
                    "issuer": "王会计",
                    "is_red": False,
                }
            ],
        )
        self.assertEqual(
            [(line.rate, line.amount_untaxed) for line in fapiao.line_ids],
            [("13", 100.0), ("exempt", 50.0)],
        )
        self.assertEqual(self._find_fapiao(red).red_number, one.number)
        self.assertFalse(self._find_fapiao(self._make(3)))
        self.assertEqual(self._get_month().state, "open")

    def test_the_same_list_twice_changes_nothing(self):
        rows = [self._make(n) for n in range(4)]
        self._drop_list(*rows)
        before = self._find_fapiao(rows[0]).read()
        again, _file = self._drop_list(*rows)
        self.assertEqual((again.new_count, again.updated_count, again.unchanged_count), (0, 0, 4))
        self.env.invalidate_all()
        self.assertEqual(self._find_fapiao(rows[0]).read(), before)

    def test_a_later_list_updates_and_an_earlier_one_makes_nothing_valid(self):
        one = self._make()
        self._drop_list(one)
        later, _file = self._drop_list(replace(one, status="red_full"))
        self.assertEqual(later.updated_count, 1)
        fapiao = self._find_fapiao(one)
        self.assertEqual(fapiao.status, "red_full")
        self.assertIn("Red-Lettered", fapiao.changes_html)
        earlier, _file = self._drop_list(one)
        self.assertEqual((earlier.updated_count, earlier.unchanged_count), (0, 1))
        self.env.invalidate_all()
        self.assertEqual(fapiao.status, "red_full")

    def test_a_poorer_list_takes_nothing_away(self):
        """Columns that a list lacks say nothing; what a richer one adds quietly reopens nothing."""
        one = self._make(risk="疑点发票")
        poor = files.Layout(
            sheets="head", without=("购方识别号", "购买方名称", "发票票种", "发票风险等级", "备注")
        )
        self._drop_list(one, self._make(2))
        month = self._get_month().with_user(self.finance)
        for row in self._get_rows().values():
            row.action_explain("outside", "Branch")
        month.action_close()
        again, _file = self._drop_list(one, layout=poor)
        self.assertEqual((again.updated_count, again.unchanged_count), (0, 1))
        fapiao = self._find_fapiao(one)
        self.assertRecordValues(
            fapiao,
            [
                {
                    "buyer_name": one.buyer[1],
                    "buyer_vat": one.buyer[0],
                    "kind": "digital_special",
                    "risk": "疑点发票",
                }
            ],
        )
        again, _file = self._drop_list(replace(one, remark="合同 7", risk="疑点发票"))
        self.assertEqual(again.updated_count, 1)
        fapiao.invalidate_recordset()
        self.assertEqual((fapiao.remark, fapiao.changes_html), ("合同 7", False))
        self.assertEqual(month.state, "closed")
        self._drop_list(replace(one, remark="合同 7", risk="正常"), layout=poor)
        self.assertEqual(month.state, "closed")
        self._drop_list(replace(one, remark="合同 7", risk="正常"))
        self.assertEqual(month.state, "open")

    def test_a_remark_that_comes_later_names_the_original(self):
        red = self._make(2, lines=(files.make_line(-1000),))
        self._drop_list(red)
        remark = f"被红冲蓝字数电票号码：{self._make(1).number}"
        self._drop_list(replace(red, remark=remark))
        self.assertEqual(self._find_fapiao(red).red_number, self._make(1).number)

    def test_lines_that_come_later_are_added(self):
        one = self._make()
        self._drop_list(one, layout=files.Layout(sheets="head"))
        self.assertFalse(self._find_fapiao(one).line_ids)
        self._drop_list(one)
        self.assertEqual(self._find_fapiao(one).line_ids.amount_untaxed, 1000.0)
        self._drop_list(one)
        self.assertEqual(len(self._find_fapiao(one).line_ids), 1)

    def test_what_is_wrong_is_named_with_its_place(self):
        one, other = self._make(1), self._make(2)
        bureau_list, file = self._drop_list(one, other, destroyed={one.number})
        self.assertEqual((bureau_list.destroyed_count, bureau_list.new_count), (1, 1))
        self.assertIn("destroyed", file.message)
        self.assertIn("row 2, column 数电发票号码", bureau_list.faults_html)

    def test_a_workbook_that_is_no_list_is_refused_with_a_sentence(self):
        content = self._zip({"[Content_Types].xml": b"<x/>", "xl/workbook.xml": b"<x/>"})
        _none, file = self._drop_content(content)
        self.assertEqual(file.outcome, "refused")
        self.assertIn("damaged", file.message)
        self.assertFalse(_none)

    def test_only_finance_drops_lists(self):
        with self.assertRaises(AccessError):
            self._drop_list(self._make(), user=self.sales)

    def test_companies_take_their_own(self):
        bureau_list, _file = self._drop_list(
            self._make(1),
            self._make(2, seller=(self.company_other.vat, self.company_other.name)),
        )
        self.assertEqual((bureau_list.new_count, bureau_list.incoming_count), (1, 1))
        self.assertFalse(self._get_month(company=self.company_other))
        self.assertEqual(bureau_list.company_id, self.company)

    def test_a_list_belongs_to_the_company_of_its_rows(self):
        """Whichever company whoever drops it is in."""
        self.finance.write({"company_ids": [Command.link(self.company_other.id)]})
        other = (self.company_other.vat, self.company_other.name)
        bureau_list, file = self._drop_list(self._make(2, seller=other))
        self.assertEqual(bureau_list.company_id, self.company_other)
        self.assertEqual(file.outcome, "listed")
        self.assertIn("1 new", file.message)

    def test_many_rows_go_to_the_job(self):
        rng = files.make_random(3)
        month = files.make_month(rng, 4000, self.ours)
        bureau_list, file = self._drop_list(*month, layout=files.Layout(sheets="both"))
        self.assertEqual(file.outcome, "waiting")
        self._run_cron()
        self.assertEqual(file.outcome, "listed")
        bureau_list = self.env["invoice.bureau.list"].search([("file_id", "=", file.id)])
        self.assertEqual(bureau_list.new_count, len(month))
