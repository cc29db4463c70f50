"""The tax bureau's workbook: read, filled, and given back to a tax bureau of the tests."""

import io
import random
import zipfile
from decimal import ROUND_HALF_UP, Decimal

import openpyxl
import pytest
from bureau_books import GROUPS, HEADINGS, VERSIONS, Bureau, make_workbook
from sheets import Limits, SheetError
from sheets.bureau_plain import make_plain_template, make_red_list
from sheets.bureau_rules import Line, Ticket, check, make_rows
from sheets.bureau_template import fill_template, read_template

CODE = "3040201030000000000"
YEARS = sorted(HEADINGS)
BUYER = {"name": "北京示例贸易有限公司", "vat": "91110108MA00TEST2K"}


def line(**values):
    given = {
        "name": "软件维护",
        "code": CODE,
        "quantity": Decimal(2),
        "price": Decimal("53"),
        "untaxed": Decimal("100.00"),
        "tax": Decimal("6.00"),
        "rate": Decimal("0.06"),
        "unit": "项",
    }
    return Line(**{**given, **values})


def ticket(serial="TK/2026/00001", **values):
    given = {"is_special": True, "tax_included": True, "buyer": BUYER, "lines": (line(),)}
    return Ticket(serial, **{**given, **values})


def fill(content, *tickets):
    template = read_template(content)
    return fill_template(content, template, make_rows(tickets, template))


def codes(of, year=2026):
    return [problem.code for problem in check(of, read_template(make_workbook(year)))]


# === READ === #


@pytest.mark.parametrize("year", YEARS)
def test_version_and_columns(year):
    template = read_template(make_workbook(year))
    assert template.version == VERSIONS[year]
    assert set(template.sheets) == {"basic", "lines", "special", "extra"}
    assert len(template.sheets["basic"].columns) >= 18
    assert template.limit("basic", "buyer_name") == 100
    assert template.has("basic", "show_buyer") == (year > 2023)
    assert template.has("basic", "show_buyer_account") == (year == 2023)
    assert not template.unknown


def test_limits_are_those_of_the_workbook():
    content = make_workbook(2026)
    book = openpyxl.load_workbook(io.BytesIO(content))
    book["1-发票基本信息"]["F2"] = "必填(限8字符)"
    file = io.BytesIO()
    book.save(file)
    template = read_template(file.getvalue())
    assert template.limit("basic", "buyer_name") == 8
    assert [p.code for p in check(ticket(), template)] == ["too_long"]


def test_headings_that_moved_are_found_and_new_ones_that_must_be_filled_are_named():
    rename = (("收款人", "新的必填项*"), ("复核人", "是否含税"), ("是否含税*", "收款人"))
    template = read_template(make_workbook(2026, rename=rename))
    assert template.unknown == ["新的必填项*"]
    assert template.sheets["basic"].columns["tax_included"] == len(HEADINGS[2026].split("|")) - 1


@pytest.mark.parametrize("with_groups", [True, False])
def test_groups_of_special_business(with_groups):
    columns = read_template(make_workbook(2026, with_groups)).sheets["special"].columns
    assert columns["construction", "place"] == 1
    assert columns["freight", "destination"] == 8
    assert columns["estate_lease", "address"] == 13
    assert columns["passenger", "destination"] == 24


def test_other_workbooks_are_refused_with_what_they_say():
    with pytest.raises(SheetError) as refused:
        read_template(make_workbook(2026, rename=(("金额*", "数额*"),)))
    assert refused.value.code == "no_template"
    book = openpyxl.Workbook()
    book.active.append(["姓名", "电话"])
    file = io.BytesIO()
    book.save(file)
    with pytest.raises(SheetError) as refused:
        read_template(file.getvalue())
    assert "姓名" in refused.value.values["headings"]


# === FILL === #


@pytest.mark.parametrize("year", YEARS)
def test_everything_else_stays_byte_by_byte(year):
    content = make_workbook(year)
    filled = fill(content, ticket())
    before, after = (zipfile.ZipFile(io.BytesIO(c)) for c in (content, filled))
    assert before.namelist() == after.namelist()
    written = {sheet.part for sheet in read_template(content).sheets.values()}
    for name in before.namelist():
        if name not in written:
            assert before.read(name) == after.read(name), name
    book = openpyxl.load_workbook(io.BytesIO(filled))
    sheet = book["1-发票基本信息"]
    assert sheet["B4"].value == "增值税专用发票"
    assert sheet["B4"].number_format == "@"
    assert sheet["B4"].fill.fgColor.rgb == "00FFFFEE"
    assert sheet["A1"].value.startswith("填写说明")
    assert [str(v.sqref) for v in sheet.data_validations.dataValidation] == ["B4:B2000"]
    assert len(sheet.merged_cells.ranges) == 1


def test_rows_of_an_example_go():
    filled = fill(make_workbook(2026, filled=True), ticket())
    book = openpyxl.load_workbook(io.BytesIO(filled))
    assert "示例" not in {c.value for s in book.worksheets for row in s.iter_rows() for c in row}


def test_it_can_be_filled_again():
    filled = fill(fill(make_workbook(2026), ticket("A"), ticket("B")), ticket("C"))
    assert list(Bureau(filled, 2026).issue()[0]) == ["C"]


def test_what_looks_like_a_formula_or_a_number_is_a_text():
    of = ticket(remark="=1+1", lines=(line(name="\x00=cmd|'/c'!A1", specification="007"),))
    book = openpyxl.load_workbook(io.BytesIO(fill(make_workbook(2026), of)))
    cells = [c for s in book.worksheets for row in s.iter_rows(min_row=4) for c in row if c.value]
    assert all(isinstance(cell.value, str) for cell in cells)
    assert {"=1+1", "=cmd|'/c'!A1", "007"} <= {cell.value for cell in cells}


def test_more_rows_than_the_workbook_has_ready():
    tickets = [ticket(f"T{number}") for number in range(200)]
    issued, refused = Bureau(fill(make_workbook(2026), *tickets), 2026).issue()
    assert len(issued) == 200
    assert not refused


# === RULES === #


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"buyer": {"name": "甲"}}, "no_vat"),
        ({"buyer": {"name": "", "vat": BUYER["vat"]}}, "no_buyer"),
        ({"buyer": {"name": "甲", "vat": "123"}}, "vat"),
        ({"lines": ()}, "no_lines"),
        ({"lines": (line(code="304"),)}, "code"),
        ({"lines": (line(code=""),)}, "code"),
        ({"lines": (line(rate=Decimal("0.07")),)}, "rate"),
        ({"lines": (line(untaxed=Decimal(0)),)}, "negative"),
        ({"lines": (line(untaxed=Decimal(-1), tax=Decimal(0)),)}, "discount"),
        ({"lines": (line(policy="按5%简易征收减按1.5%计征"),)}, "by_hand"),
        ({"lines": (line(tax=Decimal("9.00")),)}, "cents"),
        ({"remark": "长" * 231}, "too_long"),
        ({"serial": "T" * 21}, "too_long"),
        ({"special": "freight"}, "special_empty"),
        ({"special": "freight", "rows": ({"departure": "上海"},)}, "special_value"),
        ({"special": "estate_sale", "rows": ({"place": "上海"},)}, "special_missing"),
    ],
)
def test_what_the_bureau_refuses_is_named(values, code):
    assert code in codes(ticket(**values))


def test_a_natural_person_needs_no_number_and_gets_no_special_one():
    person = {"is_person": True, "buyer": {"name": "张三"}}
    assert codes(ticket(is_special=False, **person)) == []
    assert "person" in codes(ticket(**person))
    template = read_template(make_workbook(2026))
    [row] = make_rows([ticket(is_special=False, **person)], template)["basic"]
    assert row["is_person"] == "是"
    # A trader with a tax number is none to the tax bureau.
    [row] = make_rows([ticket(is_person=True)], template)["basic"]
    assert row["is_person"] == "否"


@pytest.mark.parametrize(
    ("treatment", "policy"), [("exempt", "免税"), ("not_taxable", "不征税"), ("zero", "")]
)
def test_what_is_not_taxed(treatment, policy):
    of = line(treatment=treatment, rate=Decimal(0), tax=Decimal(0), price=Decimal(50))
    template = read_template(make_workbook(2026))
    [row] = make_rows([ticket(lines=(of,))], template)["lines"]
    assert (row["rate"], row["policy"], row["has_policy"]) == (
        "0",
        policy,
        "是" if policy else "否",
    )


def test_a_cent_of_tax_that_was_agreed_is_kept_where_it_can_be():
    # 0.85 × 6 % is 0.05, and 0.90 with tax holds 0.05 as well: both ways are the same.
    of = line(
        quantity=Decimal(1), price=Decimal("8.33"), untaxed=Decimal("8.33"), tax=Decimal("0.50")
    )
    for tax, ways in ((Decimal("0.50"), []), (Decimal("0.51"), ["cents"])):
        kept = line(quantity=of.quantity, price=of.price, untaxed=of.untaxed, tax=tax)
        assert codes(ticket(tax_included=False, lines=(kept,))) == ways


@pytest.mark.parametrize("year", YEARS)
def test_each_kind_of_special_business(year):
    rows = {
        "construction": {"place": "浙江省杭州市", "project": "东港一期", "is_cross_region": "否"},
        "freight": {
            "departure": "上海",
            "destination": "杭州",
            "vehicle": "公路运输",
            "plate": "浙A12345",
            "goods": "奶粉",
        },
        "estate_lease": {
            "place": "上海市浦东新区",
            "address": "世纪大道1号",
            "certificate": "沪房1号",
            "area_unit": "平方米",
            "date_from": "2026-01-01",
            "date_to": "2026-12-31",
        },
        "passenger": {
            "traveller": "张三",
            "id_kind": "居民身份证",
            "id_number": "11010519491231002X",
            "date_from": "2026-11-01",
            "departure": "上海",
            "destination": "杭州",
            "vehicle": "火车",
            "grade": "二等座",
        },
    }
    tickets = [ticket(f"T-{name}", special=name, rows=(row,)) for name, row in rows.items()]
    template = read_template(make_workbook(year))
    assert not [p for of in tickets for p in check(of, template)]
    bureau = Bureau(fill(make_workbook(year), *tickets), year)
    assert len(bureau.issue()[0]) == 4
    said = {row["发票流水号"]: {t for t in row.values() if t} for row in bureau.specials}
    for name, row in rows.items():
        written = {
            text.replace("-", "") if text.startswith("2026") else text for text in row.values()
        }
        assert said[f"T-{name}"] == {f"T-{name}", *written}
    assert set(GROUPS.values()) == {row["特定业务类型"] for row in bureau.basic}


def make_discount(dice, of, included):
    """A line below zero, maybe of more than there is, or of another rate."""
    rate = dice.choice([of.rate] * 9 + [Decimal("0.01")])
    whole = of.untaxed + of.tax if included else of.untaxed
    amount = (whole * Decimal(dice.choice(["0.1", "0.333", "1.2"]))).quantize(
        Decimal("0.01"), ROUND_HALF_UP
    )
    share = amount * rate / (1 + rate) if included else amount * rate
    tax = share.quantize(Decimal("0.01"), ROUND_HALF_UP)
    return line(
        name="折扣",
        code=dice.choice(["", of.code]),
        quantity=Decimal(1),
        price=-amount,
        untaxed=-(amount - tax if included else amount),
        tax=-tax,
        rate=rate,
    )


def make_random_ticket(dice, serial):
    """A ticket that may be wrong, with its lines to the cent."""
    lines, included = [], dice.random() < 0.5
    for _ in range(dice.randint(1, 4)):
        rate = Decimal(dice.choice([0, 1, 3, 6, 9, 13])) / 100
        quantity = Decimal(dice.choice(["1", "2", "3", "7", "0.5", "12.345"]))
        price = Decimal(dice.randint(1, 10**7)) / dice.choice([100, 1000, 7])
        amount = (quantity * price).quantize(Decimal("0.01"), ROUND_HALF_UP)
        share = amount * rate / (1 + rate) if included else amount * rate
        tax = share.quantize(Decimal("0.01"), ROUND_HALF_UP)
        tax += dice.choice([0] * 9 + [Decimal("0.01")])
        lines.append(
            line(
                code=dice.choice([CODE] * 9 + ["123"]),
                quantity=quantity,
                price=price,
                untaxed=amount - tax if included else amount,
                tax=tax,
                rate=rate,
                name=dice.choice(["维护", "服务费 =A1", "长" * 101]),
            )
        )
        if dice.random() < 0.3:
            lines.append(make_discount(dice, lines[-1], included))
    vat = dice.choice([BUYER["vat"]] * 3 + [""])
    return ticket(
        serial,
        is_special=dice.random() < 0.5,
        is_person=not vat,
        tax_included=included,
        buyer={"name": "甲公司", "vat": vat, "account": "6222021234567890123"},
        lines=tuple(lines),
    )


@pytest.mark.parametrize("seed", range(30))
def test_the_bureau_issues_to_the_cent_what_passes(seed):
    dice = random.Random(seed)
    year = YEARS[seed % 3]
    template = read_template(make_workbook(year))
    tickets = [make_random_ticket(dice, f"T{number:05d}") for number in range(30)]
    passed = [of for of in tickets if not check(of, template)]
    issued, refused = Bureau(fill(make_workbook(year), *passed), year).issue()
    assert not refused
    assert issued == {
        of.serial: (sum(x.untaxed for x in of.lines), sum(x.tax for x in of.lines)) for of in passed
    }
    assert any(check(of, template) for of in tickets)


# === BAD FILES === #


@pytest.mark.parametrize("seed", range(150))
def test_damaged_workbooks_are_refused_or_read(seed):
    dice = random.Random(seed)
    source = zipfile.ZipFile(io.BytesIO(make_workbook(YEARS[seed % 3])))
    output = io.BytesIO()
    hurt = dice.choice(source.namelist())
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            data = bytearray(source.read(name))
            if name == hurt:
                for _ in range(dice.randint(1, 20)):
                    place = dice.randrange(len(data))
                    data[place : place + dice.randint(0, 3)] = bytes([dice.randrange(256)])
            target.writestr(name, bytes(data))
    content = bytearray(output.getvalue())
    if seed % 4 == 0:
        content[dice.randrange(len(content))] = dice.randrange(256)
    try:
        fill(bytes(content), ticket())
    except SheetError:
        pass


@pytest.mark.parametrize("content", [b"", b"a,b", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF"])
def test_other_files_are_refused(content):
    with pytest.raises(SheetError):
        read_template(content)


def test_bombs_are_refused():
    content = make_workbook(2026)
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as target:
        for info in zipfile.ZipFile(io.BytesIO(content)).infolist():
            target.writestr(info.filename, zipfile.ZipFile(io.BytesIO(content)).read(info))
        target.writestr("xl/media/zeros.bin", b"\0" * (60 * 2**20))
    with pytest.raises(SheetError) as refused:
        read_template(output.getvalue())
    assert refused.value.code == "too_large"
    with pytest.raises(SheetError):
        read_template(content, Limits(size=10))


def test_entities_are_not_expanded():
    source = zipfile.ZipFile(io.BytesIO(make_workbook(2026)))
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            if name == "xl/workbook.xml":
                data = b'<!DOCTYPE x [<!ENTITY a "b">]>' + data
            target.writestr(name, data)
    with pytest.raises(SheetError):
        read_template(output.getvalue())


# === OUR OWN === #


def test_plain_layout_is_filled_and_marked():
    content = make_plain_template()
    template = read_template(content)
    assert not template.version
    assert not template.unknown
    filled = fill(content, ticket(special="estate_sale", rows=({"place": "上海"},)))
    book = openpyxl.load_workbook(io.BytesIO(filled))
    assert "excelVersion" not in book.sheetnames
    for sheet in book.worksheets:
        assert "不是税务局的模板" in sheet["A1"].value
    assert book["2-发票明细信息"]["B4"].value == "软件维护"


def test_list_of_red_letters():
    letters = [
        ("T1", "26110000000000000001", "2026-11-01", "=甲", "", "开票有误", "", -1.0, -0.1, -1.1)
    ]
    book = openpyxl.load_workbook(io.BytesIO(make_red_list(letters, [])))
    assert [cell.value for cell in book.worksheets[0][2]][:5] == [
        1,
        "T1",
        "26110000000000000001",
        "2026-11-01",
        "=甲",
    ]
