"""What the cells of a row say, each alone: texts to values, or a sentence about what is wrong."""

import re
import unicodedata

from odoo.tools import single_email_re

from ...fapiao import (
    IMPOSSIBLE,
    correct_tax_id,
    is_spreadsheet_number,
    normalize_tax_id,
    split_address_phone,
    split_bank_account,
    tax_id_problem,
)
from ...sheets import UNKNOWN

# Texts that stand where nothing is known.
_NOTHING = re.compile(r"[/\\\-—–*_.]+|无|暂无|没有|空|n/?a|null|none|nil", re.IGNORECASE)
_EXCEL_ERROR = re.compile(r"#(N/A|REF!|VALUE!|NAME\?|DIV/0!|NULL!|NUM!|SPILL!|CALC!)")
_ACCOUNT = re.compile(r"[0-9A-Z]{4,40}")
_NOT_OF_ACCOUNT = re.compile(r"[\s\-‐‑‒–—―_.·]+")
_CNAPS = re.compile(r"\d{12}")
_PHONE_CHARACTERS = re.compile(r"[-\d\s+()/,;、，；.*#转分机extEXT:：~\-]+")
_DIGIT = re.compile(r"\d")
_BETWEEN = re.compile(r"[,;、，；|]+")
_KINDS = {
    True: "公司 企业 单位 组织 法人 个体工商户 个体户 company organization business true yes y"
    " 是 1",
    False: "个人 自然人 人 individual person private false no n 否 0",
}
KINDS = {word: kind for kind, words_ in _KINDS.items() for word in words_.split()}
JOINED = ("address_phone", "bank_account")
FREE_TEXTS = ("remark", "tags")
_CUT_LAST = re.compile(r"(?<![0-9A-Z.])[0-9][.,][0-9]+E\+?[0-9]{1,3}$", re.IGNORECASE)
MOST_CHARACTERS = {"name": 200, "title": 200, "remark": 2000}
LONGEST_CELL = 500


class CellFault(Exception):
    """A cell cannot be taken.

    :param Words sentence: what is wrong and how to mend it
    """

    def __init__(self, sentence):
        super().__init__(sentence)
        self.sentence = sentence


class Cells:
    """Reads the cells of rows.

    :param Wording say: makes sentences
    :param dict headings: label of a column by its name, as the file has it
    """

    def __init__(self, say, headings):
        self.say = say
        self.headings = headings

    def parse(self, cells):
        """Values by column of one row, without what is empty.

        :param dict cells: text by column
        :return: values; sentences about what is wrong; doubts
        :rtype: tuple[dict, list, list]
        """
        values, faults, doubts = {}, [], []
        texts = {
            name: text
            for name, text in cells.items()
            if not name.startswith(UNKNOWN) and not _NOTHING.fullmatch(text)
        }
        for name, text in texts.items():
            try:
                self._check_text(name, text)
                read = getattr(self, f"_read_{name}", None)
                value = read(text) if read else text
                if value not in ("", None):
                    values[name] = value
            except CellFault as fault:
                faults.append(fault.sentence)
        self._split_joined(values)
        if fault := self._get_number_fault(values.get("vat")):
            # Abroad it may be right: who judges the row knows where the customer lives.
            values["vat_fault"] = fault
        if doubt := "vat" in values and self._doubt_tax_number(values["vat"]):
            doubts.append(doubt)
        return values, faults, doubts

    def _check_text(self, name, text):
        """:raise CellFault: if a cell holds what no column may"""
        if _EXCEL_ERROR.fullmatch(text):
            raise CellFault(
                self.say._(
                    "%(column)s is “%(text)s”: Excel could not compute the cell. Enter the value "
                    "itself.",
                    column=self.headings[name],
                    text=text,
                )
            )
        if name not in FREE_TEXTS:
            self._refuse_cut(name, text)
        most = MOST_CHARACTERS.get(name, LONGEST_CELL)
        if len(text) > most:
            raise CellFault(
                self.say._(
                    "%(column)s is longer than %(most)s characters. Shorten it; in a CSV file, "
                    "look whether a quotation mark is missing.",
                    column=self.headings[name],
                    most=most,
                )
            )

    def _refuse_cut(self, name, text):
        """:raise CellFault: if a spreadsheet cut a number of the cell"""
        is_joined = name in JOINED and _CUT_LAST.search(unicodedata.normalize("NFKC", text))
        if is_joined or is_spreadsheet_number(text):
            raise CellFault(
                self.say._(
                    "%(column)s is “%(text)s”: Excel turned it into a number, and its last digits "
                    "are lost. Format the column as text, and enter the number again.",
                    column=self.headings[name],
                    text=text,
                )
            )

    # === COLUMNS === #

    def _read_vat(self, text):
        number = correct_tax_id(text)
        if number and tax_id_problem(number) in IMPOSSIBLE:
            return " ".join(unicodedata.normalize("NFKC", text).split())
        return number

    def _get_number_fault(self, number):
        """Why a tax number is none in China, or None."""
        problem = number and tax_id_problem(number)
        if problem not in IMPOSSIBLE:
            return None
        if problem == "characters":
            return self.say._(
                "“%s” is no Chinese tax number: it has digits and capital letters only. Compare it "
                "with the business licence. If the customer is abroad, enter its country.",
                number[:60],
            )
        return self.say._(
            "“%(number)s” is no Chinese tax number: it has 15, 17, 18 or 20 characters, and this "
            "one has %(length)s. Compare it with the business licence. If the customer is abroad, "
            "enter its country.",
            number=number[:60],
            length=len(normalize_tax_id(number)),
        )

    def _doubt_tax_number(self, number):
        problem = tax_id_problem(number)
        if problem == "uscc_check_digit":
            return self.say._(
                "The check digit of this tax number is wrong. Compare it with the business licence."
            )
        if problem == "id_card_check_digit":
            return self.say._(
                "The check digit of this identity card number is wrong. Compare it with the card."
            )
        return False

    def _read_account(self, text):
        text = unicodedata.normalize("NFKC", text)
        if "*" in text:
            return "*"  # as a screen shows it to those who see no more: it stays what it is
        number = _NOT_OF_ACCOUNT.sub("", text).upper()
        if not _ACCOUNT.fullmatch(number) or not _DIGIT.search(number):
            # It is not repeated: not everybody who reads this sees account numbers.
            raise CellFault(
                self.say._(
                    "%s is no account number: it has digits, maybe capital letters, and nothing "
                    "else. Correct the cell.",
                    self.headings["account"],
                )
            )
        return number

    def _read_cnaps(self, text):
        number = _NOT_OF_ACCOUNT.sub("", unicodedata.normalize("NFKC", text))
        if not _CNAPS.fullmatch(number):
            raise CellFault(
                self.say._(
                    "%(column)s “%(text)s” is no CNAPS code: it has 12 digits. Ask the bank, or "
                    "leave the cell empty.",
                    column=self.headings["cnaps"],
                    text=text[:40],
                )
            )
        return number

    def _read_phone(self, text):
        return self._read_any_phone("phone", text)

    def _read_mobile(self, text):
        return self._read_any_phone("mobile", text)

    def _read_any_phone(self, name, text):
        text = unicodedata.normalize("NFKC", text)
        if not _PHONE_CHARACTERS.fullmatch(text) or len(_DIGIT.findall(text)) < 5:
            raise CellFault(
                self.say._(
                    "%(column)s “%(text)s” is no phone number. Correct it, or leave the cell "
                    "empty.",
                    column=self.headings[name],
                    text=text[:40],
                )
            )
        return text

    def _read_email(self, text):
        text = unicodedata.normalize("NFKC", text).replace(" ", "")
        for address in filter(None, _BETWEEN.split(text)):
            if not single_email_re.fullmatch(address):
                raise CellFault(
                    self.say._(
                        "%(column)s “%(text)s” is no e-mail address. Correct it, such as "
                        "name@example.com.",
                        column=self.headings["email"],
                        text=text[:60],
                    )
                )
        return ", ".join(filter(None, _BETWEEN.split(text)))

    def _read_kind(self, text):
        kind = KINDS.get(unicodedata.normalize("NFKC", text).strip().casefold())
        if kind is None:
            raise CellFault(
                self.say._(
                    "%(column)s “%(text)s”: write 公司 (company) or 个人 (individual).",
                    column=self.headings["kind"],
                    text=text[:40],
                )
            )
        return kind

    def _read_tags(self, text):
        return [tag.strip() for tag in _BETWEEN.split(text) if tag.strip()]

    # === JOINED COLUMNS === #

    def _split_joined(self, values):
        """What stands in two columns of one is taken where the own columns say nothing."""
        if joined := values.pop("address_phone", ""):
            address, phone = split_address_phone(joined)
            self._add(values, address=address, phone=phone)
        if joined := values.pop("bank_account", ""):
            bank, account = split_bank_account(joined)
            self._add(values, bank=bank, account=account)

    def _add(self, values, **found):
        for name, text in found.items():
            if text:
                values.setdefault(name, text)
