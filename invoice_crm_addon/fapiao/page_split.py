"""Several invoices on one sheet of paper, one below the other: people print them so to save it."""

import re
from collections.abc import Iterator

from .page_text import Row, Sheet, build_rows

_TOTAL = re.compile(r"价\s*税\s*合\s*计")
_HEAD = re.compile(r"发\s*票\s*(?:号\s*码|代\s*码)\s*[:：]?\s*\d{8}")
_FOOT = re.compile(r"(?:收\s*款|开\s*票)\s*人\s*[:：]")


def split_sheet(sheet: Sheet) -> list[Sheet]:
    """The forms on a page, each as a page of its own; places stay those on the page."""
    rows = build_rows(sheet.chars)
    cuts = list(_find_cuts(rows))
    if not cuts:
        return [sheet]
    edges = [0.0, *cuts, sheet.height]
    return [sheet.part(top, bottom) for top, bottom in zip(edges, edges[1:], strict=False)]


def _find_cuts(rows: list[Row]) -> Iterator[float]:
    """Places between two forms: below the foot of one, above the number of the next."""
    totals = [index for index, row in enumerate(rows) if _TOTAL.search(row.text)]
    for first, second in zip(totals, totals[1:], strict=False):
        between = range(first + 1, second)
        head = next((index for index in between if _HEAD.search(rows[index].text)), None)
        if head is None:
            continue
        feet = [index for index in range(first + 1, head) if _FOOT.search(rows[index].text)]
        if feet:
            yield (rows[feet[-1]].middle + rows[feet[-1] + 1].middle) / 2
