"""Arithmetic of red letters: parts of the lines of a ticket, exact to the cent.

A part has the sign of its line, and its untaxed amount and tax are kept apart. Whoever takes part
after part until nothing is left has taken the line, to the cent and to the thirteenth decimal of
its quantity: each part is cut off what is left, and the last one is what is left.
"""

from dataclasses import dataclass

from odoo.tools import float_compare, float_is_zero

# The tax bureau takes quantities with as many decimals.
QUANTITY_DIGITS = 13
# A document rounds each amount; a quantity explains an amount that is this near, in its currency.
EXPLAINED = 0.05


@dataclass(frozen=True)
class Part:
    """Quantity and amounts of a line, or of a part of it."""

    quantity: float = 0.0
    untaxed: float = 0.0
    tax: float = 0.0

    @property
    def total(self):
        return self.untaxed + self.tax

    @classmethod
    def of(cls, line):
        """All of a line."""
        return cls(line.quantity, line.amount_untaxed, line.amount_tax)

    def __neg__(self):
        return Part(-self.quantity, -self.untaxed, -self.tax)

    def minus(self, other, currency):
        """What is left without another part."""
        return Part(
            round(self.quantity - other.quantity, QUANTITY_DIGITS),
            currency.round(self.untaxed - other.untaxed),
            currency.round(self.tax - other.tax),
        )

    def is_nothing(self, currency):
        """Whether it amounts to nothing."""
        return currency.is_zero(self.untaxed) and currency.is_zero(self.tax)

    def cut(self, currency, total=None, quantity=None):
        """A part of what is here; the one that is not given follows from the other.

        :param float total: amount with tax
        :rtype: Part
        """
        if total is None:
            total = self.total * _share(quantity, self.quantity)
        if quantity is None:
            quantity = self.quantity * _share(total, self.total)
        total = currency.round(total)
        untaxed = currency.round(self.untaxed * _share(total, self.total))
        return Part(round(quantity, QUANTITY_DIGITS), untaxed, currency.round(total - untaxed))

    def holds(self, other, currency):
        """Whether another part, of the same sign, fits into this one."""
        return (
            self.total * other.total >= 0
            and self.quantity * other.quantity >= 0
            and currency.compare_amounts(abs(other.total), abs(self.total)) <= 0
            and float_compare(
                abs(other.quantity), abs(self.quantity), precision_digits=QUANTITY_DIGITS
            )
            <= 0
        )


def spread(parts, total, currency):
    """Cut a total off several parts, in proportion to what they amount to.

    What the shares are rounded by goes from each to the next, so that none takes a cent more than
    there is of it, and the last one ends at the total.

    :param dict parts: :class:`Part` by line
    :param float total: amount with tax, at most that of the parts together
    :return: what is cut off each
    :rtype: dict[Line, Part]
    """
    share = _share(total, sum(part.total for part in parts.values()))
    cut, exact, taken = {}, 0.0, 0.0
    for line, part in parts.items():
        exact += part.total * share
        amount = currency.round(exact) - taken
        taken += amount
        cut[line] = part.cut(currency, total=amount)
    return cut


def get_left(lines, letters, currency):
    """What red letters leave of each line of their original.

    A red letter that was read from a file says no more than a name and amounts, so what it takes
    is found the same way for all: first from a line of its name, best at the same price, and what
    fits no line from all in proportion.

    :param lines: lines of the original
    :param letters: lines of the red letters
    :param currency: currency of the original
    :rtype: dict[Line, Part]
    """
    left = {line: Part.of(line) for line in lines}
    for letter in letters:
        line, taken = _find_line(left, letter, currency)
        parts = {line: taken} if line else spread(left, taken.total, currency)
        for line, part in parts.items():
            left[line] = left[line].minus(part, currency)
    return left


def _find_line(left, letter, currency):
    """The line of the original that a line of a red letter repeats, and what it takes of it.

    :return: None and the whole line of the letter, if it fits none
    :rtype: tuple[Line | None, Part]
    """
    whole = -Part.of(letter)
    # An allowance takes money back, and no goods.
    money = Part(0.0, whole.untaxed, whole.tax)
    for taken, is_goods in ((whole, True), (money, False)):
        for line, part in left.items():
            fits = line.name == letter.name and part.holds(taken, currency)
            if fits and _explains(line, whole) == is_goods:
                return line, taken
    return None, whole


def _explains(line, part):
    """Whether the quantity of a part, at the price of the line, amounts to the part."""
    expected = line.amount_untaxed * _share(part.quantity, line.quantity)
    return abs(expected - part.untaxed) <= EXPLAINED


def _share(part, whole):
    return part / whole if not float_is_zero(whole, precision_digits=QUANTITY_DIGITS) else 0.0
