"""Amounts in Chinese capitals, written and read again."""

import random
from decimal import Decimal

import pytest
from fapiao import parse_capital_amount, write_capital_amount

WRITTEN = [
    ("0", "人民币零元整"),
    ("100", "人民币壹佰元整"),
    ("1680.32", "人民币壹仟陆佰捌拾元叁角贰分"),
    ("10600", "人民币壹万零陆佰元整"),
    ("107000.53", "人民币壹拾万柒仟元伍角叁分"),
    ("1409.50", "人民币壹仟肆佰零玖元伍角整"),
    ("6007.14", "人民币陆仟零柒元壹角肆分"),
    ("16409.02", "人民币壹万陆仟肆佰零玖元零贰分"),
    ("325.04", "人民币叁佰贰拾伍元零肆分"),
    ("0.05", "人民币伍分"),
    ("0.3", "人民币叁角整"),
    ("10", "人民币壹拾元整"),
    ("100001000", "人民币壹亿零壹仟元整"),
    ("120000000", "人民币壹亿贰仟万元整"),
    ("1000000000005", "人民币壹万亿零伍元整"),
    ("1.005", "人民币壹元零壹分"),
    ("-5650", "人民币负伍仟陆佰伍拾元整"),
]


@pytest.mark.parametrize(("amount", "words"), WRITTEN)
def test_amount_in_capitals(amount, words):
    assert write_capital_amount(Decimal(amount)) == words


def test_what_is_written_is_read_again():
    rng = random.Random(14)
    for _round in range(5000):
        amount = Decimal(rng.randrange(10 ** rng.randint(1, 15))) / 100
        words = write_capital_amount(amount)
        assert parse_capital_amount(words) == amount, words


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "1e16", "-1e16"])
def test_what_no_receipt_can_say(amount):
    with pytest.raises(ValueError, match="capitals"):
        write_capital_amount(Decimal(amount))
