"""What Chinese banks call the columns of a statement, and the facts that stand above and below."""

import re

from ..sheets.headings import heading_key

_COLUMNS = {
    "date": (
        "交易日期|交易日|记账日期|记帐日期|入账日期|入帐日期|发生日期|业务日期|会计日期"
        "|日期|交易日期时间|transaction date|posting date|date"
    ),
    "time": "交易时间|记账时间|入账时间|交易时刻|时间|transaction time|time",
    "name": (
        "对方户名|对方名称|对方单位名称|对方单位|对方账户名称|对方帐户名称|对方账户名"
        "|对方姓名|对方|交易对方|交易对方名称|交易对方户名|交易对手|交易对手名称|对手户名"
        "|对手名称|对手方名称|对方公司名称|counterparty|counterparty name"
    ),
    "account": (
        "对方账号|对方帐号|对方账户|对方帐户|对方银行账号|对方卡号|对方账号卡号"
        "|交易对方账号|交易对方帐号|交易对手账号|对手账号|对手方账号|counterparty account"
        "|counterparty account number"
    ),
    "payer": (
        "付款人名称|付款人户名|付款人|付款人姓名|付款方名称|付款方户名|付款方|付款单位"
        "|付款单位名称|付款账户名称|payer|payer name"
    ),
    "payer_account": (
        "付款人账号|付款人帐号|付款方账号|付款方帐号|付款账号|付款帐号|付款单位账号|payer account"
    ),
    "payee": (
        "收款人名称|收款人户名|收款人|收款人姓名|收款方名称|收款方户名|收款方|收款单位"
        "|收款单位名称|收款账户名称|payee|payee name|beneficiary"
    ),
    "payee_account": (
        "收款人账号|收款人帐号|收款方账号|收款方帐号|收款账号|收款帐号|收款单位账号|payee account"
    ),
    "income": (
        "收入|收入金额|贷方|贷方金额|贷方发生额|贷方发生金额|贷方交易金额|贷方发生额收入"
        "|存入|存入金额|转入|转入金额|收款金额|credit|credit amount|deposit|money in"
    ),
    "expense": (
        "支出|支出金额|借方|借方金额|借方发生额|借方发生金额|借方交易金额|借方发生额支出"
        "|支取|支取金额|转出|转出金额|付款金额|debit|debit amount|withdrawal|money out"
    ),
    "amount": (
        "金额|交易金额|发生额|发生金额|交易额|本次发生额|交易发生额|amount|transaction amount"
    ),
    "flag": (
        "借贷标志|借贷标识|借贷方向|借贷|借贷标记|收支|收支标志|收支方向|收支类型|收付标志"
        "|收付|收付方向|交易方向|方向|资金流向|往来账标识|交易类型标志|debit credit|dr cr"
        "|debitcredit"
    ),
    "balance": "余额|账户余额|帐户余额|当前余额|交易后余额|本次余额|联机余额|账面余额|balance",
    "text": (
        "摘要|摘要说明|交易摘要|用途|交易用途|附言|交易附言|客户附言|备注|交易备注|交易说明"
        "|附加信息|说明|用途摘要|摘要用途|备注信息|个性化信息|memo|note|description|summary"
        "|remark|remarks|purpose"
    ),
    "serial": (
        "交易流水号|流水号|银行流水号|核心流水号|交易流水|账户明细编号交易流水号|明细编号"
        "|交易编号|交易序号|业务流水号|主机流水号|transaction id|transaction number"
        "|reference|serial number"
    ),
    "voucher": (
        "凭证号|凭证号码|凭证编号|凭证种类及号码|企业流水号|回单编号|回单号|业务编号|参考号"
        "|业务参考号"
    ),
    "currency": "币种|币别|货币|交易币种|currency",
    "own": (
        "账号|帐号|本方账号|本方帐号|我方账号|查询账号|查询帐号|银行账号|账户|卡号"
        "|查询账号inquirer account number|本方账户|account number|own account"
    ),
}

#: What stands above or below the rows, and the balance or number behind it.
_FACTS = {
    "own": (
        "账号|帐号|本方账号|查询账号|查询帐号|银行账号|账户|帐户|卡号|账户账号|客户账号"
        "|account|account number"
    ),
    "currency": "币种|币别|货币|currency",
    "opening": "期初余额|上期余额|上期结余|承前余额|起始余额|上日余额|承前页余额|opening balance",
    "closing": "期末余额|本期余额|本期结余|结束余额|终止余额|closing balance",
    "income_total": (
        "贷方合计|收入合计|贷方发生额合计|收入总额|贷方总额|总收入|贷方合计金额|收入总金额"
        "|贷方总金额|收入金额合计|总收入金额|贷方发生总额"
    ),
    "expense_total": (
        "借方合计|支出合计|借方发生额合计|支出总额|借方总额|总支出|借方合计金额|支出总金额"
        "|借方总金额|支出金额合计|总支出金额|借方发生总额"
    ),
    "count": "笔数|总笔数|合计笔数|交易笔数|总条数|记录数",
}

#: Texts that make a row one of totals, and those that stand for the whole file.
TOTALS = re.compile(r"(?:合计|总计|小计|本页合计|本期合计|累计|本年累计|共计|total)", re.IGNORECASE)
GRAND_TOTALS = re.compile(r"(?:合计|总计|共计|total)", re.IGNORECASE)

_UNIT = re.compile(r"(?:rmb|cny|人民币|元)+$")


def _index(names):
    return {
        key_of(heading): name for name, headings in names.items() for heading in headings.split("|")
    }


def key_of(text):
    """A heading without blanks, marks, remarks in brackets, and the unit behind it."""
    key = heading_key(text)
    return _UNIT.sub("", key) or key


_KEYS, _FACT_KEYS = _index(_COLUMNS), _index(_FACTS)


def match_columns(texts):
    """Which columns a row of headings names, the first of each name but for texts.

    :param list[str] texts: of one row
    :return: positions by name
    :rtype: dict[str, list[int]]
    """
    found = {}
    for position, text in enumerate(texts):
        if text and len(text) < 60 and (name := _find(text)):
            positions = found.setdefault(name, [])
            if name == "text" or not positions:
                positions.append(position)
    # A column of times that hold the day as well stands for both.
    if "date" not in found and "time" in found:
        found["date"] = found.pop("time")
    return found


def _find(text):
    # A heading may be in two languages, one behind the other: 交易日期[ Transaction Date ].
    return _KEYS.get(key_of(text)) or _KEYS.get(key_of(re.sub(r"[A-Za-z\[\]().]+", "", text)))


def is_heading(columns):
    """Whether these columns are those of a statement."""
    has_amount = {"income", "expense", "amount"} & columns.keys()
    return bool("date" in columns and has_amount and len(columns) >= 3)


def find_facts(texts):
    """Facts in a row outside of the table: 账号：6222…, or 账号 in one cell and 6222… in the next.

    :rtype: dict[str, str]
    """
    facts = {}
    for position, text in enumerate(texts):
        if not text:
            continue
        label, mark, value = text.replace("：", ":").partition(":")
        if mark and not value.strip():
            value = next(filter(None, texts[position + 1 :]), "")
        elif not mark:
            value = texts[position + 1] if position + 1 < len(texts) else ""
        if (name := _FACT_KEYS.get(key_of(label))) and value.strip():
            facts.setdefault(name, value.strip())
    return facts
