from odoo.tests import HttpCase, tagged

from .common import BureauCommon


@tagged("post_install", "-at_install")
class TestBureauTour(BureauCommon, HttpCase):
    """Finance settles a month and closes it, in Chinese."""

    def test_month(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.finance.write({"lang": "zh_CN", "tz": "Asia/Shanghai"})
        agreed, only = self._make(1), self._make(2, buyer=("", "Somebody"))
        self._issue_same(agreed)
        self._drop_list(agreed, only)
        self.start_tour("/odoo", "invoice_crm_bureau_month", login="ticket_finance")
        self.assertEqual(self._get_month().state, "closed")
