from odoo.tests import HttpCase, tagged

from .common import SettlementCommon


@tagged("post_install", "-at_install")
class TestSettlementTour(SettlementCommon, HttpCase):
    """The page in the browser, in Chinese."""

    def test_one_payment_for_three_invoices_of_two_contracts(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.cashier.write({"lang": "zh_CN", "tz": "Asia/Shanghai"})
        contracts = [self._create_active_contract(5650.0) for _index in range(2)]
        invoices = [
            self._create_invoice_of_contract(contracts[0], 1000.0),
            self._create_invoice_of_contract(contracts[0], 2000.0),
            self._create_invoice_of_contract(contracts[1], 500.0),
        ]
        url = f"/odoo/res.partner/{self.customer.id}"
        self.start_tour(url, "invoice_crm_settlement", login="ticket_cashier")
        payment = self.env["account.payment"].search([("partner_id", "=", self.customer.id)])
        self.assertRecordValues(payment, [{"amount": 3955.0}])
        self.assertEqual([invoice.amount_residual for invoice in invoices], [0.0] * 3)
        receipt = payment.with_user(self.cashier).receipt_id
        self.assertRecordValues(receipt, [{"amount_total": 3955.0, "state": "issued"}])
