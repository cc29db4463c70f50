"""What the columns of a table of customers are called, in Chinese and in English."""

import re
import unicodedata
from dataclasses import dataclass

#: Columns that are known, and not read: what the program itself adds, and row numbers.
PROBLEM, IGNORED = "problem", "ignored"
#: Before the heading of a column that is not known: its cells are kept, and mean nothing.
UNKNOWN = "?"


@dataclass(frozen=True)
class Column:
    """A column of the template.

    :param str zh: heading in Chinese
    :param str en: heading in English
    :param synonyms: further headings that mean this column, whatever else is there
    :param doubtful: headings that mean it unless a column that comes first takes them
    """

    zh: str
    en: str
    synonyms: tuple[str, ...] = ()
    doubtful: tuple[str, ...] = ()


def _words(text):
    return tuple(word.strip() for word in text.split("|"))


#: In the order of the template.
COLUMNS = {
    "name": Column(
        "客户名称",
        "Customer Name",
        _words(
            "名称|公司名称|单位名称|企业名称|客户|客户全称|公司全称|单位全称|公司|单位|姓名|购方名称"
            "|购买方名称|name|company name|customer|company"
        ),
        _words("全名|显示名称|display name|complete name|full name|完整名称"),
    ),
    "kind": Column(
        "公司/个人",
        "Company or Individual",
        _words(
            "企业/个人|单位/个人|公司或个人|客户类型|客户性质|公司类型|是公司|是否公司|是否企业"
            "|company type|is a company|company/individual|customer type"
        ),
        _words("类型|性质|type|kind"),
    ),
    "title": Column(
        "发票抬头",
        "Billing Title",
        _words("抬头|开票抬头|开票名称|发票名称|抬头名称|invoice title|title of invoice"),
    ),
    "vat": Column(
        "税号",
        "Tax Number",
        _words(
            "税号id|纳税人识别号|纳税人税号|纳税识别号|纳税号|统一社会信用代码|社会信用代码|信用代码"
            "|统一信用代码|统一社会信用代码/纳税人识别号|纳税人识别号/统一社会信用代码|税务登记号"
            "|税务登记证号|购方税号|购买方税号|企业税号|公司税号|单位税号|识别号|机构代码"
            "|tax id|tax no|tax id number|vat|vat number|vat no|tin|uscc|taxpayer id"
            "|taxpayer identification number|unified social credit code|credit code"
        ),
    ),
    "address": Column(
        "开票地址",
        "Billing Address",
        _words("注册地址|发票地址|购方地址|单位地址|公司地址|企业地址|税务地址|invoice address"),
        _words("地址|address"),
    ),
    "phone": Column(
        "开票电话",
        "Billing Phone",
        _words("注册电话|发票电话|购方电话|单位电话|公司电话|企业电话|固定电话|座机|invoice phone"),
        _words("电话|电话号码|phone|telephone|tel"),
    ),
    "address_phone": Column(
        "地址及电话",
        "Address and Phone",
        _words(
            "地址电话|地址和电话|地址/电话|开票地址电话|开票地址及电话|注册地址电话|注册地址及电话"
            "|购方地址电话|购买方地址电话|单位地址电话|address phone|address & phone"
        ),
    ),
    "bank": Column(
        "开户行",
        "Billing Bank",
        _words("开户银行|开户行名称|开户银行名称|银行名称|银行|购方开户行|bank|bank name"),
    ),
    "account": Column(
        "银行账号",
        "Billing Account Number",
        _words(
            "账号|帐号|银行帐号|银行账户|银行帐户|账户|开户账号|开户帐号|银行卡号|卡号|开户行账号"
            "|购方账号|bank account|account|account number|account no|bank account number"
        ),
    ),
    "bank_account": Column(
        "开户行及账号",
        "Bank and Account",
        _words(
            "开户行及帐号|开户行和账号|开户银行及账号|开户银行及帐号|银行及账号|开户行/账号"
            "|购方开户行及账号|购买方开户行及账号|bank & account"
        ),
    ),
    "cnaps": Column(
        "联行号",
        "CNAPS Code",
        _words(
            "行号|支付行号|大额行号|银行行号|银联号|清算行号|开户行行号|开户行联行号"
            "|cnaps|clearing number|bank code"
        ),
    ),
    "contact": Column(
        "联系人",
        "Contact Person",
        _words("联系人姓名|联络人|对接人|contact|contact name|attention"),
    ),
    "email": Column(
        "电子邮箱",
        "Email",
        _words("邮箱|电子邮件|邮件|邮箱地址|收票邮箱|e-mail|mail|email address"),
    ),
    "mobile": Column(
        "手机",
        "Mobile",
        _words(
            "手机号|手机号码|移动电话|联系手机|联系电话|联系方式|联系人电话|收票手机"
            "|mobile phone|cell"
        ),
        _words("电话|电话号码|phone|telephone|tel"),
    ),
    "street": Column(
        "通讯地址",
        "Street Address",
        _words("街道|联系地址|收件地址|收票地址|邮寄地址|办公地址|经营地址|实际地址|street"),
        _words("地址|address"),
    ),
    "country": Column(
        "国家/地区",
        "Country",
        _words("国家|国别|国家或地区|所在国家|country/region|nation|country or region"),
        _words("地区|region"),
    ),
    "level": Column(
        "客户等级", "Customer Level", _words("等级|客户级别|级别|level|customer grade")
    ),
    "salesperson": Column(
        "业务员",
        "Salesperson",
        _words(
            "销售员|销售|客户经理|负责人|跟进人|归属人|所属销售"
            "|sales|sales rep|owner|account manager"
        ),
    ),
    "tags": Column("标签", "Tags", _words("客户标签|tag|category|categories")),
    "remark": Column(
        "备注", "Remark", _words("说明|附注|客户备注|remarks|note|notes|comment|comments")
    ),
    PROBLEM: Column("问题", "Problem"),
    IGNORED: Column("序号", "No.", _words("编号|行号序号|row|no|#|id|external id|外部id")),
}

_NOISE = re.compile(r"[\s\W_]+")
_REMARK = re.compile(r"[(\[【〔<].*?[)\]】〕>]")


def heading_key(text):
    """A heading without what people add to it: width, case, blanks, marks, remarks in brackets.

    :rtype: str
    """
    text = unicodedata.normalize("NFKC", text or "").casefold()
    return _NOISE.sub("", _REMARK.sub("", text)) or _NOISE.sub("", text)


def _index():
    sure, doubtful = {}, {}
    for name, column in COLUMNS.items():
        for heading in (column.zh, column.en, *column.synonyms):
            sure.setdefault(heading_key(heading) or heading, name)
        for heading in column.doubtful:
            doubtful.setdefault(heading_key(heading), []).append(name)
    return sure, doubtful


_SURE, _DOUBTFUL = _index()


def match_headings(headings):
    """Which columns a row of headings names.

    A heading such as 电话 names the phone for billing, unless another column does.

    :param list[str] headings: texts of one row
    :return: column by position; headings that name none; headings of a column that is there
    :rtype: tuple[dict[int, str], list[str], list[str]]
    """
    found, unknown, double = {}, [], []
    later = []
    for position, heading in enumerate(headings):
        key = heading_key(heading) or heading
        if not heading:
            continue
        if name := _SURE.get(key):
            if name in found.values() and name != IGNORED:
                double.append(heading)
            else:
                found[position] = name
        elif key in _DOUBTFUL:
            later.append((position, heading, key))
        else:
            unknown.append(heading)
    for position, heading, key in later:
        free = [name for name in _DOUBTFUL[key] if name not in found.values()]
        if free and not _is_joined(free[0], found):
            found[position] = free[0]
        elif len(free) > 1:
            found[position] = free[1]
        else:
            double.append(heading)
    return dict(sorted(found.items())), unknown, double


def _is_joined(name, found):
    """Whether address and phone stand in one column already."""
    return name in ("address", "phone") and "address_phone" in found.values()
