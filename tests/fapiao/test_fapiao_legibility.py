"""What is wrong with the picture of a business licence, in words that say how to mend it."""

import io
import random
import struct
import zlib

import pytest
from fapiao import LEGIBILITY, check_legibility, is_pdf, is_picture
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont

pytest.importorskip("pypdfium2")

CODE = "91310115MA1K4LFD7T"


def draw_licence(width=700, height=990, seal=True, text=True, seed=1):
    """A sheet with lines of writing and a round red seal."""
    rng = random.Random(seed)
    image = Image.new("RGB", (width, height), (252, 250, 244))
    draw = ImageDraw.Draw(image)
    if text:
        font = ImageFont.load_default(size=max(12, width // 45))
        for row in range(14):
            words = "".join(rng.choice("ABCDEFGHKMNPRSTUVWXYZ0123456789 ") for _ in range(38))
            draw.text((width * 0.1, height * (0.12 + row * 0.045)), words, (30, 30, 34), font)
    if seal:
        radius, x, y = width * 0.09, width * 0.7, height * 0.82
        box = (x - radius, y - radius, x + radius, y + radius)
        draw.ellipse(box, outline=(205, 40, 44), width=max(3, width // 150))
        draw.regular_polygon((x, y, radius * 0.35), 5, fill=(205, 40, 44))
    return image


def enlarge(image):
    """The picture as a far smaller one shows it."""
    small = image.resize((image.width // 7, image.height // 7))
    return small.resize(image.size, Image.BICUBIC)


def save(image, kind="JPEG", **options):
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def problems(content):
    return check_legibility(content)["problems"]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP", "TIFF", "PDF"])
def test_good_licences_pass(kind):
    assert problems(save(draw_licence(), kind)) == []


@pytest.mark.parametrize("size", [(1240, 1754), (1000, 700), (2400, 1700), (4000, 6000)])
def test_any_size_and_side_passes(size):
    assert problems(save(draw_licence(*size))) == []


def test_photograph_passes():
    """A sheet on a dark table, a little turned, uneven light, grain and strong compression."""
    sheet = draw_licence(1000, 1400)
    table = Image.new("RGB", (1400, 1800), (70, 62, 55))
    table.paste(sheet, (200, 200))
    table = table.rotate(3, Image.BICUBIC, fillcolor=(70, 62, 55))
    light = Image.linear_gradient("L").resize(table.size).point(lambda value: 150 + value * 0.4)
    table = Image.composite(table, Image.new("RGB", table.size), light)
    grain = Image.effect_noise(table.size, 12).convert("RGB")
    assert problems(save(Image.blend(table, grain, 0.06), quality=60)) == []


@pytest.mark.parametrize(
    ("expected", "spoil"),
    [
        ("too_small", lambda image: image.resize((300, 424))),
        ("blurred", lambda _image: draw_licence(1240, 1754).filter(ImageFilter.GaussianBlur(7))),
        ("blurred", lambda _image: enlarge(draw_licence(1240, 1754))),
        ("too_dark", lambda image: ImageEnhance.Brightness(image).enhance(0.25)),
        (
            "too_bright",
            lambda image: Image.blend(image, Image.new("RGB", image.size, "white"), 0.85),
        ),
        ("no_text", lambda image: Image.new("RGB", image.size, "white")),
        ("no_text", lambda image: draw_licence(text=False)),
        ("no_seal", lambda image: image.convert("L")),
        ("no_seal", lambda image: draw_licence(seal=False)),
    ],
)
def test_what_is_wrong_is_named(expected, spoil):
    assert expected in problems(save(spoil(draw_licence())))


@pytest.mark.parametrize(
    ("kind", "seed"), [("PNG", 0), ("PDF", 0), ("PNG", 1), ("PDF", 2), ("PNG", 3)]
)
def test_layout_does_not_matter(kind, seed):
    image = draw_licence(640 + 110 * seed, 940 + 60 * seed, seed=seed)
    assert problems(save(image, kind)) == []
    assert "no_seal" in problems(save(image.convert("L"), kind))


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGBA", "CMYK", "I;16"])
def test_any_mode_is_looked_at(mode):
    image = draw_licence().convert("L" if mode == "I;16" else mode)
    content = save(image.convert("I;16") if mode == "I;16" else image, "TIFF")
    assert set(problems(content)) <= {"no_seal", "blurred", "too_dark", "no_text"}


def test_damaged_files_are_doubts():
    good = save(draw_licence())
    rng = random.Random(5)
    pdf = save(draw_licence(), "PDF")
    assert problems(good[: len(good) // 2]) == ["damaged"]
    assert problems(b"%PDF-1.7\nrubbish") == ["damaged"]
    assert problems(b"") == ["damaged"]
    for content in (good, pdf, save(draw_licence(), "PNG")):
        for _round in range(8):
            spoilt = bytearray(content)
            for _byte in range(30):
                spoilt[rng.randrange(len(spoilt))] = rng.randrange(256)
            assert set(problems(bytes(spoilt))) <= LEGIBILITY.keys()


def write_bomb(side):
    """A PNG file of a few kilobytes that unpacks to a black square; written by hand, at once."""

    def chunk(kind, data):
        body = kind + data
        return len(data).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")

    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    packer = zlib.compressobj(1)
    row = bytes(1 + (side + 7) // 8)
    rows = b"".join(packer.compress(row * 100) for _hundred in range(side // 100))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        chunk(kind, data)
        for kind, data in ((b"IHDR", head), (b"IDAT", rows + packer.flush()), (b"IEND", b""))
    )


def test_bomb_and_sliver():
    assert Image.open(io.BytesIO(write_bomb(1000))).getpixel((999, 999)) == 0
    assert problems(write_bomb(30000)) == ["too_large"]
    assert "too_small" in problems(save(Image.new("L", (1, 4000)), "PNG"))
    assert "too_small" in problems(save(Image.new("L", (1, 1)), "PNG"))


def test_protected_pdf():
    pypdf = pytest.importorskip("pypdf")
    writer = pypdf.PdfWriter(io.BytesIO(save(draw_licence(), "PDF")))
    writer.encrypt("secret", algorithm="RC4-128")
    stream = io.BytesIO()
    writer.write(stream)
    assert problems(stream.getvalue()) == ["encrypted"]


def test_best_page_counts():
    cover = draw_licence(seal=False, text=False)
    content = save(cover, "PDF", save_all=True, append_images=[draw_licence()])
    assert problems(content) == []


def test_code_of_the_licence_is_read():
    pytest.importorskip("zxingcpp")
    from fapiao_pdf import qr_picture

    image = draw_licence(1000, 1400)
    image.paste(
        qr_picture(f"https://example.com/info?uniscid={CODE}&x=1").resize((200, 200)), (100, 1100)
    )
    for kind in ("PNG", "PDF"):
        assert check_legibility(save(image, kind))["tax_ids"] == [CODE]
    assert check_legibility(save(draw_licence()))["tax_ids"] == []


def test_kinds_by_their_content():
    for kind in ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF"):
        assert is_picture(save(draw_licence(), kind))
    assert is_pdf(save(draw_licence(), "PDF"))
    for content in (b"", b"<svg/>", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", "营业执照".encode()):
        assert not is_picture(content) and not is_pdf(content)
