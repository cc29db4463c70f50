import json
import re
from collections import defaultdict

import polib

from odoo.tests import TransactionCase, tagged
from odoo.tools.misc import file_path
from odoo.tools.translate import TranslationModuleReader

from ...fapiao.errors import ERRORS, PROBLEMS
from ...models.base.words import dump, say, words

MODULE = "invoice_crm_addon"
# Sources are English; Chinese ones among the records are demo data, which nobody translates.
CHINESE = re.compile(r"[\u4e00-\u9fff]")
# %s and %(name)s of Python, {name} of our own sentences, {{ expression }} of mail templates.
PLACEHOLDERS = re.compile(r"%\(\w+\)[a-z]|%[sd%]|\{\{.*?\}\}|\{\w+\}")


@tagged("post_install", "-at_install")
class TestTranslations(TransactionCase):
    """The Chinese catalogue and its template hold the terms of the module, no less and no more.

    A failure names the terms. To mend it, export the template again from a database without
    demo data, and write the new terms into ``zh_CN.po``.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.origins, cls.terms = defaultdict(list), set()
        for _module, kind, name, xml_id, source, *_rest in TranslationModuleReader(
            cls.env.cr, modules=[MODULE]
        ):
            cls.terms.add(source)
            if kind == "code" or not CHINESE.search(source):
                cls.origins[source].append((name, xml_id))
        cls.template = polib.pofile(file_path(f"{MODULE}/i18n/{MODULE}.pot"))
        cls.chinese = polib.pofile(file_path(f"{MODULE}/i18n/zh_CN.po"))

    def _is_ours(self, name, xml_id):
        """Whether a term is none of a field that another module lays over our models."""
        if not name.startswith("ir.model.fields,"):
            return True
        field = self.env.ref(xml_id)
        return MODULE in self.env[field.model]._fields[field.name]._modules

    def _assert_nothing(self, terms, problem):
        if terms:
            self.fail("\n".join([f"{problem}:", *sorted(terms)]))

    def test_every_term_is_translated(self):
        ours = {
            source
            for source, origins in self.origins.items()
            if any(self._is_ours(*origin) for origin in origins)
        }
        self.assertGreater(len(ours), 500, "the export finds the terms of the module")
        translated = {entry.msgid for entry in self.chinese.translated_entries()}
        self._assert_nothing(ours - translated, "Not translated in zh_CN.po")

    def test_nothing_is_obsolete(self):
        for name, catalogue in (("pot", self.template), ("zh_CN.po", self.chinese)):
            known = {entry.msgid for entry in catalogue}
            self._assert_nothing(known - self.terms, f"No longer a term, but in {name}")
        self._assert_nothing({e.msgid for e in self.chinese if e.obsolete}, "Marked obsolete")

    def test_template_and_catalogue_hold_the_same_terms(self):
        # Odoo loads a catalogue through its template: what the template lacks is dropped.
        self.assertEqual([e.msgid for e in self.template], [e.msgid for e in self.chinese])

    def test_nothing_is_fuzzy_or_empty(self):
        unsure = {entry.msgid for entry in self.chinese if entry.fuzzy or not entry.msgstr.strip()}
        self._assert_nothing(unsure, "Fuzzy or empty in zh_CN.po")

    def test_placeholders_are_kept(self):
        different = {
            f"{entry.msgid!r} → {entry.msgstr!r}"
            for entry in self.chinese
            # Patterns of ticket templates have words for each language.
            if not entry.msgid.startswith("e.g. ")
            and sorted(PLACEHOLDERS.findall(entry.msgid))
            != sorted(PLACEHOLDERS.findall(entry.msgstr))
        }
        self._assert_nothing(different, "Other placeholders than the source")

    def test_positional_placeholders_have_no_order_to_lose(self):
        several = {
            entry.msgid
            for entry in self.chinese
            if len(re.findall(r"%[sd]", entry.msgid.replace("%%", ""))) > 1
        }
        self._assert_nothing(several, "Name the placeholders: a language may change their order")

    def test_reading_errors_of_e_invoices_are_extracted(self):
        # They stand in dicts of a package that knows no Odoo, so the marker _() must stay.
        sentences = {*ERRORS.values(), *PROBLEMS.values()}
        self._assert_nothing(sentences - self.origins.keys(), "Not extracted")


@tagged("post_install", "-at_install")
class TestTraditional(TransactionCase):
    """Who reads Chinese as Taiwan or Hong Kong writes it, reads the converted catalogue."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for lang in ("zh_TW", "zh_HK"):
            cls.env["res.lang"]._activate_lang(lang)
        cls.env["ir.module.module"]._load_module_terms([MODULE], ["zh_TW", "zh_HK"])

    def test_screens_sentences_and_documents(self):
        ticket = self.env["invoice.ticket"]
        template = self.env.ref(f"{MODULE}.mail_template_ticket")
        view = self.env.ref(f"{MODULE}.invoice_ticket_view_form")
        report = self.env.ref(f"{MODULE}.action_report_ticket", raise_if_not_found=False)
        for lang in ("zh_TW", "zh_HK"):
            env = self.env(context={"lang": lang})
            with self.subTest(lang=lang):
                labels = ticket.with_env(env).fields_get(["type_id", "line_ids"])
                self.assertIn("類", labels["type_id"]["string"])
                self.assertIn("開", view.with_env(env).arch)
                self.assertIn("開票", view.with_env(env).arch + template.with_env(env).subject)
                self.assertRegex(template.with_env(env).body_html, "[發據檔]")
                if report:
                    self.assertNotRegex(report.with_env(env).name, "[票发]据")
                sentence = words(env)._("%s is issued.", "T-1")
                self.assertIn("T-1", sentence)
                self.assertRegex(sentence, CHINESE)
                self.assertNotRegex(sentence, "[开发]")
                # What is kept is worded for each reader.
                kept = dump(sentence)
                self.assertIn("T-1", str(say(env, json.loads(kept))))

    def test_no_simplified_character_on_a_form(self):
        env = self.env(context={"lang": "zh_TW"})
        arch = self.env["invoice.ticket"].with_env(env).get_view(view_type="form")["arch"]
        self.assertFalse(set("单据审开号额联类税") & set(arch))
