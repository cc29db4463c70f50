from odoo.fields import Command
from odoo.tests import HttpCase, tagged

from ..common import TicketCommon
from ..customer.test_billing_review import draw_picture
from ..fapiao.fapiao_files import build_ofd

FAPIAO_CODE, FAPIAO_NUMBER = "050001700111", "12235358"


@tagged("post_install", "-at_install")
class TestTours(TicketCommon, HttpCase):
    """The main paths in the browser, in Chinese, each as the role that walks it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("zh_CN")
        people = cls.sales | cls.approver | cls.lead | cls.finance | cls.manager
        people.write({"lang": "zh_CN", "tz": "Asia/Shanghai"})
        cls.customer.write(
            {"name": "北京晨光测试有限公司", "invoice_title": "北京晨光测试有限公司"}
        )
        cls.type_ordinary.with_context(lang="zh_CN").name = "测试普票"
        cls.type_ordinary.with_company(cls.company).default_tax_id = cls.tax_13

    def _create_own_ticket(self, **values):
        """A ticket of sales that the dropped file matches."""
        line = {"name": "技术咨询", "price_unit": 1130.0, "tax_id": self.tax_13.id}
        return self._create_ticket(
            type_id=self.type_ordinary.id, line_ids=[Command.create(line)], **values
        )

    def _publish_ofd(self):
        """Let the browser fetch the OFD file that it drops."""
        content = build_ofd(
            FAPIAO_CODE,
            FAPIAO_NUMBER,
            (self.company.name, self.company.vat),
            (self.customer.invoice_title, self.customer.vat),
            item="技术咨询",
        )
        attachment = self.env["ir.attachment"].create(
            {"name": "fapiao.ofd", "raw": content, "public": True}
        )
        self.env["ir.model.data"].create(
            {
                "module": "invoice_crm_addon",
                "name": "tour_ofd",
                "model": "ir.attachment",
                "res_id": attachment.id,
            }
        )

    def test_sales_goes_from_customer_to_submitted_ticket(self):
        self._create_flow("invoice.ticket", [self.approver])
        self.start_tour("/odoo/ticket-customers", "invoice_crm_sales", login="ticket_sales")
        ticket = self.customer.ticket_ids
        self.assertRecordValues(
            ticket,
            [{"state": "pending", "type_id": self.type_ordinary.id, "amount_total": 1130.0}],
        )
        self.assertRecordValues(ticket.contract_id, [{"state": "active", "amount_total": 20000.0}])

    def test_sales_enters_a_price_of_13_decimals(self):
        ticket = self._create_own_ticket()
        self.start_tour(f"/odoo/my-tickets/{ticket.id}", "invoice_crm_digits", login="ticket_sales")
        self.assertEqual(ticket.line_ids.price_unit, 0.0012345678901)

    def test_approver_rejects_sales_corrects_approver_approves(self):
        self._create_flow("invoice.ticket", [self.approver])
        ticket = self._create_own_ticket()
        ticket.line_ids.quantity = 2
        self._submit(ticket)
        to_approve = "/odoo/tickets-to-approve"
        self.start_tour(to_approve, "invoice_crm_approver_rejects", login="ticket_approver")
        self.start_tour("/odoo/my-tickets", "invoice_crm_sales_corrects", login="ticket_sales")
        self.start_tour(to_approve, "invoice_crm_approver_approves", login="ticket_approver")
        self.assertRecordValues(ticket, [{"state": "approved", "amount_total": 1130.0}])
        self.assertEqual(
            ticket.approval_request_ids.sorted("cycle").mapped("state"), ["rejected", "approved"]
        )

    def test_billing_data_are_rejected_corrected_and_verified(self):
        self._create_flow("res.partner", [self.approver])
        self.customer.business_licence = draw_picture()
        self.customer.with_user(self.sales).action_submit_billing()
        to_approve, customer = "/odoo/tickets-to-approve", "/odoo/ticket-customers"
        self.start_tour(to_approve, "invoice_crm_billing_rejected", login="ticket_approver")
        self.start_tour(customer, "invoice_crm_billing_corrected", login="ticket_sales")
        self.start_tour(to_approve, "invoice_crm_billing_verified", login="ticket_approver")
        self.start_tour(customer, "invoice_crm_billing_seen", login="ticket_sales")
        self.assertRecordValues(
            self.customer, [{"billing_state": "verified", "invoice_phone": "010-60000000"}]
        )
        self.assertEqual(self.customer.billing_verified_by_id, self.approver)

    def test_pasted_billing_data_are_verified_and_ticketed(self):
        """From what the customer sent to a special VAT invoice, which verified customers get."""
        self._create_flow("res.partner", [self.approver])
        self.env["invoice.approval.flow"].search([("res_model", "=", "invoice.ticket")]).active = 0
        special = self.type_digital_special
        special.unverified_policy = special.incomplete_policy = "nothing"
        special.sequence = -1
        special.with_company(self.company).default_tax_id = self.tax_13
        customer = self.env["res.partner"].create(
            {"name": "资料不全测试有限公司", "is_company": True, "customer_rank": 1}
        )
        self.start_tour(
            "/odoo/ticket-customers", "invoice_crm_billing_pasted", login="ticket_sales"
        )
        self.start_tour(
            "/odoo/tickets-to-approve", "invoice_crm_billing_agreed", login="ticket_approver"
        )
        self.start_tour(
            "/odoo/ticket-customers", "invoice_crm_billing_ticketed", login="ticket_sales"
        )
        self.assertRecordValues(
            customer.ticket_ids,
            [
                {
                    "state": "approved",
                    "type_id": special.id,
                    "buyer_vat": "91310115MA1K4LFD7T",
                    "buyer_bank_account": "1100220033004400",
                }
            ],
        )

    def test_finance_drops_a_file_ships_and_later_voids_and_reissues(self):
        ticket = self._create_own_ticket()
        self._approve(ticket)
        self._publish_ofd()
        self.start_tour(
            "/odoo/tickets-to-issue", "invoice_crm_finance_issues", login="ticket_finance"
        )
        self.assertRecordValues(
            ticket,
            [{"state": "issued", "fapiao_code": FAPIAO_CODE, "shipping_state": "delivered"}],
        )
        self.start_tour("/odoo/tickets", "invoice_crm_finance_reissues", login="ticket_finance")
        self.assertRecordValues(ticket, [{"state": "voided", "void_reason": "抬头有误"}])
        self.assertRecordValues(ticket.reissue_ids, [{"state": "draft", "amount_total": 1130.0}])

    def test_finance_chooses_the_ticket_of_a_file_and_takes_it_back(self):
        first = self._create_own_ticket(content="第一张")
        second = self._create_own_ticket(content="第二张")
        self._approve(first | second)
        self._publish_ofd()
        self.start_tour(
            "/odoo/ticket-customers", "invoice_crm_finance_decides", login="ticket_finance"
        )
        self.assertRecordValues(
            first | second,
            [{"state": "approved", "fapiao_number": False, "fapiao_attachment_id": False}] * 2,
        )

    def test_administrator_shapes_types_and_flows(self):
        self.start_tour(
            "/odoo/ticket-types", "invoice_crm_administrator_configures", login="ticket_manager"
        )
        self.start_tour(
            "/odoo/approval-flows", "invoice_crm_administrator_flow", login="ticket_manager"
        )
        flow = self.env["invoice.approval.flow"].search([("name", "=", "押金审批")])
        self.assertEqual(flow.stage_ids.user_ids, self.lead | self.approver)
        flow.sequence = -1
        self.start_tour("/odoo/my-tickets", "invoice_crm_next_ticket_obeys", login="ticket_sales")
        ticket = self.env["invoice.ticket"].search([("type_id.name", "=", "押金收据")])
        self.assertEqual(ticket.type_id.color, 6)
        self.assertEqual(list(dict(ticket.properties).values()), ["设备押金"])
        self.assertEqual(
            ticket.approval_request_id.step_ids.mapped("approver_ids"), self.lead | self.approver
        )


@tagged("post_install", "-at_install")
class TestApprovalTours(TicketCommon, HttpCase):
    """What approvers and requesters see and do in the browser, in Chinese."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("zh_CN")
        people = cls.sales | cls.approver | cls.lead | cls.manager
        people.write({"lang": "zh_CN", "tz": "Asia/Shanghai"})
        cls.customer.name = "北京晨光测试有限公司"
        cls.ticket = cls._create_ticket(content="第二季度服务费")

    def test_comment_transfer_remind(self):
        self._create_flow("invoice.ticket", [self.approver, self.lead])
        self._submit(self.ticket)
        to_approve = "/odoo/tickets-to-approve"
        self.start_tour(to_approve, "invoice_crm_approver_comments", login="ticket_approver")
        self.start_tour(to_approve, "invoice_crm_lead_transfers", login="ticket_lead")
        self.start_tour("/odoo/my-tickets", "invoice_crm_sales_follows", login="ticket_sales")
        request = self.ticket.approval_request_id
        self.assertRecordValues(
            request, [{"state": "pending", "waiting_user_ids": self.manager.ids}]
        )
        self.assertTrue(request.reminded_on)

    def test_change_of_what_is_approved(self):
        self._create_flow("invoice.ticket", [self.approver], trigger_fields=["content"])
        self._approve(self.ticket)
        self.start_tour(
            "/odoo/my-tickets", "invoice_crm_sales_changes_what_is_approved", login="ticket_sales"
        )
        self.assertEqual(self.ticket.content, "第二季度服务费")
        self.assertEqual(
            self.ticket.approval_request_ids.sorted("id").mapped("state"), ["approved", "withdrawn"]
        )
