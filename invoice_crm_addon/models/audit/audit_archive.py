"""A zip that is the same, byte by byte, whenever it is made of the same content."""

import csv
import hashlib
import html
import io
import re
import zipfile
from contextlib import contextmanager

from ...sheets import make_csv_cell

# The first moment that a zip can tell.
MOMENT = (1980, 1, 1, 0, 0, 0)
CHUNK = 1 << 20
# Spreadsheet programs read a CSV file as UTF-8 if it begins with this.
BOM = b"\xef\xbb\xbf"


def make_file_name(name):
    """A name that is safe in a path of any system.

    :param str name: maybe of somebody else
    """
    return re.sub(r"[^\w.()\-]+", "-", name or "").strip(".-")[:100] or "file"


class _Hashing:
    """Passes on what is written, with its size and SHA-256."""

    def __init__(self, stream):
        self.stream, self.digest, self.size = stream, hashlib.sha256(), 0

    def add(self, content):
        self.stream.write(content)
        self.digest.update(content)
        self.size += len(content)


class Archive:
    """Files one after the other, none of which is in memory longer than it is written.

    :param path: of the zip
    """

    def __init__(self, path):
        self.zip = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED)
        self.entries = []

    @contextmanager
    def _open(self, name):
        info = zipfile.ZipInfo(name, MOMENT)
        info.compress_type = zipfile.ZIP_DEFLATED
        # As of a system that knows rights, whatever this one is.
        info.create_system, info.external_attr = 3, 0o644 << 16
        with self.zip.open(info, "w", force_zip64=True) as stream:
            yield _Hashing(stream)

    def _list(self, name, hashing, note):
        entry = {
            "name": name,
            "size": hashing.size,
            "sha256": hashing.digest.hexdigest(),
            "note": note,
        }
        self.entries.append(entry)
        return entry

    def add_file(self, name, content, note=""):
        """:param str note: what the index says of the file"""
        with self._open(name) as hashing:
            for start in range(0, len(content), CHUNK):
                hashing.add(content[start : start + CHUNK])
        return self._list(name, hashing, note)

    def add_table(self, name, header, rows, note=""):
        """A CSV file.

        :param rows: iterable of rows, each a list of texts and numbers
        :return: number of rows
        """
        count = 0
        with self._open(name) as hashing:
            hashing.add(BOM)
            hashing.add(self._make_line(header))
            for row in rows:
                hashing.add(self._make_line(row))
                count += 1
        self._list(name, hashing, note)
        return count

    def _make_line(self, row):
        line = io.StringIO()
        csv.writer(line, lineterminator="\r\n").writerow([make_csv_cell(cell) for cell in row])
        return line.getvalue().encode()

    def close(self, title, facts, labels):
        """Write the index, for programs and for people.

        :param list facts: pairs of a label and a text
        :param dict labels: headings: ``name``, ``size``, ``sha256``, ``note``
        """
        names = ("name", "size", "sha256", "note")
        entries = list(self.entries)
        self.add_table(
            "index.csv",
            [labels[name] for name in names],
            ([entry[name] for name in names] for entry in entries),
        )
        with self._open("index.html") as hashing:
            for part in self._make_page(title, facts, labels, entries):
                hashing.add(part.encode())
        self.zip.close()

    def _make_page(self, title, facts, labels, entries):
        yield (
            '<!DOCTYPE html><html><head><meta charset="utf-8"/>'
            f"<title>{html.escape(title)}</title><style>"
            "body{font-family:sans-serif;margin:2em}table{border-collapse:collapse}"
            "td,th{border:1px solid #ccc;padding:4px 8px;text-align:left}"
            ".sha{font-family:monospace;font-size:85%}</style></head><body>"
            f"<h1>{html.escape(title)}</h1><table>"
        )
        for label, text in facts:
            yield f"<tr><th>{html.escape(label)}</th><td>{html.escape(str(text))}</td></tr>"
        yield "</table><p></p><table><tr>"
        for name in ("name", "note", "size", "sha256"):
            yield f"<th>{html.escape(labels[name])}</th>"
        yield "</tr>"
        for entry in entries:
            name = html.escape(entry["name"], quote=True)
            yield (
                f'<tr><td><a href="{name}">{name}</a></td><td>{html.escape(entry["note"])}</td>'
                f'<td>{entry["size"]}</td><td class="sha">{entry["sha256"]}</td></tr>\n'
            )
        yield "</table></body></html>"
