import ast

from lxml import etree

from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from ...models.reporting.ir_filters import NAMES


@tagged("post_install", "-at_install")
class TestFavourites(TransactionCase):
    """The questions that reports come with: they are answered, and called in words one reads."""

    def _get_favourites(self):
        return self.env["ir.filters"].union(
            *(self.env.ref(f"invoice_crm_addon.{name}") for name in NAMES)
        )

    def test_answered(self):
        for favourite in self._get_favourites():
            context = ast.literal_eval(favourite.context)
            groups = context.get("group_by") or []
            with self.subTest(favourite.name):
                model = self.env[favourite.model_id]
                model._read_group(favourite._get_eval_domain(), groups, ["__count"])
                measures = context.get("pivot_measures", [])
                self.assertLessEqual(set(measures), {*model._fields, "__count"})
                self.assertFalse(favourite.user_ids)

    def test_word_for_the_conditions(self):
        """Core's “Domain” reads as an address of the internet in Chinese."""
        Filters = self.env["ir.filters"].with_context(lang="en_US")
        view = self.env.ref("base.ir_filters_view_form")
        form = etree.fromstring(Filters.get_view(view.id, "form")["arch"])
        (field,) = form.xpath("//field[@name='domain']")
        self.assertEqual(field.get("string"), "Conditions")

    def test_names(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        model = "invoice.ticket.analysis"
        favourite = self.env.ref("invoice_crm_addon.filter_top_customers")
        Filters = self.env["ir.filters"].with_context(lang="en_US")
        self.env.user.lang = "en_US"
        names = {row["id"]: row["name"] for row in Filters.get_filters(model)}
        self.assertEqual(names[favourite.id], "Top Customers of the Year")
        with mute_logger("odoo.tools.translate"):
            self.env.user.lang = "zh_CN"
            own = self.env["ir.filters"].with_context(lang="zh_CN")
            name = own._get_own_names(favourite.ids)[favourite.id]
            translated = own.env._(name)
            names = {row["id"]: row["name"] for row in own.get_filters(model)}
        self.assertEqual(names[favourite.id], translated)
        favourite.name = "Mine"
        names = {row["id"]: row["name"] for row in own.get_filters(model)}
        self.assertEqual(names[favourite.id], "Mine")

    def test_every_report_has_one(self):
        models = set(self._get_favourites().mapped("model_id"))
        self.assertLessEqual(
            {
                "invoice.approval.statistics",
                "invoice.correction.register",
                "invoice.customer.account",
                "invoice.receivable.item",
                "invoice.settlement.check",
                "invoice.ticket.analysis",
                "invoice.ticket.comparison",
            },
            models,
        )
