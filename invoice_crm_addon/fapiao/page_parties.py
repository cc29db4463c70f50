"""Buyer and seller on a printed invoice: each value in the block of its label, or nothing."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .page_form import Form, Label, Zone, find_labels
from .page_text import Box, Char, Row, build_rows

_COLON = r"\s*[:：\ufffd]"
_LABELS = {
    "tax_id": r"(?:统\s*一\s*社\s*会\s*信\s*用\s*代\s*码\s*[/／]?\s*)?"
    r"(?:纳\s*税\s*人\s*(?:识\s*别\s*号|编\s*号|税\s*号)|身\s*份\s*证\s*号\s*码?)"
    r"(?:\s*[/／]\s*统\s*一\s*社\s*会\s*信\s*用\s*代\s*码)?"
    r"|统\s*一\s*社\s*会\s*信\s*用\s*代\s*码(?:\s*[/／]\s*纳\s*税\s*人\s*识\s*别\s*号)?",
    "name": r"(?:单\s*位\s*)?名\s*称|(?:购|销)货单位",
    "address_phone": r"地\s*址\s*[、,，/／]?\s*电\s*话",
    "bank_account": r"开\s*户\s*(?:银\s*)?行\s*[及、,，]\s*[账帐]\s*号",
}
_PARTY_WORD = r"(?P<party>[购销]\s*[买售货]?\s*方\s*)?"
_PATTERN = re.compile(
    _PARTY_WORD
    + "(?:"
    + "|".join(f"(?P<{name}>{pattern})" for name, pattern in _LABELS.items())
    + ")"
    + rf"(?P<colon>{_COLON}|(?=\s*$))"
)
_FIELDS = {
    "name": "name",
    "tax_id": "tax_id",
    "address_phone": "address+phone",
    "bank_account": "bank_name+bank_account",
}
# Such as 电子支付标识, which stands in the place of the bank on a few invoices.
_ANY_LABEL = re.compile(r"[\u4e00-\u9fff\s]{2,14}[:：]")
TAX_ID = re.compile(r"[0-9A-Za-z*]{6,30}")
# Below the last label of a block, by its size, if no line ends the block.
_BELOW = 1.3
# Above its first label, which may stand beside a value of two rows.
_ABOVE = 1.3


@dataclass
class _Block:
    """Labels of one party, and the part of the page that their values lie in.

    :param others: labels of the other party in the same cell
    :param is_open: whether nothing on the page ends the block on the right
    """

    party: str
    labels: list[Label]
    others: list[Label]
    box: Box
    zone: Zone
    is_open: bool

    def values(self) -> Iterator[tuple[str, list[Row]]]:
        """Rows of the value of each label."""
        labels = self.labels + self.others
        labelled = {id(char) for label in labels for char in label.chars}
        chars = [
            char
            for char in self.zone.chars
            if id(char) not in labelled and _is_inside(char, self.box)
        ]
        rows = {label.field: [] for label in self.labels}
        for row in build_rows(chars):
            beside = [label for label in labels if _is_beside(label, row)]
            if not beside and self._is_labelled(row):
                continue
            for label, part in _split_row(row, beside):
                label = label or self._label_of(row)
                if part.text and label in self.labels:
                    rows[label.field].append(part)
        yield from rows.items()

    def _is_labelled(self, row: Row) -> bool:
        """Whether a row begins with a label that is not known, below or above the others."""
        left = min(label.x0 for label in self.labels)
        return row.x0 < left + row.size and bool(_ANY_LABEL.match(row.text))

    def _label_of(self, row: Row) -> Label:
        """Label whose value goes on in a row without a label."""
        nearest = sorted(self.labels, key=lambda label: abs(label.middle - row.middle))
        # A tax number has one row; a second one is what is left of its neighbour.
        if nearest[0].field == "tax_id" and len(nearest) > 1:
            if not TAX_ID.fullmatch("".join(row.text.split())):
                above = [label for label in nearest[1:] if label.middle < nearest[0].middle]
                lower = [label for label in nearest[1:] if label.middle > nearest[0].middle]
                same = lower if row.middle > nearest[0].middle and lower else above
                return (same or nearest[1:])[0]
        return nearest[0]


def _is_beside(label: Label, row: Row) -> bool:
    return abs(label.middle - row.middle) < 0.5 * label.size


def _split_row(row: Row, labels: list[Label]) -> Iterator[tuple[Label | None, Row]]:
    """Parts of a row that stand behind its labels; several labels may stand in one row."""
    if len(labels) < 2:
        yield None, row
        return
    labels = sorted(labels, key=lambda label: label.x0)
    ends = [*(label.x0 for label in labels[1:]), float("inf")]
    for label, end in zip(labels, ends, strict=True):
        chars = [char for char in row.chars if label.x0 <= char.center < end]
        if chars:
            yield label, Row(chars)


def find_parties(form: Form, bottom: float | None = None) -> list[_Block]:
    """Blocks of buyer and seller with their labels.

    :param bottom: where the table of goods begins, which no block above it reaches
    """
    blocks: list[_Block] = []
    for zone in form.zones:
        labels = [
            label
            for label in find_labels(zone.rows, _PATTERN, _FIELDS)
            if form.block_at(label.x0, label.middle) not in ("remark", "cipher")
        ]
        is_open = zone.box.x1 >= form.sheet.width
        blocks += (
            _make_block(zone, group, labels, bottom, is_open) for group in _split_sides(labels)
        )
    if bottom is not None:
        above = [block for block in blocks if block.labels[0].middle < bottom]
        if sum(any(label.field == "name" for label in block.labels) for block in above) >= 2:
            blocks = above  # what looks like a label below them stands in a remark
    blocks = [block for block in blocks if not _is_mention(block, blocks)]
    _name_parties(form, blocks)
    return [block for block in blocks if block.party]


def _is_mention(block: _Block, blocks: list[_Block]) -> bool:
    """Whether both parties stand elsewhere: then these labels are words of a remark."""
    fields = {label.field for label in block.labels}
    whole = [{label.field for label in other.labels} for other in blocks if other is not block]
    return "name" not in fields and sum(fields | {"name"} <= other for other in whole) >= 2


def _is_inside(char: Char, box: Box) -> bool:
    # A text that runs out of its block to the right still belongs to it.
    return char.center > box.x0 and box.top <= char.middle <= box.bottom and char.x0 < box.x1


def _split_sides(labels: list[Label]) -> list[list[Label]]:
    """Labels of one cell by the party that they belong to, side by side or one below the other."""
    sides: list[list[Label]] = []
    for label in sorted(labels, key=lambda label: (label.middle, label.x0)):
        fitting = [
            side
            for side in sides
            if all(other.field != label.field for other in side)
            and all(other.party == label.party or not label.party for other in side)
            and (label.party or abs(side[0].x0 - label.x0) < 6 * label.size)
        ]
        if fitting:
            min(fitting, key=lambda side: abs(side[0].x0 - label.x0)).append(label)
        else:
            sides.append([label])
    return sides


def _make_block(
    zone: Zone, labels: list[Label], all_labels: list[Label], table: float | None, is_open: bool
):
    x0, top, x1, bottom = zone.box
    first, last = labels[0], labels[-1]
    size = last.size
    left = min(label.x0 for label in labels)
    others = [label for label in all_labels if label not in labels]
    for other in others:
        if other.x0 > left and first.middle - size < other.middle < last.middle + size:
            x1 = min(x1, other.x0)
    top = max(top, first.middle - _ABOVE * size)
    if table is not None and table > last.middle:
        bottom = min(bottom, table)
    if bottom - last.middle > 2.5 * size:
        bottom = last.middle + _BELOW * size
    return _Block("", labels, others, Box(max(x0, left - 1), top, x1, bottom), zone, is_open)


def _name_parties(form: Form, blocks: list[_Block]) -> None:
    """Say whose block each is: by its labels or the vertical word beside it, else by its place."""
    for block in blocks:
        stated = next((label.party for label in block.labels if label.party), "")
        if stated:
            block.party = "buyer" if stated.startswith("购") else "seller"
        else:
            beside = {form.block_at(label.x0, label.middle) for label in block.labels}
            block.party = next(iter(beside & {"buyer", "seller"}), "")
    unnamed = [block for block in blocks if not block.party]
    unnamed.sort(key=lambda block: (round(block.labels[0].middle / 20), block.box.x0))
    taken = {(block.party, label.field) for block in blocks for label in block.labels}
    for block in unnamed:
        fields = [label.field for label in block.labels]
        for party in ("buyer", "seller"):
            if not any((party, name) in taken for name in fields):
                block.party = party
                taken |= {(party, name) for name in fields}
                break
