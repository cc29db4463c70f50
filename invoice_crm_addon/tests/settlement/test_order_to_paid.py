from odoo import fields
from odoo.tests import HttpCase, tagged

from .bank_common import BankCommon
from .common import SettlementCommon


@tagged("post_install", "-at_install")
class TestOrderToPaid(SettlementCommon, HttpCase):
    """From the order to the money in the bank, in Chinese, each step by whose it is."""

    OWN = "1100066600000000001"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("zh_CN")
        (cls.seller | cls.cashier).write({"lang": "zh_CN", "tz": "Asia/Shanghai"})
        cls.type_voucher.with_context(lang="zh_CN").name = "测试收据"
        cls.type_voucher.with_company(cls.company).default_tax_id = cls.tax_13
        cls.bank_journal = cls._setup_bank(cls.company, cls.OWN)
        cls.today = fields.Date.context_today(cls.env.user.with_context(tz="Asia/Shanghai"))

    def _publish_statement(self, *rows):
        attachment = self.env["ir.attachment"].create(
            {
                "name": "tour_statement",
                "raw": BankCommon._make_csv(*rows, above=[[f"账号：{self.OWN}"]]),
                "public": True,
            }
        )
        self.env["ir.model.data"].create(
            {
                "module": "invoice_crm_addon",
                "name": "tour_statement",
                "model": "ir.attachment",
                "res_id": attachment.id,
            }
        )

    def test_order_to_paid(self):
        self._create_payment(amount=1.0).action_draft()  # An account of the books receives money.
        order = self._create_order(user_id=self.seller.id)
        order.state = "draft"
        order_url = f"/odoo/sale.order/{order.id}"
        customer_url = f"/odoo/res.partner/{self.customer.id}"

        self.start_tour(order_url, "invoice_crm_order_confirm", login="ticket_seller")
        self.start_tour(customer_url, "invoice_crm_order_down_payment", login="ticket_cashier")
        payment = self.env["account.payment"].search([("sale_order_id", "=", order.id)])
        self.assertRecordValues(payment, [{"amount": 339.0, "amount_to_ticket": 0.0}])
        first = self.env["invoice.ticket"].search([("sale_order_id", "=", order.id)])
        self.assertRecordValues(first, [{"amount_total": 339.0, "payment_state": "paid"}])
        self.assertEqual(order.amount_to_ticket, 791.0)

        self.start_tour(order_url, "invoice_crm_order_invoice", login="ticket_seller")
        invoice = order.invoice_ids
        self.start_tour(
            f"/odoo/account.move/{invoice.id}", "invoice_crm_order_rest", login="ticket_cashier"
        )
        self.start_tour(customer_url, "invoice_crm_order_settle", login="ticket_cashier")
        self.env.invalidate_all()
        rest = order.invoice_ids and (
            self.env["invoice.ticket"].search([("allocation_ids.move_id", "=", invoice.id)]) - first
        )
        self.assertRecordValues(rest, [{"amount_total": 791.0, "payment_state": "not_paid"}])
        self.assertEqual(invoice.amount_residual, 791.0)

        self._publish_statement(
            (str(self.today), self.customer.name, self.BANK_ACCOUNT, 791.0, invoice.name, "S1")
        )
        self.start_tour("/odoo/bank-matching", "invoice_crm_bank_statement", login="ticket_cashier")
        self.env.invalidate_all()
        self.assertEqual(invoice.amount_residual, 0.0)
        self.assertEqual((first | rest).mapped("payment_state"), ["paid", "paid"])
        self.assertEqual(
            (order.amount_to_ticket, order._get_open_amounts()[order]), (0.0, (0.0, 0.0))
        )
        self.assertEqual((order.amount_ticketed, order.ticketing_state), (1130.0, "full"))
