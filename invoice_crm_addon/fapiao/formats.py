"""Recognise a file by its first bytes; its name proves nothing."""

from .archive import is_zip

_MAGIC = (
    (b"%PDF", "PDF"),
    (b"\x89PNG", "PNG picture"),
    (b"\xff\xd8\xff", "JPEG picture"),
    (b"GIF8", "GIF picture"),
    (b"BM", "BMP picture"),
    (b"II*\x00", "TIFF picture"),
    (b"MM\x00*", "TIFF picture"),
    (b"Rar!", "RAR archive"),
    (b"7z\xbc\xaf", "7z archive"),
    (b"\x1f\x8b", "gzip archive"),
    (b"\xd0\xcf\x11\xe0", "Microsoft Office"),
)


def is_xml(content: bytes) -> bool:
    """Whether the file starts with a tag, in any encoding that is read."""
    start = content[:64].lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00")
    return start.startswith(b"<") and not _is_html(content)


def _is_html(content: bytes) -> bool:
    start = content[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith((b"<!doctype html", b"<html"))


def describe_format(content: bytes) -> str:
    """Name of the format for a message."""
    if is_zip(content):
        return "zip archive"
    if _is_html(content):
        return "web page"
    name = next((name for magic, name in _MAGIC if content.startswith(magic)), None)
    return name or "unknown"
