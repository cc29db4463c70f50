"""Lists of tax classification codes as the tax bureau exports them."""

import io
import random

import openpyxl
import pytest
from sheets import SheetError
from sheets.goods_codes import read_goods_codes

CODE = "3040201030000000000"
HEADINGS = ["项目名称", "商品和服务税收编码", "商品和服务分类简称", "税率/征收率"]


def make_book(*rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def read(*rows):
    return read_goods_codes(make_book(*rows))


@pytest.mark.parametrize(
    ("text", "rates", "policy"),
    [
        ("13%", ("13",), ""),
        ("0.13", ("13",), ""),
        (0.06, ("6",), ""),
        ("13%、9%", ("13", "9"), ""),
        ("13, 9，6", ("13", "9", "6"), ""),  # noqa: RUF001
        ("1.5%", ("1.5",), ""),
        ("0.5%", ("0.5",), ""),
        ("免税", (), "免税"),
        ("", (), ""),
    ],
)
def test_rates(text, rates, policy):
    [found] = read(HEADINGS, ["软件维护", CODE, "信息技术服务", text]).codes.values()
    assert (found.rates, found.policy) == (rates, policy)


def test_headings_are_found_anywhere_and_in_any_order():
    found = read(
        ["项目信息"],
        [],
        ["序号", "税率", "税收分类编码*", "简称", "商品名称", "是否使用优惠政策", "优惠政策类型"],
        [1, "3%", CODE, "*信息技术服务*", "软件维护", "是", "简易征收"],
    )
    [goods] = found.codes.values()
    assert (goods.name, goods.short_name) == ("软件维护", "信息技术服务")
    assert (goods.rates, goods.policy) == (("3",), "简易征收")


def test_policy_that_is_not_used_is_none():
    headings = [*HEADINGS, "是否使用优惠政策", "优惠政策类型"]
    [goods] = read(headings, ["书", CODE, "", "9%", "否", "免税"]).codes.values()
    assert not goods.policy


def test_goods_of_one_code_are_one():
    found = read(HEADINGS, ["维护", CODE, "", "6%"], ["升级", CODE, "信息技术服务", "3%"])
    [goods] = found.codes.values()
    assert (goods.name, goods.short_name) == ("维护", "信息技术服务")
    assert goods.rates == ("6", "3")


def test_rows_that_cannot_be_right_are_named():
    found = read(
        HEADINGS,
        ["无编码", "", "", ""],
        ["短", "304", "", ""],
        ["数字", 3040201030000000000, "", ""],
        ["全角", "３" * 19, "", ""],
        ["", CODE, "", ""],
        ["税率", CODE, "", "很多"],
    )
    assert not found.codes
    assert [(fault.row, fault.code) for fault in found.faults] == [
        (2, "no_code"),
        (3, "digits"),
        (4, "destroyed"),
        (5, "digits"),
        (6, "no_name"),
        (7, "rate"),
    ]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0x", b"a,b\n1,2\n"])
def test_other_files_are_refused(content):
    with pytest.raises(SheetError):
        read_goods_codes(content)


@pytest.mark.parametrize("seed", range(60))
def test_damaged_files_are_refused_or_read(seed):
    content = bytearray(make_book(HEADINGS, ["软件维护", CODE, "信息技术服务", "6%"]))
    dice = random.Random(seed)
    for _ in range(dice.randint(1, 30)):
        content[dice.randrange(len(content))] = dice.randrange(256)
    try:
        read_goods_codes(bytes(content))
    except SheetError:
        pass
