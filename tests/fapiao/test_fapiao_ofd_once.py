"""Nothing of an OFD is read twice: parts, pages, rows, lines of goods."""

import collections
import dataclasses

import pytest
from fapiao import ofd, ofd_text, page_form, page_table, page_text, parse_qr, read_document
from fapiao.archive import Archive
from fapiao.limits import Limits
from fapiao.ofd import read_ofd_documents
from fapiao.ofd_page import read_sheet
from fapiao.page_form import Form
from fapiao.page_text import Box, Char, Sheet
from fapiao_builders import SHAPES, make_zip, ofd_parts, random_document, rng_for, write_edrm
from lxml import etree

pytest.importorskip("reportlab")

from fapiao_ofd import (
    draw_ofd,
    write_bureau_tags_ofd,
    write_page_ofd,
    write_platform_ofd,
    write_voucher_ofd,
)
from fapiao_pdf import qr_text

OLD = random_document(rng_for("once"), "code12")
LONG = random_document(rng_for("once"), "hundred_lines")


def write_with_pages(document):
    """An older invoice with attached data and printed pages."""
    return write_page_ofd(document, attached={"original_invoice.xml": write_edrm(document)})


def count_calls(monkeypatch, owner, name, key=lambda *_values: ""):
    """How often a function is called, by what ``key`` makes of its parameters."""
    calls, real = collections.Counter(), getattr(owner, name)

    def counted(*values, **named):
        calls[key(*values)] += 1
        return real(*values, **named)

    monkeypatch.setattr(owner, name, counted)
    return calls


def count_letters(monkeypatch, owner):
    """Letters that each object of a class is made of."""
    letters, real = [], owner.__init__

    def counted(made, chars, *values):
        letters.append(len(chars))
        real(made, chars, *values)

    monkeypatch.setattr(owner, "__init__", counted)
    return letters


@pytest.fixture
def reads(monkeypatch):
    """How often each part of an archive is unpacked."""
    return count_calls(monkeypatch, Archive, "read_part", lambda _archive, name, _limit: name)


@pytest.mark.parametrize("shape", SHAPES)
def test_each_part_is_unpacked_once(reads, shape):
    document = random_document(rng_for("once"), shape)
    writers = [write_platform_ofd, write_page_ofd]
    writers += [write_voucher_ofd, write_with_pages] if document.code else [write_bureau_tags_ofd]
    for write in writers:
        reads.clear()
        read_document(write(document))
        assert set(reads.values()) == {1}, (write, reads)


def test_each_part_of_samples_is_unpacked_once(reads, samples):
    for path in sorted(samples.rglob("*.ofd")):
        reads.clear()
        read_document(path.read_bytes())
        assert set(reads.values()) == {1}, (path.name, reads)


def test_part_asked_for_again_is_taken_off_the_budget():
    archive = Archive(make_zip({"a.xml": "<a>1</a>"}), Limits(xml_bytes=20))
    assert archive.xml("a.xml") is archive.xml("a.xml")
    assert archive.budget.bytes_left == 20 - 2 * len("<a>1</a>")


def test_each_page_is_taken_apart_once(monkeypatch):
    sheets = count_calls(monkeypatch, ofd, "read_sheet")
    pages = count_calls(monkeypatch, ofd, "collect_page")
    read_document(write_with_pages(OLD))
    assert sheets.total() == pages.total() == len(draw_ofd(OLD))


def test_letters_are_put_into_few_rows(monkeypatch):
    """Into a row of the page and one of the cell, and what of them is looked at closer."""
    letters = count_letters(monkeypatch, page_text.Row)
    printed = count_letters(monkeypatch, Sheet)
    read_document(write_with_pages(OLD))
    assert sum(letters) < 3 * sum(printed)


def test_texts_at_one_height_between_the_same_lines_share_a_cell(monkeypatch):
    asked, real = [], Sheet.cell_at

    def cell_at(sheet, x, y):
        cell = real(sheet, x, y)
        asked.append((y, cell))
        return cell

    monkeypatch.setattr(Sheet, "cell_at", cell_at)
    (page,) = draw_ofd(OLD).values()
    form = Form(read_sheet([etree.fromstring(page)]))
    assert form.zones
    # Beside these, each vertical word asks for the cells of its first letter and its last.
    assert len(asked) <= len(set(asked)) + 2 * len(form.stacks)


def test_letters_beside_the_page_are_not_remembered():
    """Else each would be compared with all before it."""
    letters = [Char("甲", -9.0 - 20 * i, 0 - 20.0 * i, 50, 60) for i in range(9)]
    known = {}
    form = Form(Sheet(letters, [], 100, 100))
    assert {form._find_cell([letter], known) for letter in letters} == {Box(0, 0, 100, 100)}
    assert known == {55.0: []}


def test_vertical_words_by_the_thousand_are_none(monkeypatch):
    """Each of their letters would be compared with all others."""
    compared = count_calls(monkeypatch, page_form, "_read_down")
    letters = [Char("备注"[i % 2], 20, 30, 12.0 * i, 12.0 * i + 10) for i in range(3000)]
    assert Form(Sheet(letters, [], 100, 100)).stacks == []
    assert not compared


def test_goods_that_data_state_are_not_read_on_the_page(monkeypatch):
    goods = count_calls(monkeypatch, page_table, "_read_goods")
    assert read_document(write_with_pages(OLD)).lines
    assert not goods
    assert read_document(write_page_ofd(OLD)).lines
    assert goods


def test_goods_of_another_invoice_beside_data_are_read():
    other = dataclasses.replace(OLD, number="00000001")
    pages = {"1": draw_ofd(OLD)["1"], "2": draw_ofd(other)["1"]}
    attached = {"original_invoice.xml": write_edrm(OLD)}
    found = read_ofd_documents(make_zip(ofd_parts(attached, pages=pages)), Limits())
    assert [document.number for document in found] == [OLD.number, other.number]
    assert [len(document.lines) for document in found] == [len(OLD.lines)] * 2


def test_texts_of_pages_that_nobody_needs_are_not_joined(monkeypatch):
    texts = count_calls(monkeypatch, ofd_text, "_object_text")
    assert len(read_document(write_with_pages(OLD)).lines) == len(OLD.lines)
    assert not texts


def test_damage_of_pages_that_nobody_needs_is_noted():
    document = dataclasses.replace(LONG, code=OLD.code, number=OLD.number)
    parts = ofd_parts({"original_invoice.xml": write_edrm(document)}, pages={"1": "<damaged"})
    found = read_document(make_zip(parts))
    assert len(found.lines) == len(LONG.lines)
    assert [problem.code for problem in found.notes] == ["part_unread"]


def test_text_of_a_code_is_taken_apart_once():
    text = qr_text(OLD)
    assert parse_qr(text) is parse_qr(f" {text} ")
