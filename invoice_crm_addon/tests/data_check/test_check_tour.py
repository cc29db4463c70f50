from odoo.tests import HttpCase, tagged

from .common import CheckCommon


@tagged("post_install", "-at_install")
class TestCheckTour(CheckCommon, HttpCase):
    """Finance looks at what a check found, accepts one finding and opens another one."""

    def test_tour(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.finance.write({"lang": "zh_CN", "tz": "Asia/Shanghai"})
        self.company.chart_template = False
        tickets = self._create_ticket() | self._create_ticket()
        self._break(tickets, amount_total=1.0)
        self._look("totals_unlike_lines")
        self.start_tour("/odoo/data-findings", "invoice_crm_data_check", login="ticket_finance")
        findings = self._get_findings("totals_unlike_lines", tickets)
        self.assertEqual(sorted(findings.mapped("state")), ["accepted", "new"])
        self.assertEqual(findings.filtered("reason").reason, "已与客户电话确认")
        run = self.Run.search([("company_id", "=", self.company.id)], limit=1)
        self.assertEqual((run.user_id, run.state), (self.finance, "waiting"))
