"""Whether people can read a picture, or a PDF file, of a business licence (营业执照).

What is found are doubts for people to look at, never a verdict: a licence is read by eye. All is
measured on a grey copy of one width, so that a photograph of 50 million pixels and a scan of two
are judged alike.
"""

from PIL import Image, ImageChops, ImageFilter, ImageStat

from .errors import FapiaoError
from .formats import is_pdf
from .limits import Limits
from .packages import is_installed, need
from .picture import make_grey, open_picture, read_texts
from .tax_id import find_uscc

_WIDTH = 1200
#: Pixels of the shorter and the longer side, below which small print cannot be read.
SMALLEST = (600, 800)
#: Grey, from 0 to 255: of the brightest paper, of the darkest ink, and how far apart they are.
_DARK_PAPER, _PALE_INK, _FAINT = 110, 190, 60
#: How strong the strongest edges of a sharp picture are at least.
_SHARP = 28
#: Darker than around by this much is ink; so many changes in a row of pixels are a line of text.
_INK, _CHANGES, _ROWS = 24, 10, 12
#: A seal is redder than this, and fills this part of one of the places that it touches.
_RED, _SEAL = 45, 0.05
_MAX_PAGES = 3


def check_legibility(content: bytes, limits: Limits) -> dict:
    """Look at a licence.

    :return: ``problems``: codes of :data:`~.errors.LEGIBILITY`, none if nothing is wrong;
        ``tax_ids``: unified social credit codes that its QR codes hold
    """
    try:
        pages = _read_pages(content, limits)
    except FapiaoError as error:
        return {"problems": [_BROKEN.get(error.code, "damaged")], "tax_ids": []}
    found = [_find_problems(page, is_pdf) for page, is_pdf in pages]
    # The licence is one of the pages: what none of them shows is missing.
    problems = min(found, key=len) if found else ["damaged"]
    texts = [text for page, _is_pdf in pages for text in _find_texts(page)]
    tax_ids = dict.fromkeys(filter(None, map(find_uscc, texts)))
    return {"problems": problems, "tax_ids": list(tax_ids)}


_BROKEN = {
    "picture_too_large": "too_large",
    "archive_encrypted": "encrypted",
    "package_missing": "unchecked",
}


def _read_pages(content: bytes, limits: Limits) -> list[tuple[Image.Image, bool]]:
    if is_pdf(content):
        return [(page, True) for page in _render(content)]
    try:
        image = open_picture(content, limits, "RGB")
        image.load()
        return [(image, False)]
    except FapiaoError:
        raise
    except (OSError, SyntaxError, ValueError) as error:
        raise FapiaoError("picture_damaged", detail=str(error)[:100]) from error


def _render(content: bytes) -> list[Image.Image]:
    pdfium = need("pypdfium2")
    try:
        with pdfium.PdfDocument(content) as file:
            return [_render_page(file[index]) for index in range(min(len(file), _MAX_PAGES))]
    except pdfium.PdfiumError as error:
        is_locked = "password" in str(error).lower()
        raise FapiaoError("archive_encrypted" if is_locked else "pdf_damaged", detail="") from error


def _render_page(page) -> Image.Image:
    width, height = page.get_size()
    scale = min(_WIDTH / max(width, 1), 2 * _WIDTH / max(height, 1))
    return page.render(scale=scale).to_pil()


def _find_texts(image: Image.Image) -> list[str]:
    return read_texts(make_grey(image)) if is_installed("zxingcpp") else []


def _find_problems(image: Image.Image, is_pdf: bool) -> list[str]:
    """Codes of what is wrong with a picture; what follows from another one is left out."""
    problems = []
    short, long = sorted(image.size)
    if not is_pdf and (short < SMALLEST[0] or long < SMALLEST[1]):
        problems.append("too_small")
    grey = _fit(make_grey(image))
    ink, paper = _get_level(grey, 0.01), _get_level(grey, 0.95)
    if paper < _DARK_PAPER:
        problems.append("too_dark")
    elif ink > _PALE_INK and not _has_text(grey, _INK // 3):
        problems.append("no_text")
    elif ink > _PALE_INK or paper - ink < _FAINT:
        problems.append("too_bright")
    elif _get_sharpness(grey) < _SHARP:
        problems.append("blurred")
    elif not _has_text(grey, _INK):
        problems.append("no_text")
    if not problems and not _has_seal(image):
        problems.append("no_seal")
    return problems


def _fit(image: Image.Image) -> Image.Image:
    """The picture in the width at which all are measured; never enlarged."""
    if image.width <= _WIDTH:
        return image
    height = max(1, round(image.height * _WIDTH / image.width))
    return image.resize((_WIDTH, height), Image.BOX)


def _get_level(grey: Image.Image, part: float) -> int:
    """Grey of the pixel below which this part of all pixels is."""
    histogram = grey.histogram()
    left = part * sum(histogram)
    for level, count in enumerate(histogram):
        left -= count
        if left <= 0:
            return level
    return 255


def _get_sharpness(grey: Image.Image) -> int:
    """How strong the strongest edges are, from 0 to 127: of a blurred picture none are strong."""
    laplacian = ImageFilter.Kernel((3, 3), [0, 1, 0, 1, -4, 1, 0, 1, 0], scale=1, offset=128)
    edges = grey.filter(ImageFilter.MedianFilter(3)).filter(laplacian)
    # The border is not filtered.
    edges = edges.crop((1, 1, max(2, edges.width - 1), max(2, edges.height - 1)))
    return _get_level(edges.point(lambda value: abs(value - 128)), 0.998)


def _has_text(grey: Image.Image, contrast: int) -> bool:
    """Whether there are rows of pixels in which ink and paper change as often as in writing."""
    around = grey.filter(ImageFilter.BoxBlur(12))
    ink = ImageChops.subtract(around, grey).point(lambda value: 255 * (value > contrast))
    changes = ImageChops.difference(ink, ImageChops.offset(ink, 1, 0))
    # Of each row of pixels its mean.
    rows = changes.resize((1, changes.height), Image.BOX).getdata()
    least = 255 * _CHANGES / max(changes.width, 1)
    return sum(mean >= max(1, least) for mean in rows) >= _ROWS


def _has_seal(image: Image.Image) -> bool:
    """Whether something is red, as the seal of the registry is."""
    red, green, blue = _fit(image.convert("RGB")).split()
    redness = ImageChops.darker(ImageChops.subtract(red, green), ImageChops.subtract(red, blue))
    mask = redness.point(lambda value: 255 * (value > _RED))
    return ImageStat.Stat(mask.resize((12, 12), Image.BOX)).extrema[0][1] >= 255 * _SEAL
