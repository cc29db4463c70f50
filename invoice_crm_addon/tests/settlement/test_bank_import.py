import io

import xlsxwriter

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from ...models.settlement.bank_statement_import import StatementImport
from .bank_common import HEAD, BankCommon

LINE = ("2026-11-02", "Beijing Example Trading", "6222021001116245702", 1130.0, "Goods", "S1")
FEE = ("2026-11-02", "", "", -15.0, "手续费", "S2")


@tagged("post_install", "-at_install")
class TestBankImport(BankCommon):
    def _count(self):
        return self.env["account.bank.statement.line"].search_count(
            [("journal_id", "=", self.bank_journal.id)]
        )

    def test_lines_become_those_of_core(self):
        matches = self._import(LINE, FEE)
        lines = self.env["account.bank.statement.line"].search(
            [("journal_id", "=", self.bank_journal.id)], order="id"
        )
        self.assertEqual(lines.mapped("amount"), [1130.0, -15.0])
        self.assertEqual(lines[0].partner_name, LINE[1])
        self.assertEqual(lines[0].account_number, LINE[2])
        self.assertEqual(lines[0].move_id.state, "posted")
        self.assertEqual(len(lines.statement_id), 1)
        self.assertEqual(lines.statement_id.attachment_ids.name, "statement0.csv")
        self.assertEqual(matches.line_id, lines[0], "what went out needs no customer")

    def test_queries_of_many_lines(self):
        def count(first, number):
            rows = [
                ("2026-11-03", f"Payer {n}", f"62220{n:06}", 5000.0 + n, "Goods", f"X{n}")
                for n in range(first, first + number)
            ]
            self.env.flush_all()
            self.env.transaction.reset()
            before = self.cr.sql_log_count
            self._import(*rows)
            self.env.flush_all()
            return self.cr.sql_log_count - before

        count(0, 2)
        few, many = count(10, 10), count(100, 40)
        self.assertLess((many - few) / 30, 6, "what each line costs core")

    def test_looking_writes_nothing(self):
        wizard = self._open_wizard(self._make_csv(LINE, FEE))
        self.assertRecordValues(
            wizard.file_ids,
            [{"entry_count": 2, "new_count": 2, "amount_in": 1130.0, "amount_out": 15.0}],
        )
        self.assertFalse(self._count())

    def test_account_number_finds_the_journal(self):
        other = self.bank_journal.copy()
        own = [[f"账号：{self.OWN}"]]
        wizard = self._open_wizard(self._make_csv(LINE, above=own), self._make_csv(LINE))
        self.assertEqual(wizard.file_ids[0].journal_id, self.bank_journal)
        self.assertFalse(wizard.file_ids[1].journal_id, "two journals: it is asked")
        self.assertTrue(other)
        with self.assertRaisesRegex(UserError, "Choose the bank journal"):
            wizard.action_import()

    def test_account_of_another_journal_is_refused(self):
        wizard = self._open_wizard(self._make_csv(LINE, above=[["账号：1100066600000000009"]]))
        wizard.file_ids.journal_id = self.bank_journal
        self.assertIn("…0009", wizard.file_ids.problem)
        self.assertFalse(wizard.can_import)
        with self.assertRaises(UserError):
            StatementImport(
                self.env, "x", self._make_csv(LINE, above=[["账号：1100066600000000009"]])
            ).run(self.bank_journal, self.env["ir.attachment"])

    def _open_bare(self, *numbers):
        """Files of own accounts, for a journal that has no account number."""
        contents = [
            self._make_csv((*LINE[:5], f"B{number}"), above=[[f"账号：{number}"]])
            for number in numbers
        ]
        wizard = self._open_wizard(*contents)
        for file in wizard.file_ids.filtered(lambda file: not file.journal_id):
            file.journal_id = self.bank_journal
        return wizard

    def test_journal_without_an_account_number_gets_that_of_the_file(self):
        self.bank_journal.bank_account_id = False
        wizard = self._open_bare("6222000000000000018")
        self.assertIn("…0018", wizard.remarks)
        self.assertTrue(wizard.can_import)
        self.assertFalse(wizard.file_ids.keeps_account, "whoever imports says so")
        wizard.file_ids.keeps_account = True
        wizard.action_import()
        self.assertEqual(self.bank_journal.bank_acc_number, "6222000000000000018")
        self.assertFalse(self._open_bare("6222000000000000018").remarks)
        self.assertIn("…0027", self._open_bare("1111000000000000027").file_ids.problem)
        self.assertEqual(self._count(), 1)

    def test_account_number_that_is_not_kept_is_warned_of_again(self):
        self.bank_journal.bank_account_id = False
        wizard = self._open_bare("6222000000000000018")
        wizard.action_import()
        self.assertFalse(self.bank_journal.bank_account_id)
        self.assertIn("…0027", self._open_bare("1111000000000000027").remarks)

    def test_files_of_two_accounts_for_one_journal(self):
        self.bank_journal.bank_account_id = False
        wizard = self._open_bare("6222000000000000018", "1111000000000000027")
        first, second = wizard.file_ids
        self.assertFalse(first.problem)
        self.assertIn("A journal is of one account", second.problem)
        other = self.bank_journal.copy()
        other.bank_account_id = False
        second.journal_id = other
        self.assertFalse(second.problem or first.problem)
        second.journal_id = self.bank_journal
        first.journal_id = other
        self.assertFalse(second.problem or first.problem, "looked at anew")

    def test_one_account_is_kept_on_one_journal(self):
        self.bank_journal.bank_account_id = False
        other = self.bank_journal.copy()
        other.bank_account_id = False
        wizard = self._open_bare("6222000000000000018", "6222000000000000018")
        first, second = wizard.file_ids
        first.journal_id, second.journal_id = self.bank_journal, other
        wizard.file_ids.keeps_account = True
        with (
            self.assertRaisesRegex(UserError, "which is that of the journal"),
            self.cr.savepoint(),
        ):
            wizard.action_import()
        self.assertFalse(other.bank_account_id)
        self.assertEqual(self._count(), 0)

    def test_account_of_another_journal_is_refused_by_one_without_a_number(self):
        bare = self.bank_journal.copy()
        bare.bank_account_id = False
        wizard = self._open_bare(self.OWN)
        wizard.file_ids.journal_id = bare
        self.assertIn(self.bank_journal.name, wizard.file_ids.problem)

    def test_other_currency_is_refused(self):
        wizard = self._open_wizard(self._make_csv(LINE, above=[["币种：美元"]]))
        wizard.file_ids.journal_id = self.bank_journal
        self.assertIn("USD", wizard.file_ids.problem)

    def test_same_line_twice_is_skipped_and_counted(self):
        self._import(LINE, FEE)
        wizard = self._open_wizard(
            self._make_csv(LINE, FEE, ("2026-11-03", "甲", "1", 5.0, "x", "S3"))
        )
        wizard.file_ids.journal_id = self.bank_journal
        self.assertRecordValues(wizard.file_ids, [{"new_count": 1, "duplicate_count": 2}])
        wizard.action_import()
        self.assertRecordValues(wizard, [{"new_count": 1, "duplicate_count": 2}])
        self.assertEqual(self._count(), 3)

    def test_equal_lines_of_a_file_both_stay(self):
        twin = (*LINE[:5], "")
        self._import(twin, twin)
        self.assertEqual(self._count(), 2)
        self._import(twin, twin, twin)
        self.assertEqual(self._count(), 3, "only the third one is new")

    def test_two_files_that_overlap_in_one_go(self):
        wizard = self._open_wizard(self._make_csv(LINE, FEE), self._make_csv(LINE))
        wizard.file_ids.journal_id = self.bank_journal
        wizard.action_import()
        self.assertRecordValues(wizard, [{"new_count": 2, "duplicate_count": 1}])

    def test_balances_become_those_of_the_statement(self):
        above, below = [["期初余额", "100.00"]], [["期末余额", "1215.00"]]
        content = self._make_csv(LINE, FEE, above=above) + "期末余额,1215.00\r\n".encode("gb18030")
        wizard = self._open_wizard(content)
        wizard.file_ids.journal_id = self.bank_journal
        wizard.action_import()
        statement = self.env["account.bank.statement"].search(
            [("journal_id", "=", self.bank_journal.id)]
        )
        self.assertTrue(below)
        self.assertRecordValues(
            statement, [{"balance_start": 100.0, "balance_end_real": 1215.0, "is_complete": True}]
        )

    def test_bad_file_is_refused_with_its_rows_and_the_others_go_on(self):
        bad = self._make_csv(("2026-13-02", *LINE[1:]))
        wizard = self._open_wizard(bad, self._make_csv(LINE))
        wizard.file_ids[1].journal_id = self.bank_journal
        self.assertIn("Row 2", wizard.file_ids[0].problem)
        wizard.action_import()
        self.assertEqual(self._count(), 1)

    def test_who_may_import(self):
        content = self._make_csv(LINE)
        for user in (self.sales, self.lead, self.auditor, self.outsider):
            with self.assertRaises(AccessError):
                self._open_wizard(content, user=user)
        accountant = self._create_user("accountant", ["account.group_account_invoice"])
        self.assertTrue(self._import(LINE, user=accountant))

    def test_file_of_somebody_else_is_not_taken(self):
        theirs = self._open_wizard(self._make_csv(LINE), user=self.manager).attachment_ids
        kept = self.env["ir.attachment"].create(
            {
                "name": "kept.csv",
                "raw": self._make_csv(LINE),
                "res_model": "res.partner",
                "res_id": self.customer.id,
            }
        )
        wizards = self.env["invoice.bank.statement.wizard"].with_user(self.finance)
        for attachment in (theirs, kept):
            with self.assertRaises(AccessError):
                wizards.create({"attachment_ids": [Command.set(attachment.ids)]}).action_look()

    # === THE SAME LINE IN OTHER FILES === #

    def _make_book(self, *rows):
        """An Excel file as banks write it: titles over merged cells, amounts as text."""
        output = io.BytesIO()
        with xlsxwriter.Workbook(output, {"in_memory": True}) as book:
            sheet = book.add_worksheet()
            sheet.merge_range(0, 0, 0, 6, "账户交易明细")
            sheet.merge_range(1, 0, 1, 6, f"账号：{self.OWN}    币种：人民币")
            sheet.merge_range(2, 0, 2, 6, "")
            for number, row in enumerate((HEAD, *rows), start=3):
                sheet.write_row(number, 0, row)
        return output.getvalue()

    def test_same_line_in_another_encoding_and_format(self):
        row = ("2026-11-02", "北京样品贸易", self.BANK_ACCOUNT, 1130.0, "货款 A1", "S77")
        first = self._make_csv(row)
        [match] = self._import(row)
        self.assertEqual(match.partner_name, "北京样品贸易")
        book = self._make_book(
            ("2026/11/02", row[1], row[2], "1,130.00", "", "货款 A1", "S77"),
            ("2026/11/03", row[1], row[2], "20.00", "", "货款 A2", "S78"),
        )
        utf8 = first.decode("gb18030").encode("utf-8-sig")
        utf16 = first.decode("gb18030").encode("utf-16")
        for name, content, new in (
            ("utf-8", utf8, 0),
            ("utf-16", utf16, 0),
            ("twice", first, 0),
            ("xlsx", book, 1),
        ):
            with self.subTest(name):
                wizard = self._open_wizard(content)
                file = wizard.file_ids
                self.assertFalse(file.problem)
                if not file.journal_id:
                    file.journal_id = self.bank_journal
                self.assertEqual((file.new_count, file.duplicate_count), (new, 1))
                self.assertEqual(wizard.can_import, bool(new))

    def test_first_lines_are_shown_as_they_were_read(self):
        rows = [
            (f"2026-11-{day:02}", "<b>Payer</b>", "", 10.0 * day, f"No. {day}", f"F{day}")
            for day in range(1, 12)
        ]
        wizard = self._open_wizard(self._make_csv(*rows))
        self.assertIn("&lt;b&gt;Payer", wizard.preview)
        self.assertIn("No. 1<", wizard.preview)
        self.assertNotIn("No. 9<", wizard.preview)
        self.assertIn("3 more lines", wizard.preview)

    def test_money_that_went_out_is_no_proposal(self):
        matches = self._import(
            ("2026-11-02", self.customer.name, self.BANK_ACCOUNT, -130.0, "退款", "S81"),
            ("2026-11-02", self.customer.name, self.BANK_ACCOUNT, 50.0, "货款", "S82"),
        )
        self.assertEqual(matches.mapped("amount"), [50.0])
        line = self.env["account.bank.statement.line"].search([("amount", "=", -130.0)])
        self.assertEqual(line.journal_id, self.bank_journal)
