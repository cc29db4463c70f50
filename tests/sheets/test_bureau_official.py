"""The workbook as the tax bureau hands it out since 2025: its groups, rules and lists."""

import dataclasses
from decimal import Decimal

import pytest
from bureau_books import OFFICIAL_SPECIAL, Bureau, make_official
from sheets.bureau_rules import check, make_rows
from sheets.bureau_template import fill_template, read_template
from test_bureau_template import line, ticket

TEMPLATE = read_template(make_official())
ROWS = {
    "construction": {
        "place": "浙江省杭州市西湖区",
        "address": "文三路1号",
        "project": "东港一期",
        "is_cross_region": "是",
        "cross_number": "杭税跨报2026第1号",
    },
    "freight": {
        "departure": "上海市浦东新区外高桥",
        "destination": "北京市海淀区",
        "vehicle": "其他",
        "plate": "无",
        "goods": "奶粉",
    },
    "estate_sale": {"place": "北京市海淀区", "address": "中关村大街1号", "area_unit": "平方米"},
    "estate_lease": {
        "place": "上海市浦东新区",
        "address": "世纪大道1号",
        "certificate": "沪房1号",
        "area_unit": "米",
        "date_from": "2026-01-01",
        "date_to": "2026-12-31",
    },
    "passenger": {
        "traveller": "张三",
        "id_kind": "居民身份证",
        "id_number": "11010519491231002X",
        "date_from": "2026-11-01",
        "departure": "上海市浦东新区",
        "destination": "北京市海淀区",
        "vehicle": "飞机",
        "grade": "经济舱",
    },
}


def special(group, **values):
    row = {"is_cross_region": "否", **ROWS[group], **values}
    if group in ("freight", "passenger"):
        del row["is_cross_region"]
    return ticket(special=group, rows=(row,))


def codes(of, template=TEMPLATE):
    return [problem.code for problem in check(of, template)]


def write(of):
    content = make_official()
    filled = fill_template(content, TEMPLATE, make_rows([of], TEMPLATE))
    [row] = Bureau(filled, 2025).specials
    return {name.partition("@")[0]: text for name, text in row.items() if text}


def test_every_column_of_the_five_kinds_is_known():
    known = {"serial", *(name for name in TEMPLATE.sheets["special"].columns if name != "serial")}
    headings = [heading for _group, heading, _rule in OFFICIAL_SPECIAL]
    strange = {"车牌号", "保险单号", "车牌号/船舶登记号", "核定计税价格", "实际成交含税金额"}
    assert len(known) == len(headings) - len(strange) - 1
    assert not TEMPLATE.sheets["special"].unknown
    assert not TEMPLATE.unknown


@pytest.mark.parametrize("group", ROWS)
def test_each_kind_passes_and_is_written(group):
    of = special(group)
    assert codes(of) == []
    row = write(of)
    for name, text in of.rows[0].items():
        written = {"其他": "其他运输工具", "米": "米(铁路线与管道等使用)"}.get(text, text)
        if name.startswith("date"):
            written = text.replace("-", "")
        assert written in row.values()


def test_what_must_be_filled_the_workbook_says_itself():
    for group, row in ROWS.items():
        for name in row:
            if name not in ("cross_number", "grade") and (group, name) != (
                "construction",
                "address",
            ):
                assert "special_value" in codes(special(group, **{name: ""})), (group, name)
    assert "special_value" in codes(special("construction", cross_number=""))
    assert "special_value" in codes(special("passenger", grade=""))
    assert codes(special("passenger", grade="", vehicle="出租车")) == ["special_value"]


def test_words_that_the_workbook_does_not_list_are_said_with_those_that_it_does():
    for group, name, text in (
        ("freight", "vehicle", "飞机"),
        ("freight", "departure", "上海"),
        ("estate_lease", "area_unit", "间"),
        ("passenger", "id_kind", "身份证"),
    ):
        [problem] = check(special(group, **{name: text}), TEMPLATE)
        assert (problem.code, problem.text) == ("choice", text)
        assert len(problem.choices) > 2


def test_number_of_another_region_goes_only_with_its_mark():
    assert codes(special("construction", is_cross_region="否")) == ["cross_number"]


def test_place_and_address_have_the_room_of_one():
    assert codes(special("estate_lease", address="路" * 113)) == []
    assert codes(special("estate_lease", address="路" * 114)) == ["too_long"]


def test_parking_is_told_by_the_minute():
    of = special("estate_lease")
    of = dataclasses.replace(of, lines=(line(code="3040502020200000000"),))
    row = write(of)
    assert (row["租赁期起"], row["租赁期止"]) == ("202601010000", "202612312359")


def test_new_column_that_must_be_filled_is_said_to_those_whom_it_concerns():
    more = (
        ("货物运输服务\n1、新要求", "网络货运平台编号", "必填\n（限20字符)"),
        ("不动产租赁\n1、", "新的选填项", "非必填"),
    )
    template = read_template(make_official(more))
    [problem] = check(special("freight"), template)
    assert (problem.code, problem.text) == ("special_unknown", "网络货运平台编号")
    assert codes(special("estate_lease"), template) == []


def test_value_without_a_column_is_said():
    of = special("freight", project="东港一期")
    with pytest.raises(KeyError):
        # Rows hold what their kind has, and nothing else.
        check(of, TEMPLATE)
    columns = {
        name: place
        for name, place in TEMPLATE.sheets["special"].columns.items()
        if name != ("estate_sale", "certificate")
    }
    sheet = dataclasses.replace(TEMPLATE.sheets["special"], columns=columns)
    template = dataclasses.replace(TEMPLATE, sheets={**TEMPLATE.sheets, "special": sheet})
    assert codes(special("estate_sale", certificate="京房1号"), template) == ["special_column"]


# === DISCOUNTS === #


def discount(untaxed, tax, **values):
    return line(name="折扣", untaxed=Decimal(untaxed), tax=Decimal(tax), **values)


def test_discount_stands_beside_the_line_that_it_lowers():
    of = ticket(lines=(line(), line(name="其他"), discount("-10", "-0.60", code="")))
    assert codes(of) == []
    rows = make_rows([of], TEMPLATE)["lines"]
    assert [(row["name"], row["amount"], row["discount"]) for row in rows] == [
        ("软件维护", "106.00", ""),
        ("其他", "106.00", "10.60"),
    ]
    bureau = Bureau(fill_template(make_official(), TEMPLATE, make_rows([of], TEMPLATE)), 2025)
    assert bureau.issue()[0] == {of.serial: (Decimal(190), Decimal("11.40"))}


@pytest.mark.parametrize(
    "lines",
    [
        (discount("-10", "-0.60"), line()),
        (line(), discount("-101", "-6.06")),
        (line(), discount("-60", "-3.60"), discount("-60", "-3.60")),
        (line(), discount("-10", "-1.30", rate=Decimal("0.13"))),
        (line(), discount("-10", "-0.60", code="1060201010000000000")),
        (line(), discount("-10", "0", treatment="exempt", rate=Decimal(0))),
    ],
)
def test_discount_of_no_line_is_refused(lines):
    assert "discount" in codes(ticket(lines=lines))


def test_discount_of_a_whole_line_has_its_own_words():
    of = ticket(lines=(line(), discount("-40", "-2.40"), discount("-60", "-3.60")))
    assert codes(of) == ["whole_discount"]


def test_workbook_without_the_column_takes_no_discount():
    columns = dict(TEMPLATE.sheets["lines"].columns)
    del columns["discount"]
    sheet = dataclasses.replace(TEMPLATE.sheets["lines"], columns=columns)
    template = dataclasses.replace(TEMPLATE, sheets={**TEMPLATE.sheets, "lines": sheet})
    of = ticket(lines=(line(), discount("-10", "-0.60")))
    assert codes(of, template) == ["no_discount"]
