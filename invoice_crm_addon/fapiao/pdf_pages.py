"""Pages of a PDF file as a file of their own, and a place on a page as a picture."""

import base64
import io

from .errors import FapiaoError
from .limits import Limits
from .packages import need

#: Pixels a point, and points shown around a place.
_SCALE, _AROUND = 2.0, 12.0
_MAX_SIDE = 3000


def cut_pages(content: bytes, limits: Limits, pages: list[int]) -> str:
    """A PDF file of some of the pages.

    :param pages: their numbers, from 1 on
    :return: the file, in Base64
    :raise FapiaoError: ``pdf_damaged``
    """
    pdfium = need("pypdfium2")
    with _open(pdfium, content) as source, pdfium.PdfDocument.new() as cut:
        cut.import_pages(source, [page - 1 for page in pages])
        stream = io.BytesIO()
        cut.save(stream)
    return base64.b64encode(stream.getvalue()).decode()


def show_place(content: bytes, limits: Limits, page: int, box: list[float]) -> str:
    """A place on a page, with a little around it.

    :param page: its number, from 1 on
    :param box: left, top, right and bottom as parts of its width and height
    :return: a PNG picture, in Base64
    :raise FapiaoError: ``pdf_damaged``
    """
    pdfium = need("pypdfium2")
    with _open(pdfium, content) as file:
        sheet = file[page - 1]
        width, height = sheet.get_size()
        scale = min(_SCALE, _MAX_SIDE / max(width, height, 1))
        left, top, right, bottom = box
        place = (
            max(left * width - _AROUND, 0) * scale,
            max(top * height - _AROUND, 0) * scale,
            min(right * width + _AROUND, width) * scale,
            min(bottom * height + _AROUND, height) * scale,
        )
        picture = sheet.render(scale=scale).to_pil().crop(tuple(map(round, place)))
        stream = io.BytesIO()
        picture.save(stream, "PNG")
    return base64.b64encode(stream.getvalue()).decode()


def _open(pdfium, content: bytes):
    try:
        return pdfium.PdfDocument(content)
    except pdfium.PdfiumError as error:
        raise FapiaoError("pdf_damaged", detail=str(error)) from error
