from freezegun import freeze_time

from odoo.fields import Command

from ..ledger.common import LedgerCommon

TODAY = "2026-03-10 04:00:00"
CRON = "invoice_crm_addon.ir_cron_planned_bills"


class PlanCommon(LedgerCommon):
    """A contract of 12,000.00 yuan that bills 1,000.00 a month in advance, since January."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time(TODAY))
        cls.company.write({"billing_plan_mode": "draft", "billing_plan_since": "2026-01-01"})
        cls.contract = cls._create_plan()

    @classmethod
    def _create_plan(cls, amount_total=12000.0, rule=None, **values):
        rule = {
            "name": "Service",
            "date_start": "2026-01-01",
            "amount": 1000.0,
            **(rule or {}),
        }
        return cls._create_active_contract(
            amount_total,
            date_start="2026-01-01",
            date_end="2026-12-31",
            billing_rule_ids=[Command.create(rule)],
            **values,
        )

    def _run(self):
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref(CRON).method_direct_trigger()
        self.env.invalidate_all()

    def _get_bills(self, state, contract=None):
        bills = (contract or self.contract).planned_bill_ids
        return bills.filtered(lambda bill: bill.state == state).sorted("date")
