import json
import re

from lxml import etree

from odoo.tests import TransactionCase, tagged

MODULE = "invoice_crm_addon"
SHOWN_BY_RIGHT = re.compile(r"not can_\w+")


@tagged("post_install", "-at_install")
class TestButtons(TransactionCase):
    """The buttons of our forms follow the can of the triple, and nothing else."""

    def test_buttons_in_headers_follow_can(self):
        views = self.env["ir.ui.view"].search(
            [
                ("type", "=", "form"),
                ("model_data_id.module", "=", MODULE),
                ("model", "not like", "%wizard"),
            ]
        )
        seen = 0
        for view in views:
            for button in etree.fromstring(view.arch_db).xpath("//header/button[@type='object']"):
                seen += 1
                with self.subTest(view=view.name, button=button.get("name")):
                    self.assertRegex(button.get("invisible") or "", SHOWN_BY_RIGHT)
                    self.assertIn(
                        button.get("invisible").removeprefix("not "), self.env[view.model]._fields
                    )
        self.assertGreater(seen, 25)

    def test_every_can_has_its_sentence(self):
        mixin = self.env.registry.descendants(["invoice.action.mixin"], "_inherit")
        for model in mixin:
            Model = self.env[model]
            for fname in Model._fields:
                reason = f"_get_cannot_{fname.removeprefix('can_')}_reason"
                is_ours = MODULE in Model._fields[fname]._modules
                if fname.startswith("can_") and is_ours and not fname.endswith("_approval"):
                    with self.subTest(model=model, field=fname):
                        self.assertTrue(hasattr(Model, reason))

    def test_bars_above_cards_can_be_read(self):
        """The browser reads their colours as JSON, and shows no card where it cannot."""
        views = self.env["ir.ui.view"].search(
            [("type", "=", "kanban"), ("model_data_id.module", "=", MODULE)]
        )
        bars = [bar for view in views for bar in etree.fromstring(view.arch_db).iter("progressbar")]
        self.assertGreater(len(bars), 2)
        for bar in bars:
            self.assertIsInstance(json.loads(bar.get("colors")), dict)
