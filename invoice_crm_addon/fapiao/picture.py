"""QR codes in photographs and scans, and what can be known of an invoice from one."""

import io
import warnings
from collections.abc import Iterator

from PIL import Image, ImageOps, UnidentifiedImageError

from .document import FapiaoDocument
from .errors import FapiaoError
from .facts import Facts
from .limits import Limits
from .packages import need
from .qr import parse_qr

_FORMATS = ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP")
# Wider ones hold no more of a QR code, and cost time.
_WIDEST = 3000
_MAX_CODES = 20
# Longer side ÷ shorter side of a picture of a code alone, its margin included.
_SQUARE = 1.5


def read_picture(content: bytes, limits: Limits) -> FapiaoDocument:
    """Read the QR code of an invoice in a picture: number, code, date and one amount.

    :raise FapiaoError: damaged, too large, without the QR code of an invoice, or with several
    """
    texts = find_codes(open_picture(content, limits))
    facts = Facts()
    numbers = dict.fromkeys(qr.number for text in texts if (qr := parse_qr(text)))
    if not numbers:
        raise FapiaoError("no_qr")
    if len(numbers) > 1:
        raise FapiaoError("several_invoices", numbers=", ".join(numbers))
    for text in texts:
        facts.add_qr(text, "picture")
    return facts.build()


def read_codes(content: bytes, limits: Limits) -> list[str]:
    """Texts of the QR codes in a clean picture that may hold nothing else: no long look at it.

    :raise FapiaoError: damaged or too large
    """
    image = open_picture(content, limits)
    width, height = image.size
    if max(width, height) > _SQUARE * min(width, height):
        return []
    return read_texts(make_grey(image))


def search_codes(content: bytes, limits: Limits) -> list[str]:
    """Texts of the QR codes, of whatever they are, in a photograph.

    :raise FapiaoError: damaged or too large
    """
    texts = map(read_texts, _attempts(open_picture(content, limits), is_clean=False))
    return next(filter(None, texts), [])


def find_codes(image: Image.Image, is_clean: bool = False) -> list[str]:
    """Texts of the QR codes in a picture; the ones of an invoice are tried for hardest.

    :param is_clean: a rendered page and no photograph, so other sizes of it show nothing new
    """
    for attempt in _attempts(image, is_clean):
        texts = read_texts(attempt)
        if any(map(parse_qr, texts)):
            return texts
    return []


def read_texts(image: Image.Image) -> list[str]:
    zxing = need("zxingcpp")
    codes = zxing.read_barcodes(image, formats=zxing.BarcodeFormat.QRCode)
    return list(dict.fromkeys(code.text for code in codes[:_MAX_CODES] if code.text))


def make_grey(image: Image.Image) -> Image.Image:
    """The picture in grey; what is transparent is paper, whatever colour it hides."""
    if image.mode in ("LA", "PA", "RGBA") or "transparency" in image.info:
        image = image.convert("RGBA")
        paper = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(paper, image)
    return image.convert("L")


def _attempts(image: Image.Image, is_clean: bool) -> Iterator[Image.Image]:
    """The picture as it is, then enlarged and with more contrast, then smaller."""
    grey = make_grey(image)
    yield grey
    if is_clean:
        return
    yield ImageOps.autocontrast(grey, cutoff=2)
    if max(grey.size) < _WIDEST // 2:
        yield grey.resize((grey.width * 2, grey.height * 2), Image.LANCZOS)
    if max(grey.size) > 800:
        yield grey.resize((grey.width // 2, grey.height // 2), Image.BOX)


def open_picture(content: bytes, limits: Limits, mode: str = "L") -> Image.Image:
    """A picture of bearable size, the right way up; nothing is unpacked before it is measured.

    :param mode: what is needed of its colours, which a JPEG file then unpacks faster
    :raise FapiaoError: ``picture_too_large``, ``picture_damaged``
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(content), formats=_FORMATS)
        width, height = image.size
        if width * height > limits.pixels:
            raise FapiaoError("picture_too_large", width=width, height=height)
        image.draft(mode, (_WIDEST, _WIDEST))
        image = ImageOps.exif_transpose(image)
        image.thumbnail((_WIDEST, _WIDEST))
        return image
    except FapiaoError:
        raise
    except (Image.DecompressionBombError, MemoryError) as error:
        raise FapiaoError("picture_too_large", width="?", height="?") from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError) as error:
        raise FapiaoError("picture_damaged", detail=str(error)[:100]) from error
