"""Periods of a rule that bills every so many months, and the days on which they are billed.

Every period is counted from the same first day, never from the one before: what starts on the
31st is due on the last day of shorter months and on the 31st again after them.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Period:
    """:param date start: first day
    :param date end: last day of it that is billed
    :param date whole_end: last day, had it not been cut
    """

    start: date
    end: date
    whole_end: date

    @property
    def is_whole(self):
        return self.end == self.whole_end

    @property
    def share(self):
        """Which part of its days is billed: 1.0 of a whole one."""
        days = (self.end - self.start).days + 1
        return days / ((self.whole_end - self.start).days + 1)


def get_periods(anchor, months, first, last):
    """Yield the periods that start within these days.

    :param date anchor: first day from which all periods are counted
    :param int months: how many months each takes
    :param date first: earliest first day
    :param date last: last day that is billed; what goes beyond is cut
    """
    ahead = (first.year - anchor.year) * 12 + first.month - anchor.month
    number = max(ahead // months - 1, 0)
    while (start := anchor + relativedelta(months=number * months)) <= last:
        number += 1
        whole_end = anchor + relativedelta(months=number * months) - ONE_DAY
        if start >= first:
            yield Period(start, min(whole_end, last), whole_end)


def get_billing_day(period, timing, day):
    """When a period is billed.

    :param str timing: ``advance``: the last such day until the period starts; ``arrears``: the
        first one from its last day on
    :param int day: of the month, months that are shorter end earlier; 0: the first or the last
        day of the period
    :rtype: date
    """
    pivot = period.start if timing == "advance" else period.end
    if not day:
        return pivot
    same_month = pivot + relativedelta(day=day)
    if timing == "advance":
        return same_month if same_month <= pivot else pivot + relativedelta(months=-1, day=day)
    return same_month if same_month >= pivot else pivot + relativedelta(months=1, day=day)
