"""Recognise a file by its first bytes; its name proves nothing."""

from .archive import is_zip

_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\x00", b"MM\x00*")
_MAGIC = (
    (b"Rar!", "RAR archive"),
    (b"7z\xbc\xaf", "7z archive"),
    (b"\x1f\x8b", "gzip archive"),
    (b"\xd0\xcf\x11\xe0", "Microsoft Office"),
)


def is_xml(content: bytes) -> bool:
    """Whether the file starts with a tag, in any encoding that is read."""
    start = content[:64].lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00")
    return start.startswith(b"<") and not _is_html(content)


def is_pdf(content: bytes) -> bool:
    """Whether the file is a PDF; some platforms put blanks, or a mark, before its head."""
    return b"%PDF-" in content[:1024]


def is_picture(content: bytes) -> bool:
    """Whether the file starts like a picture that is read."""
    return content.startswith(_PICTURES) or (
        content.startswith(b"RIFF") and content[8:12] == b"WEBP"
    )


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
