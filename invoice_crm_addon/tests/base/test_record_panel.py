from lxml import etree

from odoo.tests import HttpCase, tagged

from ..common import TicketCommon

PANELS = {
    "invoice.ticket": "invoice_ticket_view_form_panel",
    "invoice.contract": "invoice_contract_view_form_panel",
    "invoice.shipment": "invoice_shipment_view_form_panel",
    "invoice.approval.request": "invoice_approval_request_view_form_panel",
    "invoice.fapiao.file": "invoice_fapiao_file_view_form_panel",
}


@tagged("post_install", "-at_install")
class TestRecordPanel(TicketCommon, HttpCase):
    def test_every_list_has_a_panel_of_its_own(self):
        """And it is read with one request: what stands in it is in the view."""
        for model, name in PANELS.items():
            with self.subTest(model=model):
                view = self.env.ref(f"invoice_crm_addon.{name}")
                self.assertEqual(view.model, model)
                arch = etree.fromstring(self.env[model].get_view(view.id, "form")["arch"])
                self.assertTrue(arch.xpath("//field[@widget='badge']"), "a chip says the state")
                lists = self.env[model].get_view(view_type="list")["arch"]
                self.assertRegex(etree.fromstring(lists).get("js_class"), "_list$")

    def test_what_is_shown_is_kept_with_the_user(self):
        """On every machine that they work on, as the client asks for it."""
        Settings = self.env["res.users.settings"].with_user(self.sales)
        own = Settings._find_or_create_for_user(self.sales).with_user(self.sales)
        own.set_res_users_settings({"only_filled_models": ["invoice.ticket"]})
        self.authenticate(self.sales.login, self.sales.login)
        response = self.make_jsonrpc_request("/web/session/get_session_info")
        self.assertEqual(response["user_settings"]["only_filled_models"], ["invoice.ticket"])

    def test_walk(self):
        self._create_ticket()
        self._create_ticket()
        self.start_tour("/odoo/tickets", "invoice_crm_record_panel", login="ticket_finance")
