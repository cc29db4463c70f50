"""What the demo company did in the last two years, as tables. Ages are days before today.

Everything is invented. Amounts are yuan, tax included unless said otherwise.
"""

from typing import NamedTuple

# Rates of the sale taxes: the general ones, the levy rates of small taxpayers, and zero.
TAX_RATES = (13, 9, 6, 3, 1, 0)

TYPE_TAX_RATES = {
    "digital_special": 13,
    "digital_ordinary": 6,
    "special": 13,
    "ordinary": 6,
    "receipt": 0,
    "voucher": 0,
}


class Product(NamedTuple):
    """Tax rate, unit and tax classification of a product."""

    rate: int
    unit: str
    tax_code: str
    treatment: str = ""  # of lines, else what the rate says


PRODUCTS = {
    "software_fee": Product(6, "项", "3040201030000000000"),
    "license": Product(13, "套", "1060201010000000000"),
    "implementation": Product(6, "项", "3040201010000000000"),
    "consulting": Product(6, "人天", "3040602000000000000"),
    "operation": Product(6, "期", "3040201030000000000"),
    "training": Product(6, "人次", "3070201020000000000"),
    "server": Product(13, "台", "1090511010000000000"),
    "switch": Product(13, "台", "1090512010000000000"),
    "venue": Product(9, "天", "3040502020000000000"),
    "used": Product(3, "台", "1090511990000000000"),
    "deposit": Product(0, "笔", "", "not_taxable"),
}

# --- Billing data ---------------------------------------------------------------------------

# customer, age, outcome; 沐禾 and 蜀岚 have no bank account, 蜀岚 was never submitted
BILLING_REVIEWS = [
    ("lanqi", 712, "approve", "税号、开户行与营业执照一致。"),
    ("hengze", 712, "approve", None),
    ("limu", 705, "approve", None),
    ("haixuan", 690, "approve", "已与客户财务电话核实账号。"),
    ("xingyuan", 588, "approve", None),
    ("jinche", 620, "approve", None),
    ("muhe", 480, "approve", "仅开普票，暂不需要银行信息。"),
    ("qili", 1, "pending", None),
    (
        "chukun",
        275,
        "reject",
        "缺少开票地址，且开户行名称与开户许可证不一致，请客户补齐后重新提交。",
    ),
]

# --- Contracts ------------------------------------------------------------------------------


class Contract(NamedTuple):
    """A contract, and how far it got."""

    key: str
    name: str
    customer: str
    age: int
    amount: float
    target: str
    milestones: tuple = ()  # kind, name, days after signature, amount
    user: str = ""  # else the customer's salesperson
    comment: str = ""  # of the approver, or why it was rejected
    order: tuple = ()  # lines of the sale order behind it: product, quantity, untaxed price
    days: int = 365
    recurring: tuple = ()  # what for, months, timing, amount of a period
    output: str = "ticket"  # what its plan makes


CONTRACTS = [
    Contract(
        "erp",
        "ERP 系统升级与技术支持",
        "jinche",
        353,
        128000,
        "closed",
        (
            ("ticket", "首期款 50%", 8, 64000),
            ("ticket", "二期款 50%", 105, 64000),
            ("collection", "首期回款", 40, 64000),
            ("collection", "二期回款", 140, 64000),
        ),
        days=240,
    ),
    Contract(
        "pos",
        "门店收银系统年度维护",
        "muhe",
        350,
        36000,
        "closed",
        (("ticket", "上半年维护费", 10, 18000), ("ticket", "下半年维护费", 190, 18000)),
        days=330,
    ),
    Contract(
        "mes",
        "智能工厂 MES 系统建设",
        "hengze",
        338,
        680000,
        "active",
        (
            ("ticket", "首付款 30%", 8, 204000),
            ("collection", "首付款回款", 38, 204000),
            ("ticket", "到货款 40%", 120, 272000),
            ("collection", "到货款回款", 150, 272000),
            ("ticket", "验收款 20%", 275, 136000),
            ("collection", "验收款回款", 320, 136000),
            ("ticket", "质保金 10%", 360, 68000),
        ),
        comment="重点项目，请销售一部按到货进度开票。",
        order=(("server", 4, 50000), ("license", 1, 250000), ("implementation", 1, 161792.45)),
        days=540,
    ),
    Contract(
        "cloud",
        "云平台运维年度服务",
        "lanqi",
        312,
        264000,
        "active",
        (
            ("ticket", "第一季度服务费", 7, 66000),
            ("ticket", "第二季度服务费", 104, 66000),
            ("ticket", "第三季度服务费", 188, 66000),
            ("ticket", "第四季度服务费", 292, 66000),
            ("collection", "上半年回款", 140, 132000),
            ("collection", "下半年回款", 330, 132000),
        ),
        order=(("operation", 4, 62264.15),),
    ),
    Contract(
        "training",
        "教师数字素养培训服务",
        "limu",
        262,
        96000,
        "active",
        (
            ("ticket", "第一期培训", 7, 32000),
            ("ticket", "第二期培训", 132, 32000),
            ("ticket", "第三期培训", 259, 32000),
            ("collection", "全部回款", 300, 96000),
        ),
    ),
    Contract(
        "bim",
        "工程项目管理平台采购",
        "chukun",
        214,
        195000,
        "cancelled",
        (("ticket", "首付款 30%", 14, 58500),),
        comment="注意客户回款风险，首付款到账后再实施。",
    ),
    Contract(
        "crm",
        "外贸 CRM 系统实施",
        "haixuan",
        201,
        318000,
        "active",
        (
            ("ticket", "首付款 30%", 8, 95400),
            ("collection", "首付款回款", 38, 95400),
            ("ticket", "上线款 40%", 105, 127200),
            ("collection", "上线款回款", 140, 127200),
            ("ticket", "验收款 30%", 220, 95400),
        ),
    ),
    Contract(
        "devops",
        "工厂网络与设备运维（月付）",
        "hengze",
        96,
        120000,
        "active",
        recurring=(("月度运维费", 1, "arrears", 10000),),
    ),
    Contract(
        "hotline",
        "客服热线坐席租用（月付）",
        "limu",
        80,
        76320,
        "active",
        recurring=(("坐席月租", 1, "arrears", 6360),),
        output="invoice",
    ),
    Contract(
        "datamid",
        "企业数据治理咨询",
        "xingyuan",
        72,
        150000,
        "active",
        (
            ("collection", "预付款 50%", 10, 75000),
            ("ticket", "一期成果", 27, 30000),
            ("ticket", "二期成果", 75, 45000),
            ("ticket", "三期成果", 150, 75000),
        ),
        comment="预付款已约定，注意按期补开发票。",
    ),
    Contract(
        "security",
        "信息安全等级保护测评",
        "lanqi",
        11,
        58000,
        "rejected",
        (("ticket", "测评完成", 60, 58000),),
        user="lead",
        comment="测评范围与报价单不一致，请补充系统清单后重新提交。",
        days=120,
    ),
    Contract(
        "testbench",
        "电子产线测试平台开发",
        "qili",
        6,
        240000,
        "draft",
        (("ticket", "启动款 30%", 10, 72000), ("ticket", "验收款 70%", 150, 168000)),
    ),
    Contract(
        "video",
        "短视频内容平台定制开发",
        "shulan",
        3,
        86000,
        "pending",
        (("ticket", "启动款 40%", 15, 34400), ("ticket", "验收款 60%", 120, 51600)),
        days=180,
    ),
    Contract(
        "mes2",
        "MES 二期扩展（设备联网）",
        "hengze",
        2,
        420000,
        "pending",
        (("ticket", "首付款 30%", 20, 126000), ("collection", "首付款回款", 50, 126000)),
        user="lead",
    ),
]

# contract, age, amount (negative: refunded), memo
CONTRACT_PAYMENTS = [
    ("bim", 190, 58500, "工程项目管理平台首付款"),
    ("bim", 150, -58500, "合同取消退款"),
    ("training", 118, 20000, "第二期培训预付款"),
    ("datamid", 61, 75000, "数据治理咨询预付款 50%"),
    ("crm", 34, 30000, "上线款（部分）"),
]

# --- Tickets --------------------------------------------------------------------------------


class Ticket(NamedTuple):
    """A ticket, and what became of it.

    ``target``: draft, rejected, withdrawn, pending (first stage), reviewed (waits for finance),
    approved or issued.
    """

    key: str
    age: int
    type: str
    customer: str
    contract: str
    content: str
    lines: tuple  # product, quantity, price, specification
    target: str = "issued"
    user: str = ""  # else the customer's salesperson
    comment: str = ""  # of the last decision
    due: int | None = None  # days after issue
    mailed: bool = False
    bounced: str = ""  # what the customer's mail server said
    invoiced: bool = False  # a posted customer invoice stands behind it
    paid: float = 0.0
    void: str = ""  # reason
    red: str = ""  # reason
    reissue: "Ticket | None" = None  # what differs; its age is the day of the reissue
    properties: dict[str, str] | None = None  # value by custom field


def _reissue(key, age, **values):
    return Ticket(key, age, "", "", "", "", **{"lines": (), **values})


# fmt: off
TICKETS = [
    # the year before, for reports that compare
    Ticket(
        "planning", 694, "digital_special", "hengze", "", "智能工厂规划咨询",
        (("consulting", 9, 5300, ""),),
        due=30, mailed=True, invoiced=True, paid=47700,
    ),
    Ticket(
        "trial", 662, "digital_special", "lanqi", "", "云平台试运行服务",
        (("operation", 1, 48000, "第一季度"),),
        due=30, mailed=True, invoiced=True, paid=48000,
    ),
    Ticket(
        "beginners", 628, "digital_ordinary", "limu", "", "教师信息化入门培训",
        (("training", 12, 3604, ""),),
        due=15, mailed=True, invoiced=True, paid=43248,
    ),
    Ticket(
        "diagnosis", 596, "digital_special", "haixuan", "", "外贸业务系统诊断",
        (("consulting", 16, 5300, ""),),
        due=30, mailed=True, invoiced=True, paid=84800,
    ),
    Ticket(
        "workshop", 566, "digital_special", "hengze", "", "车间服务器采购",
        (("server", 3, 56500, "2U 双路"),),
        due=30, mailed=True, invoiced=True, paid=169500,
    ),
    Ticket(
        "survey", 534, "special", "jinche", "", "ERP 需求调研",
        (("consulting", 10, 5300, ""),),
        due=30, invoiced=True, paid=53000,
    ),
    Ticket(
        "inventory", 503, "digital_special", "xingyuan", "", "数据盘点服务",
        (("consulting", 18, 5300, ""),),
        due=30, mailed=True, invoiced=True, paid=95400,
    ),
    Ticket(
        "tracing", 470, "digital_special", "hengze", "", "质量追溯软件授权",
        (("license", 1, 113000, "V4 企业版"),),
        due=30, mailed=True, invoiced=True, paid=113000,
    ),
    Ticket(
        "migration", 438, "digital_special", "lanqi", "", "云迁移实施",
        (("implementation", 1, 84800, ""),),
        due=30, mailed=True, invoiced=True, paid=84800,
    ),
    Ticket(
        "rewiring", 405, "ordinary", "muhe", "", "门店网络改造",
        (("switch", 18, 5198, "24 口千兆"),),
        due=15, invoiced=True, paid=93564,
    ),
    Ticket(
        "mailings", 374, "digital_special", "haixuan", "", "邮件营销软件授权",
        (("license", 1, 67800, "20 用户"),),
        due=30, mailed=True, invoiced=True, paid=67800,
    ),
    # the last twelve months
    Ticket(
        "erp_1", 345, "special", "jinche", "erp", "ERP 升级首期款",
        (("implementation", 1, 64000, ""),),
        due=30, invoiced=True, paid=64000,
    ),
    Ticket(
        "pos_1", 340, "ordinary", "muhe", "pos", "收银系统维护费（上半年）",
        (("operation", 6, 3000, "6 个月"),),
        due=15, invoiced=True, paid=18000,
    ),
    Ticket(
        "voucher_travel", 336, "voucher", "lanqi", "", "项目实施差旅费结算",
        (("consulting", 1, 1272, ""),),
        properties={"voucher_number": "记-0127", "bookkeeper": "刘慧"},
    ),
    Ticket(
        "mes_1", 330, "digital_special", "hengze", "mes", "MES 合同首付款 30%",
        (("license", 1, 204000, "V5.2 企业版"),),
        comment="与合同付款条款一致。", due=30, mailed=True, invoiced=True, paid=204000,
    ),
    Ticket(
        "principal", 318, "digital_ordinary", "limu", "", "校长信息化研修班培训费",
        (("training", 2, 3604, ""),),
        due=15, mailed=True, invoiced=True, paid=7208,
    ),
    Ticket(
        "cloud_1", 305, "digital_special", "lanqi", "cloud", "云平台运维第一季度",
        (("operation", 1, 66000, "第一季度"),),
        due=30, mailed=True, invoiced=True, paid=66000,
    ),
    Ticket(
        "receipt_haixuan", 296, "receipt", "haixuan", "", "系统试用押金",
        (("deposit", 1, 5000, ""),),
        paid=5000, properties={"payment_method": "银行转账"},
    ),
    Ticket(
        "quality", 288, "digital_special", "xingyuan", "", "数据质量评估咨询",
        (("consulting", 3, 5300, ""),),
        due=30, mailed=True, invoiced=True, paid=15900,
    ),
    Ticket(
        "brand", 280, "digital_ordinary", "shulan", "", "品牌视频数字化策划咨询",
        (("consulting", 1, 4240, ""),),
        mailed=True,
    ),
    Ticket(
        "pm_training", 272, "ordinary", "chukun", "", "项目管理软件操作培训",
        (("training", 2, 4240, ""),),
        due=30,
    ),
    Ticket(
        "network", 268, "digital_special", "hengze", "", "车间网络设备采购",
        (("switch", 4, 5198, "48 口千兆"),),
        due=30, mailed=True, invoiced=True, paid=20792,
    ),
    Ticket(
        "voucher_deposit", 262, "voucher", "jinche", "", "样机押金收讫",
        (("deposit", 1, 2000, ""),),
        properties={"voucher_number": "收-0034", "bookkeeper": "刘慧"},
    ),
    Ticket(
        "training_1", 255, "digital_ordinary", "limu", "training", "教师数字素养培训第一期",
        (("training", 8, 4000, "第一期"),),
        due=30, mailed=True, invoiced=True, paid=32000,
    ),
    Ticket(
        "erp_2", 248, "special", "jinche", "erp", "ERP 升级二期款",
        (("license", 1, 64000, ""),),
        void="税率选择错误：应按信息技术服务 6% 开具，已收回全部联次。",
        reissue=_reissue(
            "erp_2b", 244,
            lines=(("implementation", 1, 64000, ""),), due=30, invoiced=True, paid=64000,
        ),
    ),
    Ticket(
        "receipt_muhe", 232, "receipt", "muhe", "", "扫码设备押金",
        (("deposit", 1, 3000, ""),),
        paid=3000, properties={"payment_method": "微信支付"},
    ),
    Ticket(
        "fixture", 226, "digital_special", "qili", "", "测试工装软件授权",
        (("license", 1, 22600, "10 用户"),),
        due=30, mailed=True, invoiced=True, paid=10000,
    ),
    Ticket(
        "mes_2", 218, "digital_special", "hengze", "mes", "MES 到货款（第一批）",
        (("server", 2, 56500, "2U 双路"), ("license", 1, 47000, "数据采集模块")),
        comment="到货签收单已核对。", due=30, invoiced=True, paid=160000,
    ),
    Ticket(
        "cloud_2", 214, "digital_special", "lanqi", "cloud", "云平台运维第二季度",
        (("operation", 1, 66000, "第二季度"),),
        due=30, mailed=True, invoiced=True, paid=66000,
    ),
    Ticket(
        "mes_3", 212, "digital_special", "hengze", "mes", "MES 到货款（第二批）",
        (("server", 2, 56000, "1U 单路"),),
        mailed=True,
        red="开票有误：规格型号与到货清单不符。",
        reissue=_reissue(
            "mes_3b", 205,
            lines=(("server", 2, 56000, "2U 双路"),),
            due=30, mailed=True, invoiced=True, paid=72000,
        ),
    ),
    Ticket(
        "bim_1", 200, "ordinary", "chukun", "bim", "工程项目管理平台首付款",
        (("license", 1, 58500, ""),),
        void="合同取消，双方协商终止，发票联次已全部收回。",
    ),
    Ticket(
        "crm_1", 193, "digital_special", "haixuan", "crm", "CRM 合同首付款 30%",
        (("license", 1, 95400, "50 用户"),),
        due=30, mailed=True, invoiced=True, paid=95400,
    ),
    Ticket(
        "editing", 184, "digital_ordinary", "shulan", "", "剪辑软件使用培训",
        (("training", 1, 2968, ""),),
        due=15, mailed=True, invoiced=True, paid=2968,
    ),
    Ticket(
        "voucher_venue", 176, "voucher", "xingyuan", "", "客户交流会场地费结算",
        (("venue", 1, 1962, ""),),
        properties={"voucher_number": "记-0318", "bookkeeper": "刘慧"},
    ),
    Ticket(
        "sms", 170, "digital_ordinary", "muhe", "", "会员系统短信服务费",
        (("software_fee", 1, 1590, ""),),
        mailed=True,
    ),
    Ticket(
        "pos_2", 160, "ordinary", "muhe", "pos", "收银系统维护费（下半年）",
        (("operation", 6, 3000, "6 个月"),),
        due=15, invoiced=True, paid=18000,
    ),
    Ticket(
        "line_server", 152, "special", "qili", "", "产线测试服务器",
        (("server", 1, 56500, "2U 双路"),),
        due=45,
    ),
    Ticket(
        "receipt_limu", 146, "receipt", "limu", "", "教材押金",
        (("deposit", 1, 1500, ""),),
        paid=1500, properties={"payment_method": "现金"},
    ),
    Ticket(
        "support", 140, "digital_ordinary", "limu", "", "教务系统技术支持",
        (("software_fee", 1, 9540, ""),),
        mailed=True, red="服务中止：暑期班停办，双方协商退费。",
    ),
    Ticket(
        "training_2", 131, "digital_ordinary", "limu", "training", "教师数字素养培训第二期",
        (("training", 8, 4000, "第二期"),),
    ),
    Ticket(
        "cloud_3", 124, "digital_special", "lanqi", "cloud", "云平台运维第三季度",
        (("operation", 1, 66000, "第三季度"),),
        due=30, mailed=True, invoiced=True, paid=40000,
    ),
    Ticket(
        "venue", 118, "ordinary", "chukun", "", "培训场地租赁费",
        (("venue", 3, 1962, ""),),
        void="购方抬头填写错误，当月作废。",
        reissue=_reissue("venue_b", 114, lines=(("venue", 3, 1962, "第二会议室"),)),
    ),
    Ticket(
        "privacy", 110, "digital_special", "xingyuan", "", "数据安全合规咨询",
        (("consulting", 4, 5300, ""),),
        due=30, mailed=True, invoiced=True, paid=21200,
    ),
    Ticket(
        "voucher_used", 103, "voucher", "hengze", "", "旧设备转让结算",
        (("used", 2, 2060, ""),),
        properties={"voucher_number": "转-0052", "bookkeeper": "刘慧"},
    ),
    Ticket(
        "crm_2", 96, "digital_special", "haixuan", "crm", "CRM 上线款 40%",
        (("implementation", 1, 127200, ""),),
        comment="上线确认单已收到。", due=30, mailed=True, invoiced=True, paid=63600,
    ),
    Ticket(
        "receipt_xingyuan", 90, "receipt", "xingyuan", "", "投标保证金",
        (("deposit", 1, 8000, ""),),
        paid=8000, properties={"payment_method": "银行转账"},
    ),
    Ticket(
        "live", 82, "digital_ordinary", "shulan", "", "直播运营系统咨询",
        (("consulting", 2, 3710, ""),),
        due=30, mailed=True, bounced="550 5.1.1 收件人邮箱不存在 (mailbox not found)",
    ),
    Ticket(
        "dyeing", 75, "digital_special", "jinche", "", "染整设备数据采集实施",
        (("implementation", 1, 31800, ""),),
        due=60, mailed=True, invoiced=True,
    ),
    Ticket(
        "spare", 68, "special", "hengze", "", "备用服务器",
        (("server", 1, 56500, "2U 双路"),),
        due=45,
    ),
    Ticket(
        "mes_4", 60, "digital_special", "hengze", "mes", "MES 验收款 20%",
        (("implementation", 1, 136000, ""),),
        comment="验收报告已归档。", due=45, mailed=True, invoiced=True,
    ),
    Ticket(
        "pentest", 52, "digital_special", "lanqi", "", "渗透测试服务",
        (("consulting", 5, 5300, ""),),
        user="lead", due=30, mailed=True, invoiced=True, paid=26500,
    ),
    Ticket(
        "datamid_1", 45, "digital_special", "xingyuan", "datamid", "数据治理一期成果",
        (("consulting", 5, 6000, ""),),
    ),
    Ticket(
        "remote", 40, "digital_ordinary", "qili", "", "远程技术支持",
        (("software_fee", 1, 6360, ""),),
    ),
    Ticket(
        "receipt_jinche", 34, "receipt", "jinche", "", "样机押金",
        (("deposit", 1, 5000, ""),),
        properties={"payment_method": "支付宝"},
    ),
    Ticket(
        "miniapp", 30, "digital_ordinary", "muhe", "", "点餐小程序服务费",
        (("software_fee", 1, 4770, ""),),
        due=30, mailed=True,
    ),
    Ticket(
        "customs", 26, "digital_special", "haixuan", "", "报关接口开发",
        (("implementation", 1, 42400, ""),),
    ),
    Ticket(
        "voucher_books", 22, "voucher", "limu", "", "教材资料费结算",
        (("deposit", 1, 980, ""),),
        properties={"voucher_number": "记-0611", "bookkeeper": "刘慧"},
    ),
    Ticket(
        "cloud_4", 20, "digital_special", "lanqi", "cloud", "云平台运维第四季度",
        (("operation", 1, 66000, "第四季度"),),
        target="approved",
    ),
    Ticket(
        "gala", 17, "digital_ordinary", "shulan", "", "年会拍摄场地租赁",
        (("venue", 2, 1962, ""),),
        target="approved",
    ),
    Ticket(
        "erp_ops", 15, "special", "jinche", "", "ERP 延保运维",
        (("operation", 1, 19080, "半年"),),
        target="approved", comment="延保协议已补签。",
    ),
    Ticket(
        "label", 13, "digital_special", "xingyuan", "", "数据标注平台授权",
        (("license", 1, 12430, "5 用户"),),
        target="approved",
    ),
    Ticket(
        "coupon", 10, "digital_ordinary", "muhe", "", "优惠券模块服务费",
        (("software_fee", 1, 2120, ""),),
        target="rejected", comment="抬头与营业执照不一致，请核对后重新提交。",
    ),
    Ticket(
        "gateway", 9, "digital_special", "hengze", "", "工业网关采购",
        (("switch", 6, 5650, "工业级"),),
        target="rejected", comment="缺少客户签收单，请补充附件后再提交。",
    ),
    Ticket(
        "probe", 8, "digital_special", "qili", "", "测试探针授权",
        (("license", 1, 33900, ""),),
        target="withdrawn", comment="客户要求合并到下月一起开票。",
    ),
    Ticket(
        "crm_3", 6, "digital_special", "haixuan", "crm", "CRM 验收款 30%",
        (("implementation", 1, 95400, ""),),
        target="draft",
    ),
    Ticket(
        "mes_5", 3, "digital_special", "hengze", "mes", "MES 质保金 10%",
        (("license", 1, 68000, ""),),
        target="pending",
    ),
    Ticket(
        "training_3", 3, "digital_ordinary", "limu", "training", "教师数字素养培训第三期",
        (("training", 8, 4000, "第三期"),),
        target="reviewed", comment="培训签到表已核对。",
    ),
    Ticket(
        "backup", 2, "digital_ordinary", "lanqi", "", "数据备份服务",
        (("software_fee", 1, 5300, ""),),
        target="pending",
    ),
    Ticket(
        "weaving", 2, "special", "jinche", "", "织造车间服务器",
        (("server", 1, 45200, "1U 单路"),),
        target="pending",
    ),
    Ticket(
        "site_training", 1, "ordinary", "chukun", "", "工地现场操作培训",
        (("training", 1, 3180, ""),),
        target="pending",
    ),
    Ticket(
        "voucher_forum", 1, "voucher", "haixuan", "", "行业论坛费用结算",
        (("venue", 1, 1500, ""),),
        target="pending", properties={"voucher_number": "记-0702", "bookkeeper": ""},
    ),
    Ticket(
        "datamid_2", 1, "digital_special", "xingyuan", "datamid", "数据治理二期成果",
        (("consulting", 7.5, 6000, ""),),
        target="draft",
    ),
    Ticket(
        "receipt_draft", 0, "receipt", "muhe", "", "点餐平板押金",
        (("deposit", 1, 2000, ""),),
        target="draft", properties={"payment_method": "微信支付"},
    ),
]
# Of last month, each with its day there: what the tax bureau's desk is shown with.
BUREAU_TICKETS = [
    (6, Ticket(
        "bureau_typo", 0, "digital_special", "qili", "", "治具管理软件授权",
        (("license", 1, 9040, "4 用户"),),
        due=90,
    )),
    (6, Ticket(
        "bureau_day", 0, "digital_ordinary", "qili", "", "设备联网配置咨询",
        (("consulting", 1, 3180, ""),),
        due=90,
    )),
    (7, Ticket(
        "bureau_void", 0, "ordinary", "chukun", "", "平板电脑终端",
        (("switch", 2, 2260, "三防"),),
        due=90,
    )),
    (7, Ticket(
        "bureau_kept", 0, "ordinary", "muhe", "", "厨房显示终端",
        (("switch", 1, 1695, "15 寸"),),
        due=90, void="客户退回设备，发票尚在电子税务局待作废。",
    )),
    (7, Ticket(
        "bureau_red", 0, "digital_special", "xingyuan", "", "数据清洗服务",
        (("consulting", 3, 5300, ""),),
        due=90,
    )),
    (8, Ticket(
        "bureau_lost", 0, "digital_ordinary", "muhe", "", "小程序改版服务费",
        (("software_fee", 1, 2650, ""),),
        due=90,
    )),
    (8, Ticket(
        "bureau_sent_1", 0, "digital_special", "jinche", "", "染缸数据采集实施",
        (("implementation", 1, 21200, ""),),
        target="approved", due=90,
    )),
    (8, Ticket(
        "bureau_sent_2", 0, "digital_special", "xingyuan", "", "数据标注平台扩容",
        (("license", 1, 6780, "3 用户"),),
        target="approved", due=90,
    )),
    (8, Ticket(
        "bureau_sent_3", 0, "digital_ordinary", "muhe", "", "收银系统巡检",
        (("operation", 1, 1590, ""),),
        target="approved", due=90,
    )),
]
# Approved tickets that wait at the tax bureau; the first one was refused there.
OPEN_BATCH = ("gala", "label", "cloud_4")
# fmt: on

# --- Parcels --------------------------------------------------------------------------------


class Parcel(NamedTuple):
    """A parcel, and how far it got."""

    key: str
    carrier: str
    number: str
    age: int
    tickets: tuple
    state: str
    signed_by: str = ""
    note: str = ""


PARCELS = [
    Parcel("erp_1", "sf", "SF1638204719352", 342, ("erp_1",), "delivered", "华丽君"),
    Parcel("pos_1", "zto", "75384120967315", 337, ("pos_1",), "delivered", "前台代收"),
    Parcel("pm_training", "ems", "EX104827364CN", 269, ("pm_training",), "delivered", "胡建军"),
    Parcel("erp_2b", "sf", "SF1640917385206", 240, ("erp_2b",), "delivered", "华丽君"),
    Parcel("mes_2", "jd", "JDVA20481936572", 214, ("mes_2",), "delivered", "财务部 钱芳"),
    Parcel("pos_2", "yto", "YT8716349025173", 156, ("pos_2",), "delivered", "丁晓萌"),
    Parcel("line_server", "sf", "SF1652730948617", 148, ("line_server",), "delivered", "黄志远"),
    Parcel("training_2", "sto", "773018264935172", 127, ("training_2",), "delivered", "梁思敏"),
    Parcel(
        "spare",
        "yunda",
        "312908475610483",
        64,
        ("spare",),
        "returned",
        note="首次寄送地址有误，退回后改为客户自取。",
    ),
    Parcel("datamid_1", "ems", "EX105933188CN", 41, ("datamid_1",), "problem"),
    Parcel("customs", "zto", "76120583947261", 2, ("customs",), "in_transit"),
    Parcel("remote", "jt", "JT5208416739025", 1, ("remote",), "out_for_delivery"),
    Parcel("books", "sf", "SF1689023547716", 1, ("voucher_books",), "picked_up"),
    Parcel("receipt_jinche", "sf", "SF1689077412358", 0, ("receipt_jinche",), "draft"),
]

# state, days after shipping, minutes after nine, place, description; {city} is the customer's
PARCEL_EVENTS = [
    ("picked_up", 0, 500, "上海市浦东新区", "【上海张江营业部】已揽收"),
    ("in_transit", 0, 690, "上海市青浦区", "快件已发车，离开【上海转运中心】"),
    ("in_transit", 1, 20, "{city}", "快件到达【{city}转运中心】"),
    ("out_for_delivery", 1, 60, "{city}", "快件正在派送，请保持电话畅通"),
]
PARCEL_ENDS = {
    "delivered": ("delivered", 1, 150, "{city}", "已签收，签收人：{signed_by}"),
    "problem": ("problem", 1, 240, "{city}", "收件人电话无法接通，派送失败，转疑难件处理"),
    "returned": ("returned", 4, 120, "上海市浦东新区", "地址不详，快件已退回寄件人"),
}
# How many of PARCEL_EVENTS a parcel in the state has seen.
PARCEL_PROGRESS = {"draft": 0, "picked_up": 1, "in_transit": 2, "out_for_delivery": 4}
