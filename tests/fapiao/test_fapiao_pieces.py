"""The small parsers and checks."""

import ast
import dataclasses
import pathlib
from datetime import date
from decimal import Decimal

import fapiao
import pytest
from fapiao import (
    Kind,
    Line,
    Party,
    TaxKind,
    check_amounts,
    parse_capital_amount,
    parse_qr,
    split_address_phone,
    split_bank_account,
    split_billing_text,
)
from fapiao.kinds import kind_from_code, kind_from_title
from fapiao.qr import crc16
from fapiao.values import clean, parse_date, parse_decimal, parse_number, parse_tax_rate
from fapiao_builders import qr_of, random_document, rng_for, write_edrm

PACKAGE = pathlib.Path(fapiao.__file__).parent


# --- The package --------------------------------------------------------------------------------


def test_loads_under_another_name(load_as):
    other = load_as("some_other_name")
    document = random_document(rng_for("name"), "code12")
    read = other.read_document(write_edrm(document).encode())
    assert read.number == document.number
    assert type(read).__module__ == "some_other_name.document"
    with pytest.raises(other.FapiaoError):
        other.read_document(b"")


@pytest.mark.parametrize("path", sorted(PACKAGE.glob("*.py")), ids=lambda path: path.name)
def test_imports_are_relative_stdlib_lxml_or_stdnum(path):
    allowed = {
        "atexit",
        "base64",
        "collections",
        "contextlib",
        "dataclasses",
        "datetime",
        "decimal",
        "enum",
        "errno",
        "functools",
        "importlib",
        "io",
        "itertools",
        "json",
        "logging",
        "lxml",
        "math",
        "operator",
        "os",
        "pathlib",
        "posixpath",
        "re",
        "resource",
        "select",
        "selectors",
        "stdnum",
        "struct",
        "subprocess",
        "sys",
        "threading",
        "time",
        "types",
        "unicodedata",
        "urllib",
        "warnings",
        "zipfile",
        "zlib",
    }
    if path.name in ("picture.py", "legibility.py"):
        allowed.add("PIL")  # Odoo needs it anyway
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            assert {alias.name.split(".")[0] for alias in node.names} <= allowed
        elif isinstance(node, ast.ImportFrom) and not node.level:
            assert node.module.split(".")[0] in allowed


# --- Amounts, dates, rates ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("壹万陆仟圆整", "16000"),
        ("壹万零陆佰圆整", "10600"),
        ("壹仟壹佰叁拾圆整", "1130"),
        ("叁拾玖圆壹角捌分", "39.18"),
        ("贰佰柒拾圆零柒分", "270.07"),
        ("壹佰贰拾叁万肆仟伍佰陆拾柒圆捌角玖分", "1234567.89"),
        ("壹亿贰仟万零伍元叁角整", "120000005.3"),
        ("（负数）壹佰元零伍分", "-100.05"),
        ("（负数）叁佰壹拾捌圆整", "-318"),
        ("人民币 拾元整", "10"),
        ("伍角", "0.5"),
        ("零圆整", "0"),
        ("ⓧ壹万圆整", "10000"),
        ("一百二十三元", "123"),
    ],
)
def test_capital_amount(text, amount):
    assert parse_capital_amount(text) == Decimal(amount)


@pytest.mark.parametrize(
    "text", ["", None, "abc", "圆", "整", "壹壹圆", "壹佰壹仟圆", "壹分贰角", "壹圆贰", "16000"]
)
def test_no_capital_amount(text):
    assert parse_capital_amount(text) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("¥1,234.50", "1234.50"),
        ("￥ -3", "-3"),
        ("-¥3.00", "-3.00"),
        ("１２．００", "12.00"),
        ("57", "57"),
        (".5", "0.5"),
        ("1,234,567.89", "1234567.89"),
        ("−8.00元", "-8.00"),
        ("***", None),
        ("1,23", None),
        ("1e5", None),
        ("٣", None),
        ("9" * 30, None),
    ],
)
def test_parse_decimal(text, value):
    assert parse_decimal(text) == (None if value is None else Decimal(value))


@pytest.mark.parametrize(
    "text",
    [
        "2020年08月05日",
        "2020 年 8 月 5日",
        "2020-08-05",
        "2020-08-05 16:23:48",
        "2020-08-05T16:23:48",
        "2020/8/5",
        "20200805",
        "20200805162348",
        "２０２０年０８月０５日",
    ],
)
def test_parse_date(text):
    assert parse_date(text) == date(2020, 8, 5)


@pytest.mark.parametrize("text", ["", None, "2020", "2020-8", "202008051", "08/05/2020"])
def test_no_date(text):
    assert parse_date(text) is None


@pytest.mark.parametrize(
    ("text", "kind", "rate"),
    [
        ("6%", TaxKind.TAXED, "0.06"),
        ("0.060000", TaxKind.TAXED, "0.06"),
        ("0.06", TaxKind.TAXED, "0.06"),
        ("1.5%", TaxKind.TAXED, "0.015"),
        ("0.5%", TaxKind.TAXED, "0.005"),
        ("１３％", TaxKind.TAXED, "0.13"),
        ("13", TaxKind.TAXED, "0.13"),
        ("1", TaxKind.TAXED, "0.01"),
        ("0%", TaxKind.TAXED, "0"),
        ("0", TaxKind.TAXED, "0"),
        ("免税", TaxKind.EXEMPT, None),
        ("不征税", TaxKind.NOT_TAXABLE, None),
        ("出口零税率", TaxKind.TAXED, "0"),
        ("***", TaxKind.UNKNOWN, None),
        ("*", TaxKind.UNKNOWN, None),
        ("", TaxKind.UNKNOWN, None),
        (None, TaxKind.UNKNOWN, None),
        ("-6%", TaxKind.UNKNOWN, None),
        ("600%", TaxKind.UNKNOWN, None),
    ],
)
def test_parse_tax_rate(text, kind, rate):
    found = parse_tax_rate(text)
    assert found == (kind, None if rate is None else Decimal(rate))
    assert rate is None or str(found[1]) == rate


def test_texts():
    assert clean(" a\u200b\ufeff  b\n\tc\x00 ") == "a b c"
    assert parse_number("No 1234 5678") == "12345678"
    assert parse_number("发票号码：１２３４５６７８") == "12345678"
    assert parse_number("1234567a") == ""


# --- Kinds and QR codes -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("电子发票（增值税专用发票）", Kind.DIGITAL_SPECIAL),
        ("电子发票（普通发票）", Kind.DIGITAL_ORDINARY),
        ("北京增值税电子普通发票", Kind.ELECTRONIC_ORDINARY),
        ("增值税电子专用发票", Kind.ELECTRONIC_SPECIAL),
        ("增值税专用发票", Kind.PAPER_SPECIAL),
        ("电子发票（铁路电子客票）", Kind.RAIL),
        ("通行费", Kind.TOLL),
        ("电子发票", None),
        ("", None),
    ],
)
def test_kind_from_title(title, kind):
    assert kind_from_title(title) == kind


def test_goods_do_not_make_the_kind_of_a_page():
    page = "电子发票（普通发票）*经营租赁*通行费"
    assert kind_from_title(page, whole_page=True) == Kind.DIGITAL_ORDINARY
    assert kind_from_title("*经营租赁*通行费", whole_page=True) is None


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("050001700111", Kind.ELECTRONIC_ORDINARY),
        ("011002000112", Kind.TOLL),
        ("011002000113", Kind.ELECTRONIC_SPECIAL),
        ("1100194130", Kind.PAPER_SPECIAL),
        ("1100194320", Kind.PAPER_ORDINARY),
        ("144032209110", Kind.ELECTRONIC_ORDINARY),
        ("", None),
    ],
)
def test_kind_from_code(code, kind):
    assert kind_from_code(code) == kind


@pytest.mark.parametrize(
    ("text", "crc_ok"),
    [
        ("01,10,050001700111,99999951,300.00,20201010,14754822929856772523,E400,", True),
        ("01,10,050001700111,12235358,10000.00,20200805,16630282980991510014,7257", True),
        ("01,10,011002680026,71500013,9709.00,20200220,03272875819686271285,1818,", True),
        ("01,01,1200154130,03630024,94339.62,20160621,,9335", True),
        ("01,10,050001700111,99999951,300.01,20201010,14754822929856772523,E400,", None),
        ("01,10,050001700111,99999951,300.00,20201010,14754822929856772523", None),
        ("01,51,,25129445547967131721,304.00,20250425,,2edf", True),  # CRC-16/MODBUS
        ("01,32,,24957252636987441345,740.00,20240514,,2a3a", True),  # CRC-16/X-25
        ("01,32, ,24957244014834541441,30.00,20240517, ,F9B4", None),
        ("01,32,,24317240484886823614,21.96,2024-10-23,,", None),
    ],
)
def test_qr_checksum(text, crc_ok):
    assert parse_qr(text).crc_ok is crc_ok


def test_qr_content():
    qr = parse_qr("01,31,,25112000000012345678,1130,20250102,,ABCD")
    assert (qr.kind, qr.code, qr.number) == (Kind.DIGITAL_SPECIAL, "", "25112000000012345678")
    assert (qr.amount, qr.amount_includes_tax) == (Decimal(1130), True)
    assert (qr.issue_date, qr.check_code) == (date(2025, 1, 2), "")
    old = parse_qr("01,10,050001700111,99999951,300.00,20201010,14754822929856772523,E400,")
    assert (old.amount_includes_tax, old.check_code) == (False, "14754822929856772523")
    assert parse_qr("01,51,,26339132621000219582,56.00,20260423,,219a").amount_includes_tax is None


DIGITAL, OLD = ("", "22119029954515187148", ""), ("011001706511", "27053462")


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("01,10,22119029954515187148,45.28,20220317,B889", DIGITAL),
        (" 01 , 32 , , 22119029954515187148 , 30.00 , 2022-03-17 , , f9b4 ", DIGITAL),
        ("01,32,,22119029954515187148,30.00,20220317,F9B4", DIGITAL),
        ("01,61,,22119029954515187148,1.00,20220317,,96f5,x", DIGITAL),
        ("01,10,011001706511,27053462,30,20220317,3398709587", (*OLD, "3398709587")),
        ("01,04,011001706511,27053462,30.00,20220317,1a2b3,9fe0,", (*OLD, "1a2b3")),
        ("01,10,011001706511,27053462,30.00,20220317", (*OLD, "")),
    ],
)
def test_qr_codes_of_the_street(text, values):
    qr = parse_qr(text)
    assert (qr.code, qr.number, qr.check_code) == values
    assert (qr.issue_date, qr.crc_ok) == (date(2022, 3, 17), None)


def test_number_of_a_digital_invoice_belies_an_older_type():
    assert parse_qr("01,10,22119029954515187148,45.28,20220317,B889").kind is None
    assert parse_qr("01,32,,22119029954515187148,45.28,20220317,,B889").kind


def test_qr_of_shenzhen():
    address = "https://bcfp.shenzhen.chinatax.gov.cn/verify/scan"
    qr = parse_qr(f"{address}?hash=abc&bill_num=01234567&total_amount=3720")
    assert (qr.number, qr.amount, qr.amount_includes_tax) == ("01234567", Decimal("37.2"), True)


@pytest.mark.parametrize(
    "text",
    [
        "",
        None,
        "iVBORw0KGgo",
        "01,10",
        "02,10,050001700111,99999951,300.00,20201010,1,E400",
        "01,10,,12,300.00,20201010,,E400",
        "https://example.com/?bill_num=01234567",
        "https://[",
        "x" * 5000,
    ],
)
def test_no_qr_of_an_invoice(text):
    assert parse_qr(text) is None


def test_crc_is_crc16_umts():
    assert crc16("123456789") == "FEE8"


# --- Checks -------------------------------------------------------------------------------------


@pytest.fixture
def sound():
    document = random_document(rng_for("checks"), "code12")
    return dataclasses.replace(document, qr=qr_of(document))


def codes(document):
    return [problem.code for problem in check_amounts(document)]


def test_sound_document_has_no_problem(sound):
    assert codes(sound) == []


def test_each_problem_is_found(sound):
    cent, first = Decimal("0.01"), sound.lines[0]

    def with_line(**values):
        return dataclasses.replace(
            sound, lines=(dataclasses.replace(first, **values), *sound.lines[1:])
        )

    def with_values(**values):
        return codes(dataclasses.replace(sound, **values))

    assert with_values(amount_total=sound.amount_total + cent) == ["total"]
    assert with_values(amount_tax=sound.amount_tax + cent) == ["lines_tax", "total"]
    assert codes(with_line(amount=first.amount + cent)) == ["lines_amount"]
    assert codes(with_line(tax_amount=first.tax_amount + 1)) == ["lines_tax", "line_tax"]
    assert with_values(amount_in_words="壹圆整") == ["words"]
    assert with_values(qr=sound.qr.replace(f"{sound.amount_untaxed}", "0.01")) == ["qr_amount"]


def test_tolerance_of_the_line_tax():
    line = Line("x", amount=Decimal(100), tax_rate=Decimal("0.13"), tax_kind=TaxKind.TAXED)
    document = dataclasses.replace(random_document(rng_for(1), "special"), amount_untaxed=None)
    document = dataclasses.replace(document, amount_tax=None)
    for tax, problems in (("13.06", []), ("13.07", ["line_tax"]), ("12.94", []), ("12.93", [1])):
        taxed = dataclasses.replace(line, tax_amount=Decimal(tax))
        assert len(codes(dataclasses.replace(document, lines=(taxed,)))) == len(problems)


def test_unknown_amounts_are_left_out(sound):
    lines = tuple(dataclasses.replace(line, tax_amount=None) for line in sound.lines)
    assert codes(dataclasses.replace(sound, lines=lines, amount_tax=None)) == []


def test_problem_is_a_sentence(sound):
    broken = dataclasses.replace(sound, amount_total=Decimal(1))
    (problem,) = check_amounts(broken)
    expected = sound.amount_untaxed + sound.amount_tax
    assert str(problem) == f"Amount and tax make {expected}, the invoice says a total of 1."


# --- Joined fields and pasted text --------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("北京海淀区西钓鱼台嘉园北门13392342520", ("北京海淀区西钓鱼台嘉园北门", "13392342520")),
        ("北清路81号14层15层 010-84782665", ("北清路81号14层15层", "010-84782665")),
        ("天河区88号（020）87654321", ("天河区88号", "(020)87654321")),
        ("人民路1号 021-12345678/13800138000", ("人民路1号", "021-12345678/13800138000")),
        ("某路1号电话：0571-1234567", ("某路1号", "0571-1234567")),
        ("颐和园西路一亩园11号", ("颐和园西路一亩园11号", "")),
        ("人民路1208号", ("人民路1208号", "")),
        ("某路12号，400-800-8888", ("某路12号", "400-800-8888")),
        ("13392342520 北京市", ("北京市", "13392342520")),
        ("０１０－８４７８２６６５", ("", "010-84782665")),
        ("", ("", "")),
    ],
)
def test_split_address_phone(text, parts):
    assert split_address_phone(text) == parts


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("北京农商行32445333322211", ("北京农商行", "32445333322211")),
        ("招商银行广州分行 6225 8888 8888 8888", ("招商银行广州分行", "6225888888888888")),
        ("招行 账号：6225 8888 8888 8888", ("招行", "6225888888888888")),
        ("农行XX支行 41-009900040004567", ("农行XX支行", "41-009900040004567")),
        ("建设银行", ("建设银行", "")),
        ("1202021609900012345 工行杭州", ("工行杭州", "1202021609900012345")),
        ("", ("", "")),
    ],
)
def test_split_bank_account(text, parts):
    assert split_bank_account(text) == parts


PASTED = Party(
    name="杭州示例（集团）有限公司",
    tax_id="91330100MA27XYZ12X",
    address="杭州市西湖区文三路100号",
    phone="0571-88888888",
    bank_name="中国工商银行杭州西湖支行",
    bank_account="1202021609900012345",
)


@pytest.mark.parametrize(
    "text",
    [
        "名称：{name}\n税号：{tax_id}\n地址：{address}\n电话：{phone}\n开户行：{bank_name}\n"
        "账号：{bank_account}",
        "开票信息\n公司名称: {name} 纳税人识别号: {tax_id} 地址、电话: {address} {phone} "
        "开户行及账号: {bank_name} {bank_account}",
        "单位名称 {name}\n统一社会信用代码/纳税人识别号：{tax_id}\n单位地址 {address}\n"
        "电话号码 {phone}\n开户银行 {bank_name}\n银行账户 1202 0216 0990 0012 345",
        "{name}\n{tax_id}\n{address}\n{phone}\n{bank_name}\n{bank_account}",
        "{name}\r\n{tax_id}\r\n{address} {phone}\r\n{bank_name} {bank_account}\r\n",
        "抬头：{name}；税号：{tax_id}；地址：{address}；电话：{phone}；开户行：{bank_name}；"
        "账号：{bank_account}",
        "【名称】{name}【税号】{tax_id}【地址】{address}【电话】{phone}【开户行】{bank_name}"
        "【账号】{bank_account}",
        "发票抬头：\n{name}\n税号：\n{tax_id}\n地址电话：\n{address}{phone}\n开户行及账号：\n"
        "{bank_name}{bank_account}",
        "开户行：{bank_name}，账号：{bank_account}，名称：{name}，税号：{tax_id}，"
        "注册地址：{address}，注册电话：{phone}",
    ],
)
def test_billing_text(text):
    assert split_billing_text(text.format(**dataclasses.asdict(PASTED))) == PASTED


@pytest.mark.parametrize(
    ("text", "party"),
    [
        ("", Party()),
        ("个人", Party(name="个人")),
        ("请按以下内容开具\n名称：甲有限公司", Party(name="甲有限公司")),
        ("税号：/ 电话：无号码", Party(phone="无号码")),
        ("电话：０５７１－８８８８８８８８", Party(phone="0571-88888888")),
        (
            "公司名称：浙江名称设计有限公司\n公司地址：杭州市电话新村3号",
            Party(name="浙江名称设计有限公司", address="杭州市电话新村3号"),
        ),
        (
            "杭州银行股份有限公司\n91330000143002682H\n杭州银行营业部 76818100000001",
            Party(
                name="杭州银行股份有限公司",
                tax_id="91330000143002682H",
                bank_name="杭州银行营业部",
                bank_account="76818100000001",
            ),
        ),
    ],
)
def test_partial_billing_text(text, party):
    assert split_billing_text(text) == party


@pytest.mark.parametrize("text", ["x" * 10**6, "名称" * 10**5, "：" * 10**5, "1 " * 10**5])
def test_huge_billing_text_takes_no_time(text):
    assert split_billing_text(text).tax_id == ""
