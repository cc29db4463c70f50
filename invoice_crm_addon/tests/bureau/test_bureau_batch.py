import ast
import base64
import io
from unittest.mock import patch

import openpyxl

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ...models.base.proof import proven
from .batch_common import SERVICE, BatchCommon, make_workbook, read_sheet


@tagged("post_install", "-at_install")
class TestBureauTemplate(BatchCommon):
    """The company's own workbook of the tax bureau."""

    def _template(self, user=None, **values):
        Template = self.env["invoice.bureau.template"].with_user(user or self.finance)
        return Template.create(
            {"content": base64.b64encode(make_workbook("pt:20261101")), **values}
        )

    def test_latest_counts_and_former_ones_stay(self):
        self.assertTrue(self.template.is_current)
        self.assertEqual(self.template.version, "pt:20260401")
        new = self._template()
        self.assertEqual(new.version, "pt:20261101")
        self.template.invalidate_recordset()
        self.assertFalse(self.template.is_current)
        new.action_archive()
        self.template.invalidate_recordset()
        self.assertTrue(self.template.is_current)

    def test_content_of_the_context_is_looked_at_too(self):
        Template = self.env["invoice.bureau.template"].with_user(self.finance)
        content = base64.b64encode(make_workbook("pt:20261101"))
        template = Template.with_context(default_content=content).create({})
        self.assertEqual(template.version, "pt:20261101")
        with self.assertRaises(UserError):
            Template.with_context(default_content=base64.b64encode(b"x")).create({})

    def test_other_files_are_refused_with_a_sentence(self):
        for content in (b"x", b"PK\x03\x04", b"\xd0\xcf\x11\xe0"):
            with self.assertRaises(UserError):
                self._template(content=base64.b64encode(content))

    def test_nobody_changes_one(self):
        for values in ({"version": "x"}, {"content": base64.b64encode(make_workbook())}):
            with self.assertRaises(AccessError):
                self.template.write(values)
        with self.assertRaises(AccessError):
            self._template(self.sales)


@tagged("post_install", "-at_install")
class TestBureauBatch(BatchCommon):
    """Tickets go out in a workbook; what comes back settles them one by one."""

    # === OUT === #

    def test_workbook_says_the_tickets(self):
        tickets = self._coded() | self._coded()
        batch = self._send(tickets)
        self.assertEqual((batch.kind, batch.state, batch.user_id), ("blue", "open", self.finance))
        self.assertEqual(batch.template_id, self.template)
        content = base64.b64decode(batch.file)
        rows = {row["发票流水号"]: row for row in read_sheet(content, 0)}
        self.assertEqual(set(rows), set(tickets.mapped("name")))
        row = rows[tickets[0].name]
        self.assertEqual(row["发票类型"], "增值税专用发票")
        self.assertEqual(row["购买方名称"], self.customer.invoice_title)
        self.assertEqual(row["购买方银行账号"], self.BANK_ACCOUNT)
        self.assertEqual(row["备注"], tickets[0].name)
        line = read_sheet(content, 1)[0]
        self.assertEqual(
            (line["商品和服务税收编码"], line["数量"], line["单价"], line["金额"], line["税率"]),
            (SERVICE, "1", "1130", "1130.00", "0.13"),
        )
        self.assertEqual(tickets.mapped("bureau_state"), ["sent", "sent"])

    def test_number_stands_in_the_remarks_by_choice(self):
        self.company.bureau_serial_in_remark = False
        [row] = read_sheet(base64.b64decode(self._send(self._coded()).file), 0)
        self.assertFalse(row["备注"])

    def test_discount_stands_beside_the_line_that_it_lowers(self):
        discount = {"name": "Discount", "price_unit": -113.0, "tax_code": False}
        ticket = self._coded(line_ids=[self._prepare_line(), self._prepare_line(**discount)])
        [row] = read_sheet(base64.b64decode(self._send(ticket).file), 1)
        self.assertEqual((row["金额"], row["折扣金额"]), ("1130.00", "113.00"))
        lines = [self._prepare_line(**discount), self._prepare_line()]
        homeless = self._coded(line_ids=lines)
        self.assertIn("Discount", self._open_wizard(homeless).bad_line_ids.problem)

    def test_discount_of_a_whole_line_says_how_to_mend_it(self):
        discount = {"name": "Gift", "price_unit": -1130.0, "tax_code": False}
        lines = [{"name": "Free of charge"}, discount, {"name": "Support"}]
        ticket = self._coded(line_ids=[self._prepare_line(**values) for values in lines])
        problem = self._open_wizard(ticket).bad_line_ids.problem
        self.assertIn("Remove both lines", problem)
        self.assertIn("Gift: it takes off all of “Free of charge”", problem)

    def test_workbook_with_more_lines_than_the_bureau_takes_is_not_made(self):
        tickets = self._coded() | self._coded()
        with patch("odoo.addons.invoice_crm_addon.models.bureau.bureau_writer.MOST_ROWS", 1):
            wizard = self._open_wizard(tickets)
            with self.assertRaises(UserError), self.env.cr.savepoint():
                wizard.action_confirm()
        self.assertEqual(tickets.mapped("bureau_state"), [False, False])
        self._send(tickets)

    def test_our_address_and_bank_stand_there_by_choice(self):
        bank = self.env["res.bank"].create({"name": "中国银行上海分行"})
        self.company.partner_id.bank_ids = [
            Command.create({"acc_number": "31050100001", "bank_id": bank.id})
        ]
        columns = ("销售方开户行", "销售方银行账号", "是否展示销售方地址电话银行账号")
        for is_shown in (False, True):
            self.company.bureau_shows_seller = is_shown
            [row] = read_sheet(base64.b64decode(self._send(self._coded()).file), 0)
            texts = [row[name] for name in columns]
            if not is_shown:
                self.assertEqual(texts, ["", "", ""])
        self.assertEqual(texts[:2], ["中国银行上海分行", "31050100001"])
        self.assertIn("开户银行", texts[2])

    def test_without_a_template_our_own_layout_is_marked(self):
        self.template.action_archive()
        wizard = self._open_wizard(self._coded())
        self.assertTrue(wizard.lacks_template)
        wizard.action_confirm()
        batch = self.env["invoice.bureau.batch"].search([], limit=1)
        self.assertTrue(batch.is_plain)
        self.assertTrue(read_sheet(base64.b64decode(batch.file), 0))

    def test_what_to_mend_is_said_and_the_others_go_on(self):
        good = self._coded()
        uncoded = self._coded(line_ids=[self._prepare_line(tax_code=False)])
        paper = self._coded(type_id=self.type_special.id)
        draft = self._create_ticket()
        wizard = self._open_wizard(good | uncoded | paper | draft)
        self.assertEqual((wizard.good_count, wizard.bad_count), (1, 3))
        self.assertEqual(wizard.bad_line_ids.ticket_id, uncoded | paper | draft)
        self.assertIn("Consulting", wizard.bad_line_ids[0].problem)
        self.assertEqual(wizard.bad_line_ids[0].action_open()["res_id"], uncoded.id)
        wizard.action_confirm()
        self.assertEqual((good | uncoded).mapped("bureau_state"), ["sent", False])

    def test_mended_tickets_pass(self):
        goods = self.env["invoice.goods.code"].create(
            {"name": "Consulting", "code": SERVICE, "company_id": self.company.id}
        )
        product = self.env["product.product"].create({"name": "Advice", "type": "service"})
        line = self._prepare_line(product_id=product.id, tax_code=False)
        ticket = self._coded(line_ids=[line])
        wizard = self._open_wizard(ticket)
        self.assertTrue(wizard.bad_count)
        product.with_company(self.company).goods_code_id = goods
        wizard.action_fill_codes()
        self.assertEqual(ticket.line_ids.tax_code, SERVICE)
        self.assertEqual((wizard.good_count, wizard.bad_count), (1, 0))

    def test_code_that_brings_a_policy_is_not_filled_in_behind_the_approval(self):
        exempt, plain = self.env["invoice.goods.code"].create(
            [
                {
                    "name": "Exempt",
                    "code": SERVICE,
                    "policy": "免税",
                    "company_id": self.company.id,
                },
                {"name": "Plain", "code": f"4{SERVICE[1:]}", "company_id": self.company.id},
            ]
        )
        products = self.env["product.product"].create(
            [{"name": name, "type": "service"} for name in ("Grain", "Advice")]
        )
        tickets = self.env["invoice.ticket"]
        for product in products:
            tickets += self._coded(
                line_ids=[self._prepare_line(product_id=product.id, tax_code=False)]
            )
        proven(tickets[1].line_ids).tax_policy = "简易征收"
        for product, goods in zip(products, exempt + plain, strict=True):
            product.with_company(self.company).goods_code_id = goods
        wizard = self._open_wizard(tickets)
        wizard.action_fill_codes()
        self.assertEqual(tickets.line_ids.mapped("tax_code"), [False, plain.code])
        self.assertEqual(tickets.line_ids.mapped("tax_policy"), [False, "简易征收"])
        self.assertIn("免税", wizard.bad_line_ids[0].problem)

    def test_special_business_is_asked_only_where_the_type_says_so(self):
        freight = self.type_digital_special.copy({"code": "FRT", "special_business": "freight"})
        ticket = self._create_ticket(type_id=freight.id, line_ids=[self._prepare_line()])
        with self.assertRaises(UserError):
            ticket.with_user(self.sales).action_submit()
        with Form(ticket.with_user(self.sales)) as form:
            with form.special_ids.new() as row:
                row.departure, row.destination = "上海", "杭州"
                row.vehicle, row.plate, row.goods = "公路运输", "浙A12345", "奶粉"
        self._approve(ticket)
        batch = self._send(ticket)
        content = base64.b64decode(batch.file)
        self.assertEqual(read_sheet(content, 0)[0]["特定业务类型"], "货物运输服务")
        [row] = read_sheet(content, 2)
        self.assertEqual((row["起运地"], row["运输工具牌号"]), ("上海", "浙A12345"))
        with self.assertRaises(UserError):
            ticket.special_ids.with_user(self.sales).plate = "other"

    def test_custom_fields_stand_on_the_fapiao(self):
        ticket_type = self.type_digital_special.copy({"code": "CUS"})
        project = self.env["invoice.ticket.type.field"].create(
            {"type_id": ticket_type.id, "name": "项目编号", "is_on_fapiao": True}
        )
        ticket = self._create_ticket(type_id=ticket_type.id, line_ids=[self._prepare_line()])
        ticket.properties = {project._get_key(): "P-7"}
        self._approve(ticket)
        [row] = read_sheet(base64.b64decode(self._send(ticket).file), 3)
        self.assertEqual((row["附加要素名称"], row["附加要素内容"]), ("项目编号", "P-7"))

    # === WHILE IT IS THERE === #

    def test_ticket_is_in_one_open_batch(self):
        ticket = self._coded()
        batch = self._send(ticket)
        self.assertEqual(batch.with_user(self.finance).shown_item_ids, batch.item_ids)
        action = batch.action_view_items()
        self.assertEqual(self.env[action["res_model"]].search(action["domain"]), batch.item_ids)
        wizard = self._open_wizard(ticket)
        self.assertIn(batch.name, wizard.bad_line_ids.problem)
        with self.assertRaises(UserError):
            wizard.action_confirm()
        with self.assertRaises(UserError):
            self.env["invoice.bureau.batch"].with_user(self.finance)._send(ticket)

    def test_form_offers_it_where_the_bureau_takes_it(self):
        ticket = self._coded()
        paper = self._coded(type_id=self.type_special.id)
        draft = self._create_ticket()
        seen = (ticket | paper | draft).with_user(self.finance)
        self.assertEqual(seen.mapped("can_bureau"), [True, False, False])
        self.assertFalse(ticket.with_user(self.sales).can_bureau)
        self._send(ticket)
        self.assertFalse(ticket.with_user(self.finance).can_bureau)
        worklist = self.env["ir.actions.actions"]._for_xml_id(
            "invoice_crm_addon.invoice_ticket_action_to_bureau"
        )
        waiting = self.env["invoice.ticket"].search(ast.literal_eval(worklist["domain"]))
        self.assertFalse(waiting & (ticket | paper | draft))

    def test_ticket_does_not_change_behind_the_bureau(self):
        self._create_flow(
            "invoice.ticket", [self.approver], trigger_fields=["line_ids", "buyer_name"]
        )
        ticket = self._coded()
        batch = self._send(ticket)
        for user in (self.sales, self.finance):
            with self.assertRaisesRegex(UserError, batch.name):
                ticket.with_user(user).action_reset()
            self.assertFalse(ticket.with_user(user).can_reset)
            with self.assertRaisesRegex(UserError, batch.name):
                ticket.with_user(user).write({"buyer_name": "Other"})
        with self.assertRaises(UserError):
            ticket.unlink()
        batch.item_ids.action_take_out()
        self.assertFalse(ticket.bureau_state)
        ticket.with_user(self.sales).write({"buyer_name": "Other"})

    def test_whatever_takes_it_back_takes_it_out(self):
        ticket = self._coded()
        batch = self._send(ticket)
        proven(ticket).state = "draft"
        self.assertEqual((batch.item_ids.state, batch.state), ("removed", "settled"))
        self.assertTrue(batch.item_ids.reason)
        self.assertFalse(ticket.bureau_state)
        ticket.unlink()
        self.assertEqual(batch.item_ids.name[:2], "TK")

    def test_cancelled_batch_frees_its_tickets(self):
        tickets = self._coded() | self._coded()
        batch = self._send(tickets)
        batch.action_cancel()
        self.assertEqual(batch.state, "cancelled")
        self.assertEqual(tickets.mapped("bureau_state"), [False, False])
        self.assertFalse(batch.can_download)
        again = self._send(tickets)
        self._issue(tickets[0])
        self.assertFalse(again.can_cancel)
        with self.assertRaises(UserError):
            again.action_cancel()

    def test_download_again_is_logged(self):
        batch = self._send(self._coded())
        before = self.env["invoice.export.log"].search_count([])
        action = batch.action_download()
        self.assertIn(f"/{batch.id}/file", action["url"])
        self.assertEqual(self.env["invoice.export.log"].search_count([]), before + 1)

    # === BACK === #

    def test_number_that_is_typed_settles(self):
        ticket = self._coded()
        batch = self._send(ticket)
        self._issue(ticket)
        self.assertEqual((batch.item_ids.state, batch.state), ("issued", "settled"))
        self.assertFalse(ticket.bureau_state)

    def test_refusal_keeps_its_reason_and_the_ticket_goes_again(self):
        tickets = self._coded() | self._coded()
        batch = self._send(tickets)
        item = batch.item_ids[0]
        wizard = self.env["invoice.bureau.refuse.wizard"].with_user(self.finance)
        context = item.action_refuse()["context"]
        wizard.with_context(**context).create({"reason": "税号不存在"}).action_confirm()
        self.assertEqual((item.state, item.reason), ("refused", "税号不存在"))
        self.assertEqual(item.ticket_id.bureau_state, "refused")
        self.assertEqual(batch.state, "open")
        again = self._send(item.ticket_id)
        self.assertEqual(again.state, "open")
        self.assertEqual(item.ticket_id.bureau_state, "sent")
        with self.assertRaises(UserError):
            item.action_refuse("once more")

    def test_files_settle_by_the_number_in_the_remarks(self):
        # Without it nobody could say which of two alike it is.
        tickets = self._coded() | self._coded()
        batch = self._send(tickets)
        for number, ticket in enumerate(tickets.sorted("id", reverse=True), start=1):
            content = self._build(f"2611000000000000{number:04d}", remark=ticket.name)
            result, issued = self._import_one(content)
            self.assertEqual((result["outcome"], issued), ("issued", ticket))
        self.assertEqual(batch.state, "settled")

    def test_answer_that_is_taken_back_opens_the_batch(self):
        ticket = self._coded()
        batch = self._send(ticket)
        file = self._drop(self._build(remark=ticket.name))
        self.assertEqual(batch.state, "settled")
        file.with_user(self.finance).action_undo()
        self.assertEqual((ticket.state, ticket.bureau_state), ("approved", "sent"))
        self.assertEqual((batch.item_ids.state, batch.state), ("open", "open"))

    def test_red_letters_are_a_list(self):
        original = self._coded()
        self._issue(original)
        original.with_user(self.finance).action_red("Returned", red_reason="02")
        letter = original.red_ids
        self._approve(letter)
        batch = self._send(letter)
        self.assertEqual((batch.kind, batch.is_plain), ("red", False))
        content = base64.b64decode(batch.file)
        row = [cell.value for cell in openpyxl.load_workbook(io.BytesIO(content)).worksheets[0][2]]
        self.assertEqual(row[1:3], [letter.name, original.fapiao_number])
        self.assertEqual(row[6], "销货退回")
        self.assertEqual(row[10], -1130.0)
        self._issue(letter)
        self.assertEqual(batch.state, "settled")

    def test_both_kinds_at_once_make_two_batches(self):
        original = self._coded()
        self._issue(original)
        original.with_user(self.finance).action_red("Returned", red_reason="02")
        self._approve(original.red_ids)
        batches = self._send(original.red_ids | self._coded())
        self.assertEqual(set(batches.mapped("kind")), {"blue", "red"})

    # === RIGHTS === #

    def test_only_finance_of_the_company(self):
        ticket = self._coded()
        for user in (self.sales, self.lead, self.auditor, self.approver):
            with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
                ticket.with_user(user).action_send_to_bureau()
        with self.assertRaises(AccessError):
            self._open_wizard(ticket, self.finance_other)
        batch = self._send(ticket)
        for user in (self.sales, self.finance_other):
            self.assertFalse(batch.with_user(user).has_access("read"))
        self.assertTrue(batch.with_user(self.auditor).has_access("read"))
        self.assertFalse(batch.with_user(self.auditor).can_cancel)
        with self.assertRaises(UserError):
            batch.with_user(self.auditor).action_cancel()
        with self.assertRaises(AccessError):
            batch.write({"state": "settled"})
        with self.assertRaises(AccessError):
            ticket.with_user(self.finance).write({"bureau_state": False})
