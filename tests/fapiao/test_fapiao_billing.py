"""Billing data as customers send them: texts of the street, QR codes, pictures, e-invoices."""

import base64
import dataclasses
import io
import random
import time

import pytest
from fapiao import (
    FapiaoError,
    Party,
    account_problem,
    billing_problems,
    build_billing_qr,
    clearing_problem,
    parse_billing_qr,
    parse_licence_qr,
    phone_problem,
    read_billing_source,
    split_billing_text,
)

FULL = Party(
    name="杭州示例（集团）有限公司",
    tax_id="91330100MA27XYZ12X",
    address="杭州市西湖区文三路100号",
    phone="0571-88888888",
    bank_name="中国工商银行杭州西湖支行",
    bank_account="1202021609900012345",
)
VALID = "91310115MA1K4LFD7T"
NO_BANK = dataclasses.replace(FULL, bank_name="", bank_account="")
TITLE = Party(name=FULL.name, tax_id=FULL.tax_id)
MOBILE = dataclasses.replace(FULL, phone="13800001111")
# Text, and what is read of it; {…} are the fields of the party.
STREET = [
    ("您好，麻烦开一下专票，谢谢！\n名称：{name}\n税号：{tax_id}", TITLE),
    ("你好，我们公司的开票资料如下：\n{name}\n{tax_id}", TITLE),
    ("麻烦开一下专票\n{name}\n税号 {tax_id}\n谢谢", TITLE),
    ("名  称：{name}\n税  号：{tax_id}\n地  址：{address}\n电  话：{phone}", NO_BANK),
    ("税　　号：{tax_id}\n名　　称：{name}", TITLE),
    ("1、名称：{name}\n2、税号：{tax_id}\n3、地址：{address}\n4、电话：{phone}", NO_BANK),
    ("1. 名称：{name}\n2. 税号：{tax_id}\n3. 地址：{address}\n4. 电话：{phone}", NO_BANK),
    ("①名称：{name}\n②税号：{tax_id}", TITLE),
    ("（1）名称：{name}\n（2）纳税人识别号：{tax_id}", TITLE),
    ("一、单位名称：{name}\n二、税号：{tax_id}", TITLE),
    (
        "- **名称**：{name}\n- **税号**：{tax_id}\n- **地址**：{address}\n- 电话：{phone}",
        NO_BANK,
    ),
    ("* 名称: {name}\n* 税号: {tax_id}", TITLE),
    ("| 名称 | {name} |\n| 税号 | {tax_id} |\n| 地址 | {address} |\n| 电话 | {phone} |", NO_BANK),
    ("名称\t{name}\n税号\t{tax_id}\n地址\t{address}\n电话\t{phone}", NO_BANK),
    ("Company Name: {name}\nTax ID: {tax_id}\nAddress: {address}\nTel: {phone}", NO_BANK),
    (
        "Title: {name}\nTax No.: {tax_id}\nAddress: {address}\nPhone: {phone}\n"
        "Bank: {bank_name}\nAccount No.: {bank_account}",
        FULL,
    ),
    (
        "名称：{name}\n税号：{tax_id}\n地址：{address}\n电话：{phone}\n\n"
        "收件地址：上海市示例区别处路9号\n收件人：某某 13900002222",
        NO_BANK,
    ),
    ("名称：{name}\n税号：{tax_id}\n邮寄地址：上海市别处路9号\n邮箱：a@example.com", TITLE),
    (
        "公司地址：上海市嘉定区2588弄12号3幢501室\n公司电话：021-55555555",
        Party(address="上海市嘉定区2588弄12号3幢501室", phone="021-55555555"),
    ),
    ("电话：0571-88888888/13800001111", Party(phone="0571-88888888/13800001111")),
    ("电话：0571-88888888 转 801", Party(phone="0571-88888888 转 801")),
    ("账号：1202 0216 0990 0012 345", Party(bank_account="1202021609900012345")),
    ("账号：1202-0216-0990-0012-345", Party(bank_account="1202021609900012345")),
    (
        "开户行：{bank_name}\n1202 0216 0990 0012 345",
        Party(bank_name=FULL.bank_name, bank_account=FULL.bank_account),
    ),
    (
        "开户行及账号：{bank_name} {bank_account}\n地址电话：{address} {phone}\n{name}\n{tax_id}",
        FULL,
    ),
    ("开户行、账号：{bank_name}{bank_account}\n地址、电话：{address}{phone}\n抬头：{name}", None),
    ("个人", Party(name="个人")),
    ("抬头：个人\n电话：13800001111", Party(name="个人", phone="13800001111")),
    ("{name} {tax_id}", TITLE),
    ("{tax_id} {name}", TITLE),
    ("{name}，{tax_id}，{address}，{phone}，{bank_name}，{bank_account}", FULL),
    ("{name} {tax_id} {address} {phone} {bank_name} {bank_account}", FULL),
    ("{name}/{tax_id}/{address}/{phone}/{bank_name}/{bank_account}", FULL),
    ("{name}|{tax_id}|{address}|{phone}|{bank_name}|{bank_account}", FULL),
    ("{name}\t{tax_id}\t{address}\t{phone}\t{bank_name}\t{bank_account}", FULL),
    ("名称={name};税号={tax_id};地址={address};电话={phone}", NO_BANK),
    ("发票抬头：{name}\n公司税号：{tax_id}\n注册地址：{address}\n注册电话：{phone}", NO_BANK),
    ("购方名称：{name}\n购方税号：{tax_id}", TITLE),
    ("名称：{name} 统一社会信用代码：{tax_id} 地址：{address} 电话：{phone}", NO_BANK),
    ("ＮＡＭＥ：{name}\n税号：９１３３０１００ＭＡ２７ＸＹＺ１２Ｘ", TITLE),
    ("名称：{name}\n纳税人识别号（统一社会信用代码）：{tax_id}", TITLE),
    ("名称：{name}\n税号：9133 0100 MA27 XYZ1 2X", TITLE),
    ("开票信息：\n\n名称：\n\n{name}\n\n税号：\n\n{tax_id}", TITLE),
    ("【开票信息】\n【公司名称】{name}\n【税号】{tax_id}", TITLE),
    ("{name}\n税号：{tax_id}\n行号：102331002027", TITLE),
    ("🏢 名称：{name}\n📇 税号：{tax_id}", TITLE),
    ("名称：{name}\n税号：{tax_id}\n备注：请注明合同号\n金额：1000元\n类型：专票", TITLE),
]


@pytest.mark.parametrize(("text", "party"), STREET)
def test_texts_of_the_street(text, party):
    if party is None:
        party = dataclasses.replace(FULL, tax_id="")
    assert split_billing_text(text.format(**dataclasses.asdict(FULL))) == party


NAMES = ("示例有限公司", "杭州测试（集团）有限公司", "某某市示例学校", "示例合作社")
ADDRESSES = ("上海市示例区示例路8号", "某某县示例镇12号3幢501室", "浙江省示例市新村3号")
PHONES = ("0571-88888888", "13800001111", "400-800-1234", "021-55555555-801")
BANKS = ("中国示例银行某某支行", "示例农商行", "示例农村信用社营业部")
KEYS = {
    "name": ("名称", "公司名称", "抬头", "发票抬头", "Name"),
    "tax_id": ("税号", "纳税人识别号", "税  号", "统一社会信用代码", "Tax ID"),
    "address": ("地址", "注册地址", "单位地址", "Address"),
    "phone": ("电话", "联系电话", "电  话", "Tel"),
    "bank_name": ("开户行", "开户银行", "Bank"),
    "bank_account": ("账号", "银行账号", "帐号", "Account No."),
}


def _write(chance: random.Random) -> tuple[str, Party]:
    """A text in one of the supported forms, and what it says."""
    account = "".join(chance.choices("0123456789", k=chance.randint(12, 19)))
    party = Party(
        name=chance.choice(NAMES),
        tax_id=chance.choice((VALID, "91330100MA27XYZ12X")),
        address=chance.choice(ADDRESSES),
        phone=chance.choice(PHONES),
        bank_name=chance.choice(BANKS),
        bank_account=f"1{account}",
    )
    rows = list(dataclasses.asdict(party).items())
    colon = chance.choice((":", "：", " : ", "＝"))
    written = [f"{chance.choice(KEYS[field])}{colon}{value}" for field, value in rows]
    chance.shuffle(written)
    text = chance.choice(("\n", "\r\n", "\n\n", "；", "，", " ", "\t", " | ")).join(written)
    return chance.choice(("", "您好，麻烦开一下专票\n", "开票信息\n")) + text, party


@pytest.mark.parametrize("seed", range(400))
def test_what_is_written_is_read_back(seed):
    text, party = _write(random.Random(seed))
    assert split_billing_text(text) == party, text


@pytest.mark.parametrize("seed", range(100))
def test_any_text_is_read_in_time(seed):
    chance = random.Random(seed)
    pieces = [
        *"名称税号地址电话开户行账:：|\t\n 1234567890-*（）【】$,",
        *NAMES,
        "开户行及账号",
        "\x00",
    ]
    text = "".join(chance.choices(pieces, k=3000))
    start = time.monotonic()
    split_billing_text(text)
    parse_billing_qr(text)
    billing_problems(Party(text, text, text, text, text, text), text)
    assert time.monotonic() - start < 2


# === codes ===


@pytest.mark.parametrize("seed", range(100))
def test_code_of_a_title_is_read_back(seed):
    party = _write(random.Random(seed))[1]
    assert parse_billing_qr(build_billing_qr(party)) == party
    assert parse_billing_qr(build_billing_qr(dataclasses.replace(party, phone="")))


def test_code_of_a_title_alone():
    assert parse_billing_qr(build_billing_qr(TITLE)) == TITLE


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
@pytest.mark.parametrize("bar", ["|", " ", ""])
def test_codes_of_other_programs(encoding, bar):
    body = (
        f"{FULL.name}</>{FULL.tax_id}</>{FULL.address}{bar}{FULL.phone}</>"
        f"{FULL.bank_name}{bar}{FULL.bank_account}</>0000"
    )
    text = f"$01{base64.b64encode(body.encode(encoding)).decode()}$"
    assert parse_billing_qr(text) == FULL
    assert read_billing_source(f" {text}\n").origin == "billing_qr"


@pytest.mark.parametrize(
    "text", [None, "", "$01$", "$01####$", "$01YWJj$", "$02YWJj$", "$01" * 9999]
)
def test_no_code_of_a_title(text):
    assert parse_billing_qr(text) is None


def test_too_long_for_a_code():
    with pytest.raises(FapiaoError, match="allows 100 characters"):
        build_billing_qr(dataclasses.replace(FULL, name="名" * 101))


def test_licence():
    address = f"https://register.example.com/licence?code={VALID}&key=1"
    assert parse_licence_qr(address) == Party(tax_id=VALID)
    assert read_billing_source(address).origin == "licence_qr"
    with pytest.raises(FapiaoError, match="a web address"):
        read_billing_source("https://register.example.com/l?key=abc")
    assert parse_licence_qr("http://[") is None


def test_code_in_a_picture():
    assert read_billing_source(_draw(build_billing_qr(FULL))).party == FULL
    with pytest.raises(FapiaoError, match="No QR code"):
        read_billing_source(_draw(None))
    with pytest.raises(FapiaoError, match="damaged"):
        read_billing_source(b"\x89PNG\r\n\x1a\n" + b"x" * 100)


def _draw(text):
    from PIL import Image

    image = Image.new("L", (500, 500), 255)
    if text:
        zxing = pytest.importorskip("zxingcpp")
        code = zxing.write_barcode(zxing.BarcodeFormat.QRCode, text, width=400, height=400)
        image.paste(Image.fromarray(code), (40, 40))
    content = io.BytesIO()
    image.save(content, "PNG")
    return content.getvalue()


# === sources ===


@pytest.mark.parametrize(
    "text", ["", "  ", "谢谢", "$01abc", "01,10,033001,12345678,1,20260101,,ABCD"]
)
def test_nothing_found(text):
    with pytest.raises(FapiaoError):
        read_billing_source(text)


def test_own_data_are_refused():
    with pytest.raises(FapiaoError, match="your own company"):
        read_billing_source(f"{FULL.name}\n{FULL.tax_id}", own=[TITLE])


# === checks ===


@pytest.mark.parametrize(
    "phone",
    [
        "", "13800001111", "+86 138 0000 1111", "+86-10-62345678", "010-62345678", "01062345678",
        "(010) 62345678", "0571-88888888-801", "0571-88888888转801", "400-800-1234", "4008001234",
        "800-810-1234", "95588", "62345678", "+1 212 555 0100", "0044 20 7946 0000",
        "０１０－６２３４５６７８", "010-62345678/13800001111", "138-0000-1111",
    ],
)  # fmt: skip
def test_phones(phone):
    assert phone_problem(phone) is None


@pytest.mark.parametrize("phone", ["1380000111", "abc", "0", "139000011112", "无号码"])
def test_unlikely_phones(phone):
    assert phone_problem(phone) == "phone_unlikely"


@pytest.mark.parametrize(
    ("account", "problem"),
    [
        ("", None),
        ("1202 0216 0990 0012 345", None),
        ("１２０２－０２１６", None),
        ("9.14403E+17", "account_spreadsheet"),
        ("账号见附件", "account_characters"),
        ("12", "account_length"),
        ("1" * 41, "account_length"),
        ("123456", "account_unlikely"),
        ("NRA12345678", "account_letters"),
    ],
)
def test_accounts(account, problem):
    assert account_problem(account) == problem


def test_card_of_a_person():
    assert account_problem("6222021001116245702", is_person=False) is None
    assert account_problem("6222021001116245703", is_person=True) == "account_check_digit"


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("", None),
        ("102331002027", "clearing_check_digit"),
        ("10233100202", "clearing_shape"),
        ("abc", "clearing_shape"),
    ],
)
def test_clearing_codes(code, problem):
    assert clearing_problem(code) == problem


def test_unlikely_titles_and_addresses():
    assert billing_problems(FULL) == []
    assert billing_problems(Party(name=VALID)) == ["title_number"]
    assert billing_problems(Party(name="12345")) == ["title_number"]
    same = Party(name="示例路8号", address="示例路8号")
    assert billing_problems(same) == ["title_repeats"]
    assert billing_problems(Party(address="123456")) == ["address_unlikely"]
    assert billing_problems(Party(address="1 Example Street, Springfield")) == []
