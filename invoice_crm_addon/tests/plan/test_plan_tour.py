from dateutil.relativedelta import relativedelta

from odoo import fields
from odoo.tests import HttpCase, tagged

from ..ledger.common import LedgerCommon


@tagged("post_install", "-at_install")
class TestPlanTour(LedgerCommon, HttpCase):
    def test_yearly_contract_that_bills_monthly(self):
        """Its owner enters what it bills, submits it, sees what comes and bills the first month."""
        self._let_people_read_english()
        first = fields.Date.context_today(self.env.user) + relativedelta(day=1)
        last = first + relativedelta(years=1, days=-1)
        contract = self._create_contract(amount_total=12000.0, date_start=first, date_end=last)
        self.start_tour(
            f"/odoo/invoice-contracts/{contract.id}",
            "invoice_crm_yearly_contract",
            login="ticket_sales",
        )
        bills = contract.planned_bill_ids.sorted("date")
        months = [first + relativedelta(months=number) for number in range(12)]
        self.assertEqual(bills.mapped("date"), months)
        self.assertEqual(bills.mapped("state"), ["done"] + ["planned"] * 11)
        self.assertEqual(contract.ticket_ids.mapped("amount_total"), [1000.0])
        self.assertEqual(contract.ticket_ids.planned_bill_id, bills[0])
