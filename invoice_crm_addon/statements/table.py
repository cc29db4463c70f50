"""Tables of Chinese banks, to a statement."""

import re
from contextlib import suppress
from decimal import Decimal

from ..sheets import Limits, SheetError, read_grids
from .document import Entry, Problem, Statement, StatementError
from .headings import GRAND_TOTALS, TOTALS, find_facts, is_heading, match_columns
from .values import (
    has_lost_digits,
    normalize,
    parse_account,
    parse_amount,
    parse_currency,
    parse_day,
)

_IN, _OUT = 1, -1
_FLAGS = {
    **dict.fromkeys(
        "贷|贷方|收|收入|转入|来账|入账|存入|进|入|收款|C|CR|CREDIT|+|IN".split("|"), _IN
    ),
    **dict.fromkeys(
        "借|借方|支|付|支出|转出|往账|出账|支取|出|付款|D|DR|DEBIT|-|OUT".split("|"), _OUT
    ),
}
_LONGEST = 500
_MOST_PROBLEMS = 20


def read_table_statement(content, limits=None):
    """:raise StatementError: if it is no statement, or one that contradicts itself"""
    try:
        grids = read_grids(content, limits or Limits())
    except SheetError as error:
        raise StatementError(error.code, **error.values) from error
    for grid in grids:
        for index, (_number, texts) in enumerate(grid):
            columns = match_columns(texts)
            if is_heading(columns):
                return _Reader(columns).read_rows(grid[:index], grid[index + 1 :])
    first = next((texts for grid in grids for _number, texts in grid), [])
    raise StatementError("no_statement", headings=", ".join(t[:30] for t in first[:8] if t))


class _Reader:
    """Reads the rows below one row of headings.

    :param dict columns: positions by name of the column
    """

    def __init__(self, columns):
        self.columns = columns
        self.problems = []
        self.warnings = []
        self.currencies = {}
        self.own_accounts = {}
        self.facts = {}
        self.column_totals = {"income": Decimal(), "expense": Decimal()}
        self.has_sign_only = False

    def read_rows(self, above, below):
        for _number, texts in above:
            self._note_facts(find_facts(texts))
        self.outgoing_sign = self._find_outgoing_sign(below)
        entries = []
        for number, texts in below:
            if is_heading(match_columns(texts)):
                continue  # Pages that were put one behind the other repeat it.
            if self._is_outside(texts):
                self._note_facts(self._find_totals(texts))
            elif entry := self._read_row(number, texts):
                entries.append(entry)
        if self.problems:
            raise StatementError("rows", problems=self.problems[:_MOST_PROBLEMS])
        if not entries:
            raise StatementError("no_entries")
        statement = Statement(
            account=self._get_own_account(),
            currency=self._get_currency(),
            entries=entries,
            warnings=self.warnings[:_MOST_PROBLEMS],
        )
        self._check_totals(statement)
        for name in ("opening", "closing"):
            setattr(statement, name, self._get_fact_amount(name))
        return statement

    # === ROWS === #

    def _get(self, texts, name):
        for position in self.columns.get(name, ()):
            if position < len(texts) and texts[position]:
                return texts[position]
        return ""

    def _is_outside(self, texts):
        """Whether a row is one of totals, balances or remarks, and no entry."""
        first = next(filter(None, texts), "")
        if TOTALS.match(normalize(first)):
            return True
        if self._get(texts, "date"):
            with suppress(ValueError):
                parse_day(self._get(texts, "date"))
                return False
        # What cannot be a day is a remark, if nothing beside it can be an amount.
        amounts = [self._get(texts, name) for name in ("income", "expense", "amount")]
        return bool(find_facts(texts)) or not any(amounts)

    def _read_row(self, number, texts):
        day = self._read_day(number, texts)
        amount = self._read_amount(number, texts)
        balance = self._read_cell_amount(number, texts, "balance")
        self._note_own(number, texts)
        if day is None or amount is None:
            return None
        payer, account = self._read_counterparty(texts, amount)
        if has_lost_digits(account):
            self.warnings.append(Problem(number, "account", account))
        parts = [texts[p] for p in self.columns.get("text", ()) if p < len(texts)]
        text = " ".join(dict.fromkeys(filter(None, parts)))
        if max(len(payer), len(text)) > _LONGEST:
            self.problems.append(Problem(number, "too_long", (payer or text)[:40]))
        return Entry(
            row=number,
            date=day,
            amount=amount,
            name=payer,
            account=parse_account(account),
            text=text,
            serial=normalize(self._get(texts, "serial") or self._get(texts, "voucher"))[:64],
            balance=balance,
        )

    def _read_day(self, number, texts):
        text = self._get(texts, "date")
        try:
            return parse_day(text)
        except ValueError:
            self.problems.append(Problem(number, "date", text[:40]))
            return None

    def _read_cell_amount(self, number, texts, name):
        text = self._get(texts, name)
        try:
            return parse_amount(text)
        except ValueError:
            self.problems.append(Problem(number, "amount", text[:40]))
            return None

    def _read_amount(self, number, texts):
        """What came in, or with a minus went out; None if the row does not say."""
        known = len(self.problems)
        income, expense, amount = (
            self._read_cell_amount(number, texts, name) for name in ("income", "expense", "amount")
        )
        if len(self.problems) > known:
            return None
        if income and expense:
            self.problems.append(Problem(number, "two_amounts", f"{income} / {expense}"))
        elif income or expense:
            self.column_totals["income"] += income or 0
            self.column_totals["expense"] += expense or 0
            return income or -expense * self.outgoing_sign
        elif amount:
            return self._apply_flag(number, texts, amount)
        else:
            self.problems.append(Problem(number, "no_amount"))
        return None

    def _find_outgoing_sign(self, rows):
        """-1 if the bank writes a minus before all that went out; a single one takes back."""
        texts = [self._get(texts, "expense") for _number, texts in rows]
        amounts = []
        for text in filter(None, texts):
            try:
                amounts.append(parse_amount(text))
            except ValueError:
                continue
        amounts = [amount for amount in amounts if amount]
        return -1 if amounts and all(amount < 0 for amount in amounts) else 1

    def _apply_flag(self, number, texts, amount):
        if "flag" not in self.columns:
            self.has_sign_only = True
            return amount
        text = normalize(self._get(texts, "flag")).upper()
        direction = _FLAGS.get(re.sub(r"[\s()]", "", text))
        if direction is None:
            self.problems.append(Problem(number, "direction", text[:40]))
            return None
        # 支出 -100.00 says the same twice.
        return -abs(amount) if direction == _OUT and amount < 0 else direction * amount

    def _read_counterparty(self, texts, amount):
        side = "payer" if amount > 0 else "payee"
        name = self._get(texts, "name") or self._get(texts, side)
        return name, self._get(texts, "account") or self._get(texts, f"{side}_account")

    def _note_own(self, number, texts):
        own = self._get(texts, "own")
        if own and not has_lost_digits(own):
            self.own_accounts.setdefault(parse_account(own), number)
        try:
            if code := parse_currency(self._get(texts, "currency")):
                self.currencies.setdefault(code, number)
        except ValueError as error:
            self.problems.append(Problem(number, "currency", str(error)[:40]))

    # === FACTS === #

    def _note_facts(self, facts):
        for name, value in facts.items():
            self.facts.setdefault(name, value)

    def _find_totals(self, texts):
        """Facts of a row outside of the table; a row of totals has them in the columns."""
        facts = find_facts(texts)
        if GRAND_TOTALS.match(normalize(next(filter(None, texts), ""))):
            for name in ("income", "expense"):
                if (text := self._get(texts, name)) and not _is_label(text):
                    facts.setdefault(f"{name}_total", text)
        return facts

    def _get_fact_amount(self, name):
        try:
            return parse_amount(self.facts.get(name, ""))
        except ValueError:
            return None

    def _check_totals(self, statement):
        """:raise StatementError: if the file's own totals are not those of its rows"""
        if self.has_sign_only and all(entry.amount > 0 for entry in statement.entries):
            raise StatementError("no_direction")
        sums = {
            "income": sum(e.amount for e in statement.entries if e.amount > 0),
            "expense": -sum(e.amount for e in statement.entries if e.amount < 0),
        }
        for name, found in sums.items():
            said = self._get_fact_amount(f"{name}_total")
            # What was reversed counts on one side or on the other: banks differ.
            if said is not None and abs(said) not in (abs(found), abs(self.column_totals[name])):
                raise StatementError("total", said=str(said), found=str(found))

    def _get_currency(self):
        try:
            above = parse_currency(self.facts.get("currency", ""))
        except ValueError:
            above = ""
        codes = list(self.currencies) or [above]
        if len(codes) > 1:
            raise StatementError("currencies", currencies=", ".join(codes))
        return codes[0]

    def _get_own_account(self):
        numbers = [number for number in self.own_accounts if number]
        if len(numbers) > 1:
            raise StatementError("accounts", count=len(numbers))
        text = self.facts.get("own", "")
        match = re.search(r"\d[\d\s-]{5,40}", normalize(text))
        return numbers[0] if numbers else parse_account(match[0]) if match else ""


def _is_label(text):
    try:
        return parse_amount(text) is None
    except ValueError:
        return True
