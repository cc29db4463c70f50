"""What is written for spreadsheets: a text stays a text."""

import io

import openpyxl
import pytest
from sheets import make_csv_cell, make_inactive, open_book


@pytest.mark.parametrize(
    "value",
    ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "\r=1", "\n1", "＝1+1", "＠SUM(A1)"],  # noqa: RUF001
)
def test_formulas_are_texts_in_csv(value):
    assert make_csv_cell(value) == f"'{value}"
    assert make_csv_cell(value, is_number_kept=False) == f"'{value}"


@pytest.mark.parametrize("value", ["26110000000000000001", "0012", "123456789012"])
def test_long_numbers_are_texts_in_csv(value):
    assert make_csv_cell(value) == f"\t{value}"
    assert make_csv_cell(value, is_number_kept=False) == value


@pytest.mark.parametrize("value", ["", "0", "12", "a=1", "12-3", -1.5, 7, None, False, "1.50"])
def test_others_stay(value):
    assert make_csv_cell(value) == value


@pytest.mark.parametrize("value", ["=1+1", "{=1}", "http://x", "internal:a", "External:c"])
def test_active_texts(value):
    assert make_inactive(value) == f" {value}"


@pytest.mark.parametrize("value", ["a=1", "Total", "", 3, None])
def test_inactive_texts(value):
    assert make_inactive(value) == value


def test_workbook_holds_texts():
    texts = ["=1+1", "{=1}", "https://example.com", "00123", "26110000000000000001", "@A1"]
    output = io.BytesIO()
    with open_book(output) as book:
        sheet = book.add_worksheet()
        for number, text in enumerate(texts):
            sheet.write(number, 0, text)
    rows = openpyxl.load_workbook(io.BytesIO(output.getvalue())).active.iter_rows()
    cells = [cell for (cell,) in rows]
    assert [cell.value for cell in cells] == texts
    assert {cell.data_type for cell in cells} == {"s"}
    assert not any(cell.hyperlink for cell in cells)
