import re
import shutil
from types import SimpleNamespace
from unittest import skipUnless
from unittest.mock import patch

from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from ..common import TicketCommon

REPORTS = {
    "sheet": "invoice_crm_addon.ticket_sheet",
    "bill": "invoice_crm_addon.ticket_bill",
    "receipt": "invoice_crm_addon.receipt",
    "label": "invoice_crm_addon.shipment_list",
}


@tagged("post_install", "-at_install")
class TestPrintTemplate(TicketCommon):
    """Prints of tickets and parcels: what they say, how they look, and which look is whose."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("zh_CN")
        cls.Template = cls.env["invoice.print.template"]
        cls.Template.search([]).active = False
        cls.ticket = cls._create_ticket(content="Consulting of a year")
        cls._issue(cls.ticket)
        cls.receipt = cls._create_ticket(type_id=cls.type_receipt.id)
        cls._issue(cls.receipt)
        cls.shipment = cls._create_shipment(cls.ticket)

    def _document(self, kind):
        return {"receipt": self.receipt, "label": self.shipment}.get(kind, self.ticket)

    def _html(self, kind, user=None, documents=None, data=None):
        Report = self.env["ir.actions.report"].with_user(user or self.finance)
        documents = documents or self._document(kind)
        return Report._render_qweb_html(REPORTS[kind], documents.ids, data)[0].decode()

    # === CONTENT === #

    def test_bill_says_items_prices_and_tax(self):
        html = self._html("bill")
        for part in (
            self.ticket.fapiao_number,
            self.customer.invoice_title,
            "Consulting",
            "13%",
            "1,000.00",
            "130.00",
            "1,130.00",
        ):
            self.assertIn(part, html)

    def test_sheet_says_billing_data_and_hides_the_account(self):
        html = self._html("sheet")
        for part in (self.customer.vat, self.customer.invoice_address, self.BANK_ACCOUNT):
            self.assertIn(part, html)
        self.assertNotIn(self.BANK_ACCOUNT, self._html("sheet", self.sales))

    def test_prints_speak_the_language_of_the_customer(self):
        self.customer.lang = "zh_CN"
        for kind in ("sheet", "bill", "receipt"):
            self.assertIn("壹仟壹佰叁拾元整", self._html(kind), kind)

    def test_list_says_where_the_parcels_go(self):
        html = self._html("label")
        self.assertIn(self.shipment.tracking_number, html)
        self.assertIn(self.ticket.fapiao_number, html)

    def test_what_is_not_issued_says_so(self):
        draft = self._create_ticket()
        self.assertIn("o_print_stamp", self._html("bill", documents=draft).split("</style>")[1])
        self.assertNotIn("o_print_stamp", self._html("bill").split("</style>")[1])

    def test_others_print_nothing_of_it(self):
        for kind in ("sheet", "bill"):
            with self.assertRaises(AccessError):
                self._html(kind, self.sales2)

    # === CHOICE === #

    def test_type_before_level_before_language(self):
        self.customer.lang = "zh_CN"
        level = self.env["invoice.customer.level"].create({"name": "Gold print"})
        self.customer.customer_level_id = level
        usual = self.Template.create({"name": "Usual", "kind": "bill"})
        self.Template.create({"name": "Sheet", "kind": "sheet", "sequence": 1})

        def choose():
            return self.Template.with_user(self.sales)._choose("bill", self.ticket)[self.ticket]

        self.assertEqual(choose(), usual)
        for values in (
            {"lang": "zh_CN"},
            {"level_ids": level.ids},
            {"type_ids": self.ticket.type_id.ids},
        ):
            template = self.Template.create(
                {"name": str(values), "kind": "bill", "sequence": 99, **values}
            )
            self.assertEqual(choose(), template, values)
        for values in (
            {"lang": "en_US"},
            {"type_ids": self.type_receipt.ids},
            {"company_id": self.company_other.id},
        ):
            before = choose()
            self.Template.create({"name": str(values), "kind": "bill", "sequence": 0, **values})
            self.assertEqual(choose(), before, values)

    def test_looks_differ(self):
        for kind in REPORTS:
            self.assertIn("o_print_page o_print_plain", self._html(kind), kind)
            self.Template.create(
                {"name": kind, "kind": kind, "look": "formal", "color": "#aa3300", "footer": "Bye"}
            )
            html = self._html(kind)
            self.assertIn("o_print_page o_print_formal", html, kind)
            self.assertIn("#aa3300", html)
            self.assertIn("Bye", html)

    def test_colour_is_one(self):
        for color in ("red", "#12345", "#123456; } body { display: none", "url(x)"):
            with self.assertRaisesRegex(ValidationError, "no colour"), self.cr.savepoint():
                self.Template.create({"name": "X", "color": color})
        self.company.primary_color = "red; }"
        template = self.Template.create({"name": "Y", "look": "formal"})
        self.assertRegex(template._get_color(self.company), r"^#[0-9a-f]{6}$")

    # === PREVIEW === #

    def test_preview_of_the_latest_or_a_sample(self):
        for kind in REPORTS:
            template = self.Template.create({"name": kind, "kind": kind, "look": "formal"})
            template = template.with_user(self.manager)
            action = template.action_preview()
            self.assertEqual(action["data"], {"print_template_id": template.id})
            self.assertIn("o_print_formal", template.preview_html)
            html = (
                self.env["ir.actions.report"]
                .with_user(self.manager)
                ._render_qweb_html(REPORTS[kind], [], {"print_template_id": template.id})[0]
            )
            self.assertIn(b"o_print_formal", html)
            template.sudo().company_id = self.company_other
            self.assertIn("o_print_formal", template.sudo().preview_html)

    def test_managers_shape_and_others_print(self):
        template = self.Template.create({"name": "X", "kind": "bill"})
        with self.assertRaises(AccessError):
            template.with_user(self.finance).look = "formal"
        template.with_user(self.manager).look = "formal"

    # === PDF === #

    @skipUnless(shutil.which("wkhtmltopdf"), "wkhtmltopdf is not installed")
    def test_each_look_as_pdf(self):
        self.customer.lang = "zh_CN"
        Report = self.env["ir.actions.report"].with_user(self.finance)
        Report = Report.with_context(force_report_rendering=True)
        for kind, name in REPORTS.items():
            documents = self._document(kind)
            for look in ("plain", "formal"):
                template = self.Template.create({"name": look, "kind": kind, "look": look})
                with self.allow_pdf_render():
                    content, _kind = Report._render_qweb_pdf(name, documents.ids)
                self.assertTrue(content.startswith(b"%PDF"), (kind, look))
                self.assertEqual(len(re.findall(rb"/Type\s*/Page\b", content)), 1, (kind, look))
                template.active = False

    # === LONG PRINTS === #

    def test_each_sheet_of_paper_has_a_table_of_its_own(self):
        """Without patched Qt, wkhtmltopdf would cut a row in two where a page ends."""
        self.customer.lang = "en_US"
        ticket = self._create_ticket(
            line_ids=[
                Command.create(
                    {"name": f"*信息技术服务*第{n}期票据管理软件年度维护" * 2, "price_unit": 1.0}
                )
                for n in range(32)
            ]
        )
        for is_patched, kind, count in (
            (False, "sheet", 3),
            (False, "bill", 2),
            (True, "sheet", 1),
            (True, "bill", 1),
        ):
            tool = SimpleNamespace(is_patched_qt=is_patched)
            with patch(
                "odoo.addons.invoice_crm_addon.report.ticket_print_report._wkhtml",
                lambda tool=tool: tool,
            ):
                [page] = self.env["invoice.print"]._get_pages(kind, ticket)
                html = self._html(kind, documents=ticket)
            self.assertEqual(len(page["chunks"]), count, (kind, is_patched))
            self.assertEqual(ticket.line_ids.browse().concat(*page["chunks"]), ticket.line_ids)
            # The head is repeated; the total stands below the last row alone.
            self.assertEqual(html.count("Specification"), count)
            self.assertEqual(html.count("Total with Tax"), 1)

    def test_ticket_without_lines_is_printed(self):
        self.customer.lang = "en_US"
        ticket = self._create_ticket(line_ids=[])
        for kind in ("sheet", "bill"):
            self.assertIn("Total with Tax", self._html(kind, documents=ticket))


@tagged("post_install", "-at_install")
class TestPrintDelay(TicketCommon):
    """Nothing is waited for where a print holds no script."""

    def _get_delay(self, report):
        Reports = self.env["ir.actions.report"]
        with patch(
            "odoo.addons.base.models.ir_actions_report._run_wkhtmltopdf",
            return_value=SimpleNamespace(returncode=0, stderr=""),
        ) as run:
            Reports._run_wkhtmltopdf(["<p>Text</p>"], report_ref=report)
        [words] = run.call_args.args
        return words[words.index("--javascript-delay") + 1]

    def test_own_prints_wait_for_no_script(self):
        own, other = (
            "invoice_crm_addon.account_statement_report",
            "web.action_report_internalpreview",
        )
        self.assertEqual(self._get_delay(own), "50")
        self.assertEqual(self._get_delay(other), "1000")
        self.env["ir.config_parameter"].set_param("report.print_delay", "300")
        self.assertEqual(self._get_delay(own), "300", "whoever set it is obeyed")

    def test_own_prints_hold_no_script(self):
        reports = self.env["ir.actions.report"].search(
            [("report_name", "=like", "invoice_crm_addon.%"), ("report_type", "=", "qweb-pdf")]
        )
        self.assertTrue(reports)
        for report in reports:
            view = self.env.ref(report.report_name)
            with self.subTest(report.report_name):
                self.assertNotIn("<script", view.get_combined_arch())
