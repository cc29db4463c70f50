"""QR codes that OFD and XML files hold as pictures: a further witness, and never in the way."""

import base64
import dataclasses
import os
import signal
import time

import pytest
from fapiao import FapiaoError, Limits, code_pictures, read_document
from fapiao_builders import (
    custom_data,
    make_zip,
    ofd_parts,
    qr_of,
    random_document,
    rng_for,
    write_edrm,
    write_ofd,
)
from PIL import Image

pytest.importorskip("zxingcpp")

from fapiao.apart import Apart
from fapiao_pdf import picture_bytes, qr_picture, qr_text


@pytest.fixture
def old():
    return random_document(rng_for("codes"), "code12")


@pytest.fixture
def digital():
    return random_document(rng_for("codes"), "special")


@pytest.fixture
def apart():
    process = Apart()
    yield process
    process.end()


@pytest.fixture
def asked(monkeypatch):
    """Pictures given to the other process, which finds nothing in them."""
    pictures = []

    def read(picture, limits):
        pictures.append(picture)
        return []

    monkeypatch.setattr(code_pictures, "read_codes_apart", read)
    return pictures


def ofd_with(document, **pictures):
    pictures = {name.replace("_", "."): content for name, content in pictures.items()}
    return write_ofd({"original_invoice.xml": write_edrm(document)}, pictures=pictures)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "GIF"])
def test_picture_in_an_ofd_is_a_witness(old, kind):
    text = qr_of(old)
    picture = picture_bytes(qr_picture(text), kind)
    found = read_document(ofd_with(old, **{f"image80_{kind.lower()}": picture}))
    assert found.qr == text
    sources = [reading.source for reading in found.readings["number"]]
    assert sources == ["ofd:original_invoice.xml:InvoiceNo", f"qr:ofd:image80.{kind.lower()}"]


def test_picture_of_a_digital_invoice(digital):
    text = qr_text(digital)
    parts = {"qrcode.png": picture_bytes(qr_picture(text))}
    found = read_document(write_ofd(custom=custom_data(digital), pictures=parts))
    assert (found.qr, found.kind) == (text, digital.kind)
    # The platform states no total there, so that of the code is taken, and none derived.
    assert found.source["amount_total"] == "qr:ofd:qrcode.png"


def test_transparent_paper(old):
    code = qr_picture(qr_of(old))
    ink = Image.new("RGBA", code.size, (0, 0, 0, 0))
    ink.paste("black", mask=code.point(lambda value: 255 - value))
    assert read_document(ofd_with(old, qr_png=picture_bytes(ink))).qr == qr_of(old)


@pytest.mark.parametrize("head", ["", "data:image/png;base64,"])
@pytest.mark.parametrize("width", [76, 10**6])
@pytest.mark.parametrize("in_ofd", [True, False])
def test_picture_in_place_of_the_text(old, head, width, in_ofd):
    encoded = base64.b64encode(picture_bytes(qr_picture(qr_of(old)))).decode()
    encoded = "\n".join(encoded[i : i + width] for i in range(0, len(encoded), width))
    xml = write_edrm(old, qr=head + encoded)
    found = read_document(write_ofd({"a.xml": xml}) if in_ofd else xml.encode())
    assert found.qr == qr_of(old)
    assert found.readings["qr"][0].source.endswith(":GraphCode")


def test_document_that_states_its_number_as_a_picture_only(old):
    found = read_document(write_ofd(pictures={"a.png": picture_bytes(qr_picture(qr_of(old)))}))
    assert (found.number, found.code) == (old.number, old.code)


def test_code_of_another_invoice_is_a_contradiction(old):
    other = dataclasses.replace(old, number="00000000")
    with pytest.raises(FapiaoError) as caught:
        read_document(ofd_with(old, a_png=picture_bytes(qr_picture(qr_of(other)))))
    assert caught.value.code == "number_contradiction"


def test_picture_is_left_alone_where_the_text_is_known(old, asked):
    xml = write_edrm(old, qr=qr_of(old))
    content = write_ofd({"a.xml": xml}, pictures={"qr.png": picture_bytes(qr_picture("x"))})
    assert read_document(content).qr == qr_of(old)
    assert asked == []


def test_text_with_a_wrong_checksum_leaves_the_picture_in_charge(old):
    wrong = qr_of(old)[:-5] + "0000,"
    pictures = {"qr.png": picture_bytes(qr_picture(qr_of(old)))}
    found = read_document(write_ofd({"a.xml": write_edrm(old, qr=wrong)}, pictures=pictures))
    assert [reading.value for reading in found.readings["qr"]] == [wrong, qr_of(old)]


def test_few_small_pictures_are_looked_at_and_codes_first(old, asked):
    pictures = {f"{n}.png": picture_bytes(Image.new("L", (n + 1, 9))) for n in range(20)}
    pictures["large.png"] = b"\x89PNG" + os.urandom(300_000)
    pictures["QRCode.png"] = picture_bytes(qr_picture("x"))
    read_document(write_ofd({"a.xml": write_edrm(old)}, pictures=pictures))
    assert len(asked) == code_pictures.MAX_PICTURES
    assert asked[0] == pictures["QRCode.png"]
    assert pictures["large.png"] not in asked


@pytest.mark.parametrize(
    "picture",
    [
        b"",
        b"\x89PNG\r\n\x1a\n" + b"\x00" * 50,
        b"no picture",
        picture_bytes(qr_picture("https://example.com")),
        picture_bytes(Image.new("1", (4000, 4000))),
        picture_bytes(Image.new("L", (900, 90), 255)),
    ],
)
def test_picture_that_shows_no_code_harms_nothing(old, picture):
    found = read_document(ofd_with(old, qr_png=picture))
    assert (found.number, found.qr) == (old.number, "")


def test_damaged_part_harms_nothing(old):
    picture = picture_bytes(qr_picture(qr_of(old)))
    parts = ofd_parts({"a.xml": write_edrm(old)}, pictures={"a.png": picture})
    content = make_zip(parts, compression=0).replace(picture[:40], b"x" * 40)
    found = read_document(content)
    assert (found.number, found.qr) == (old.number, "")


@pytest.mark.parametrize("code", ["too_slow", "reader_crashed", "too_much_memory"])
def test_trouble_with_a_picture_harms_nothing(old, monkeypatch, code):
    def fail(picture, limits):
        raise FapiaoError(code)

    monkeypatch.setattr(code_pictures, "read_codes_apart", fail)
    content = ofd_with(old, qr_png=picture_bytes(qr_picture(qr_of(old))))
    assert read_document(content).number == old.number


def test_time_for_all_pictures_is_bounded(old, monkeypatch):
    allowed = []

    def idle(picture, limits):
        allowed.append(limits.seconds)
        time.sleep(0.06)
        raise FapiaoError("too_slow")

    monkeypatch.setattr(code_pictures, "read_codes_apart", idle)
    pictures = {f"{n}.png": picture_bytes(qr_picture("x")) for n in range(4)}
    content = write_ofd({"a.xml": write_edrm(old)}, pictures=pictures)
    assert read_document(content, limits=Limits(seconds=0.1)).number == old.number
    assert len(allowed) == 2 and allowed[1] < allowed[0] <= 0.1


def test_without_the_package_nothing_is_asked(old, asked, monkeypatch):
    monkeypatch.setattr(code_pictures, "is_installed", lambda module: module != "zxingcpp")
    content = ofd_with(old, qr_png=picture_bytes(qr_picture(qr_of(old))))
    assert read_document(content).number == old.number
    assert asked == []


# --- The process --------------------------------------------------------------------------------


def test_process_that_takes_nothing_is_given_up(apart):
    """A pipe holds 64 KiB: a process that stands still must not hold up who writes more."""
    limits = Limits(seconds=0.3)
    apart.read_codes(picture_bytes(qr_picture("x")), Limits())
    os.kill(apart._process.pid, signal.SIGSTOP)
    start = time.monotonic()
    with pytest.raises(FapiaoError) as caught:
        apart.read_file("pdf", b"%PDF-" * 10**6, limits)
    assert caught.value.code == "too_slow"
    assert time.monotonic() - start < 3
    assert apart.read_codes(picture_bytes(qr_picture("x")), Limits()) == ["x"]


def test_large_file_is_handed_over_whole(apart, digital):
    text = qr_text(digital)
    content = picture_bytes(qr_picture(text), "BMP") + os.urandom(5 * 2**20)
    assert apart.read_codes(content, Limits()) == [text]


def test_process_that_is_about_to_end_is_not_asked(apart):
    picture = picture_bytes(qr_picture("x"))
    apart.read_codes(picture, Limits())
    process, apart._asked = apart._process, apart._asked - 55
    assert apart.read_codes(picture, Limits()) == ["x"]
    assert apart._process is not process


def test_answer_must_be_of_the_kind_that_was_asked(apart, digital, monkeypatch):
    picture = picture_bytes(qr_picture(qr_text(digital)))
    with pytest.raises(FapiaoError) as caught:
        apart.read_file("codes", picture, Limits())
    assert caught.value.code == "reader_crashed"
    monkeypatch.setattr(apart, "_call", lambda *_arguments: {"no": "list"})
    with pytest.raises(FapiaoError) as caught:
        apart.read_codes(picture, Limits())
    assert caught.value.code == "reader_crashed"


def test_small_picture_is_handed_over_at_once(apart, monkeypatch):
    """Each piece more wakes a process once more, which takes longer than reading a code."""
    picture = picture_bytes(qr_picture("x"))
    apart.read_codes(picture, Limits())
    written, write = [], os.write
    monkeypatch.setattr(os, "write", lambda *arguments: written.append(1) or write(*arguments))
    assert apart.read_codes(picture, Limits()) == ["x"]
    assert len(written) == 1
