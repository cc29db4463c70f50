from odoo.tests import HttpCase, tagged

from . import bureau_list_files as files
from .common import BureauCommon


@tagged("post_install", "-at_install")
class TestBureauTour(BureauCommon, HttpCase):
    """Finance drops a list, settles its month and closes it, in Chinese."""

    def test_month(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.finance.write({"lang": "zh_CN", "tz": "Asia/Shanghai"})
        agreed, only = self._make(1), self._make(2, buyer=("", "Somebody"))
        self._issue_same(agreed)
        attachment = self.env["ir.attachment"].create(
            {
                "name": "tour_bureau_list",
                "raw": files.write_list([agreed, only]),
                "public": True,
            }
        )
        self.env["ir.model.data"].create(
            {
                "module": "invoice_crm_addon",
                "name": "tour_bureau_list",
                "model": "ir.attachment",
                "res_id": attachment.id,
            }
        )
        self.start_tour("/odoo/tickets", "invoice_crm_bureau_month", login="ticket_finance")
        self.assertEqual(self._get_month().state, "closed")
