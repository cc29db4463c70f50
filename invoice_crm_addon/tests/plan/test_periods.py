from datetime import date, timedelta
from random import Random

from odoo.tests import BaseCase, tagged

from ...models.plan.periods import get_billing_day, get_periods

FIRST, LAST = date(2023, 1, 1), date(2032, 12, 31)


@tagged("post_install", "-at_install")
class TestPeriods(BaseCase):
    """Periods are counted from one day, without a gap, whatever the months have of days."""

    def test_the_31st(self):
        starts = [p.start for p in get_periods(date(2024, 1, 31), 1, FIRST, date(2024, 6, 30))]
        self.assertEqual(
            [day.isoformat() for day in starts],
            ["2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30", "2024-05-31", "2024-06-30"],
        )

    def test_a_leap_day(self):
        starts = [p.start for p in get_periods(date(2024, 2, 29), 12, FIRST, date(2028, 12, 31))]
        self.assertEqual(
            [day.isoformat() for day in starts],
            ["2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"],
        )

    def test_cut_by_the_end(self):
        *_whole, last = get_periods(date(2026, 1, 1), 3, FIRST, date(2026, 7, 31))
        self.assertEqual((last.start, last.end), (date(2026, 7, 1), date(2026, 7, 31)))
        self.assertEqual(last.whole_end, date(2026, 9, 30))
        self.assertFalse(last.is_whole)
        self.assertAlmostEqual(last.share, 31 / 92)

    def test_days(self):
        [january] = get_periods(date(2026, 1, 1), 1, FIRST, date(2026, 1, 31))
        days = {
            ("advance", 0): "2026-01-01",
            ("advance", 1): "2026-01-01",
            ("advance", 25): "2025-12-25",
            ("advance", 31): "2025-12-31",
            ("arrears", 0): "2026-01-31",
            ("arrears", 31): "2026-01-31",
            ("arrears", 5): "2026-02-05",
            ("arrears", 30): "2026-02-28",
        }
        for (timing, day), expected in days.items():
            with self.subTest(timing=timing, day=day):
                self.assertEqual(get_billing_day(january, timing, day).isoformat(), expected)

    def test_any(self):
        """Whatever the rule: each day from the first one to the last one is in one period."""
        random = Random(15)
        for _round in range(300):
            anchor = FIRST + timedelta(days=random.randrange(1500))
            months = random.choice((1, 2, 3, 5, 6, 12, 18))
            last = anchor + timedelta(days=random.randrange(1, 1800))
            periods = list(get_periods(anchor, months, anchor, last))
            self.assertEqual((periods[0].start, periods[-1].end), (anchor, last))
            for before, after in zip(periods, periods[1:], strict=False):
                self.assertEqual(before.end + timedelta(days=1), after.start)
            later = random.choice(periods).start
            self.assertEqual(
                list(get_periods(anchor, months, later, last)),
                [period for period in periods if period.start >= later],
            )
            for period in periods:
                self.assertLessEqual(get_billing_day(period, "advance", 17), period.start)
                self.assertGreaterEqual(get_billing_day(period, "arrears", 17), period.end)
