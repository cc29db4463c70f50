"""Tables of customers as people send them."""

import io
import random
import time
import tracemalloc
import zipfile
from datetime import datetime

import openpyxl
import pytest
from sheets import COLUMNS, Limits, SheetError, match_headings, read_table

ROWS = [
    ["客户名称", "纳税人识别号", "地址", "电话", "开户行", "账号", "客户等级"],
    [
        "北京示例贸易有限公司",
        "91110108MA00TEST2K",
        "北京市海淀区1号",
        "010-62345678",
        "工行",
        "0200001",
        "重点",
    ],
    ["上海示例科技有限公司", "91310000MA1FTEST1X", "", "", "", "", ""],
]


def make_excel(rows, title="客户", before=(), formats=None):
    book = openpyxl.Workbook()
    book.active.title = title
    for row in [*before, *rows]:
        book.active.append(row)
    for place, number_format in (formats or {}).items():
        book.active[place].number_format = number_format
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def make_csv(rows, delimiter=",", encoding="utf-8"):
    return "\r\n".join(delimiter.join(row) for row in rows).encode(encoding)


def code_of(content, **limits):
    with pytest.raises(SheetError) as caught:
        read_table(content, limits=Limits(**limits))
    return caught.value.code


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_every_encoding_and_delimiter_gives_the_same_rows(encoding, delimiter):
    table = read_table(make_csv(ROWS, delimiter, encoding))
    assert table.rows == read_table(make_excel(ROWS)).rows
    assert [row.number for row in table.rows] == [2, 3]
    assert table.rows[0].cells == {
        "name": "北京示例贸易有限公司",
        "vat": "91110108MA00TEST2K",
        "address": "北京市海淀区1号",
        "phone": "010-62345678",
        "bank": "工行",
        "account": "0200001",
        "level": "重点",
    }
    assert not table.unknown


@pytest.mark.parametrize("language", ["zh", "en"])
def test_headings_of_the_template_are_known(language):
    headings = [getattr(column, language) for column in COLUMNS.values()]
    found, unknown, double = match_headings(headings)
    assert list(found.values()) == list(COLUMNS)
    assert not unknown
    assert not double


@pytest.mark.parametrize(
    ("heading", "name"),
    [
        ("统一社会信用代码", "vat"),
        ("*税号（必填）", "vat"),
        (" 税 号 ：", "vat"),
        ("ＴＡＸ　ＩＤ", "vat"),
        ("税号ID", "vat"),
        ("电子邮件", "email"),
        ("E-mail", "email"),
        ("地址、电话", "address_phone"),
        ("开户行及账号", "bank_account"),
        ("客户等级", "level"),
        ("街道", "street"),
    ],
)
def test_synonyms(heading, name):
    assert match_headings(["客户名称", heading])[0] == {0: "name", 1: name}


def test_address_and_phone_are_for_billing_unless_another_column_is():
    assert match_headings(["名称", "地址", "电话"])[0] == {0: "name", 1: "address", 2: "phone"}
    found, _unknown, double = match_headings(["名称", "电话", "开票电话", "地址", "开票地址"])
    assert found == {0: "name", 1: "mobile", 2: "phone", 3: "street", 4: "address"}
    assert not double


def test_what_is_unknown_or_twice_is_named():
    rows = [["名称", "公司名称", "心情"], ["甲公司", "乙公司", "好"]]
    table = read_table(make_excel(rows))
    assert (table.unknown, table.double) == (["心情"], ["公司名称"])
    assert table.rows[0].cells == {"name": "甲公司", "?公司名称": "乙公司", "?心情": "好"}
    assert table.headings == {"name": "名称", "?公司名称": "公司名称", "?心情": "心情"}


def test_own_column_of_problems_is_ignored_and_not_named():
    table = read_table(make_excel([["名称", "问题", "序号"], ["甲公司", "税号", 1]]))
    assert table.rows[0].cells == {"name": "甲公司"}
    assert not table.unknown


def test_title_rows_and_blank_rows_are_passed_over_and_counted():
    content = make_excel(ROWS, before=[["客户"], [], ["制表人：财务部", "2026-01-01"], []])
    assert [row.number for row in read_table(content).rows] == [6, 7]
    late = make_excel([*ROWS, *[[]] * 3000, ["天津示例公司"]])
    assert read_table(late).rows[-1].number == 3004


def test_first_sheet_with_headings_counts():
    book = openpyxl.load_workbook(io.BytesIO(make_excel([["说明"], ["请填写"]])))
    sheet = book.create_sheet("数据")
    for row in ROWS:
        sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    assert len(read_table(file.getvalue()).rows) == 2


def test_numbers_are_what_they_were_or_said_to_be_cut():
    rows = [
        ["名称", "税号", "账号", "电话", "手机", "备注"],
        ["甲公司", 9.14403001234567e17, 6222021001116245702, 1062345678, 13800000000.0, 0.5],
        ["乙公司", 123456789012345, "0012", 12, True, datetime(2026, 1, 2)],
    ]
    first, second = read_table(make_excel(rows, formats={"D3": "00000000"})).rows
    assert first.cells["vat"] == "9.14403E+17"
    assert first.cells["account"] == "6.22202E+18"
    assert first.cells["mobile"] == "13800000000"
    assert first.cells["remark"] == "0.5"
    assert second.cells["vat"] == "123456789012345"
    assert second.cells["account"] == "0012"
    assert second.cells["phone"] == "00000012"
    assert second.cells["remark"] == "2026-01-02"


def test_csv_keeps_quotes_breaks_and_texts_for_excel():
    content = '名称,税号,账号\n"甲,乙""丙""公司","=""0123""",\'0456\n"两\n行",,'.encode()
    first, second = read_table(content).rows
    assert first.cells == {"name": '甲,乙"丙"公司', "vat": "0123", "account": "0456"}
    assert second.cells == {"name": "两 行"}
    assert second.number == 3


def test_bad_files_say_what_they_are():
    assert code_of(b"") == "empty"
    assert code_of(b" \r\n") == "empty"
    assert code_of(b"\xd0\xcf\x11\xe0" + b"0" * 100) == "old_excel"
    assert code_of(b"PK\x03\x04 no archive") == "damaged"
    assert code_of(make_excel(ROWS)[:-200]) == "damaged"
    assert code_of(b"%PDF-1.4 \xff\xfe\x80") == "encoding"
    assert code_of(b"a\0b") == "not_a_table"
    assert code_of("心情,天气\n好,晴".encode()) == "no_headings"
    assert code_of(make_excel([["心情"], ["好"]])) == "no_headings"
    assert code_of(make_excel([])) == "no_headings"
    assert code_of(make_excel(ROWS), rows=1) == "too_many_rows"
    assert code_of(make_csv(ROWS), size=10) == "too_large"
    assert code_of(b'name\n"' + b"x" * 200_000) == "quotes"
    document = io.BytesIO()
    with zipfile.ZipFile(document, "w") as package:
        package.writestr("word/document.xml", "<a/>")
    assert code_of(document.getvalue()) == "not_a_table"


def test_long_cells_are_cut_where_it_shows():
    table = read_table(make_csv([["名称", "备注"], ["甲", "x" * 10_000]]))
    assert len(table.rows[0].cells["remark"]) == Limits().cell + 1


def make_bomb(gigabytes):
    """A workbook whose sheet is blanks, packed a thousand to one."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(make_excel(ROWS))) as plain:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
            for name in plain.namelist():
                if name != "xl/worksheets/sheet1.xml":
                    package.writestr(name, plain.read(name))
            with package.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as stream:
                for _index in range(gigabytes * 8):
                    stream.write(b" " * 2**27)
    return file.getvalue()


def test_a_bomb_is_refused_before_it_is_unpacked():
    content = make_bomb(1)
    assert len(content) < 2 * 2**20
    tracemalloc.start()
    start = time.perf_counter()
    assert code_of(content) == "too_large"
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert time.perf_counter() - start < 1
    assert peak < 10 * 2**20


def test_a_bomb_that_lies_about_its_size_is_refused():
    content = bytearray(make_bomb(1))
    # Sizes in the directory at the end: the sheet says that it is small.
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        size = package.getinfo("xl/worksheets/sheet1.xml").file_size
    position = content.rfind(size.to_bytes(4, "little"))
    content[position : position + 4] = (1000).to_bytes(4, "little")
    assert code_of(bytes(content)) == "damaged"


def test_entities_are_refused():
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(make_excel(ROWS))) as plain:
        with zipfile.ZipFile(file, "w") as package:
            for name in plain.namelist():
                text = plain.read(name)
                if name.endswith("sheet1.xml"):
                    text = b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + text
                package.writestr(name, text)
    assert code_of(file.getvalue()) == "damaged"


def test_damaged_files_raise_nothing_else():
    source = random.Random(13)
    for content in (make_excel(ROWS), make_csv(ROWS), make_csv(ROWS, encoding="gb18030")):
        for _round in range(150):
            damaged = bytearray(content)
            for _place in range(source.randint(1, 20)):
                damaged[source.randrange(len(damaged))] = source.randrange(256)
            try:
                read_table(bytes(damaged))
            except SheetError:
                pass
