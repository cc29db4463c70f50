"""Zip archives of invoices."""

import io
import zipfile

import fapiao
import pytest
from fapiao import FapiaoError, Limits, is_package, read_document, unpack
from fapiao_builders import make_zip


def names(content, **limits):
    return [file.name for file in unpack(content, Limits(**limits))]


def invoice(number="26110000000000000001"):
    return (
        f"<EInvoice><EIid>{number}</EIid><TaxSupervisionInfo><InvoiceNumber>{number}</InvoiceNumber>"
        "<IssueTime>2026-03-05</IssueTime></TaxSupervisionInfo></EInvoice>"
    ).encode()


def test_files_come_in_the_order_of_the_archive_without_litter():
    content = make_zip(
        {
            "b/2.xml": b"2",
            "a.xml": b"1",
            "__MACOSX/a.xml": b"",
            "b/.DS_Store": b"",
            "Thumbs.db": b"",
        }
    )
    assert is_package(content)
    assert [(file.name, file.content) for file in unpack(content)] == [
        ("b/2.xml", b"2"),
        ("a.xml", b"1"),
    ]


def test_ofd_is_a_file_and_no_package():
    ofd = make_zip({"OFD.xml": b"<OFD/>"})
    assert not is_package(ofd)
    assert names(make_zip({"x.ofd": ofd})) == ["x.ofd"]


def test_archives_inside_are_opened_to_a_depth():
    content = make_zip({"deep.xml": b"x"})
    for level in (3, 2):
        content = make_zip({f"{level}.zip": content})
    assert names(content) == ["2.zip/3.zip/deep.xml"]
    files = list(unpack(make_zip({"1.zip": content})))
    assert [file.error.code for file in files] == ["archive_too_deep"]


def test_damaged_file_does_not_stop_the_others():
    content = bytearray(make_zip({"a.xml": b"a" * 400, "b.xml": b"b"}, zipfile.ZIP_STORED))
    content[60] ^= 0xFF
    files = {file.name: file for file in unpack(bytes(content))}
    assert files["a.xml"].error.code == "archive_damaged"
    assert files["b.xml"].content == b"b"


@pytest.mark.parametrize(
    ("parts", "limits", "code"),
    [
        ({f"{i}.xml": b"x" for i in range(11)}, {"files": 10}, "archive_too_many_entries"),
        ({"a": b"0" * 5_000_000}, {}, "archive_bomb"),
        ({"../a.xml": b"x"}, {}, "archive_unsafe_path"),
    ],
)
def test_unsafe_archive_is_refused(parts, limits, code):
    with pytest.raises(FapiaoError) as caught:
        names(make_zip(parts), **limits)
    assert caught.value.code == code


def test_archives_inside_share_the_allowance():
    inner = make_zip({f"{i}.xml": b"x" * 900 for i in range(10)}, zipfile.ZIP_STORED)
    outer = make_zip({f"{i}.zip": inner for i in range(10)}, zipfile.ZIP_STORED)
    files = []
    with pytest.raises(FapiaoError) as caught:
        files.extend(unpack(outer, Limits(total_bytes=150_000)))
    assert caught.value.code == "archive_bomb"
    assert 0 < sum(len(file.content) for file in files) < 150_000


def test_names_of_chinese_windows_are_read():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("X" * 8, b"x")
    content = stream.getvalue().replace(b"X" * 8, "发票1.xm".encode("gb18030"))
    assert names(content) == ["发票1.xm"]


def test_archive_with_one_invoice_is_read_as_that_invoice():
    assert read_document(make_zip({"readme.txt": b"x", "a.xml": invoice()})).number.endswith("001")


def test_archive_with_several_invoices_is_no_document():
    content = make_zip({"a.xml": invoice(), "b.xml": invoice("26110000000000000002")})
    with pytest.raises(FapiaoError) as caught:
        read_document(content)
    assert caught.value.code == "several_invoices"


def test_format_is_told_by_the_content():
    assert fapiao.describe(invoice()) == "XML"
    assert fapiao.describe(make_zip({"OFD.xml": b""})) == "OFD"
    assert fapiao.describe(b"%PDF-1.4") == "PDF"
    assert fapiao.describe(b"hello") == "unknown"
