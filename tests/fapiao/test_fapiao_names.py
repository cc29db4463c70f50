"""Names that are the same, whatever they were printed with."""

import pytest
from fapiao import (
    is_anybody,
    is_same_name,
    name_key,
    name_parts,
    near_name_key,
    rank_name,
    rank_names,
)


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("珊堵（瑙包）贸易有限公司", "珊堵(瑙包)贸易有限公司"),
        ("珊堵（瑙包）贸易有限公司", "珊堵〔瑙包〕贸易有限公司"),
        ("珊堵（瑙包）贸易有限公司", "珊堵 ( 瑙包 ) 贸易\u3000有限公司"),
        ("张三（个人）", "张三"),
        ("张三", "张三 (自然人)"),
        ("ＡＢＣ（中国）有限公司", "abc(中国)有限公司"),
        ("示例科技有限公司.", "示例科技有限公司"),
        ("阿依古丽·买买提", "阿依古丽•买买提"),
        ("示例\u200b公司", "示例公司"),
        ("⽰例公司", "示例公司"),  # a Kangxi radical
    ],
)
def test_same_name(name, other):
    assert is_same_name(name, other) and is_same_name(other, name)


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("珊堵（瑙包）贸易有限公司", "珊堵贸易有限公司"),
        ("示例科技有限公司", "示例科技有限公司北京分公司"),
        ("张三", "李四"),
        ("", ""),
        (None, None),
        ("（个人）", "示例公司"),
        ("。", "."),
    ],
)
def test_another_name(name, other):
    assert not is_same_name(name, other)


def test_anybody_is_no_customer():
    assert all(map(is_anybody, ("个人", " 个 人 ", "（个人）", "自然人", "消费者")))
    assert not any(map(is_anybody, ("张三（个人）", "个人护理有限公司", "", None)))


def test_key_of_nothing():
    assert (name_key(None), name_key(" \u200b"), name_key("个人")) == ("", "", "个人")


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("示例贸易有限公司", "示例贸易"),
        ("示例贸易有限公司", "示例贸易股份有限公司"),
        ("示例贸易有限责任公司", "示例贸易公司"),
        ("示例咨询（有限合伙）", "示例咨询(普通合伙)"),
        ("示例（北京）科技有限公司", "示例(北京)科技"),
        ("Example Trading Co., Ltd.", "EXAMPLE TRADING Company Limited"),
        ("Example Trading Ltd", "Ｅｘａｍｐｌｅ　Ｔｒａｄｉｎｇ, Inc."),
    ],
)
def test_same_but_for_the_legal_form(name, other):
    assert near_name_key(name) == near_name_key(other)
    assert rank_name(name, other) == 1


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("示例贸易有限公司", "示例科技有限公司"),
        ("示例贸易有限公司", "示例贸易有限公司北京分公司"),
        ("深圳示例有限公司", "示例（深圳）有限公司"),
        ("示例集团有限公司", "示例有限公司"),
        ("Zinc", "Z"),
        ("有限公司", "公司"),
    ],
)
def test_more_than_the_legal_form_differs(name, other):
    assert near_name_key(name) != near_name_key(other)


def test_near_names_best_first():
    names = [
        "示例贸易科技有限公司",
        "北京示例贸易有限公司",
        "另一家公司",
        "示例贸易股份有限公司",
        "示例贸易 有限公司",
    ]
    assert rank_names("示例贸易有限公司", names) == [4, 3, 0, 1]


@pytest.mark.parametrize(
    ("typed", "name", "rank"),
    [
        ("深圳示例有限公司", "示例（深圳）有限公司", 2),
        ("示例(深圳)有限公司", "深圳示例有限责任公司", 2),
        ("示例贸易", "示例贸易北京有限公司", 3),
        ("例贸", "示例贸易有限公司", 4),
        ("示列贸易有限公司", "示例贸易有限公司", 5),
        ("示例贸有限公司", "示例贸易有限公司", 3),
        ("示例科技有限公司", "示例贸易有限公司", None),
        ("张三", "张山", None),
        ("", "示例贸易有限公司", None),
        ("示例贸易有限公司", None, None),
    ],
)
def test_rank(typed, name, rank):
    assert rank_name(typed, name) == rank


@pytest.mark.parametrize("typed", ["深圳示例科技", "示例科技(深圳)", "深圳市例科技", "示例科技"])
def test_near_name_has_one_of_the_parts(typed):
    for name in ("深圳示例科技有限公司", "示例科技（深圳）有限公司"):
        if rank_name(typed, name) in (1, 2, 5):
            assert any(part in near_name_key(name) for part in name_parts(near_name_key(typed)))
