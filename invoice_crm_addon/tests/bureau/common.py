from datetime import date

from ..fapiao.common import FapiaoCommon
from ..reporting.common import ReportingCommon
from . import bureau_list_files as files

XLSX = "全量发票查询导出结果.xlsx"


class BureauCommon(ReportingCommon, FapiaoCommon):
    """Lists of the tax bureau, and the tickets of the same month."""

    FIRST = date(2026, 7, 1)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ours = (cls.company.vat, cls.company.name)
        cls.theirs = ("91310000MA1K000001", "上海供应商有限公司")

    def _make(self, number=1, untaxed=1000, day=3, **values):
        """A fapiao of the customer as the bureau lists it."""
        values.setdefault("lines", (files.make_line(untaxed),))
        return files.Fapiao(
            number=f"2611000000{number:010d}",
            seller=values.pop("seller", self.ours),
            buyer=values.pop("buyer", (self.customer.vat, self.customer.invoice_title)),
            day=values.pop("date", self.FIRST.replace(day=day)),
            **values,
        )

    def _drop_list(self, *fapiao, user=None, layout=None, **kwargs):
        """Drop a list as finance does.

        :return: the list, maybe none, and the file as which it came
        """
        content = files.write_list(fapiao, layout, **kwargs)
        return self._drop_content(content, user)

    def _drop_content(self, content, user=None):
        attachment = self._attach(content, XLSX, user)
        file = self._read(attachment, user)
        bureau_list = self.env["invoice.bureau.list"].search([("file_id", "=", file.id)])
        return bureau_list, file

    def _find_fapiao(self, one):
        return self.env["invoice.bureau.fapiao"].search(
            [("company_id", "=", self.company.id), ("number", "=", one.number)]
        )

    def _get_month(self, first=None, company=None):
        return self.env["invoice.bureau.month"].search(
            [
                ("company_id", "=", (company or self.company).id),
                ("date", "=", first or self.FIRST),
            ]
        )

    def _get_rows(self, first=None, user=None):
        """Rows of a month as finance sees them, by number."""
        # Each look is a request of its own.
        self.env.flush_all()
        self.env.invalidate_all()
        month = self._get_month(first).with_user(user or self.finance)
        action = month.action_open_rows()
        Rows = self.env["invoice.bureau.month.row"].with_user(user or self.finance)
        rows = Rows.with_context(**action["context"]).search(action["domain"])
        return {row.number: row for row in rows}

    def _issue_same(self, one, **values):
        """A ticket that says what the bureau says of a fapiao."""
        lines = [
            self._prepare_line(
                float(untaxed), int(rate.rstrip("%")) if "%" in rate else self._treat(rate)
            )
            for rate, untaxed, _tax in one.lines
        ]
        ticket = self._create_ticket(
            tax_included=False,
            line_ids=lines,
            **{"buyer_name": one.buyer[1], "buyer_vat": one.buyer[0], **values},
        )
        self._approve(ticket)
        ticket.with_user(self.finance).write(
            {"issue_date": one.day, "fapiao_number": one.number, "fapiao_code": one.code}
        )
        ticket.with_user(self.finance).action_issue()
        return ticket

    @staticmethod
    def _treat(rate):
        return {"免税": "exempt", "不征税": "not_taxable"}[rate]
