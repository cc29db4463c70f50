import re
from collections import defaultdict
from csv import DictReader

import polib
from lxml import etree

from odoo.tests import TransactionCase, tagged
from odoo.tools.misc import file_open, file_path

from ...models.reporting.ir_filters import NAMES

MODULE = "invoice_crm_addon"
CHINESE = re.compile(r"[\u4e00-\u9fff]")
LETTERS = re.compile(r"[A-Za-z]")
# What Chinese people write with letters, and what is no word.
ALSO_CHINESE = re.compile(
    r"(?:PDF|OFD|XML|CSV|JPG|PNG|Excel|ID|SMS|VAT|DSO|RFM|SHA-256|OK|URL|https?:\S*|\S+@\S+"
    r"|[\W\d_]|\{\w+\})*"
)
TEXTS = ("string", "placeholder", "help", "confirm", "confirm-label", "cancel-label", "sum")
TEXTS += ("avg", "title", "add-label", "aria-label")
VIEWS = ("form", "list", "kanban", "search", "calendar", "pivot", "graph", "activity")
# Models of core whose records stand on our screens.
CORE = ("account.payment", "account.move", "sale.order", "res.partner", "res.partner.bank")
# Of modules that come with it; shown where somebody installed and uses them only.
OF_OTHERS = re.compile(r"peppol|_eas$|^main_user|_edi_|^tz$")
OF_TESTS = re.compile(r"Test |Parked$")
# Parts of core's web client that people see on our screens.
WEB = re.compile(
    r"static/src/(core/(tree_editor|domain_selector|model_field_selector|datetime|dialog)"
    r"|search|model|views/(list|form|kanban|calendar|graph|pivot|view_components|action_helper))"
)


@tagged("post_install", "-at_install")
class TestScreenWords(TransactionCase):
    """On a Chinese screen stands no English, whoever wrote the label, and no word that misleads."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("zh_CN")
        cls.env["ir.module.module"]._load_module_terms([MODULE], ["zh_CN"])
        cls.env = cls.env(context={**cls.env.context, "lang": "zh_CN"})
        with file_open(f"{MODULE}/i18n/glossary.csv") as file:
            cls.glossary = list(DictReader(file))
        cls.misleading = {word for row in cls.glossary for word in row["not"].split("|") if word}

    def setUp(self):
        super().setUp()
        self.found = defaultdict(set)

    def _get_models(self):
        return [
            self.env[name]
            for name, model in self.env.registry.items()
            if model._original_module == MODULE and not model._abstract
        ]

    def _look(self, text, *place):
        """Note a text without Chinese, or with a word that the glossary forbids."""
        text = " ".join((text or "").split())
        is_english = not CHINESE.search(text) and not ALSO_CHINESE.fullmatch(text)
        if (is_english and LETTERS.search(text)) or any(w in text for w in self.misleading):
            self.found[text].add(" ".join(place))

    def _look_at_arch(self, arch, place):
        for node in etree.fromstring(arch).iter():
            if not isinstance(node.tag, str):
                continue
            # The word for the search itself is nowhere shown.
            for name in TEXTS if node.tag != "search" else ():
                self._look(node.get(name), place, node.tag, name)
            is_told = node.tag != "attribute" or node.get("name") in TEXTS
            if is_told and node.tag not in ("script", "style"):
                self._look(node.text, place, node.tag)
            self._look(node.tail, place, node.tag)

    def _look_at_field(self, model, fname, description):
        place = (model, fname)
        self._look(description["string"], *place)
        self._look(description.get("help"), *place, "help")
        for _value, label in description.get("selection") or ():
            if not OF_TESTS.match(label):
                self._look(label, *place, "choice")

    def assertNothingFound(self):
        if self.found:
            self.fail(
                "\n".join(
                    f"{text!r}: {', '.join(sorted(places)[:3])}"
                    for text, places in sorted(self.found.items())
                )
            )

    def _get_shown_fields(self, arch):
        return {node.get("name") for node in etree.fromstring(arch).iter("field", "filter")}

    def test_views_of_our_models(self):
        kinds = defaultdict(set)
        for model, kind in self.env["ir.ui.view"].search([]).mapped(lambda v: (v.model, v.type)):
            kinds[model].add(kind)
        for model in self._get_models():
            for kind in kinds[model._name] & set(VIEWS):
                arch = model.get_view(view_type=kind)["arch"]
                self._look_at_arch(arch, f"{model._name} {kind}")
        self.assertNothingFound()

    def test_our_views_of_models_of_core(self):
        names = self.env["ir.model.data"].search(
            [("module", "=", MODULE), ("model", "=", "ir.ui.view")]
        )
        views = self.env["ir.ui.view"].browse(names.mapped("res_id")).exists()
        self.assertGreater(len(views), 100)
        for view in views:
            self._look_at_arch(view.arch, view.xml_id or view.name)
        self.assertNothingFound()

    def test_fields_that_people_choose(self):
        """For conditions, groups and files, and to read them in a view."""
        for model in (*self._get_models(), *(self.env[name] for name in CORE)):
            is_ours = model._original_module == MODULE
            for fname, description in model.fields_get().items():
                field = model._fields[fname]
                is_chosen = description["searchable"] or description["groupable"]
                if description.get("exportable") is False or not is_chosen:
                    continue
                if description["type"] in ("json", "properties_definition"):
                    continue
                # What another module lays over models is the other one's.
                if is_ours and field._module != MODULE and field.type != "selection":
                    continue
                if not is_ours and MODULE not in field._modules:
                    if fname not in model._get_chinese_labels():
                        continue
                    description = {**description, "help": ""}
                if not OF_OTHERS.search(fname):
                    self._look_at_field(model._name, fname, description)
        self.assertNothingFound()

    def test_labels_of_core_mislead_nobody(self):
        for name in CORE:
            for fname, description in self.env[name].fields_get().items():
                if description["searchable"] and any(
                    word in description["string"] for word in self.misleading
                ):
                    self.found[description["string"]].add(f"{name} {fname}")
        self.assertNothingFound()
        payment = self.env["account.payment"].fields_get(["name", "state", "payment_type"])
        self.assertEqual(payment["name"]["string"], "号码")
        self.assertEqual(payment["state"]["string"], "状态")
        self.assertEqual(dict(payment["payment_type"]["selection"])["inbound"], "收款")

    def test_english_keeps_the_words_of_core(self):
        for name in CORE:
            model = self.env[name].with_context(lang="en_US")
            for fname, description in model.fields_get(attributes=["string"]).items():
                field = model._fields[fname]
                if MODULE not in field._modules:
                    self.assertEqual(description["string"], field._description_string(model.env))

    def test_what_the_program_alone_reads_is_no_choice(self):
        described = self.env["res.partner"].fields_get(["tax_number_key", "invoice_title"])
        for name in ("searchable", "groupable"):
            self.assertFalse(described["tax_number_key"][name])
            self.assertTrue(described["invoice_title"][name])

    def test_menus_actions_and_favourites(self):
        for name, fields in (
            ("ir.ui.menu", ["name"]),
            ("ir.actions.act_window", ["name", "help"]),
            ("ir.actions.server", ["name"]),
            ("ir.actions.report", ["name"]),
            ("mail.activity.type", ["name", "summary"]),
            ("mail.template", ["name", "subject"]),
        ):
            names = self.env["ir.model.data"].search(
                [("module", "=", MODULE), ("model", "=", name)]
            )
            for record in self.env[name].browse(names.mapped("res_id")).exists():
                for fname in fields:
                    text = re.sub(r"<[^>]*>|\{\{.*?\}\}", " ", record[fname] or "")
                    self._look(text, name, record.display_name, fname)
        translate = self.env._
        for name in NAMES.values():
            self._look(translate(name), "ir.filters")
        self.assertNothingFound()

    def test_payment_method_of_core_is_called_what_it_is(self):
        line = self.env["account.payment.method.line"].search(
            [
                ("code", "=", "manual"),
                ("payment_type", "=", "inbound"),
                ("journal_id", "!=", False),
            ],
            limit=1,
        )
        if not line:
            self.skipTest("no journal")
        line.name = "Manual Payment"
        self.assertIn("收款", line.display_name)
        line.name = "支付宝"
        self.assertIn("支付宝", line.display_name)
        line.name = "Manual Payment"
        self.assertIn("Manual Payment", line.with_context(lang="en_US").display_name)

    def test_web_client_says_nothing_in_english(self):
        """Words of core's search and lists that its catalogue has no Chinese for, are in ours."""
        core = polib.pofile(file_path("web/i18n/zh_CN.po"))
        ours = {e.msgid for e in polib.pofile(file_path(f"{MODULE}/i18n/zh_CN.po")) if e.msgstr}
        missing = {
            entry.msgid
            for entry in core
            if not entry.msgstr and any(WEB.search(path) for path, _line in entry.occurrences)
        }
        self.assertIn("between", missing | ours)
        self.assertFalse(missing - ours)
