from odoo.tests import HttpCase, tagged

from ..common import TicketCommon


@tagged("post_install", "-at_install")
class TestFindTour(TicketCommon, HttpCase):
    """A salesperson finds tickets from the home page, in Chinese."""

    def test_find(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.sales.write({"lang": "zh_CN", "tz": "Asia/Shanghai"})
        self.customer.write({"name": "北京晨光测试有限公司", "invoice_title": False})
        self._issue(self._create_ticket(), "25312000000000000001")
        self._issue(
            self._create_ticket(type_id=self.type_digital_ordinary.id), "25312000000000000002"
        )
        self.start_tour("/odoo", "invoice_crm_find", login="ticket_sales")
