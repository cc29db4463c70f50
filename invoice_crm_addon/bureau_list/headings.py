"""What the columns of the list are called, from 2023 on."""

from ..sheets.headings import heading_key

# Columns of a fapiao, and of a line of it. One of each row is the first sheet's.
HEAD = {
    "number": "数电发票号码|全电发票号码|数电票号码|全电票号码|数电发票号|数电号码",
    "code": "发票代码",
    "paper_number": "发票号码|发票号",
    "seller_vat": "销方识别号|销方税号|销售方识别号|销售方纳税人识别号|销方纳税人识别号|销售方税号",
    "seller_name": "销方名称|销售方名称",
    "buyer_vat": "购方识别号|购方税号|购买方识别号|购买方纳税人识别号|购方纳税人识别号|购买方税号",
    "buyer_name": "购买方名称|购方名称",
    "issue_date": "开票日期|开票时间",
    "amount_untaxed": "金额|合计金额|不含税金额",
    "amount_tax": "税额|合计税额",
    "amount_total": "价税合计|含税金额|价税合计金额",
    "source": "发票来源",
    "kind": "发票票种|发票种类|票种|发票类型",
    "status": "发票状态|状态",
    "is_positive": "是否正数发票|正数发票|是否正数",
    "risk": "发票风险等级|风险等级",
    "issuer": "开票人",
    "remark": "备注",
}
LINE = {
    "item": "货物或应税劳务名称|货物或应税劳务、服务名称|项目名称|货物、应税劳务及服务",
    "rate": "税率|税率/征收率|税率征收率",
    "tax_code": "税收分类编码|商品和服务税收编码",
}
# Without these no row can be taken; and one of the numbers.
NEEDED = ("seller_vat", "issue_date", "amount_untaxed", "amount_tax", "status")
NUMBERS = ("number", "paper_number")
# How many of the first rows may be a title.
WITHIN = 20
SHEETS = {"head": "发票基础信息", "lines": "信息汇总表"}


def _index(columns):
    return {
        heading_key(heading): name
        for name, headings in columns.items()
        for heading in headings.split("|")
    }


_NAMES = _index({**HEAD, **LINE})


def match(texts):
    """Positions of the columns that a row of headings names.

    :rtype: dict[str, int]
    """
    found = {}
    for position, text in enumerate(texts):
        name = text and _NAMES.get(heading_key(text))
        if name:
            found.setdefault(name, position)
    return found


def is_head(found):
    """Whether columns that were found are those of fapiao."""
    return all(name in found for name in NEEDED) and any(name in found for name in NUMBERS)


def is_lines(found):
    """Whether columns that were found are those of lines of fapiao."""
    return "rate" in found and any(name in found for name in NUMBERS) and "item" in found


def get_missing(found):
    """Headings that are missing, by the names that the bureau gives them now.

    :rtype: list[str]
    """
    missing = [HEAD[name].partition("|")[0] for name in NEEDED if name not in found]
    if not any(name in found for name in NUMBERS):
        missing.insert(0, HEAD["number"].partition("|")[0])
    return missing
