"""The tax bureau's export of what a company sells (项目信息), or a list of classification codes."""

import re
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from .headings import heading_key
from .reader import SheetError, read_grids

#: Headings by what they mean, in any order and anywhere within the first rows of a sheet.
HEADINGS = {
    "code": (
        "商品和服务税收分类编码|商品和服务税收编码|商品和服务分类编码|税收分类编码|税收编码|税收分类合并编码|合并编码"
        "|商品编码|商品税收编码|税目编码|编码|tax classification code|code"
    ),
    "name": (
        "项目名称|商品和服务名称|货物和劳务名称|货物或应税劳务、服务名称|商品名称|名称|品名"
        "|name|goods or service"
    ),
    "short_name": (
        "商品和服务分类简称|商品和服务税收分类简称|税收分类简称|分类简称|简称|short name"
    ),
    "rate": "税率/征收率|税率(征收率)|税率|征收率|增值税税率|可用税率|tax rate|rate",
    "policy": "优惠政策类型|优惠政策|税收优惠政策|增值税特殊管理|policy",
    "has_policy": "是否使用优惠政策|享受优惠政策|是否享受优惠政策",
}
_NAMES = {
    heading_key(heading): name for name, text in HEADINGS.items() for heading in text.split("|")
}
_HEADINGS_WITHIN = 20
_BETWEEN = re.compile(r"[、,，;；/\s]+")  # noqa: RUF001
_DIGITS = 19
#: Words in a column of rates that say a treatment.
TREATMENTS = ("免税", "不征税")
YES, NO = {"是", "Y", "y", "1", "TRUE"}, {"", "否", "无", "N", "n", "0", "FALSE", "-", "—"}


@dataclass(frozen=True)
class GoodsCode:
    """What a list says of a code.

    :param str code: 19 digits
    :param tuple rates: percentages, as texts: ``("13", "9")``
    :param str policy: tax policy (优惠政策类型) of the goods, empty if none is used
    """

    code: str
    name: str
    short_name: str = ""
    rates: tuple[str, ...] = ()
    policy: str = ""


@dataclass(frozen=True)
class Fault:
    """A row that is left out.

    :param str code: ``no_code``, ``no_name``, ``destroyed``, ``digits`` or ``rate``
    """

    row: int
    code: str
    text: str = ""


@dataclass
class GoodsList:
    codes: dict[str, GoodsCode] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


def read_goods_codes(content, limits=None):
    """Codes of an Excel or CSV file. Several goods of one code are one: its first name counts.

    :param bytes content: the file
    :param Limits limits: see ``read_table``
    :rtype: GoodsList
    :raise SheetError: if no table of codes is found in it
    """
    first = []
    for grid in read_grids(content, limits):
        for index, (_number, texts) in enumerate(grid[:_HEADINGS_WITHIN]):
            columns = _match(texts)
            if {"code", "name"} <= columns.keys():
                return _read_rows(grid[index + 1 :], columns)
        first = first or (grid[0][1] if grid else [])
    raise SheetError("no_headings", headings=", ".join(text[:30] for text in first[:8]))


def _match(texts):
    columns = {}
    for position, text in enumerate(texts):
        name = _NAMES.get(heading_key(text))
        if name:
            columns.setdefault(name, position)
    return columns


def _read_rows(rows, columns):
    found = GoodsList()
    for number, texts in rows:
        cells = {
            name: texts[position].strip() if position < len(texts) else ""
            for name, position in columns.items()
        }
        row = _read_row(number, cells)
        if isinstance(row, Fault):
            found.faults.append(row)
        else:
            found.codes[row.code] = _merge(found.codes.get(row.code), row)
    return found


def _read_row(number, cells):
    code = re.sub(r"\s", "", cells["code"])
    if not code:
        return Fault(number, "no_code")
    if re.search(r"[eE]\+?\d", code):
        # A spreadsheet kept 15 of the 19 digits.
        return Fault(number, "destroyed", code)
    if not re.fullmatch(rf"\d{{{_DIGITS}}}", code, re.ASCII):
        return Fault(number, "digits", code)
    if not cells["name"]:
        return Fault(number, "no_name", code)
    rates = _read_rates(cells.get("rate", ""))
    if rates is None:
        return Fault(number, "rate", cells["rate"])
    return GoodsCode(
        code,
        cells["name"],
        cells.get("short_name", "").strip("*"),
        tuple(rate for rate in rates if rate not in TREATMENTS),
        _read_policy(cells, rates),
    )


def _read_policy(cells, rates):
    if "has_policy" in cells and cells["has_policy"] in NO:
        return ""
    policy = cells.get("policy", "")
    if policy not in NO | YES:
        return policy
    return next((rate for rate in rates if rate in TREATMENTS), "")


def _read_rates(text):
    """Percentages of a cell: ``13%、9%``, ``0.13``, ``13``, ``免税``; None if it is none.

    :rtype: tuple[str] | None
    """
    rates = []
    for part in filter(None, _BETWEEN.split(text.strip())):
        if part in TREATMENTS:
            rates.append(part)
            continue
        try:
            number = Decimal(part.rstrip("%％"))  # noqa: RUF001
        except InvalidOperation:
            return None
        # 0.13 is a rate as the workbook of the tax bureau has it; 0.5% is one as people write it.
        if part[-1] not in "%％" and number < 1:  # noqa: RUF001
            number *= 100
        if not number.is_finite() or not 0 <= number < 100:
            return None
        rates.append(format(number.normalize(), "f"))
    return tuple(dict.fromkeys(rates))


def _merge(one, other):
    if one is None:
        return other
    return GoodsCode(
        one.code,
        one.name,
        one.short_name or other.short_name,
        tuple(dict.fromkeys(one.rates + other.rates)),
        # What only some of the goods have is none of the code.
        one.policy if one.policy == other.policy else "",
    )
