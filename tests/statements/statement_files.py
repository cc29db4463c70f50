"""Statement files as banks hand them out, written by the tests. All names are fictional."""

import csv
import io

import openpyxl

#: Day, amount, name, account, text, serial: what every file below says.
ENTRIES = [
    (
        "2026-11-02",
        "11300.00",
        "北京示例贸易有限公司",
        "0200000011112222333",
        "货款 INV/2026/00001",
        "T001",
    ),
    ("2026-11-02", "-2500.50", "上海样品房产有限公司", "31001500000000000099", "房租", "T002"),
    ("2026-11-03", "5650.00", "李示例", "6222020200011111111", "合同HT-2026-008首付款", "T003"),
    ("2026-11-05", "-15.00", "", "", "手续费", "T004"),
    ("2026-11-05", "88000.00", "广州样品科技股份有限公司", "44001500000000000011", "货款", "T005"),
]
OWN = "1100066600000000001"
OPENING = "100000.00"


def balances(entries=ENTRIES, opening=OPENING):
    from decimal import Decimal

    total, found = Decimal(opening), []
    for entry in entries:
        total += Decimal(entry[1])
        found.append(str(total))
    return found


def grouped(text):
    from decimal import Decimal

    return f"{Decimal(text):,.2f}"


def income(amount):
    return "" if amount.startswith("-") else amount


def expense(amount):
    return amount[1:] if amount.startswith("-") else ""


def make_csv(rows, encoding="utf-8", delimiter=","):
    file = io.StringIO()
    csv.writer(file, delimiter=delimiter).writerows(rows)
    return file.getvalue().encode(encoding)


def make_excel(rows, title="明细"):
    book = openpyxl.Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def two_columns(day=str, entries=ENTRIES, opening=OPENING):
    """交易日期, 收入 and 支出 apart, with balances."""
    head = [
        "交易日期",
        "对方户名",
        "对方账号",
        "收入金额",
        "支出金额",
        "余额",
        "摘要",
        "交易流水号",
    ]
    rows = [
        [day(e[0]), e[2], e[3], income(e[1]), expense(e[1]), balance, e[4], e[5]]
        for e, balance in zip(entries, balances(entries, opening), strict=True)
    ]
    return [head, *rows]


def plain():
    return make_csv(two_columns())


def with_bom_and_tabs():
    return make_csv(two_columns(), "utf-8-sig", "\t")


def gb18030_with_preamble():
    """Facts above, thousands separators, totals below, tabs behind numbers as for Excel."""
    head = [
        "记账日期",
        "借方发生额（元）",
        "贷方发生额（元）",
        "账户余额",
        "对方名称",
        "对方帐号",
        "附言",
        "凭证号",
    ]
    rows = [
        [
            e[0].replace("-", ""),
            grouped(expense(e[1])) if expense(e[1]) else "0.00",
            grouped(income(e[1])) if income(e[1]) else "0.00",
            grouped(balance),
            e[2],
            e[3] + "\t",
            e[4],
            e[5],
        ]
        for e, balance in zip(ENTRIES, balances(), strict=True)
    ]
    above = [
        ["某某银行企业账户交易明细"],
        [f"账号：{OWN}", "", "户名：示例公司", "", "币种：人民币"],
        ["期初余额：", "100,000.00"],
        [],
    ]
    below = [
        ["合计", "2,515.50", "104,950.00", "", "", "", "", ""],
        ["期末余额：202,434.50"],
        ["打印时间：2026-11-06 09:00:00"],
    ]
    return make_csv([*above, head, *rows, *below], "gb18030")


def newest_first():
    head, *rows = two_columns(lambda day: day.replace("-", "/") + " 10:20:30")
    return make_csv([head, *reversed(rows)], "gb18030")


def amount_with_flag():
    head = [
        "交易时间",
        "交易金额",
        "借贷标志",
        "交易后余额",
        "对方账户名称",
        "对方账户",
        "用途",
        "流水号",
    ]
    rows = [
        [
            "{}年{}月{}日".format(*map(int, e[0].split("-"))),
            "¥" + grouped(e[1].lstrip("-")),
            "借" if e[1].startswith("-") else "贷",
            balance,
            e[2],
            e[3],
            e[4],
            e[5],
        ]
        for e, balance in zip(ENTRIES, balances(), strict=True)
    ]
    return make_csv([head, *rows])


def amount_with_sign():
    head = ["日期", "金额(元)", "对方单位", "对方账号", "备注", "流水号"]
    return make_csv([head, *([e[0], e[1], e[2], e[3], e[4], e[5]] for e in ENTRIES)], "utf-16")


def parentheses_and_full_width():
    def write(amount):
        text = f"（{amount[1:]}）" if amount.startswith("-") else amount
        return text.translate(str.maketrans("0123456789.,", "０１２３４５６７８９．，"))

    head = ["交易日", "发生额", "交易对方", "对方卡号", "摘要", "凭证编号"]
    return make_csv([head, *([e[0], write(e[1]), *e[2:]] for e in ENTRIES)], "gb18030")


def payer_and_payee():
    """Each side named: the other one is the counterparty."""
    head = [
        "交易日期[ Transaction Date ]",
        "交易金额[ Trade Amount ]",
        "收支标志",
        "付款人名称[ Payer's Name ]",
        "付款人账号[ Debit Account No. ]",
        "收款人名称[ Payee's Name ]",
        "收款人账号[ Payee's Account Number ]",
        "交易附言[ Remark ]",
        "交易流水号[ Transaction reference number ]",
    ]
    rows = []
    for day, amount, name, account, text, serial in ENTRIES:
        us, them = ["示例公司", OWN], [name, account]
        sides = [*us, *them] if amount.startswith("-") else [*them, *us]
        flag = "支出" if amount.startswith("-") else "收入"
        rows.append([day, amount.lstrip("-"), flag, *sides, text, serial])
    return make_csv([head, *rows])


def excel_with_numbers():
    """Real dates and numbers in the cells, the own account in a column."""
    from datetime import datetime

    head = [
        "账号",
        "交易日期",
        "贷方金额",
        "借方金额",
        "余额",
        "对方户名",
        "对方账号",
        "摘要",
        "币种",
        "流水号",
    ]
    rows = [
        [
            OWN,
            datetime.fromisoformat(e[0]),
            float(income(e[1])) if income(e[1]) else None,
            float(expense(e[1])) if expense(e[1]) else None,
            float(balance),
            e[2],
            e[3],
            e[4],
            "人民币",
            e[5],
        ]
        for e, balance in zip(ENTRIES, balances(), strict=True)
    ]
    return make_excel([["对账单"], [], head, *rows])


def excel_with_serial_days():
    """Days as Excel counts them, in cells that lost their format."""
    from datetime import date

    start = date(1899, 12, 30)
    rows = two_columns(lambda day: (date.fromisoformat(day) - start).days)
    return make_excel(rows)


def negative_expenses():
    head = ["交易日期", "收入", "支出", "对方户名", "对方账号", "摘要", "流水号"]
    rows = [
        [e[0], income(e[1]), f"-{expense(e[1])}" if expense(e[1]) else "", *e[2:]] for e in ENTRIES
    ]
    return make_csv([head, *rows])


def pages_of_paper():
    """Printed pages: headings again on each, and subtotals."""
    head, *rows = two_columns()
    return make_csv([head, *rows[:3], ["本页合计", "", "", "16950.00", "2500.50"], head, *rows[3:]])


def several_texts():
    """A summary, a purpose and a remark."""
    head = [
        "交易日期",
        "交易时间",
        "收入",
        "支出",
        "对方户名",
        "对方账号",
        "摘要",
        "用途",
        "流水号",
    ]
    rows = [
        [e[0], "10:20:30", income(e[1]), expense(e[1]), e[2], e[3], "", e[4], e[5]] for e in ENTRIES
    ]
    return make_csv([head, *rows], delimiter=";")


def ofx_sgml(encoding="gb18030"):
    head = (
        "OFXHEADER:100\r\nDATA:OFXSGML\r\nVERSION:102\r\nSECURITY:NONE\r\nENCODING:USASCII\r\n"
        "CHARSET:936\r\nCOMPRESSION:NONE\r\nOLDFILEUID:NONE\r\nNEWFILEUID:NONE\r\n\r\n"
    )
    rows = "".join(
        f"<STMTTRN>\n<TRNTYPE>{'DEBIT' if e[1].startswith('-') else 'CREDIT'}\n"
        f"<DTPOSTED>{e[0].replace('-', '')}120000[+8:CST]\n<TRNAMT>{e[1]}\n<FITID>{e[5]}\n"
        f"<NAME>{e[2]}\n<BANKACCTTO>\n<BANKID>1\n<ACCTID>{e[3]}\n<ACCTTYPE>CHECKING\n"
        f"</BANKACCTTO>\n<MEMO>{e[4]}\n</STMTTRN>\n"
        for e in ENTRIES
    )
    body = (
        "<OFX><SIGNONMSGSRSV1><SONRS><STATUS><CODE>0<SEVERITY>INFO</STATUS></SONRS>"
        "</SIGNONMSGSRSV1><BANKMSGSRSV1><STMTTRNRS><TRNUID>1<STMTRS>\n<CURDEF>CNY\n"
        f"<BANKACCTFROM><BANKID>1\n<ACCTID>{OWN}\n<ACCTTYPE>CHECKING\n</BANKACCTFROM>\n"
        f"<BANKTRANLIST><DTSTART>20261101\n<DTEND>20261130\n{rows}</BANKTRANLIST>\n"
        "<LEDGERBAL><BALAMT>202434.50\n<DTASOF>20261130\n</LEDGERBAL></STMTRS></STMTTRNRS>"
        "</BANKMSGSRSV1></OFX>"
    )
    return (head + body).encode(encoding)


def ofx_xml():
    rows = "".join(
        f"<STMTTRN><TRNTYPE>OTHER</TRNTYPE><DTPOSTED>{e[0].replace('-', '')}</DTPOSTED>"
        f"<TRNAMT>{e[1]}</TRNAMT><FITID>{e[5]}</FITID><PAYEE><NAME>{e[2]}</NAME></PAYEE>"
        f"<BANKACCTTO><ACCTID>{e[3]}</ACCTID></BANKACCTTO><MEMO>{e[4]}</MEMO></STMTTRN>"
        for e in ENTRIES
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><?OFX OFXHEADER="200" VERSION="220"?>'
        f"<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>CNY</CURDEF><BANKACCTFROM>"
        f"<ACCTID>{OWN}</ACCTID></BANKACCTFROM><BANKTRANLIST>{rows}</BANKTRANLIST><LEDGERBAL>"
        "<BALAMT>202434.50</BALAMT><DTASOF>20261130</DTASOF></LEDGERBAL></STMTRS></STMTTRNRS>"
        "</BANKMSGSRSV1></OFX>"
    ).encode()


SHAPES = [
    plain,
    with_bom_and_tabs,
    gb18030_with_preamble,
    newest_first,
    amount_with_flag,
    amount_with_sign,
    parentheses_and_full_width,
    payer_and_payee,
    excel_with_numbers,
    excel_with_serial_days,
    negative_expenses,
    pages_of_paper,
    several_texts,
    ofx_sgml,
    ofx_xml,
]
