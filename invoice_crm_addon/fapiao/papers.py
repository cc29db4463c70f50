"""Papers that come with invoices and are none: told by their titles, to be named for what they are.

A list of rides repeats the amount of its invoice, a list of tolls the numbers of several: taken for
an invoice, it would be counted twice.
"""

import re
from collections.abc import Iterable

from lxml import etree

from .values import compact

_TOP_ROWS, _STRONG_ROWS = 12, 5
#: Longer rows are sentences, which may name any paper.
_LONGEST_TITLE = 30
# The first that is found names the paper. Strong ones are believed though the page names an
# invoice as well.
_STRONG_TITLES = (
    ("paper_toll_list", r"通行费.{0,6}(?:汇总单|明细|行程单)|通行(?:明细|记录)(?:单|表|清单)?$"),
    ("paper_red_form", r"红字.{0,12}(?:信息表|信息确认单|确认单|申请单|通知单)$"),
)
_TITLES = (
    ("paper_ride_list", r"行程(?:报销)?单|TRIPTABLE|TRIPRECEIPT|(?:行程|用车|乘车)明细"),
    ("paper_fiscal", r"(?:收费|非税收入|捐赠|往来结算|财政).{0,8}票据|一般缴款书|财政票据"),
    ("paper_tax_payment", r"完税(?:证明|凭证)|缴款(?:凭证|书)$|缴税(?:付款)?凭证|扣税通知书$"),
    ("paper_bank_receipt", r"(?:回单|回执)(?:凭证|联)?$|客户专用回单"),
    ("paper_bank_receipt", r"(?:付款|收款|入账|转账|交易)(?:凭证|通知书?)$"),
    ("paper_statement", r"对[账帐]单|结[账帐]单|[账帐]单(?:明细)?$|交易(?:明细|流水)|宾客[账帐]"),
)
_RIDE_COLUMNS = re.compile(r"上车时间.{0,20}起点.{0,10}终点|起点.{0,10}终点.{0,10}里程")
_INVOICE = re.compile(r"发票\(|发票(?:号码|代码)|电子客票")
# Vouchers of the Ministry of Finance's taxonomies, by the last part of their namespace.
_TAXONOMIES = {
    "bker": "paper_bank_receipt",
    "bkrs": "paper_statement",
    "efi": "paper_fiscal",
    "ntrev": "paper_fiscal",
    "ntrev_gpm": "paper_fiscal",
    "ctp": "paper_fiscal",
}


def name_page(rows: Iterable[str]) -> str | None:
    """Code of the error that names what a printed page is, ``None`` where it may be an invoice.

    :param rows: texts of the rows of the page, from its top
    """
    rows = [compact(row) for row in rows]
    titles = [row for row in rows[:_TOP_ROWS] if len(row) <= _LONGEST_TITLE]
    if code := _search(_STRONG_TITLES, titles[:_STRONG_ROWS]):
        return code
    text = "".join(rows)
    if _INVOICE.search(text):
        return None
    return _search(_TITLES, titles) or ("paper_ride_list" if _RIDE_COLUMNS.search(text) else None)


def _search(patterns: tuple[tuple[str, str], ...], titles: list[str]) -> str | None:
    return next(
        (code for code, pattern in patterns for title in titles if re.search(pattern, title)), None
    )


def name_voucher(root: etree._Element) -> str | None:
    """The same for an XBRL voucher: the first namespace of its facts that is known."""
    for element in root.iterchildren("*"):
        taxonomy = etree.QName(element).namespace or ""
        if code := _TAXONOMIES.get(taxonomy.rsplit("/", 1)[-1]):
            return code
    return None
