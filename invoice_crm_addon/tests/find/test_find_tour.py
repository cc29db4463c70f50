from odoo import fields
from odoo.tests import HttpCase, tagged

from ..common import TicketCommon


@tagged("post_install", "-at_install")
class TestFindTour(TicketCommon, HttpCase):
    """A salesperson finds tickets from the home page, in Chinese."""

    def test_find(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.sales.write({"lang": "zh_CN", "tz": "Asia/Shanghai"})
        self.customer.write({"name": "北京晨光测试有限公司", "invoice_title": False})
        # Finance elsewhere may have another day, and another month.
        today = fields.Date.context_today(self.env["invoice.home"].with_user(self.sales))
        for ticket_type, number in (
            (self.type_digital_special, "25312000000000000001"),
            (self.type_digital_ordinary, "25312000000000000002"),
        ):
            ticket = self._create_ticket(type_id=ticket_type.id)
            ticket.with_user(self.finance).issue_date = today
            self._issue(ticket, number)
        self.start_tour("/odoo", "invoice_crm_find", login="ticket_sales")
