"""Pasted billing data with labels, separators and orders that people invent."""

import dataclasses
import random

import pytest
from fapiao import Party, is_uscc, repair_tax_id, split_billing_text

FULL = Party(
    name="深圳示例科技有限公司",
    tax_id="91440300MA5FBQC54F",
    address="深圳市南山区科技路1号",
    phone="0755-26001234",
    bank_name="招商银行深圳科技园支行",
    bank_account="755912345678901",
)
LABELS = {
    "name": ("名称", "抬头", "公司名称", "单位名称", "购货单位名称", "开票名称", "户名"),
    "tax_id": ("税号", "纳税人登记号", "识别号", "社会统一信用代码", "税务登记证号", "开票税号"),
    "address": ("地址", "注册地址", "单位地址"),
    "phone": ("电话", "注册电话", "电话号码", "座机"),
    "bank_name": ("开户行", "开户银行", "基本开户行", "开户银行及支行", "基本户开户行"),
    "bank_account": ("账号", "帐号", "银行账户", "基本账户", "对公账号"),
}
# The last one is none: 税号91….
SEPARATORS = ("：", ":", "=", "﹕", "∶", " - ", "-", "→", "=>", "~", "……", "、", "是", "为", "")
TITLE = Party(name=FULL.name, tax_id=FULL.tax_id)
VALUES = dataclasses.asdict(FULL)


@pytest.mark.parametrize("separator", SEPARATORS)
@pytest.mark.parametrize("border", ["\n", " ", "；", "，", "。", "/", "★", "\n\n", "</p><p>"])
def test_any_separator_between_label_and_value(separator, border):
    if border in ("。", "/") and separator in ("", "、"):
        pytest.skip("nothing tells the parts apart")
    for seed in range(10):
        chance = random.Random(f"{separator}{border}{seed}")
        parts = [
            f"{chance.choice(LABELS[field])}{separator}{value}" for field, value in VALUES.items()
        ]
        chance.shuffle(parts)
        text = border.join(parts)
        assert split_billing_text(text) == FULL, text


@pytest.mark.parametrize("border", ["\n", " ", "，", "、", "|", "；"])
@pytest.mark.parametrize("seed", range(20))
def test_values_without_labels_come_in_any_order(border, seed):
    values = list(VALUES.values())
    random.Random(seed).shuffle(values)
    assert split_billing_text(border.join(values)) == FULL


@pytest.mark.parametrize(
    "text",
    [
        '{{"名称":"{name}","税号":"{tax_id}","地址":"{address}","电话":"{phone}",'
        '"开户行":"{bank_name}","账号":{bank_account}}}',
        "名称,税号,地址,电话,开户行,账号\n"
        "{name},{tax_id},{address},{phone},{bank_name},{bank_account}",
        "\t名称\t税号\t地址\t电话\t开户行\t账号\n"
        "1\t{name}\t{tax_id}\t{address}\t{phone}\t{bank_name}\t{bank_account}",
        "| 名称 | 税号 | 地址 | 电话 | 开户行 | 账号 |\n|---|---|---|---|---|---|\n"
        "| {name} | {tax_id} | {address} | {phone} | {bank_name} | {bank_account} |",
        "名称   税号   地址   电话   开户行   账号\n"
        "{name}   {tax_id}   {address}   {phone}   {bank_name}   {bank_account}",
        "名稱：{name}\n稅號：{tax_id}\n地址：{address}\n電話：{phone}\n開戶行：{bank_name}\n"
        "帳號：{bank_account}",
        "（1）名称：{name}（2）税号：{tax_id}（3）地址电话：{address} {phone}"
        "（4）开户行账号：{bank_name} {bank_account}",
        "1)抬头：{name}；2)税号：{tax_id}；3)地址：{address}；4)电话：{phone}；"
        "5)开户行：{bank_name}；6)账号：{bank_account}",
        "1.{name}\n2.{tax_id}\n3.{address}\n4.{phone}\n5.{bank_name}\n6.{bank_account}",
        "1️⃣名称：{name}\n2️⃣税号：{tax_id}\n3️⃣地址电话：{address}{phone}\n"
        "4️⃣开户行及账号：{bank_name}{bank_account}",
        "“名称”：“{name}”\n“税号”：“{tax_id}”\n“地址”：“{address}”\n“电话”：“{phone}”\n"
        "“开户行”：“{bank_name}”\n“账号”：“{bank_account}”",
        "王经理 10:32\n您好，麻烦开专票\n{name}\n{tax_id}\n{address}{phone}\n"
        "{bank_name}{bank_account}\n谢谢",
        "请开票给{name}，税号{tax_id}，地址{address}，电话{phone}（王会计），"
        "账号{bank_account}（{bank_name}）",
        "我们公司叫{name}，税号是{tax_id}，地址是{address}，电话是{phone}，"
        "开户行是{bank_name}，账号是{bank_account}，谢谢",
        "名称：{name}\n税号：{tax_id}\n地址：深圳市南山区\n科技路1号\n电话：{phone}\n"
        "开户行：招商银行深圳\n科技园支行\n账号：{bank_account}",
        "名称：{name}\n税号：{tax_id}\n办公地址：深圳市福田区别处路2号\n"
        "注册地址：518000 {address}\n"
        "电话：{phone}\n开户行地址：深圳市福田区别处路3号\n开户行（账号）：{bank_name}（{bank_account}）",
        "收票单位：{name}\n信用代码：{tax_id}\n单位地址及电话：{address}、{phone}\n"
        "开户行名称及账号：{bank_name}、{bank_account}（人民币）",
    ],
)
def test_texts_from_anywhere(text):
    assert split_billing_text(text.format(**VALUES)) == FULL


@pytest.mark.parametrize(
    ("text", "party"),
    [
        (
            "姓名：张三 身份证号：11010519491231002X 手机：13800001234",
            Party(name="张三", tax_id="11010519491231002X", phone="13800001234"),
        ),
        ("李四 13800001234", Party(name="李四", phone="13800001234")),
        ("公司名称：电话邦科技有限公司", Party(name="电话邦科技有限公司")),
        ("单位：深圳市示例医院", Party(name="深圳市示例医院")),
        ("地址变了，名称有误，税号如下\n{tax_id}", Party(tax_id=FULL.tax_id)),
        # What a spreadsheet cut stays as it is, so that it is refused as what it is.
        (
            "税号：9.14403E+17\n账号：7.55912E+14",
            Party(tax_id="9.14403E+17", bank_account="7.55912E+14"),
        ),
        ("抬头：{name}\n税号：9144O3OOMA5FBQC54F", TITLE),
        ("{name}\n9144O3OOMA5FBQC54F", TITLE),
    ],
)
def test_partial_texts(text, party):
    assert split_billing_text(text.format(**VALUES)) == party


@pytest.mark.parametrize(
    ("text", "party"),
    [
        # Hidden digits are no number, and nothing is joined over them.
        ("账号：6222 **** **** 1234", Party()),
        ("电话：138****5678", Party()),
        ("税号：9144****C54F\n账号：6222****1234\n{bank_name}", Party(bank_name=FULL.bank_name)),
        ("账号：6222001234****", Party()),
        ("地址：{address} 138****5678", Party(address=FULL.address)),
        ("138****5678\n{name}", Party(name=FULL.name)),
        # Markdown is around words.
        ("名称：华__科技有限公司", Party(name="华__科技有限公司")),
        ("**名称：**{name}\n**税号：**{tax_id}", TITLE),
        ("**名称：{name}**\n__税号__：**{tax_id}**", TITLE),
        ("```\n名称：{name}\n税号：{tax_id}\n```", TITLE),
        # Tables below each other, and lines around them.
        (
            "名称 税号 地址\n{name} {tax_id} {address}\n"
            "电话 开户行 账号\n{phone} {bank_name} {bank_account}",
            FULL,
        ),
        (
            "电话：{phone}\n|名称|税号|地址|\n|---|---|---|\n|{name}|{tax_id}|{address}|\n\n"
            "开户行：{bank_name}\n账号：{bank_account}",
            FULL,
        ),
        # A postal code behind an account, and an account in groups.
        (
            "{name} {tax_id} {bank_name} 6222020000000000 518000",
            dataclasses.replace(TITLE, bank_name=FULL.bank_name, bank_account="6222020000000000"),
        ),
        (
            "{name} {tax_id} {bank_name} 6222 0200 0000 0000 518",
            dataclasses.replace(
                TITLE, bank_name=FULL.bank_name, bank_account="6222020000000000518"
            ),
        ),
        # What looks like a mark belongs to names.
        ("小米★之家有限公司", Party(name="小米★之家有限公司")),
        (
            "名称：小米★之家有限公司★税号：{tax_id}",
            dataclasses.replace(TITLE, name="小米★之家有限公司"),
        ),
        ("58.com 有限公司", Party(name="58.com 有限公司")),
        ("58.同城有限公司\n{tax_id}", dataclasses.replace(TITLE, name="58.同城有限公司")),
        ("1.名称：{name}", Party(name=FULL.name)),
        ("3. {name}", Party(name=FULL.name)),
        ("*ST示例股份有限公司", Party(name="*ST示例股份有限公司")),
        ("* 名称：*ST示例股份有限公司", Party(name="*ST示例股份有限公司")),
        # Labels that are words of a value.
        ("名称 深圳市 项目 管理有限公司", Party(name="深圳市 项目 管理有限公司")),
        ("地址：北京市海淀区 手机 大厦 5层", Party(address="北京市海淀区 手机 大厦 5层")),
        ("电话 {phone} 备注 无 项目 咨询", Party(phone=FULL.phone)),
    ],
)
def test_marks_that_are_part_of_a_value(text, party):
    assert split_billing_text(text.format(**VALUES)) == party


def test_letters_for_digits_are_repaired_where_the_check_digit_then_is_right():
    assert is_uscc("91440300MA5FBQC54F")
    assert repair_tax_id("9I44O3OOMA5FBQC54F") == "91440300MA5FBQC54F"
    for other in ("9144O3OOMA5FBQC54G", "91440300MA5FBQC54F", "O12345678901234", "", "OI"):
        assert repair_tax_id(other) == other
