"""The workbook of the list, row by row: nothing holds more of it than sums by rate."""

from collections import defaultdict
from decimal import Decimal
from itertools import islice

from ..sheets import Limits, SheetError, read_sheets
from . import headings, values
from .document import Fault, Issued, Rate, Summary

#: A year of a large company; the bureau exports some thousand rows a file.
LIMITS = Limits(size=60 * 2**20, unpacked=250 * 2**20, rows=200_000, columns=60, cell=500)
BATCH = 500
# So many faults are named; the others are counted.
MOST_FAULTS = 200
# Sums of lines differ from their fapiao by the roundings of their taxes.
_TOLERANCE = Decimal("0.10")
_FEW_SHEETS = 20


def read_list(content, sellers, take, limits=LIMITS):
    """Read a list, and hand over what our companies issued.

    :param bytes content: the file
    :param sellers: tax numbers of our companies, as ``clean_tax_id`` writes them
    :param take: function of some hundred ``Issued`` at a time
    :rtype: Summary
    :raise SheetError: if the file is none, damaged, or larger than the limits; ``no_headings``
        with the missing ``headings`` if no sheet has the columns of the list
    """
    try:
        return read_sheets(content, lambda s: _Reader(s, sellers, take, limits).read_all(), limits)
    except _NotTakenError as error:
        raise error.__cause__ from None


def _find_roles(sheets):
    """The sheet of fapiao and that of lines, each with where its rows begin and its columns.

    Sheets of special businesses repeat the rows of these two: one of each is read.

    :return: by role ``(name, begin, number of the row of headings, columns, its texts)``, or
        nothing; and what is missing of the columns of the sheet that comes nearest
    """
    roles, nearest = {"head": None, "lines": None}, None
    for name, begin in sheets[:_FEW_SHEETS]:
        rows = [row for row in islice(begin(), headings.WITHIN) if any(row[1])]
        best = max(rows, key=lambda row: len(headings.match(row[1])), default=None)
        if best is None:
            continue
        number, texts = best
        found = headings.match(texts)
        if headings.is_lines(found):
            role = "lines"
        elif headings.is_head(found):
            role = "head"
        else:
            missing = headings.get_missing(found)
            if found and (nearest is None or len(missing) < len(nearest)):
                nearest = missing
            continue
        named = headings.SHEETS[role] in name
        if roles[role] is None or (named and not roles[role][0]):
            roles[role] = (named, name, begin, number, found, texts)
    return {role: sheet and sheet[1:] for role, sheet in roles.items()}, nearest


class _NotTakenError(SheetError):
    """What ``take`` raises, which is no fault of the file."""


class _FaultyError(Exception):
    """A row that cannot be taken, with the column and the reason."""

    def __init__(self, code, column="", value=""):
        super().__init__(code)
        self.code, self.column, self.value = code, column, value


class _Reader:
    def __init__(self, sheets, sellers, take, limits):
        self.sellers, self.take, self.limits = sellers, take, limits
        self.summary = Summary()
        self.seen = {}
        self.batch = []
        roles, nearest = _find_roles(sheets)
        self.head, self.lines = roles["head"], roles["lines"]
        if not self.head and not (self.lines and headings.is_head(self.lines[3])):
            missing = nearest or headings.get_missing(self.lines[3] if self.lines else {})
            raise SheetError("no_headings", headings=", ".join(missing))

    def read_all(self):
        rates, heads = self._read_lines() if self.lines else ({}, {})
        self.summary.has_lines = bool(rates)
        if self.head:
            for number, cells in self._iterate(self.head):
                self._read_row(self.head, number, cells, rates)
        else:
            for number, cells in heads.values():
                self._read_row(self.lines, number, cells, rates)
        self._flush()
        return self.summary

    # === ROWS === #

    def _iterate(self, sheet):
        """Numbers and cells of the rows below the headings; a row of sums is none."""
        _name, begin, first, columns, _texts = sheet
        count = 0
        for number, texts in begin():
            if number <= first:
                continue
            cells = {name: texts[place] for name, place in columns.items() if place < len(texts)}
            is_filled = [name for name, text in cells.items() if text]
            if not is_filled or not any(cells.get(n) for n in ("number", "paper_number", "status")):
                continue
            count += 1
            if count > self.limits.rows:
                raise SheetError("too_many_rows", rows=self.limits.rows)
            yield number, cells

    def _is_incoming(self, cells):
        """Whether another seller issued it; persons who sell to us have no number."""
        seller = values.clean_tax_id(cells.get("seller_vat"))
        if not seller:
            return values.clean_tax_id(cells.get("buyer_vat")) in self.sellers
        return seller not in self.sellers and not values.is_destroyed(seller)

    def _get_identity(self, cells):
        names = ("number", "code", "paper_number")
        try:
            return values.read_identity(*(cells.get(name, "") for name in names))
        except ValueError as error:
            code = str(error)
            column = (
                "code" if code == "code" else next((n for n in names if cells.get(n)), "number")
            )
            if code == "destroyed":
                column = next(n for n in names if values.is_destroyed(cells.get(n, "")))
            raise _FaultyError(code, column) from error

    def _read_row(self, sheet, number, cells, rates):
        summary = self.summary
        summary.rows += 1
        if self._is_incoming(cells):
            summary.incoming += 1
            return
        try:
            issued = self._read_issued(sheet[0], number, cells)
        except _FaultyError as fault:
            summary.faulty += 1
            summary.destroyed += fault.code == "destroyed"
            self._add_fault(sheet, number, fault.code, fault.column, fault.value, cells)
            return
        # What says the same is the same row: one that is chosen twice, or on two sheets.
        said = (issued.amount_untaxed, issued.amount_tax, issued.issue_date, issued.status)
        if issued.key in self.seen:
            before, row = self.seen[issued.key]
            if before == hash(said):
                summary.double += 1
            else:
                summary.faulty += 1
                self._add_fault(sheet, number, "contradiction", "", str(row), cells)
            return
        self.seen[issued.key] = (hash(said), number)
        summary.ours += 1
        found = rates.pop(issued.key, None)
        if found:
            issued = self._add_rates(sheet, issued, found)
        self.batch.append(issued)
        if len(self.batch) >= BATCH:
            self._flush()

    def _flush(self):
        if self.batch:
            try:
                self.take(self.batch)
            except Exception as error:
                raise _NotTakenError("take") from error
            self.batch = []

    def _read_issued(self, sheet, row, cells):
        if values.is_destroyed(cells.get("seller_vat", "")):
            raise _FaultyError("destroyed", "seller_vat")
        if not values.clean_tax_id(cells.get("seller_vat")):
            raise _FaultyError("empty", "seller_vat")
        code, number = self._get_identity(cells)
        day = self._value(cells, "issue_date", values.read_day)
        untaxed = self._value(cells, "amount_untaxed", values.read_amount)
        tax = self._value(cells, "amount_tax", self._read_tax)
        total = untaxed + tax
        if cells.get("amount_total"):
            total = self._value(cells, "amount_total", values.read_amount)
            if abs(untaxed + tax - total) > Decimal("0.01"):
                raise _FaultyError("total", "amount_total", f"{untaxed} + {tax}")
        is_red = self._value(cells, "is_positive", values.read_sign)
        if is_red is None:
            is_red = total < 0
        elif total and is_red != (total < 0):
            raise _FaultyError("red", "is_positive", f"{total}")
        kind, is_paper = values.read_kind(cells.get("kind", ""), number)
        remark = cells.get("remark", "")
        red_code, red_number, confirmation = values.read_red_link(remark) if is_red else ("",) * 3
        return Issued(
            sheet=sheet,
            row=row,
            number=number,
            code=code,
            seller_vat=values.clean_tax_id(cells.get("seller_vat")),
            buyer_vat=self._read_buyer_vat(cells),
            buyer_name=cells.get("buyer_name", ""),
            issue_date=day,
            amount_untaxed=untaxed,
            amount_tax=tax,
            amount_total=total,
            kind=kind,
            kind_text=cells.get("kind", ""),
            is_paper=is_paper,
            status=self._value(cells, "status", values.read_status),
            is_red=is_red,
            risk=cells.get("risk", ""),
            source=cells.get("source", ""),
            issuer=cells.get("issuer", ""),
            remark=remark,
            red_number=red_number,
            red_code=red_code,
            red_confirmation=confirmation,
        )

    def _read_buyer_vat(self, cells):
        """Nothing for a number of 15 digits or more that a spreadsheet destroyed."""
        text = cells.get("buyer_vat", "")
        return "" if values.is_destroyed(text) else values.clean_tax_id(text)

    @staticmethod
    def _read_tax(text):
        """What is exempt has no tax: ``***``."""
        return values.read_amount(text) if text.strip("*- ") else Decimal("0.00")

    @staticmethod
    def _value(cells, name, read):
        text = cells.get(name, "")
        try:
            return read(text)
        except ValueError as error:
            raise _FaultyError(str(error) if text else "empty", name) from error

    # === LINES === #

    def _read_lines(self):
        """Sums by rate of each fapiao of ours; and where there is no other sheet, its first row
        with the sums of all.

        Lines that cannot be read are missing in the sums, and so these do not add up.
        """
        rates = defaultdict(lambda: defaultdict(lambda: [Decimal(0), Decimal(0)]))
        heads = {}
        for number, cells in self._iterate(self.lines):
            if self._is_incoming(cells) and "seller_vat" in cells:
                # Counted once, and not looked into.
                named = (cells.get("number"), cells.get("code"), cells.get("paper_number"))
                if not self.head:
                    heads.setdefault(named, (number, cells))
                continue
            try:
                key = self._get_identity(cells)
                rate = self._value(cells, "rate", values.read_rate)
                untaxed = self._value(cells, "amount_untaxed", values.read_amount)
                tax = self._value(cells, "amount_tax", self._read_tax)
            except _FaultyError as fault:
                if self.head:
                    self._add_fault(self.lines, number, fault.code, fault.column, "", cells)
                else:
                    heads[("", "", number)] = (number, cells)
                continue
            sums = rates[key][rate]
            sums[0] += untaxed
            sums[1] += tax
            if not self.head:
                self._add_to_head(heads, key, number, cells, untaxed, tax)
        return rates, heads

    @staticmethod
    def _add_to_head(heads, key, number, cells, untaxed, tax):
        if key not in heads:
            heads[key] = (number, {**cells, "amount_total": ""})
        else:
            first = heads[key][1]
            for name, amount in (("amount_untaxed", untaxed), ("amount_tax", tax)):
                before = _Reader._read_tax(first[name])
                first[name] = str(before + amount)

    def _add_rates(self, sheet, issued, found):
        lines = tuple(Rate(rate, *sums) for rate, sums in sorted(found.items()))
        differs = (
            abs(sum(line.amount_untaxed for line in lines) - issued.amount_untaxed),
            abs(sum(line.amount_tax for line in lines) - issued.amount_tax),
        )
        if max(differs) > _TOLERANCE:
            total = sum(line.amount_untaxed + line.amount_tax for line in lines)
            self._add_fault(sheet, issued.row, "lines", "amount_untaxed", f"{total}", {})
            return issued
        # Cheaper than dataclasses.replace, for each of twenty thousand.
        object.__setattr__(issued, "lines", lines)
        return issued

    def _add_fault(self, sheet, number, code, column, value, cells):
        if len(self.summary.faults) >= MOST_FAULTS:
            return
        name, _begin, _first, columns, texts = sheet
        heading = texts[columns[column]] if column in columns else column
        shown = (value or cells.get(column) or "")[:60]
        self.summary.faults.append(Fault(code, name, number, heading, shown))
