"""The same line has the same key in every file that holds it, and no other line has it."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from plain_addon.statements import make_keys
from plain_addon.statements.document import Entry

ENTRY = Entry(2, date(2026, 11, 2), Decimal("10.00"), "甲公司", "62220001", "货款", "S1")


def test_row_and_wording_do_not_count():
    other = replace(ENTRY, row=9, name="其他", text="别的", serial="ｓ1")
    assert make_keys([ENTRY]) == make_keys([other])


@pytest.mark.parametrize(
    "values",
    [{"date": date(2026, 11, 3)}, {"amount": Decimal("10.01")}, {"serial": "S2"}],
)
def test_day_amount_and_number_count(values):
    assert make_keys([ENTRY]) != make_keys([replace(ENTRY, **values)])


@pytest.mark.parametrize("serial", ["", "0000", "--"])
def test_without_a_number_what_the_line_says_counts(serial):
    plain = replace(ENTRY, serial=serial)
    assert make_keys([plain]) == make_keys([replace(plain, text="货 款")])
    assert make_keys([plain]) != make_keys([replace(plain, text="其他")])
    assert make_keys([plain]) != make_keys([replace(plain, account="62220002")])


def test_equal_lines_are_counted():
    first, second, third = make_keys([ENTRY] * 3)
    assert len({first, second, third}) == 3
    assert make_keys([ENTRY] * 2) == [first, second]
