"""Bank statements as Chinese banks hand them out."""

import random
import tracemalloc
from datetime import date, timedelta
from decimal import Decimal

import pytest
from plain_addon.sheets import Limits
from plain_addon.statements.values import parse_account, parse_amount, parse_day
from statement_files import (
    ENTRIES,
    OWN,
    SHAPES,
    amount_with_sign,
    excel_with_numbers,
    gb18030_with_preamble,
    make_csv,
    make_excel,
    newest_first,
    ofx_sgml,
    plain,
    two_columns,
)
from statements import StatementError, read_statement


def refusal(content, **limits):
    with pytest.raises(StatementError) as caught:
        read_statement(content, limits=Limits(**limits))
    return caught.value


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_every_shape_says_the_same(shape):
    statement = read_statement(shape())
    found = [
        (str(e.date), str(e.amount), e.name, e.account, e.text, e.serial) for e in statement.entries
    ]
    assert found == ENTRIES
    assert not statement.warnings


@pytest.mark.parametrize("shape", [gb18030_with_preamble, excel_with_numbers, ofx_sgml])
def test_own_account_and_currency_are_found(shape):
    statement = read_statement(shape())
    assert (statement.account, statement.currency) == (OWN, "CNY")


@pytest.mark.parametrize("shape", [plain, newest_first, excel_with_numbers])
def test_balances_give_opening_and_closing(shape):
    statement = read_statement(shape())
    assert (statement.opening, statement.closing) == (Decimal("100000"), Decimal("202434.50"))


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1,234.50", "1234.50"),
        ("￥1，234.50", "1234.50"),
        ("¥ 1 234.5", "1234.50"),
        ("（88.00）", "-88.00"),
        ("(1,000.00)", "-1000.00"),
        ("-0.01", "-0.01"),
        ("－７.５", "-7.50"),
        ("12.00-", "-12.00"),
        ("+3", "3.00"),
        ("人民币5元", "5.00"),
        ("0.30000000000000004", "0.30"),
        ("1E+6", "1000000.00"),
        ("1,2345,6789.00", "123456789.00"),
        ("1234,56", "1234.56"),
        ("1.234.567,8", "1234567.80"),
        ("-12,50", "-12.50"),
    ],
)
def test_amounts(text, amount):
    assert str(parse_amount(text)) == amount


@pytest.mark.parametrize("text", ["", "-", "--", " ", "—"])
def test_no_amount(text):
    assert parse_amount(text) is None


@pytest.mark.parametrize(
    "text",
    ["abc", "1.2.3", "1.239", "NaN", "Infinity", "1e99", "9" * 30, "1,234,56", "1,23456", ","],
)
def test_what_is_no_amount(text):
    with pytest.raises(ValueError):
        parse_amount(text)


@pytest.mark.parametrize(
    "text",
    [
        "20261103",
        "2026-11-03",
        "2026/11/3",
        "2026.11.3",
        "2026年11月3日",
        "２０２６年１１月３日",
        "2026-11-03 10:20:30",
        "2026-11-03T10:20:30",
        "20261103 102030",
        "20261103102030",
        "46329",
        "46329.43",
        "20261103120000[+8:CST]",
    ],
)
def test_days(text):
    assert parse_day(text) == date(2026, 11, 3)


@pytest.mark.parametrize("text", ["", "2026-13-01", "20261301", "2026-02-30", "0", "99999", "昨天"])
def test_what_is_no_day(text):
    with pytest.raises(ValueError):
        parse_day(text)


def test_account_that_lost_digits_is_not_taken():
    assert parse_account("6.22202E+18") == ""
    head, *rows = two_columns()
    rows[0][2] = 6.222020200011111e18
    statement = read_statement(make_excel([head, *rows]))
    assert statement.entries[0].account == ""
    assert [(w.row, w.code) for w in statement.warnings] == [(2, "account")]


def test_row_that_cannot_be_read_is_named():
    head, *rows = two_columns()
    rows[1][0] = "2026-13-45"
    rows[2][3] = "12,3x"
    rows[4][3], rows[4][4] = "5.00", "6.00"
    error = refusal(make_csv([head, *rows]))
    assert error.code == "rows"
    assert [(p.row, p.code) for p in error.values["problems"]] == [
        (3, "date"),
        (4, "amount"),
        (6, "two_amounts"),
    ]


def test_amounts_without_direction_are_refused():
    head = ["交易日期", "金额", "对方户名"]
    assert refusal(make_csv([head, ["2026-11-02", "5.00", "某"]])).code == "no_direction"


def test_file_that_lies_about_its_total():
    content = gb18030_with_preamble().decode("gb18030").replace("104,950.00", "104,960.00")
    assert refusal(content.encode("gb18030")).code == "total"


def test_file_that_lies_about_its_closing_balance():
    content = gb18030_with_preamble().decode("gb18030").replace("202,434.50\r", "1.00\r")
    content = content.replace("期末余额：202,434.50", "期末余额：202,434.51")
    assert refusal(content.encode("gb18030")).code in ("closing", "rows")
    lied = make_csv([["期初余额", "1.00"], *two_columns()])
    assert refusal(lied).code == "closing"


def test_balance_that_does_not_follow_is_marked():
    head, *rows = two_columns()
    rows[3][5] = "1.00"
    statement = read_statement(make_csv([head, *rows]))
    assert [(w.row, w.code) for w in statement.warnings] == [(5, "balance"), (6, "balance")]
    assert statement.opening is None


def test_left_out_rows_are_marked():
    """Who exports what came in only has balances with gaps."""
    head, *rows = two_columns()
    statement = read_statement(make_csv([head, *(row for row in rows if row[3])]))
    assert len(statement.entries) == 3
    assert {w.code for w in statement.warnings} == {"balance"}


def test_two_equal_lines_both_stay():
    head, *rows = two_columns(entries=[ENTRIES[0], ENTRIES[0]])
    assert len(read_statement(make_csv([head, *rows])).entries) == 2


def test_reversed_income_is_negative():
    head = ["交易日期", "收入", "支出", "对方户名"]
    rows = [["2026-11-02", "-5.00", "", "某"], ["2026-11-02", "", "3.00", "某"]]
    assert [e.amount for e in read_statement(make_csv([head, *rows])).entries] == [
        Decimal("-5.00"),
        Decimal("-3.00"),
    ]


def test_what_is_no_statement():
    assert refusal(b"").code == "empty"
    assert refusal(make_csv([["客户名称", "税号"], ["某", "1"]])).code == "no_statement"
    assert refusal(make_csv(two_columns()[:1])).code == "no_entries"
    assert refusal(b"\xd0\xcf\x11\xe0" + b"0" * 100).code == "old_excel"
    assert refusal(b"PK\x03\x04" + b"0" * 100).code == "damaged"
    assert refusal(b"<OFX></OFX>").code == "no_statement"
    assert refusal(b"\x89PNG\r\n\x1a\n" + bytes(range(256))).code in ("encoding", "not_a_table")


def test_two_accounts_or_currencies_in_one_file():
    head = ["账号", "币种", "交易日期", "收入", "支出"]
    rows = [["111111", "CNY", "2026-11-02", "1.00", ""], ["222222", "CNY", "2026-11-02", "1", ""]]
    assert refusal(make_csv([head, *rows])).code == "accounts"
    rows[1][:2] = ["111111", "USD"]
    assert refusal(make_csv([head, *rows])).code == "currencies"


def test_limits():
    assert refusal(plain(), size=100).code == "too_large"
    assert refusal(plain(), rows=3).code == "too_many_rows"
    assert refusal(ofx_sgml(), rows=3).code == "too_many_rows"
    assert refusal(make_excel(two_columns()), unpacked=100).code == "too_large"


def test_entities_of_ofx_are_no_bomb():
    bomb = b'<?xml version="1.0"?><!DOCTYPE z [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'
    content = bomb + ofx_sgml("utf-8").partition(b"\r\n\r\n")[2].replace(b"T001", b"&b;&b;")
    assert read_statement(content).entries[0].serial == "&b;&b;"


@pytest.mark.parametrize("seed", range(20))
def test_round_trip(seed):
    """Whatever is written in whatever shape comes back."""
    dice = random.Random(seed)
    entries = [
        (
            str(date(2026, 1, 1) + timedelta(days=day)),
            f"{dice.choice(['', '-'])}{dice.randint(1, 10**9) / 100:.2f}",
            dice.choice(["甲示例有限公司", '乙, "样品" 公司', "Fictional Co., Ltd."]),
            str(dice.randint(10**9, 10**18)),
            dice.choice(["货款", "a;b\tc", "退款,二期"]).replace("\t", " "),
            f"S{number}",
        )
        for number, day in enumerate(sorted(dice.choices(range(300), k=dice.randint(1, 40))))
    ]
    head, *rows = two_columns(entries=entries, opening=f"{dice.randint(-(10**6), 10**6)}.00")
    if dice.random() < 0.5:
        rows.reverse()
    make = dice.choice([make_excel, make_csv])
    statement = read_statement(make([head, *rows]))
    assert not statement.warnings
    assert [
        (str(e.date), str(e.amount), e.name, e.account, e.text, e.serial) for e in statement.entries
    ] == entries


@pytest.mark.parametrize("seed", range(20))
def test_damaged_files_end_in_a_sentence(seed):
    dice = random.Random(seed)
    for shape in SHAPES:
        content = bytearray(shape())
        for _ in range(dice.randint(1, 30)):
            content[dice.randrange(len(content))] = dice.randrange(256)
        try:
            read_statement(bytes(content[: dice.randint(1, len(content))]))
        except StatementError:
            pass


def test_twenty_thousand_rows():
    entries = [
        ("2026-11-02", f"{i}.00" if i % 3 else f"-{i}.00", "某示例", "1", "货款", f"S{i}")
        for i in range(1, 20001)
    ]
    content = make_csv(two_columns(entries=entries))
    tracemalloc.start()
    assert len(read_statement(content).entries) == 20000
    assert tracemalloc.get_traced_memory()[1] < 200 * 2**20
    tracemalloc.stop()


def test_sign_alone_says_the_direction():
    assert read_statement(amount_with_sign()).total == Decimal("102434.50")
