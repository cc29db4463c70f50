import re
from pathlib import Path
from unittest import SkipTest

from odoo.tests import HttpCase, TransactionCase, new_test_user, tagged

from ...controllers.manual import get_chapter

MODULE = "invoice_crm_addon"
DOCS = Path(__file__).parents[3] / "docs"
MENUS = re.compile(r"\{menuselection\}`([^`]*)`")


class ManualCase(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.root = cls.env.ref(f"{MODULE}.menu_ticket_root")
        Menu = cls.env["ir.ui.menu"].with_context(**{"ir.ui.menu.full_list": True})
        cls.menus = Menu.search([("id", "child_of", cls.root.id), ("id", "!=", cls.root.id)])


@tagged("post_install", "-at_install")
class TestManual(ManualCase):
    def test_every_menu_has_a_chapter(self):
        """And a screen that is new gets one in ``controllers/manual.py``."""
        for menu in self.menus.filtered("action"):
            action = menu.action
            place = action[
                {"ir.actions.client": "tag", "ir.actions.server": "model_name"}.get(
                    action._name, "res_model"
                )
            ]
            with self.subTest(menu=menu.complete_name):
                self.assertTrue(get_chapter(action.xml_id, place), "no chapter is about it")

    def test_menus_of_the_manual_are_there(self):
        """To mend it, write the way that the menu has now, in both languages."""
        if not DOCS.is_dir():
            raise SkipTest("The manual's sources are not installed with the add-on.")
        root = f"{self.root.name}/"
        there = {menu.complete_name.removeprefix(root) for menu in self.menus}
        for path in (DOCS / "en").glob("*.md"):
            for menu in MENUS.findall(path.read_text()):
                with self.subTest(chapter=path.stem, menu=menu):
                    self.assertIn(menu.replace(" --> ", "/"), there)

    def test_narrow_place_comes_first(self):
        unsent = f"{MODULE}.invoice_worklist_action_unsent"
        self.assertEqual(get_chapter(unsent, "invoice.ticket"), "sending")
        self.assertEqual(get_chapter(f"{MODULE}.any", "invoice.ticket"), "tickets")
        self.assertFalse(get_chapter(None, "", "another.model"))

    def test_empty_screen_leads_to_the_manual(self):
        action = self.env.ref(f"{MODULE}.invoice_worklist_action_unsent")
        values = action._get_action_dict()
        self.assertIn(f"/invoice_crm/manual?at={action.xml_id},invoice.ticket", values["help"])
        self.assertIn(action.help, values["help"])
        [edited] = action.read(["help", "xml_id", "res_model"])
        self.assertNotIn("/invoice_crm/manual", edited["help"], "it would be saved with the text")

    def test_screens_of_others_stay_as_they_are(self):
        values = self.env.ref("contacts.action_contacts")._get_action_dict()
        self.assertNotIn("invoice_crm", values["help"])


@tagged("post_install", "-at_install")
class TestManualPages(HttpCase):
    def test_chapter_in_the_language_of_its_reader(self):
        for lang, folder in (("en_US", "en"), ("zh_CN", "zh_CN"), ("zh_TW", "zh_CN")):
            self.env["res.lang"]._activate_lang(lang)
            login = f"reader_{lang}"
            new_test_user(self.env, login, "base.group_user", lang=lang)
            self.authenticate(login, login)
            for at, page in (("invoice.ticket", "tickets"), ("x", "index"), ("", "index")):
                with self.subTest(lang=lang, at=at):
                    answer = self.url_open(f"/invoice_crm/manual?at={at}")
                    self.assertTrue(
                        answer.url.endswith(f"/{MODULE}/static/manual/{folder}/{page}.html")
                    )
                    self.assertEqual(answer.status_code, 200)

    def test_only_who_is_logged_in_is_led(self):
        self.authenticate(None, None)
        answer = self.url_open("/invoice_crm/manual?at=invoice.ticket", allow_redirects=False)
        self.assertIn("/web/login", answer.headers["Location"])
