"""The reader against lists whose truth is known, and against files that are broken."""

import io
import random
import tracemalloc
import zipfile
from dataclasses import replace
from decimal import Decimal

import bureau_list_files as files
import openpyxl
import pytest
from bureau_addon.bureau_list import find_gaps, read_list
from bureau_addon.bureau_list.reader import LIMITS
from bureau_addon.bureau_list.values import read_day, read_red_link
from bureau_addon.sheets import SheetError

OURS = ("91110108MA01TEST18", "北京测试有限公司")
OTHER = ("91310000MA1FTEST1X", "上海供应商有限公司")


def read(*contents, sellers=(OURS[0],)):
    found, summaries = [], []
    for content in contents:
        summaries.append(read_list(content, set(sellers), found.extend))
    return found, summaries


def as_truth(issued):
    return (
        issued.code,
        issued.number,
        issued.issue_date,
        issued.amount_untaxed,
        issued.amount_tax,
        issued.amount_total,
        issued.status,
        issued.kind,
        issued.is_red,
        issued.buyer_vat,
        issued.buyer_name,
        issued.red_number,
    )


def get_truth(f):
    return (
        f.code,
        f.number,
        f.day,
        f.untaxed,
        f.tax,
        f.total,
        f.status,
        f.kind,
        f.is_red,
        *f.buyer,
        f.red_of,
    )


@pytest.mark.parametrize("seed", range(12))
def test_what_is_read_is_what_was_written(seed):
    rng = files.make_random(seed)
    ours = files.make_month(rng, rng.randrange(20, 300), OURS)
    theirs = files.make_month(rng, 30, OTHER)
    mixed = ours + theirs
    rng.shuffle(mixed)
    found, summaries = read(*files.write_files(rng, mixed))
    assert sorted(map(as_truth, found)) == sorted(map(get_truth, ours))
    assert sum(s.incoming for s in summaries) == len(theirs)
    assert not any(s.faults or s.faulty or s.double for s in summaries)


def test_sums_by_rate_come_from_the_second_sheet_and_are_not_added_to_the_first():
    lines = (files.make_line(100), files.make_line(50), files.make_line(200, "免税"))
    one = files.Fapiao("26" + "0" * 18, OURS, files.BUYERS[0], files.date(2026, 7, 3), lines)
    (issued,), _ = read(files.write_list([one]))
    assert issued.amount_untaxed == 350
    assert [(line.rate, line.amount_untaxed, line.amount_tax) for line in issued.lines] == [
        ("13", 150, Decimal("19.50")),
        ("exempt", 200, 0),
    ]


def test_a_row_without_a_seller_is_named_unless_we_bought():
    ours = files.Fapiao(
        "26" + "0" * 18, ("", ""), files.BUYERS[0], files.date(2026, 7, 3), (files.make_line(1),)
    )
    bought = replace(ours, number="27" + "0" * 18, buyer=OURS)
    found, (summary,) = read(files.write_list([ours, bought]))
    assert not found
    assert (summary.incoming, summary.faulty) == (1, 1)
    assert [(f.code, f.column) for f in summary.faults] == [("empty", "销方识别号")]


def test_destroyed_numbers_are_named_and_never_guessed():
    rng = files.make_random(1)
    ours = [f for f in files.make_month(rng, 20, OURS) if not f.code]
    lost = {ours[0].number, ours[3].number}
    found, (summary,) = read(files.write_list(ours, destroyed=lost))
    assert {f.number for f in ours} - {f.number for f in found} == lost
    assert summary.destroyed == summary.faulty == 2
    faults = [f for f in summary.faults if f.sheet == "发票基础信息"]
    assert [(f.code, f.row, f.column) for f in faults] == [
        ("destroyed", 2, "数电发票号码"),
        ("destroyed", 5, "数电发票号码"),
    ]
    assert "E+" in faults[0].value


def make_one(**values):
    one = files.Fapiao(
        "26110000000000000001",
        OURS,
        files.BUYERS[0],
        files.date(2026, 7, 3),
        (files.make_line(100),),
    )
    return replace(one, **values)


@pytest.mark.parametrize(
    ("heading", "value", "code"),
    [
        ("开票日期", "昨天", "date"),
        ("开票日期", "", "empty"),
        ("金额", "一百", "amount"),
        ("金额", "NaN", "amount"),
        ("金额", "1e400", "amount"),
        ("税额", "=1+1", "amount"),
        ("价税合计", "999", "total"),
        ("发票状态", "待审", "status"),
        ("是否正数发票", "否", "red"),
        ("是否正数发票", "也许", "sign"),
        ("数电发票号码", "123", "number"),
        ("数电发票号码", "2.63E+19", "destroyed"),
        ("销方识别号", "9.11E+17", "destroyed"),
    ],
)
def test_a_row_that_cannot_be_taken_is_named(heading, value, code):
    book = openpyxl.load_workbook(
        io.BytesIO(files.write_list([make_one()], files.Layout(sheets="head")))
    )
    sheet = book.worksheets[0]
    column = [cell.value for cell in sheet[1]].index(heading) + 1
    sheet.cell(2, column).value = value
    sheet.cell(2, column).data_type = "s" if value else "n"
    output = io.BytesIO()
    book.save(output)
    found, (summary,) = read(output.getvalue())
    assert not found
    (fault,) = summary.faults
    assert (fault.code, fault.row, fault.column) == (code, 2, heading)


def test_the_same_row_twice_is_one_and_another_with_its_number_is_named():
    one = make_one()
    other = make_one(lines=(files.make_line(7),))
    found, (summary,) = read(files.write_list([one, one, other], files.Layout(sheets="head")))
    assert len(found) == 1
    assert (summary.double, summary.faulty) == (1, 1)
    assert [(f.code, f.row, f.value) for f in summary.faults] == [("contradiction", 4, "2")]


def test_days_in_their_shapes():
    for text in (
        "2026-07-09 21:38:43",
        "2026/7/9",
        "2026.07.09",
        "2026年7月9日",
        "20260709",
        "46212",
        "46212.9",
        "２０２６－０７－０９",  # noqa: RUF001
    ):
        assert read_day(text).isoformat() == "2026-07-09", text


def test_red_links_of_remarks():
    number, confirmation = "2" * 20, "3" * 20
    for name in ("数电票", "数电发票", "全电发票"):
        remark = f"被红冲蓝字{name}号码：{number} 红字发票信息确认单编号：{confirmation}"
        assert read_red_link(remark) == ("", number, confirmation)
    coded = "对应正数发票代码:011002600111号码:00000012"
    assert read_red_link(coded) == ("011002600111", "00000012", "")
    assert read_red_link("合同 26110000000000000001") == ("", "", "")


def test_gaps_of_paper_fapiao():
    pairs = [("011002600111", f"{n:08d}") for n in (1, 2, 5, 6, 8, 900)]
    gaps = [(gap.first, gap.last, gap.count) for gap in find_gaps(pairs)]
    assert gaps == [("00000003", "00000004", 2), ("00000007", "00000007", 1)]


def test_a_workbook_of_something_else_is_none():
    book = openpyxl.Workbook()
    book.active.append(["客户名称", "税号", "金额"])
    book.active.append(["甲", "1", 2])
    output = io.BytesIO()
    book.save(output)
    with pytest.raises(SheetError) as caught:
        read(output.getvalue())
    assert caught.value.code == "no_headings"
    assert "数电发票号码" in caught.value.values["headings"]


def test_bombs_are_refused_before_they_are_unpacked():
    output = io.BytesIO(files.write_list([make_one()]))
    with zipfile.ZipFile(output, "a", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/media/zeros.bin", b"\0" * (LIMITS.unpacked + 1))
    tracemalloc.start()
    with pytest.raises(SheetError) as caught:
        read(output.getvalue())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert caught.value.code == "too_large"
    assert peak < 20 * 2**20


def test_what_the_caller_raises_is_no_fault_of_the_file():
    def take(_batch):
        raise KeyError("caller")

    with pytest.raises(KeyError):
        read_list(files.write_list([make_one()]), {OURS[0]}, take)


@pytest.mark.parametrize("seed", range(60))
def test_broken_workbooks_give_sentences(seed):
    """Bytes changed, parts cut, cells of anything: nothing but a SheetError, or faults."""
    rng = random.Random(seed)
    ours = files.make_month(rng, 12, OURS)
    content = bytearray(files.write_list(ours, files.Layout.random(rng)))
    if seed % 3 == 0:
        for _ in range(rng.randrange(1, 40)):
            content[rng.randrange(len(content))] = rng.randrange(256)
    elif seed % 3 == 1:
        content = content[: rng.randrange(4, len(content))]
    else:
        book = openpyxl.load_workbook(io.BytesIO(bytes(content)))
        junk = ("", None, "x" * 5000, -1, 1e300, "2.6E+19", True, "=1/0", "１２", "\u200b", 0)  # noqa: RUF001
        for sheet in book.worksheets:
            for row in sheet.iter_rows(min_row=1 if rng.random() < 0.2 else 2):
                for cell in row:
                    if rng.random() < 0.2:
                        cell.value = rng.choice(junk)
        output = io.BytesIO()
        book.save(output)
        content = output.getvalue()
    try:
        found, (summary,) = read(bytes(content))
    except SheetError as error:
        assert error.code
    else:
        assert len(found) == summary.ours
        assert len(summary.faults) <= 200
