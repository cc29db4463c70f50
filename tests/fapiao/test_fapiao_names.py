"""Names that are the same, whatever they were printed with."""

import pytest
from fapiao import is_anybody, is_same_name, name_key


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
