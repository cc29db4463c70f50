import ast
import json
import re
from pathlib import Path

from odoo.tests import TransactionCase, tagged
from odoo.tools.misc import file_path

from ...models.base.proof import proven
from ...models.base.words import MARK, KeptText, dump, keep, say, words
from ..common import TicketCommon
from ..fapiao.common import NUMBER, FapiaoCommon

CHINESE = re.compile(r"[\u4e00-\u9fff]")
# Dicts with one of these keys are actions of the client, which nobody keeps.
CLIENT_KEYS = {"type", "tag", "res_model", "views"}
# Kept in one language all the same: the file of the module and the field, with the reason.
ONE_LANGUAGE = {
    ("fapiao_translator.py", "name"),  # a line of an invoice: the company's
    ("approval_messages.py", "summary"),  # an activity: that of its user
    ("account_payment.py", "name"),  # a line that is proposed on a new ticket
    ("vat_sheet.py", "title"),  # shown, not kept
    ("statement_page.py", "title"),  # shown, not kept
    ("reminder_wizard.py", "label"),  # shown, not kept
    ("audit_registers.py", "name"),  # of a file: that of whoever asked for it
    ("audit_registers.py", "note"),
    ("samples.py", "name"),  # documents as whoever loads them would write them
}


def activate_languages(env):
    for lang in ("en_US", "zh_CN"):
        env["res.lang"]._activate_lang(lang)


@tagged("post_install", "-at_install")
class TestWords(TransactionCase):
    """A sentence that is kept has a code and values, and is worded by whoever reads it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        activate_languages(cls.env)
        cls.chinese = cls.env(context={"lang": "zh_CN"})

    def _say(self, text):
        """What is left of a sentence after it was kept as JSON, in both languages."""
        kept = json.loads(json.dumps(keep(text)))
        return str(say(self.env, kept)), str(say(self.chinese, kept))

    def test_sentence_in_another_sentence(self):
        inner = words(self.env)._("%s is issued.", "T-1")
        english, chinese = self._say(
            words(self.chinese)._("The file contradicts itself. %s", inner)
        )
        self.assertEqual(english, "The file contradicts itself. T-1 is issued.")
        self.assertRegex(chinese, CHINESE)
        self.assertNotRegex(chinese, r"issued|contradicts")

    def test_every_kind_of_value(self):
        make, cny = words(self.chinese), self.env.ref("base.CNY")
        receipt = self.env.ref("invoice_crm_addon.ticket_type_receipt")
        receipt.with_context(lang="zh_CN").name = "收据"
        for text, expected in (
            (make.label("invoice.ticket", "amount_total"), "Total"),
            (make.choice("invoice.ticket", "red_reason", "04"), "Sales Allowance"),
            (make.date("2026-03-05"), "2026"),
            (make.amount(1234.5, cny), "1,234.50"),
            (make.names(receipt), "Receipt"),
            (make.join(", ", [make._("Yes"), "", "T-1"]), "Yes, T-1"),
        ):
            english, chinese = self._say(text)
            with self.subTest(expected=expected):
                self.assertIn(expected, english)
                self.assertNotRegex(english, CHINESE)
                self.assertEqual(chinese, text)

    def test_name_that_changed_stays_what_it_was(self):
        receipt = self.env.ref("invoice_crm_addon.ticket_type_receipt")
        text = words(self.env).names(receipt)
        receipt.with_context(lang="en_US").name = "Something else"
        self.assertEqual(self._say(text), ("Receipt", "Receipt"))
        gone = {"record": [receipt._name, receipt.id + 100000], "name": "Gone"}
        self.assertEqual(self._say(say(self.env, gone)), ("Gone", "Gone"))

    def test_percent_sign_of_a_file_is_a_percent_sign(self):
        text = say(self.env, {"code": "%(a)s", "values": {"a": {"code": "100 %(b)s"}}})
        self.assertEqual(text, "100 %(b)s")

    def test_what_is_kept_is_the_same_in_every_language(self):
        texts = [words(env)._("%s is issued.", "T-1") for env in (self.env, self.chinese)]
        self.assertNotEqual(*texts)
        self.assertEqual(*map(dump, texts))

    def _is_translated(self, node):
        """Whether ``….env._(…)`` stands in a piece of code."""
        return any(
            isinstance(call, ast.Call)
            and isinstance(call.func, ast.Attribute)
            and call.func.attr == "_"
            and getattr(call.func.value, "attr", "") == "env"
            for call in ast.walk(node)
        )

    def _find_translated_values(self, path):
        """Names of fields, or of what looks like one, that the code fills with a translation."""
        tree = ast.parse(path.read_text())
        # Labels of fields, made anew for each language.
        labels = {
            part
            for function in ast.walk(tree)
            if getattr(function, "name", "") == "_get_chinese_labels"
            for part in ast.walk(function)
        }
        for node in ast.walk(tree):
            if node in labels:
                continue
            if isinstance(node, ast.Dict):
                names = [getattr(key, "value", None) for key in node.keys]
                pairs = [] if CLIENT_KEYS & set(names) else zip(names, node.values, strict=True)
            elif isinstance(node, ast.Assign):
                pairs = [(getattr(target, "attr", None), node.value) for target in node.targets]
            else:
                continue
            yield from (name for name, value in pairs if name and self._is_translated(value))

    def test_no_field_is_filled_with_words_of_one_language(self):
        texts = {
            field.name
            for Model in self.env.registry.values()
            if not (Model._transient or Model._abstract)
            for field in Model._fields.values()
            if field.store and field.type in ("char", "text", "html") and field._modules
        }
        self.assertLessEqual({"comment", "message", "note", "name", "summary"}, texts)
        root = Path(file_path("invoice_crm_addon/__manifest__.py")).parent
        found = {
            (path.name, name)
            for folder in ("models", "wizards", "controllers")
            for path in (root / folder).rglob("*.py")
            for name in self._find_translated_values(path)
        }
        computed = {(path, "display_name") for path in ("shipment.py", "approval_flow_version.py")}
        # Answers to a page, made anew for whoever looks at it.
        shown = {
            (path, name)
            for path in (
                "home.py",
                "worklist.py",
                "settlement.py",
                "customer_account.py",
                "settlement_check_page.py",
            )
            for name in ("name", "title", "label", "note")
        }
        found -= computed | shown
        self.assertEqual({pair for pair in found if pair[1] in texts}, ONE_LANGUAGE)


@tagged("post_install", "-at_install")
class TestKeptText(TicketCommon):
    """The field: people's words as they are, the program's in the reader's language."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        activate_languages(cls.env)
        cls.ticket = cls._create_ticket()

    def _write(self, value):
        proven(self.ticket).void_reason = value
        self.ticket.flush_recordset()
        self.ticket.invalidate_recordset()
        return self.ticket.void_reason

    def test_people_are_quoted(self):
        for text in ("Wrong 抬头, %s", '{"code": "Yes"}', " spaces "):
            self.assertEqual(self._write(text), text)
        self.assertFalse(self._write(False))

    def test_nobody_types_a_sentence_of_the_program(self):
        record = f'{{"record": ["res.users", {self.finance.id}], "name": "x"}}'
        self.assertEqual(self._write(f"{MARK}{record}{MARK}"), record)

    def test_program_is_worded(self):
        text = words(self.ticket.with_context(lang="zh_CN").env)._("Red letter by e-invoice file")
        self.assertEqual(self._write(text), "Red letter by e-invoice file")
        for lang, expected in (("en_US", "Red letter by e-invoice file"), ("zh_CN", str(text))):
            ticket = self.ticket.with_context(lang=lang)
            [values] = ticket.read(["void_reason"])
            self.assertEqual(values["void_reason"], expected)
            self.assertIs(type(values["void_reason"]), str, "XML-RPC takes no other")
            self.assertEqual(ticket.export_data(["void_reason"])["datas"], [[expected]])
        # It is found by the words that its maker read, and copied as what it is.
        domain = [("id", "=", self.ticket.id), ("void_reason", "ilike", str(text))]
        self.assertTrue(self.ticket.search(domain))
        other = proven(self.ticket).copy({"void_reason": self.ticket.void_reason})
        self.assertEqual(other.with_context(lang="zh_CN").void_reason, text)

    def test_damage_in_the_database_is_shown(self):
        self.env.cr.execute(
            "UPDATE invoice_ticket SET void_reason = %s WHERE id = %s",
            [f"{MARK}{{broken", self.ticket.id],
        )
        self.ticket.invalidate_recordset()
        self.assertIn("broken", self.ticket.void_reason)


@tagged("post_install", "-at_install")
class TestLanguages(FapiaoCommon):
    """What one colleague's work leaves in the database, another reads in their own language."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        activate_languages(cls.env)
        cls.people = cls.sales | cls.finance | cls.approver | cls.lead | cls.manager
        names = {"digital_special": "数电专票", "digital_ordinary": "数电普票"}
        for name, chinese in names.items():
            ticket_type = cls.env.ref(f"invoice_crm_addon.ticket_type_{name}")
            ticket_type.with_context(lang="zh_CN").name = chinese

    def _speak(self, lang):
        self.people.lang = lang
        self.lang = lang

    def _as(self, records, user):
        return records.with_user(user).with_context(lang=self.lang)

    def _make_files(self):
        """Files with every outcome, and most of the reasons that there are."""
        self.finance.lang = self.lang
        issued = self._approved()
        self._issue(issued, "26110000000000000009")
        self._approved()
        buyer = ("Stranger", "91110108MA00TEST9X")
        for content, target in (
            (b"", {}),
            (b"<html/>", {}),
            (b"%PDF-1.4", {}),
            (b"PK\x03\x04damaged", {}),
            (self._build(total="1131.00"), {}),
            (self._build().replace(b"<TaxRate>0.13", b"<TaxRate>0.06"), {}),
            (self._build(date="2099-01-01"), {}),
            (self._build(NUMBER[:-1] + "2", seller=("Nobody", "")), {}),
            (self._build(NUMBER[:-1] + "3", buyer=buyer), {}),
            (self._build(NUMBER[:-1] + "3", buyer=buyer), {}),
            (self._build(NUMBER[:-1] + "4"), {"partner_id": self.portal.partner_id.id}),
            (self._build(NUMBER[:-1] + "5", buyer=buyer), {"partner_id": self.customer.id}),
            (self._build("26110000000000000009"), {}),
            (self._build("26110000000000000009", total="99.00"), {}),
            (self._build(NUMBER[:-1] + "6", red_of="26110000000000000009"), {}),
            (self._build(NUMBER[:-1] + "7", red_of="26110000000000000009"), {}),
            (self._build(NUMBER[:-1] + "8"), {"ticket_id": issued.id}),
        ):
            user = self.finance.with_context(lang=self.lang)
            attachment = self._attach(content, name="file")
            batches = self._as(self.env["invoice.fapiao.batch"], user)
            batch = batches.browse(batches.start(attachment.ids, **target)["id"])
            waiting = batch.file_ids.filtered(lambda file: file.outcome == "waiting")
            waiting.action_read()
        files = self.env["invoice.fapiao.file"].search([("user_id", "=", self.finance.id)])
        self._as(files.filtered("can_undo")[:1], self.finance).action_undo()
        self._as(files.filtered("can_dismiss")[:1], self.finance).action_dismiss()
        return files

    def _make_approvals(self):
        """Requests whose steps, decisions and changes say something by themselves."""
        level = self.env["invoice.customer.level"].create({"name": "Gold"})
        level.with_context(lang="zh_CN").name = "金牌"
        never = {"user_ids": self.lead.ids, "condition": "[('content', '=', 'Never')]"}
        self._create_flow(
            "invoice.ticket",
            [never, self.approver, self.manager],
            trigger_fields=["line_ids", "date_due", "type_id", "tax_included"],
        )
        ticket = self._create_ticket()
        self._as(ticket, self.sales).action_submit()
        request = self._as(ticket.approval_request_id, self.approver)
        request.action_add_approver(self.colleague.id, "after")
        request.with_user(self.approver).action_approve()
        self._as(request, self.colleague).action_approve()
        self.approver.active = False
        self._as(request, self.manager).action_approve()
        changes = [{"date_due": "2026-12-24"}, {"tax_included": False}, {"date_due": False}]
        for values in changes:
            self._as(ticket, self.sales).write(values)
        self._as(ticket, self.sales).write({"tax_included": True})
        return ticket.approval_request_ids

    def _read_texts(self, records, lang):
        """All that is kept as text in records, by field, in a language."""
        self.env.flush_all()
        self.env.invalidate_all()
        records = records.sudo().with_context(lang=lang)
        for record in records:
            for fname, field in record._fields.items():
                is_ours = "invoice_crm_addon" in field._modules
                if is_ours and field.store and field.type in ("char", "text", "html", "json"):
                    if fname not in ("document", "undo", "old_values", "definition"):
                        yield record, fname, str(record[fname] or "")

    def assertReadIn(self, records, lang, allowed=()):
        strange = CHINESE if lang == "en_US" else None
        for record, fname, text in self._read_texts(records, lang):
            with self.subTest(record=record, field=fname, lang=lang):
                if strange:
                    self.assertNotRegex(text, strange)
                elif isinstance(record._fields[fname], KeptText) and text:
                    self.assertRegex(text, CHINESE)

    def _make(self):
        files = self._make_files()
        requests = self._make_approvals()
        return [
            files,
            files.batch_id,
            files.ticket_id,
            requests.step_ids,
            requests.decision_ids,
            requests,
        ]

    def test_work_in_chinese_is_read_in_english(self):
        self._speak("zh_CN")
        made = self._make()
        self.assertGreater(len(set(made[0].mapped("message"))), 10)
        self.assertTrue(any(made[3].mapped("note")))
        for records in made:
            self.assertReadIn(records, "en_US")

    def test_work_in_english_is_read_in_chinese(self):
        self._speak("en_US")
        made = self._make()
        for records in made:
            self.assertReadIn(records, "zh_CN")
        told = str(made[0].with_context(lang="zh_CN")._render_results())
        self.assertNotRegex(told, r"Created|issued|The file")
        requests = made[-1]
        changed = [row for r in requests.with_context(lang="zh_CN") for row in r.changes or []]
        self.assertIn("是", {row["old"] for row in changed} | {row["new"] for row in changed})
        self.assertFalse(requests._get_seal_problems())
