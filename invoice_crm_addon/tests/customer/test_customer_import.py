from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged, users

from .import_common import HEADINGS, ImportCommon, make_excel, make_number, read_excel


@tagged("post_install", "-at_install")
class TestCustomerImport(ImportCommon):
    """What becomes of the rows of a file of customers."""

    def _full_row(self, index, **values):
        row = {
            "客户名称": f"示例{index}号有限公司",
            "税号": make_number(index),
            "开票地址": f"北京市海淀区{index}号",
            "开票电话": "010-60000001",
            "开户行": "示例银行北京支行",
            "银行账号": f"62220000{index:08d}",
        }
        return [{**row, **values}[heading] for heading in HEADINGS]

    # === CHECK === #

    def test_check_writes_nothing(self):
        before = self.env["res.partner"].search_count([])
        run = self._start([HEADINGS, self._full_row(1)])
        self.assertEqual(run.state, "checked")
        self.assertEqual(run.new_count, 1)
        self.assertEqual(self.env["res.partner"].search_count([]), before)

    def test_new_customer_has_all(self):
        headings = [
            *HEADINGS,
            "联行号",
            "联系人",
            "电子邮件",
            "手机",
            "通讯地址",
            "业务员",
            "标签",
            "备注",
        ]
        more = [
            "102100000021",
            "王示例",
            "a@example.com",
            "13000000001",
            "某路1号",
            "ticket_sales",
            "华北、老客户",
            "月结",
        ]
        run = self._import([headings, [*self._full_row(1), *more]])
        self.assertEqual(run.state, "done")
        self.assertEqual(run.applied_count, 1)
        partner = run.row_ids.partner_id
        self.assertRecordValues(
            partner,
            [
                {
                    "name": "示例1号有限公司",
                    "invoice_title": "示例1号有限公司",
                    "is_company": True,
                    "vat": make_number(1),
                    "tax_number_key": make_number(1),
                    "invoice_address": "北京市海淀区1号",
                    "invoice_phone": "010-60000001",
                    "invoice_bank_name": "示例银行北京支行",
                    "email": "a@example.com",
                    "street": "某路1号",
                    "user_id": self.sales.id,
                    "customer_rank": 1,
                    "billing_state": "unverified",
                    "billing_completeness": 100,
                }
            ],
        )
        account = partner.sudo().invoice_bank_account_id
        self.assertEqual(account.acc_number, "6222000000000001")
        self.assertEqual(account.clearing_number, "102100000021")
        self.assertEqual(set(partner.category_id.mapped("name")), {"华北", "老客户"})
        self.assertRecordValues(partner.child_ids, [{"name": "王示例", "phone": "13000000001"}])
        self.assertIn("月结", partner.comment)
        self.assertIn("customers.xlsx", partner.message_ids[0].body)

    def test_individual(self):
        run = self._import([["姓名", "客户类型", "手机"], ["李示例", "个人", 13000000002]])
        partner = run.row_ids.partner_id
        self.assertFalse(partner.is_company)
        self.assertFalse(partner.invoice_title)
        self.assertEqual(partner.phone, "13000000002")

    def test_update_by_tax_number_then_by_name(self):
        nameless = self.env["res.partner"].create({"name": "上海（示例）公司", "is_company": True})
        run = self._import(
            [
                ["名称", "税号", "地址"],
                ["Beijing Example Trading", self.customer.vat.lower(), "新地址1号"],
                ["上海(示例)公司", "", "新地址2号"],
            ]
        )
        self.assertOutcomes(run, ["update", "update"])
        self.assertEqual(run.row_ids.partner_id, self.customer | nameless)
        self.assertEqual(self.customer.invoice_address, "新地址1号")
        self.assertEqual(self.customer.name, "Beijing Example Trading")
        self.assertEqual(self.customer.invoice_phone, "010-62345678")
        self.assertEqual(nameless.invoice_address, "新地址2号")
        self.assertEqual(nameless.name, "上海（示例）公司")

    def test_same_name_with_another_number_is_new(self):
        run = self._start([["名称", "税号"], [self.customer.name, make_number(5)]])
        self.assertOutcomes(run, ["new"])

    def test_unchanged(self):
        row = [self.customer.name, self.customer.vat, self.customer.invoice_phone]
        run = self._start([["名称", "税号", "开票电话"], row])
        self.assertOutcomes(run, ["unchanged"])
        self.assertFalse(run.can_apply)

    def test_change_is_tracked_and_unchecks(self):
        self.customer.action_submit_billing()
        self.assertEqual(self.customer.billing_state, "verified")
        rows = [["税号", "名称", "开票电话"], [self.customer.vat, "X", "010-99999999"]]
        run = self._start(rows)
        run.with_context(tracking_disable=False, mail_notrack=False).action_apply()
        self.flush_tracking()
        self.env.invalidate_all()
        self.assertEqual(self.customer.billing_state, "unverified")
        tracked = self.customer.message_ids.tracking_value_ids
        self.assertIn("010-99999999", tracked.mapped("new_value_char"))

    def flush_tracking(self):
        self.env.flush_all()
        self.cr.precommit.run()

    def test_masked_account_stays(self):
        row = [self.customer.name, self.customer.vat, "**** 5702", self.bank.name]
        run = self._start([["名称", "税号", "银行账号", "开户行"], row])
        self.assertOutcomes(run, ["unchanged"])
        run = self._start([["名称", "银行账号"], ["新示例公司", "**** 5702"]])
        self.assertOutcomes(run, ["error"])

    def test_account_in_another_spelling_is_the_same(self):
        row = [self.customer.vat, self.customer.name, "6222 0210 0111-6245 702"]
        run = self._start([["税号", "名称", "账号"], row])
        self.assertOutcomes(run, ["unchanged"])

    # === NINE KINDS OF FAULTS === #

    def _make_sixty_rows(self):
        headings = [*HEADINGS, "电子邮件", "客户等级", "业务员"]
        rows = [[*self._full_row(i), "", "", ""] for i in range(1, 61)]
        archived = self.env["res.partner"].create(
            {"name": "Gone", "vat": make_number(900), "active": False}
        )
        self.assertTrue(archived.tax_number_key)
        rows[9][0] = ""
        rows[9][1] = ""
        rows[14][1] = "ABC123"
        rows[19][1] = 9.14403001234567e17
        rows[24][5] = 6222021001116245702
        rows[29][6] = "nobody.example.com"
        rows[34][7] = "VVIP"
        rows[39][8] = "Nobody At All"
        rows[44][1] = make_number(44)
        rows[49][1] = make_number(900)
        rows[54][3] = "请打电话"
        bad = [11, 16, 21, 26, 31, 36, 41, 46, 51, 56]
        return [headings, *rows], bad

    def test_sixty_rows_with_faults_corrected_and_imported_again(self):
        rows, bad = self._make_sixty_rows()
        run = self._import(rows)
        problems = run.problem_row_ids.sorted("number")
        self.assertEqual(problems.mapped("number"), bad)
        self.assertEqual(run.error_count, 9)
        self.assertEqual(run.duplicate_count, 1)
        self.assertEqual(run.applied_count, 50)
        for row in problems:
            self.assertTrue(row.message, row.number)
        self.assertIn("9.14403E+17", problems[2].message)
        self.assertIn("Row 45", problems[7].message)
        self.assertNotIn("6222021001116245702", "".join(problems.mapped("message")))
        # Corrected, and imported again with the additional column.
        name, content = run._make_problems()
        self.assertEqual(name, "customers – to correct.xlsx")
        table = read_excel(content)
        self.assertEqual(table[0], [*rows[0], "Problem"])
        self.assertEqual(table[3][1], "9.14403E+17")
        for index, row in enumerate(table[1:], start=100):
            row[:6] = self._full_row(index)
            row[6:9] = ["", "", ""]
        again = self._import(make_excel(table))
        self.assertFalse(again.warning)
        self.assertEqual(again.applied_count, 10)
        self.assertFalse(again.problem_row_ids)
        self.assertEqual(self._start(make_excel(table)).unchanged_count, 10)

    def test_further_faults(self):
        cases = [
            (["名称", "账号"], ["甲", "见附件"], "no account number"),
            (["名称", "联行号"], ["甲", "1234"], "CNAPS"),
            (["名称", "客户类型"], ["甲", "什么"], "company"),
            (["名称", "税号"], ["甲", "#N/A"], "Excel could not"),
            (["名称", "备注"], ["甲", "x" * 3000], "longer"),
            (["名称"], ["个人"], "anybody"),
            (["名称", "税号"], ["甲", self.company.vat], "your own companies"),
        ]
        for headings, row, text in cases:
            with self.subTest(text):
                run = self._start([[*headings, "序号"], [*row, 1]])
                self.assertOutcomes(run, ["error"])
                self.assertIn(text, run.row_ids.message)

    def test_unlikely_number_is_a_doubt(self):
        run = self._start([["名称", "税号"], ["甲示例公司", "911101080000000010"]])
        self.assertOutcomes(run, ["new"])
        self.assertIn("check digit", run.row_ids.message)

    def test_several_of_one_name_cannot_be_told_apart(self):
        self.env["res.partner"].create([{"name": "同名示例公司", "is_company": True}] * 2)
        run = self._start([["名称", "地址"], ["同名示例公司", "某路"]])
        self.assertOutcomes(run, ["error"])
        self.assertIn("2 customers", run.row_ids.message)

    def test_doubles_in_the_file(self):
        number = make_number(7)
        run = self._start(
            [
                ["名称", "税号"],
                ["甲示例公司", number],
                ["甲示例公司", ""],
                ["乙示例公司", ""],
                ["乙示例 公司", ""],
                ["甲示例公司", make_number(8)],
                ["丙示例公司", "ABC"],
                ["丙示例公司", make_number(9)],
                [self.customer.name, self.customer.vat],
                [self.customer.invoice_title, self.customer.vat],
            ]
        )
        self.assertOutcomes(
            run,
            [
                "new",
                "duplicate",
                "new",
                "duplicate",
                "new",
                "error",
                "new",
                "unchanged",
                "duplicate",
            ],
        )

    def test_unknown_headings_are_named(self):
        run = self._start([["名称", "心情"], ["甲示例公司", "好"]])
        self.assertIn("心情", run.warning)
        self.assertOutcomes(run, ["new"])

    def test_files_that_are_none(self):
        for content in (b"", b"\xd0\xcf\x11\xe0", b"PK\x03\x04", b"a,b\n1,2", "名称\n".encode()):
            with self.assertRaises(UserError):
                self._start(content)

    def test_one_row_that_fails_stops_nobody(self):
        rows = [HEADINGS, *(self._full_row(i) for i in range(1, 8))]
        run = self._start(rows)
        create = type(self.env["res.partner"]).create

        def fail(records, vals_list):
            if any(vals.get("vat") == make_number(3) for vals in vals_list):
                raise UserError("No.")
            return create(records, vals_list)

        self.patch(type(self.env["res.partner"]), "create", fail)
        run.action_apply()
        self.assertEqual(run.applied_count, 6)
        self.assertEqual(run.problem_row_ids.number, 4)
        self.assertEqual(run.problem_row_ids.message, "No.")

    def test_judged_anew_when_it_is_written(self):
        run = self._start([HEADINGS, self._full_row(1), self._full_row(2)])
        other = self.env["res.partner"].create({"name": "Other", "vat": make_number(1)})
        other.company_id = self.company_other
        run.action_apply()
        self.assertOutcomes(run, ["error", "new"])
        self.assertNotIn("Other", run.problem_row_ids.message)

    # === RIGHTS === #

    def test_who_sees_which(self):
        run = self._import([HEADINGS, self._full_row(1)])
        for user in (self.sales, self.finance, self.manager, self.auditor):
            self.assertEqual(run.with_user(user).name, "customers.xlsx")
            self.assertEqual(len(run.with_user(user).row_ids), 1)
        for user in (self.colleague, self.lead, self.finance_other):
            self.assertFalse(self.env["invoice.customer.import"].with_user(user).search([]))
        with self.assertRaises(AccessError):
            self._start([HEADINGS, self._full_row(2)], self.auditor)
        with self.assertRaises(AccessError):
            self._start([HEADINGS, self._full_row(2)], self.outsider)

    def test_account_numbers_are_for_those_in_charge(self):
        run = self._import([HEADINGS, self._full_row(1)])
        for user in (self.sales, self.auditor, self.finance, self.manager):
            for record, fname in ((run, "content"), (run.row_ids, "cells"), (run, "headings")):
                with self.assertRaises(AccessError):
                    record.with_user(user).read([fname])
        attachments = self.env["ir.attachment"].with_user(self.auditor)
        domain = [("res_model", "=", run._name), ("res_field", "=", "content")]
        self.assertFalse(attachments.search(domain))
        for method in ("_make_problems", "_get_file", "action_undo", "action_download_file"):
            with self.assertRaises(UserError):
                getattr(run.with_user(self.auditor), method)()
        self.assertTrue(run.with_user(self.finance)._get_file()[1].startswith(b"PK"))

    def test_only_who_uploaded_it_imports(self):
        run = self._start([HEADINGS, self._full_row(1)])
        with self.assertRaises(UserError):
            run.with_user(self.finance).action_apply()
        for values in ({"state": "done"}, {"name": "x"}, {"user_id": self.finance.id}):
            with self.assertRaises(AccessError):
                run.with_user(self.manager).write(values)
        with self.assertRaises(AccessError):
            run.row_ids.with_user(self.sales).write({"outcome": "new"})

    def test_levels_are_for_finance(self):
        level = self.env.ref("invoice_crm_addon.customer_level_vip")
        rows = [["名称", "等级"], ["甲示例公司", level.name]]
        self.assertOutcomes(self._start(rows), ["error"])
        run = self._import(rows, self.finance)
        self.assertEqual(run.row_ids.partner_id.customer_level_id, level)
        self.assertOutcomes(self._start(rows), ["unchanged"])

    def test_pending_customers_stay(self):
        self._create_flow("res.partner", [self.approver])
        self.customer.with_user(self.sales).action_submit_billing()
        self.assertEqual(self.customer.billing_state, "pending")
        rows = [
            ["税号", "名称", "开票电话"],
            [self.customer.vat, self.customer.name, "010-11111111"],
        ]
        run = self._start(rows)
        self.assertOutcomes(run, ["error"])
        self.assertIn("wait for approval", run.row_ids.message)

    @users("ticket_sales")
    def test_start_takes_the_uploaded_file_only(self):
        mine = self.env["ir.attachment"].create(
            {"name": "a.csv", "raw": "名称\n甲示例公司".encode()}
        )
        action = self.env["invoice.customer.import"].start(mine.id)
        self.assertFalse(mine.exists())
        run = self.env["invoice.customer.import"].browse(action["res_id"])
        self.assertEqual(run.new_count, 1)
        theirs = self.env["ir.attachment"].with_user(self.finance)
        theirs = theirs.create({"name": "a.csv", "raw": b"x"})
        with self.assertRaises(AccessError):
            self.env["invoice.customer.import"].start(theirs.id)

    # === IN THE BACKGROUND === #

    def _work(self, run, state):
        """Have the job run until an import is in a state."""
        cron = self.env.ref("invoice_crm_addon.ir_cron_customer_import")
        for _run in range(10):  # on a slow machine its time is over before all is written
            with self.enter_registry_test_mode():
                cron.method_direct_trigger()
            self.env.invalidate_all()
            if run.state == state:
                break
        self.assertEqual((run.state, run.progress), (state, 100))

    def _make_rows(self, count):
        return [["名称", "税号"], *([f"示例{i}公司", make_number(i)] for i in range(1, count + 1))]

    def test_large_files_are_written_and_taken_back_by_a_job(self):
        run = self._import(self._make_rows(800))
        self.assertEqual(run.state, "running")
        self.assertFalse(run.applied_count)
        with self.assertRaisesRegex(UserError, "Wait until it is done"):
            run.action_undo()
        self._work(run, "done")
        self.assertEqual(run.applied_count, 800)
        self.assertEqual(self._find(make_number(800)).create_uid, self.sales)
        self._find(make_number(1)).phone = "13000000001"
        run.with_user(self.finance).action_undo()
        self.assertRecordValues(
            run, [{"state": "undoing", "undone_by_id": self.finance.id, "progress": 0}]
        )
        progress = run.get_progress()
        self.assertEqual((progress["done"], progress["total"]), (0, 800))
        self.assertFalse(progress["is_over"])
        self._work(run, "undone")
        self.assertEqual((run.undone_count, run.kept_count), (799, 1))
        self.assertTrue(self._find(make_number(1)))
        self.assertFalse(self._find(make_number(800)))
        self.assertEqual(
            run.get_progress()["counts"], [("Customers Taken Back", 799), ("Not Taken Back", 1)]
        )

    def test_large_files_are_checked_by_a_job(self):
        rows = self._make_rows(2400)
        rows[-1] = ["另一家", make_number(1)]  # two batches after the first row of the number
        rows[-2] = ["示例2公司", ""]
        run = self._start(rows)
        self.assertEqual((run.state, run.progress), ("checking", 0))
        for action in (run.action_apply, run.action_discard, run.action_undo):
            with self.assertRaisesRegex(UserError, "Wait until it is done"):
                action()
        self._work(run, "checked")
        self.assertRecordValues(run, [{"new_count": 2398, "duplicate_count": 2, "error_count": 0}])
        messages = run.row_ids.filtered(lambda r: r.outcome == "duplicate").mapped("message")
        self.assertTrue(any("Row 2 of the file" in m for m in messages), messages)
        self.assertFalse(self._find(make_number(5)))

    def test_job_of_somebody_who_left(self):
        runs = self._import(self._make_rows(400)) | self._start(self._make_rows(1001))
        self.sales.active = False
        for _run in range(2):
            with self.enter_registry_test_mode():
                self.env.ref("invoice_crm_addon.ir_cron_customer_import").method_direct_trigger()
            self.env.invalidate_all()
        self.assertEqual(runs.mapped("state"), ["done", "checked"])
        self.assertEqual(runs.mapped("error_count"), [400, 1001])

    def test_contact_is_whom_to_ask_about_billing(self):
        person = self.env["res.partner"].create({"name": "李", "parent_id": self.customer.id})
        people = self.customer.child_ids
        rows = [
            ["客户名称", "税号", "联系人", "手机"],
            ["示例新公司", make_number(1), "王", "13000000001"],
            [self.customer.name, self.customer.vat, "李", "13000000002"],
        ]
        run = self._import(rows)
        new = self._find(make_number(1))
        self.assertEqual((new.invoice_contact_id.name, new.child_ids.name), ("王", "王"))
        self.assertEqual(self.customer.invoice_contact_id, person)
        again = self._import(
            [rows[0], [self.customer.name, self.customer.vat, "赵", "13000000003"]]
        )
        self.assertEqual(self.customer.invoice_contact_id, person)
        again.action_undo()
        run.action_undo()
        self.assertFalse(self.customer.invoice_contact_id)
        self.assertEqual(self.customer.child_ids, people)
        self.assertFalse(new.exists())

    # === UNDO === #

    def test_undo(self):
        old = self.customer.invoice_phone
        rows = [
            HEADINGS,
            *(self._full_row(i) for i in range(1, 6)),
            self._full_row(6, 客户名称=self.customer.name, 税号=self.customer.vat),
        ]
        run = self._import(rows)
        self.assertEqual(run.applied_count, 6)
        self.assertEqual(self.customer.sudo().invoice_bank_acc_number, "6222000000000006")
        changed, used, noted = (self._find(make_number(i)) for i in (1, 2, 3))
        changed.invoice_phone = "010-1111111"
        self._create_ticket(partner_id=used.id)
        noted.with_user(self.sales).message_post(body="Hello", message_type="comment")
        run.action_undo()
        self.assertEqual((run.state, run.kept_count), ("undone", 3))
        self.assertTrue(changed.exists() and used.exists() and noted.exists())
        self.assertFalse(self._find(make_number(4)) | self._find(make_number(5)))
        self.assertEqual(self.customer.invoice_phone, old)
        self.assertEqual(self.customer.invoice_bank_account_id, self.bank_account)
        self.assertEqual(len(self.customer.bank_ids), 1)
        kept = run.row_ids.filtered(lambda r: not r.is_undone)
        self.assertEqual(kept.mapped("number"), [2, 3, 4])
        self.assertTrue(all("Not taken back" in m for m in kept.mapped("message")))
        with self.assertRaises(UserError):
            run.action_undo()

    def test_undo_leaves_what_was_changed_again(self):
        run = self._import(
            [["税号", "名称", "开票电话"], [self.customer.vat, self.customer.name, "010-11111111"]]
        )
        self.customer.invoice_phone = "010-22222222"
        run.with_user(self.finance).action_undo()
        self.assertEqual(run.kept_count, 1)
        self.assertEqual(self.customer.invoice_phone, "010-22222222")

    def test_discard(self):
        run = self._start([HEADINGS, self._full_row(1)])
        run.action_discard()
        self.assertFalse(run.exists())
        run = self._import([HEADINGS, self._full_row(1)])
        with self.assertRaises(UserError):
            run.action_discard()

    # === FILES === #

    def test_template_is_empty_and_takes_texts(self):
        for lang, heading in (("en_US", "Customer Name"), ("zh_CN", "客户名称")):
            self.env["res.lang"]._activate_lang(lang)
            runs = self.env["invoice.customer.import"].with_user(self.sales).with_context(lang=lang)
            _name, content = runs._make_template()
            table = read_excel(content)
            self.assertEqual((table[0][0], len(table)), (heading, 1))
            self.assertGreater(len(read_excel(content, 1)), 10)
            with self.assertRaises(UserError):
                self._start(content)
            filled = [table[0], ["甲示例公司", *[""] * (len(table[0]) - 1)]]
            self.assertFalse(self._start(filled).warning)

    def test_exported_is_imported_again(self):
        names = [
            "name",
            "is_company",
            "invoice_title",
            "vat",
            "invoice_address",
            "invoice_phone",
            "invoice_bank_name",
            "invoice_bank_acc_number",
            "invoice_clearing_number",
            "email",
            "phone",
            "street",
            "customer_level_id",
            "user_id",
            "category_id",
            "comment",
        ]
        self.customer.write(
            {
                "email": "a@example.com",
                "phone": "13000000001",
                "street": "Some Street 1",
                "user_id": self.sales.id,
                "category_id": [(0, 0, {"name": "North"})],
                "comment": "<p>Monthly</p>",
                "customer_level_id": self.env.ref("invoice_crm_addon.customer_level_vip").id,
            }
        )
        self.env["res.lang"]._activate_lang("zh_CN")
        (self.sales | self.finance).group_ids += self.env.ref("base.group_allow_export")
        for lang in ("en_US", "zh_CN"):
            for user in (self.sales, self.finance):
                customer = self.customer.with_user(user).with_context(lang=lang)
                labels = customer.fields_get(names)
                headings = [labels[name]["string"] for name in names]
                cells = customer.export_data(names)["datas"][0]
                cells = [str(c) if not isinstance(c, bool) else c or "" for c in cells]
                run = self._start([headings, cells], user)
                self.assertFalse(run.warning)
                self.assertOutcomes(run, ["unchanged"])

    def test_queries_do_not_grow_with_rows(self):
        # Core itself makes two queries for each account.
        rows = [HEADINGS, *(self._full_row(i, 银行账号="") for i in range(1, 11))]
        more = [HEADINGS, *(self._full_row(i, 银行账号="") for i in range(100, 300))]
        self._import([HEADINGS, self._full_row(50)])

        def count(table):
            run = self._start(table)
            self.env.flush_all()
            self.env.transaction.reset()
            before = self.cr.sql_log_count
            run.action_apply()
            self.env.flush_all()
            return self.cr.sql_log_count - before

        few, many = count(rows), count(more)
        self.assertLess(many - few, 40, (few, many))
