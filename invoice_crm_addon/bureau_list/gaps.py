"""Numbers that are missing between those of paper fapiao."""

from collections import defaultdict
from dataclasses import dataclass

# Books and rolls hold some hundred forms; two that are further apart are of two rolls.
ROLL = 500


@dataclass(frozen=True)
class Gap:
    """Numbers of a code that nobody knows of, though there are some before and behind.

    :param str first: the first that is missing, ``last`` the last of them
    :param int count: how many they are
    """

    code: str
    first: str
    last: str
    count: int


def find_gaps(pairs, roll=ROLL):
    """Gaps in the numbers of paper fapiao.

    :param pairs: code and number of each that is known, voided ones too, in any order
    :param int roll: numbers further apart than this are of another roll: no gap
    :rtype: list[Gap]
    """
    numbers_by_code = defaultdict(list)
    for code, number in sorted(set(pairs)):
        if number.isdecimal():
            numbers_by_code[code].append(int(number))
    gaps = []
    for code, numbers in numbers_by_code.items():
        for before, after in zip(numbers, numbers[1:], strict=False):
            count = after - before - 1
            if 0 < count <= roll:
                gaps.append(Gap(code, f"{before + 1:08d}", f"{after - 1:08d}", count))
    return gaps
