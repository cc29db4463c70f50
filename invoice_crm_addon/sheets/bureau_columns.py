"""What the columns of the tax bureau's workbook for bulk issue (批量开票-导入开票模板) are called.

The workbook changes about twice a year: columns come, go and move. They are found by heading,
and a heading by what is left of it without marks and remarks in brackets.
"""

import re

from .headings import heading_key

#: Groups of columns of the sheet 特定业务信息, by what 特定业务类型 calls them.
SPECIALS = {
    "construction": "建筑服务",
    "freight": "货物运输服务",
    "estate_sale": "不动产销售",
    "estate_lease": "不动产经营租赁服务",
    "passenger": "旅客运输服务",
}
#: Which sheet holds which columns; the words by which a group of columns is known.
GROUP_WORDS = {
    "construction": ("建筑服务", "建筑"),
    "freight": ("货物运输", "货运"),
    "estate_sale": ("不动产销售",),
    "estate_lease": ("不动产经营租赁", "不动产租赁"),
    "passenger": ("旅客运输",),
}

BASIC = {
    "serial": "发票流水号",
    "kind": "发票类型",
    "special": "特定业务类型",
    "tax_included": "是否含税",
    "is_person": "受票方自然人标识|受票方是否自然人|自然人标识",
    "buyer_name": "购买方名称",
    "buyer_vat": "购买方纳税人识别号|购买方税号|购买方统一社会信用代码/纳税人识别号",
    "id_kind": "购买方证件类型|证件类型",
    "id_number": "购买方证件号码|证件号码",
    "buyer_address": "购买方地址",
    "buyer_phone": "购买方电话",
    "buyer_bank": "购买方开户银行|购买方开户行",
    "buyer_account": "购买方银行账号|购买方账号",
    "show_buyer": "是否展示购买方地址电话银行账号|是否展示购买方地址、电话、银行账号",
    "show_buyer_account": "是否展示购买方银行账号",
    "remark": "备注",
    "seller_bank": "销售方开户行|销售方开户银行",
    "seller_account": "销售方银行账号",
    "show_seller": "是否展示销售方地址电话银行账号",
    "show_seller_account": "是否展示销售方银行账号",
    "email": "购买方邮箱",
    "payee": "收款人",
    "checker": "复核人",
}
LINES = {
    "serial": "发票流水号",
    "name": "项目名称",
    "code": "商品和服务税收编码|商品和服务税收分类编码|税收分类编码",
    "specification": "规格型号",
    "unit": "单位",
    "quantity": "数量",
    "price": "单价",
    "amount": "金额",
    "rate": "税率|税率/征收率",
    "discount": "折扣金额",
    "has_policy": "是否使用优惠政策",
    "policy": "优惠政策类型",
    "refund": "即征即退类型",
}
EXTRA = {"serial": "发票流水号", "name": "附加要素名称", "value": "附加要素内容"}
#: Several kinds of business have columns of the same name: by group, in the order of the sheet.
SPECIAL = {
    "construction": {
        "place": "建筑服务发生地",
        "address": "发生地详细地址|详细地址|建筑服务详细地址|建筑服务发生地详细地址",
        "project": "建筑项目名称",
        "is_cross_region": "跨地市标志|跨地（市）标志",
        "land_tax_number": "土地增值税项目编号",
        "cross_number": "跨区域涉税事项报验管理编号",
    },
    "freight": {
        "departure": "起运地|启运地",
        "destination": "到达地",
        "vehicle": "运输工具种类|运输工具类型",
        "plate": "运输工具牌号|车牌号",
        "goods": "运输货物名称",
    },
    "estate_sale": {
        "unit_code": "不动产单元代码/网签合同备案编号|不动产单元代码|网签合同备案编号"
        "|不动产单元代码/网签合同备案编码",
        "place": "不动产地址|不动产坐落地址",
        "address": "详细地址|不动产详细地址",
        "is_cross_region": "跨地市标志|跨地（市）标志",
        "land_tax_number": "土地增值税项目编号",
        "certificate": "产权证书/不动产权证号码|房屋产权证书/不动产权证号码|产权证书/不动产权证号"
        "|不动产权证号",
        "area_unit": "面积单位",
    },
    "estate_lease": {
        "place": "不动产地址|不动产坐落地址",
        "address": "详细地址|不动产详细地址",
        "date_from": "租赁期起|租赁期始",
        "date_to": "租赁期止",
        "is_cross_region": "跨地市标志|跨地（市）标志",
        "certificate": "产权证书/不动产权证号码|房屋产权证书/不动产权证号码|产权证书/不动产权证号"
        "|不动产权证号",
        "area_unit": "面积单位",
    },
    "passenger": {
        "traveller": "出行人",
        "date_from": "出行日期",
        "id_kind": "出行人证件类型|身份证件类型",
        "id_number": "出行人身份证件号码|出行人证件号码|身份证件号码",
        "departure": "出行地|出发地",
        "destination": "到达地",
        "vehicle": "交通工具类型",
        "grade": "等级|座位等级|席别",
    },
}
#: What each kind of business cannot do without.
SPECIAL_REQUIRED = {
    "construction": ("place", "project"),
    "freight": ("departure", "destination", "vehicle", "plate", "goods"),
    "estate_sale": ("place", "address", "area_unit"),
    "estate_lease": ("place", "address", "certificate", "area_unit", "date_from", "date_to"),
    "passenger": (
        "traveller",
        "id_kind",
        "id_number",
        "date_from",
        "departure",
        "destination",
        "vehicle",
    ),
}
#: Columns that the workbook says must be filled, and its own remarks say only sometimes.
SOMETIMES = ("核定计税价格", "实际成交含税金额")
#: Characters that a cell takes where the workbook does not say it itself.
LIMITS = {
    "basic": {
        "serial": 20,
        "buyer_name": 100,
        "buyer_vat": 20,
        "buyer_address": 100,
        "buyer_phone": 60,
        "buyer_bank": 100,
        "buyer_account": 100,
        "remark": 230,
        "email": 72,
        "payee": 16,
        "checker": 16,
    },
    "lines": {
        "name": 100,
        "specification": 40,
        "unit": 22,
        "quantity": 16,
        "price": 16,
        "amount": 16,
    },
    "special": {},
    "extra": {},
}
#: Columns by which a sheet is known, beside that of the number.
KNOWN_BY = {
    "basic": ("kind", "buyer_name"),
    "lines": ("name", "amount", "rate"),
    "extra": ("name", "value"),
}
#: Whose workbook it is, where it has not all that is filled in.
NEEDED = {
    "basic": ("serial", "kind", "tax_included", "buyer_name", "buyer_vat"),
    "lines": ("serial", "name", "code", "amount", "rate"),
}


def key(heading):
    return heading_key(heading) or heading


def _by_key(columns):
    return {key(text): name for name, texts in columns.items() for text in texts.split("|")}


_KEYS = {"basic": _by_key(BASIC), "lines": _by_key(LINES), "extra": _by_key(EXTRA)}
_SPECIAL_KEYS = {group: _by_key(columns) for group, columns in SPECIAL.items()}
SERIAL_KEY = key("发票流水号")
# What stands above a heading and says how to fill the column.
_RULE = re.compile("填|限")


def match(kind, headings):
    """Columns of a sheet by their name.

    :param str kind: ``basic``, ``lines`` or ``extra``
    :param list[str] headings: texts of its row of headings
    :return: position by name, counted from 0
    :rtype: dict[str, int]
    """
    found = {}
    for position, heading in enumerate(headings):
        if name := _KEYS[kind].get(key(heading)):
            found.setdefault(name, position)
    return found


def match_special(headings, above):
    """Columns of the sheet of special business.

    :param list[list[str]] above: the rows above the headings, one of which may name the groups
    :return: position by group and name; positions by group of those whose meaning is not known
    :rtype: tuple[dict[tuple[str, str], int], dict[str, list[int]]]
    """
    found, strange = {}, {}
    named = _name_groups(above, len(headings))
    choices = [_get_groups(heading) for heading in headings]
    for position, heading in enumerate(headings):
        said = [named[position]] if named[position] is not None else choices[position]
        # A heading of several kinds belongs to what stands before it, else to what comes next.
        near = [*_get_anchors(choices[:position][::-1]), *_get_anchors(choices[position + 1 :])]
        for group in sorted(said, key=lambda g, near=near: near.index(g) if g in near else 9):
            name = _SPECIAL_KEYS.get(group, {}).get(key(heading))
            if name and (group, name) not in found:
                found[group, name] = position
                break
        else:
            if named[position] and heading and key(heading) not in map(key, SOMETIMES):
                strange.setdefault(named[position], []).append(position)
    return found, strange


def _get_groups(heading):
    """Kinds of special business that have a column of this name."""
    return [group for group, keys in _SPECIAL_KEYS.items() if key(heading) in keys]


def _get_anchors(choices):
    """The first of some columns that belongs to one kind only."""
    return next((groups for groups in choices if len(groups) == 1), [])


def _name_groups(above, count):
    """The group of each column, as a merged cell above it says: it counts up to the next one.

    :return: None where nothing names a group, and nothing at all for a group of others
    """
    for texts in reversed(above):
        named, current = [], None
        for position in range(count):
            text = texts[position] if position < len(texts) else ""
            # Behind the name of a group stand remarks on how to fill it in.
            title = text.strip().partition("\n")[0].strip(" :：")  # noqa: RUF001
            if title and len(title) < 20 and not _RULE.search(title):
                current = _find_group(title)
            named.append(current)
        if any(named):
            return named
    return [None] * count


def _find_group(title):
    for group, words in GROUP_WORDS.items():
        if any(word in title for word in words):
            return group
    return ""
