import base64
import io

import openpyxl

from odoo.fields import Command

from ...models.base.proof import proven
from ..fapiao.common import FapiaoCommon

SERVICE = "3040201030000000000"
BASIC = (
    "发票流水号*|发票类型*|特定业务类型|是否含税*|受票方自然人标识|购买方名称*|购买方纳税人识别号"
    "|购买方地址|购买方电话|购买方开户银行|购买方银行账号|是否展示购买方地址电话银行账号|备注"
    "|销售方开户行|销售方银行账号|是否展示销售方地址电话银行账号"
)
LINES = (
    "发票流水号*|项目名称*|商品和服务税收编码*|规格型号|单位|数量|单价|金额*|税率*|折扣金额"
    "|是否使用优惠政策|优惠政策类型"
)
SPECIAL = "发票流水号*|起运地|到达地|运输工具种类|运输工具牌号|运输货物名称"


def make_workbook(version="pt:20260401"):
    """A workbook as the tax bureau hands it out."""
    book = openpyxl.Workbook()
    for number, (title, headings) in enumerate(
        (
            ("1-发票基本信息", BASIC),
            ("2-发票明细信息", LINES),
            ("3-特定业务信息", SPECIAL),
            ("4-附加要素信息", "发票流水号*|附加要素名称*|附加要素内容*"),
        )
    ):
        sheet = book.active if not number else book.create_sheet()
        sheet.title = title
        sheet.append(["填写说明"])
        sheet.append([])
        for position, heading in enumerate(headings.split("|"), start=1):
            sheet.cell(3, position, heading)
    book.create_sheet("excelVersion")["A4"] = version
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def read_sheet(content, number):
    """Rows of a sheet by heading."""
    rows = list(openpyxl.load_workbook(io.BytesIO(content)).worksheets[number].iter_rows(min_row=3))
    headings = [str(cell.value).rstrip("*") for cell in rows[0]]
    return [
        {name: cell.value or "" for name, cell in zip(headings, row, strict=True)}
        for row in rows[1:]
        if row[0].value
    ]


def prepare_template(company):
    """Values of the template of a company."""
    return {
        "filename": "(V260401版)批量开票-导入开票模板.xlsx",
        "content": base64.b64encode(make_workbook()),
        "company_id": company.id,
    }


def prepare_bureau_records(env, company, world):
    """A record of each kind that a company has to do with the tax bureau.

    :param world: has ``issued``, a ticket of the company
    :return: records by the name that the rights table has for them
    """
    goods_code = env["invoice.goods.code"].create(
        {"name": "Service", "code": SERVICE, "company_id": company.id}
    )
    batch = proven(env["invoice.bureau.batch"]).create(
        {
            "name": "SW1",
            "company_id": company.id,
            "file": base64.b64encode(b"x"),
            "item_ids": [Command.create({"name": "TK1", "ticket_id": world.issued.id})],
        }
    )
    return {
        "goods_code": goods_code,
        "bureau_template": env["invoice.bureau.template"].create(prepare_template(company)),
        "bureau_batch": batch.with_env(env),
        "bureau_item": batch.item_ids.with_env(env),
    }


class BatchCommon(FapiaoCommon):
    """A company with the template of the tax bureau, and tickets that it takes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.template = cls.env["invoice.bureau.template"].create(prepare_template(cls.company))

    @classmethod
    def _prepare_line(cls, **values):
        return Command.create(
            {
                "name": "Consulting",
                "price_unit": 1130.0,
                "tax_id": cls.tax_13.id,
                "tax_code": SERVICE,
                **values,
            }
        )

    @classmethod
    def _coded(cls, **values):
        """An approved ticket that the tax bureau takes."""
        values.setdefault("line_ids", [cls._prepare_line()])
        ticket = cls._create_ticket(**values)
        cls._approve(ticket)
        return ticket

    def _open_wizard(self, tickets, user=None):
        action = tickets.with_user(user or self.finance).action_send_to_bureau()
        return (
            self.env[action["res_model"]].with_user(user or self.finance).browse(action["res_id"])
        )

    def _send(self, tickets, user=None):
        """:return: the batches, as finance reads them"""
        known = self.env["invoice.bureau.batch"].search([])
        self._open_wizard(tickets, user).action_confirm()
        return self.env["invoice.bureau.batch"].with_user(user or self.finance).search([]) - known
