import os
from collections import Counter
from contextlib import suppress
from datetime import date, timedelta
from random import Random

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from ...models.plan import planned_bill_making
from ...models.plan.periods import get_billing_day, get_periods
from .common import PlanCommon

DAYS = int(os.environ.get("PLAN_CLOCK_DAYS") or 60)
SEED = int(os.environ.get("PLAN_CLOCK_SEED") or 15)
START = date(2026, 1, 25)


class Crash(Exception):
    """The process died: nothing since the last commit stands."""


@tagged("post_install", "-at_install")
class TestPlanClock(PlanCommon):
    """Day by day, with jobs that stop and die, plans that change and tickets that vanish."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract.with_user(cls.sales).action_close()
        cls.random = Random(SEED)
        cls.contracts = cls.env["invoice.contract"].union(
            *(cls._create_any_contract(index) for index in range(6))
        )

    @classmethod
    def _create_any_contract(cls, index):
        pick = cls.random.choice
        rule = {
            "name": f"Service {index}",
            "date_start": str(START + timedelta(days=cls.random.randrange(40))),
            "interval_months": pick((1, 1, 2, 3)),
            "timing": pick(("advance", "arrears")),
            "day": pick((0, 1, 15, 29, 31)),
            "amount": float(100 + index),
        }
        return cls._create_active_contract(
            99999.0,
            name=f"Contract {index}",
            billing_output="invoice" if index % 3 == 0 else "ticket",
            date_end=str(START + timedelta(days=cls.random.randrange(200, 700))),
            billing_rule_ids=[Command.create(rule)],
        )

    def _die_at(self, number):
        """The job dies in the middle of a bill, after its ticket was made."""
        count = Counter()
        fail = planned_bill_making.InvoicePlannedBill._get_reason

        def _get_reason(bill):
            count["made"] += 1
            if count["made"] == number:
                raise Crash
            return fail(bill)

        return _get_reason

    def _get_expected(self, today):
        """What should have been billed until a day, from the rules alone.

        :return: first days of periods by contract
        """
        expected = {}
        for contract in self.contracts:
            days = expected.setdefault(contract, set())
            for rule in contract.billing_rule_ids:
                last = min(rule.date_end or contract.date_end, contract.date_end)
                periods = get_periods(rule.date_anchor, rule.interval_months, rule.date_start, last)
                days |= {
                    period.start
                    for period in periods
                    if get_billing_day(period, rule.timing, rule.day) <= today
                }
        return expected

    def test_every_period_once(self):
        removed, skipped = set(), set()
        for number in range(DAYS):
            today = START + timedelta(days=number)
            with freeze_time(f"{today} 04:00:00"):
                self._disturb(removed, skipped)
                roll = self.random.random()
                if roll < 0.3 and number < DAYS - 1:
                    continue  # The job does not run.
                if roll < 0.5 and number < DAYS - 1:
                    place = "_get_reason"
                    with suppress(Crash), self.cr.savepoint():
                        self.patch(
                            type(self.env["invoice.planned.bill"]),
                            place,
                            self._die_at(self.random.randrange(1, 4)),
                        )
                        for bill in self.contracts.planned_bill_ids.sorted("id"):
                            if bill.date <= today:
                                bill._try_to_make()
                    self.env.invalidate_all()
                    continue
                self._run()
        self._check(today, removed, skipped)

    def _get_made(self, contract):
        """Tickets and invoices that stand, by their planned bill, the oldest first."""
        made = {bill: bill.ticket_ids or bill.move_id for bill in contract.planned_bill_ids}
        return dict(sorted(((b, d) for b, d in made.items() if d), key=lambda pair: pair[1].ids))

    def _disturb(self, removed, skipped):
        contract = self.random.choice(list(self.contracts))
        roll = self.random.random()
        rule = contract.billing_rule_ids.sorted("date_start")[-1:]
        if roll < 0.1 and (made := self._get_made(contract)):
            bill, draft = next(iter(made.items()))
            removed.add((contract, bill.date_from))
            draft.unlink()
        elif roll < 0.15 and (bills := self._get_bills("planned", contract)):
            bill = bills[0]
            bill.with_user(self.sales).action_skip("Free")
            skipped.add((contract, bill.date_from))
        elif roll < 0.25:
            rule.amount += 1
        elif roll < 0.3:
            rule.day = self.random.choice((0, 5, 31))
        elif roll < 0.35:
            with suppress(UserError):
                rule.interval_months = self.random.choice((1, 2))
        elif roll < 0.4 and (bills := self._get_bills("planned", contract)):
            self.env["invoice.billing.price.wizard"].create(
                {"rule_id": bills[-1].rule_id.id, "bill_id": bills[-1].id, "amount": 77.0}
            ).action_confirm()

    def _check(self, today, removed, skipped):
        for contract, starts in self._get_expected(today).items():
            documents = contract.ticket_ids or contract.move_ids
            made = Counter(bill.date_from for bill in self._get_made(contract))
            self.assertEqual(len(documents), len(made), contract.name)
            gone = {start for owner, start in removed | skipped if owner == contract}
            billed = set(made)
            self.assertFalse(billed & gone, contract.name)
            # A day that was moved ahead after the period was billed bills nothing twice.
            self.assertFalse((starts - gone) - billed, contract.name)
            known = set(contract.planned_bill_ids.filtered("is_touched").mapped("date_from"))
            self.assertEqual(billed | gone, known, contract.name)
