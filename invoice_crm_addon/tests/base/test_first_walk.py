from lxml import etree

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from ..settlement.test_making import MakingCommon


@tagged("post_install", "-at_install")
class TestFirstWalk(MakingCommon):
    """What somebody stumbles over who sees the screens for the first time."""

    def _get_arch(self, xmlid):
        view = self.env.ref(f"invoice_crm_addon.{xmlid}")
        return etree.fromstring(self.env[view.model].get_view(view.id, "form")["arch"])

    # === WHAT IS OFFERED === #

    def test_one_button_withdraws(self):
        for xmlid in ("invoice_ticket_view_form", "invoice_contract_view_form"):
            buttons = self._get_arch(xmlid).xpath("//button[@name='action_open_withdraw']")
            self.assertEqual(len(buttons), 1, xmlid)

    def test_chip_says_that_a_change_waits(self):
        for xmlid in ("invoice_ticket_view_form", "invoice_ticket_view_form_panel"):
            chips = self._get_arch(xmlid).xpath("//span[contains(@class, 'badge')]")
            self.assertIn("not approval_change_waits", [c.get("invisible") for c in chips], xmlid)

    def test_red_letter_says_what_it_takes_back(self):
        """At the top, while it can still be stopped."""
        for xmlid in ("invoice_ticket_view_form", "invoice_ticket_view_form_panel"):
            [field] = self._get_arch(xmlid).xpath(
                "//div[contains(@class, 'alert')]/field[@name='red_of_id']"
            )
            reasons = field.getparent().xpath(".//field[@name='red_reason']")
            self.assertTrue(reasons, xmlid)

    def test_what_was_taken_back_says_by_what(self):
        for xmlid in ("invoice_ticket_view_form", "invoice_ticket_view_form_panel"):
            [page] = self._get_arch(xmlid).xpath("//page[.//field[@name='red_ids']]")
            self.assertEqual(page.get("invisible"), "not red_ids", xmlid)

    def test_issued_fapiao_offers_no_change_of_what_it_says(self):
        ticket = self._create_ticket()
        self._approve(ticket)
        self._issue(ticket)
        arch = self._get_arch("invoice_ticket_view_form")
        for fname in ("partner_id", "type_id", "line_ids", "buyer_name", "buyer_vat"):
            [node] = arch.xpath(f"//sheet//field[@name='{fname}'][not(ancestor::field)]")
            self.assertIn(f"'{fname}' in (locked_fields or [])", node.get("readonly"))
            self.assertIn(fname, ticket.with_user(self.finance).locked_fields)

    # === ISSUE === #

    def test_issue_asks_for_the_number(self):
        ticket = self._create_ticket()
        self._approve(ticket)
        ticket = ticket.with_user(self.finance)
        self.assertTrue(ticket.can_open_issue)
        self.assertFalse(ticket.can_issue)
        action = ticket.action_open_issue()
        self.assertEqual((action["res_id"], action["target"]), (ticket.id, "new"))
        with Form(ticket, view=action["views"][0][0]) as form:
            form.fapiao_number = self._prepare_fapiao_values(ticket)["fapiao_number"]
        self.assertFalse(ticket.can_open_issue)
        ticket.action_issue()
        self.assertEqual(ticket.state, "issued")

    def test_issue_is_for_finance(self):
        ticket = self._create_ticket()
        self._approve(ticket)
        self.assertFalse(ticket.with_user(self.sales).can_open_issue)
        with self.assertRaises(UserError):
            ticket.with_user(self.sales).action_open_issue()

    # === WHAT IS FILLED IN === #

    def test_ticket_of_a_contract_is_for_what_is_left(self):
        contract = self._create_contract(amount_total=5000.0)
        contract.action_submit()
        ticket = self._make(contract, self.sales)
        self.assertEqual(ticket.content, contract.name)
        self.assertEqual(ticket.line_ids.mapped("name"), [contract.name])
        self._assert_total(ticket, 5000.0)

    def test_ticket_of_an_order_names_its_goods(self):
        self._sell(self.sales)
        order = self._create_order(price=100.0)
        product = order.order_line.product_id[:1]
        self.assertEqual(self._make(order, self.sales).content, product.name)
        order.client_order_ref = "Their number"
        self.assertEqual(order._get_ticket_content(), "Their number")

    def test_service_has_no_unit(self):
        unit = self.env.ref("uom.product_uom_unit")
        hour = self.env.ref("uom.product_uom_hour")
        Line = self.env["invoice.ticket.line"]
        service, goods = self.env["product.product"].create(
            [{"name": "Advice", "type": "service"}, {"name": "Server", "type": "consu"}]
        )
        self.assertFalse(Line._get_unit_name(service, unit))
        self.assertEqual(Line._get_unit_name(service, hour), hour.name)
        self.assertEqual(Line._get_unit_name(goods, unit), unit.name)
        ticket = self._create_ticket(line_ids=[Command.create({"product_id": service.id})])
        self.assertFalse(ticket.line_ids.unit)
