"""Tax numbers: normal form, check digits, and what is wrong with one."""

import pytest
from fapiao import is_id_card, is_uscc, normalize_tax_id, tax_id_problem, uscc_check_digit
from fapiao_builders import random_uscc, rng_for

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def test_uscc_check_digit():
    assert uscc_check_digit("91110108339805094") == "M"
    assert is_uscc("91110108339805094M")
    assert not is_uscc("91110108339805094N")
    assert not is_uscc("9111010833980509")
    assert not is_uscc("91110108339805094I")


def test_every_single_error_breaks_the_check_digit():
    good = random_uscc(rng_for("uscc"))
    assert is_uscc(good)
    for place in range(18):
        for char in set("0123456789ABCDEFGH") - {good[place]}:
            assert not is_uscc(good[:place] + char + good[place + 1 :])


def test_id_card():
    assert is_id_card("11010519491231002X")
    assert not is_id_card("110105194912310021")
    assert not is_id_card("11010519491331002X")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" ９１１１ ０１０８-3398\u200b05094ｍ ", "91110108339805094M"),
        ("9111–0108—339805094M", "91110108339805094M"),
        ("/", ""),
        ("***", ""),
        ("无", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_normalize_tax_id(text, expected):
    assert normalize_tax_id(text) == expected


@pytest.mark.parametrize(
    ("tax_id", "problem"),
    [
        ("91110108339805094M", None),
        ("91110108339805094m", None),
        ("110108123456789", None),
        ("11010812345678901", None),
        ("32040419760706081301", None),
        ("11010519491231002X", None),
        ("", None),
        ("110105194912310021", "id_card_check_digit"),
        ("12110000400777432A", "uscc_check_digit"),
        ("9150010807MGZHI002", "uscc_check_digit"),
        ("1234", "length"),
        ("9111010833980509", "length"),
        ("91110108339805094!", "characters"),
        ("九一一一〇一〇八三三九八〇五〇九四", "characters"),
    ],
)
def test_tax_id_problem(tax_id, problem):
    assert tax_id_problem(tax_id) == problem


# --- The standards, by their own arithmetic -----------------------------------------------------


def has_uscc_digit(number):
    """GB 32100, paragraph 5: the weighted sum of all eighteen places is a multiple of 31."""
    if len(number) != 18 or not set(number) <= set(ALPHABET):
        return False
    body = sum(ALPHABET.index(char) * pow(3, place, 31) for place, char in enumerate(number[:17]))
    return (body + ALPHABET.index(number[17])) % 31 == 0


def has_card_digit(number):
    """GB 11643: ISO 7064, MOD 11-2."""
    values = [10 if char == "X" else int(char) for char in number]
    return sum(value * pow(2, 17 - place, 11) for place, value in enumerate(values)) % 11 == 1


@pytest.mark.parametrize("chars", [ALPHABET, "0123456789", ALPHABET + "IOSVZ"])
def test_codes_have_the_verdict_of_the_standard(chars):
    rng = rng_for(f"codes {chars}")
    for _time in range(3000):
        number = "".join(rng.choices(chars, k=rng.choice((17, 18, 18, 18, 18, 19))))
        assert is_uscc(number) == has_uscc_digit(number), number


@pytest.mark.parametrize("office", ["91", "92", "52", "12", "A1", "Y1", "G1", "N2", "0H"])
def test_no_registering_office_is_impossible(office):
    rng = rng_for(f"office {office}")
    for _time in range(300):
        body = office + "".join(rng.choices(ALPHABET, k=15))
        fitting = [digit for digit in ALPHABET if is_uscc(body + digit)]
        assert len(fitting) == 1 and has_uscc_digit(body + fitting[0])
        assert tax_id_problem(body + fitting[0]) is None


def test_cards_have_the_verdict_of_the_standard():
    rng = rng_for("cards")
    for _time in range(3000):
        # Any place of birth, former counties and unknown ones among them.
        day = f"{rng.randint(1900, 2025)}{rng.randint(1, 12):02d}{rng.randint(1, 28):02d}"
        body = f"{rng.randint(100000, 999999)}{day}{rng.randint(0, 999):03d}"
        fitting = [digit for digit in "0123456789X" if is_id_card(body + digit)]
        assert fitting == [digit for digit in "0123456789X" if has_card_digit(body + digit)]
        assert len(fitting) == 1


@pytest.mark.parametrize("day", ["18991231", "20230229", "20231301", "20230100"])
def test_no_card_without_a_birthday(day):
    assert not any(is_id_card(f"110105{day}002{digit}") for digit in "0123456789X")
