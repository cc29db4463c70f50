from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, tagged

from ..common import TicketCommon


@tagged("post_install", "-at_install")
class TestWorklistTours(TicketCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("zh_CN")
        (cls.sales | cls.finance).write({"lang": "zh_CN", "tz": "Asia/Shanghai"})
        cls.type_voucher.with_context(lang="zh_CN").name = "测试收据"
        cls.type_voucher.with_company(cls.company).default_tax_id = cls.tax_13
        cls.today = fields.Date.context_today(cls.env.user.with_context(tz="Asia/Shanghai"))

    def test_customer_paid_a_year_ago_never_ticketed(self):
        payment = self._create_payment(date=self.today - timedelta(days=370))
        self.start_tour(
            f"/odoo/ticket-customers/{self.customer.id}",
            "invoice_crm_paid_never_ticketed",
            login="ticket_finance",
        )
        ticket = self.customer.ticket_ids
        self.assertRecordValues(ticket, [{"state": "issued", "amount_total": 1130.0}])
        self.assertEqual(ticket.allocation_ids.payment_id, payment)
        payment.invalidate_recordset()
        self.assertEqual(payment.amount_to_ticket, 0.0)

    def test_home_page_and_menu(self):
        ticket = self._create_ticket(date_due=self.today - timedelta(days=9))
        self._issue(ticket)
        self.start_tour("/odoo/tickets-overview", "invoice_crm_overview", login="ticket_sales")
