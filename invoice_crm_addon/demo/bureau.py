"""The tax bureau's desk: batches that went out, lists that came in, months that are proven."""

from dateutil.relativedelta import relativedelta

from .builder import Builder
from .bureau_files import Listed, write_list
from .tables import BUREAU_TICKETS, OPEN_BATCH
from .tickets import Tickets

# Tickets of last month that go to the tax bureau together, and come back by its list.
SENT = "bureau_sent"


class Bureau(Builder):
    """Two batches, and the lists of the last two months, one of which is closed.

    The rows of last month show what finance meets: a number that was typed wrong, a fapiao that
    nobody asked for, another day, a void and a red letter that nobody entered here, and a void
    that was entered here alone.
    """

    def make_desk(self):
        company = self.ref("demo_company")
        last = self.day(0) + relativedelta(months=-1, day=1)
        tickets = self._make_last_month(last)
        sent = [t for key, t in tickets.items() if key.startswith(SENT)]
        batch = self._send(self.env["invoice.ticket"].concat(*sent), last, 13)
        self._close_month(company, last + relativedelta(months=-1))
        self._list_last_month(company, last, tickets)
        self._settle_moments(batch, last)
        self._send_open_batch()

    # === TICKETS === #

    def _make_last_month(self, first):
        """Tickets that the desk is shown with, all in one month whatever day it is today.

        :return: tickets by key
        :rtype: dict
        """
        maker, rows = Tickets(self.env), {}
        for day, row in BUREAU_TICKETS:
            aged = row._replace(age=(self.day(0) - first.replace(day=day)).days)
            rows[maker._make_ticket(aged)] = aged
        maker._run_tickets(rows)
        maker._cancel_tickets(rows)
        return {row.key: ticket for ticket, row in rows.items()}

    # === BATCHES === #

    def _send(self, tickets, first, day):
        """Let finance fill the tax bureau's workbook with tickets, and upload it."""
        moment = self.moment_of_day(first.replace(day=day), 60)
        known = self.env["invoice.bureau.batch"].search([])

        def send(tickets):
            action = tickets.action_send_to_bureau()
            tickets.env[action["res_model"]].browse(action["res_id"]).action_confirm()

        self.do("finance", tickets, moment, send)
        batch = self.env["invoice.bureau.batch"].search([]) - known
        self.stamp_column(batch, "create_date", {batch.id: moment})
        return batch

    def _settle_moments(self, batch, first):
        moment = self.moment_of_day(first + relativedelta(months=1), 45)
        items = batch.item_ids
        self.stamp_column(items, "answered_on", dict.fromkeys(items.ids, moment))

    def _send_open_batch(self):
        """A batch of which the tax bureau took two tickets so far, and refused one."""
        tickets = self.env["invoice.ticket"].concat(*map(self.get_ticket, OPEN_BATCH))
        day = self.day(1)
        batch = self._send(tickets, day, day.day)
        moment = self.moment_of_day(day, 150)
        items = batch.item_ids.filtered(lambda item: item.ticket_id == tickets[:1])
        reason = "购买方名称与纳税人识别号不匹配，请核对后重新上传。"
        self.do(
            "finance",
            items.ticket_id,
            moment,
            lambda ts: items.with_env(ts.env).action_refuse(reason),
        )
        self.stamp_column(items, "answered_on", {items.id: moment})

    # === LISTS === #

    def _close_month(self, company, first):
        """The month before last agrees with its list, and is closed."""
        listed = [self._list(ticket) for ticket in self._find_tickets(company, first)]
        if listed:
            self._drop(company, first, listed)
        finance = self.as_user("finance", self.env["invoice.bureau.month"])
        finance.action_open_months()
        month = finance.search([("company_id", "=", company.id), ("date", "=", first)])
        if listed:
            month.action_close()
        else:
            month.action_close_empty()

    def _list_last_month(self, company, first, tickets):
        """The bureau says of last month what it does, which is not all that is known here."""
        day = first.replace(day=16)
        typed = tickets["bureau_typo"].fapiao_number
        changed = {
            tickets["bureau_typo"]: {"number": f"{typed[:-1]}{(int(typed[-1]) + 4) % 10}"},
            tickets["bureau_day"]: {"day": first.replace(day=21)},
            tickets["bureau_void"]: {"status": "已作废"},
            tickets["bureau_kept"]: {"status": "正常"},
            tickets["bureau_red"]: {"status": "已红冲-全额"},
        }
        listed = [
            self._list(ticket, **changed.get(ticket, {}))
            for ticket in self._find_tickets(company, first)
            if ticket != tickets["bureau_lost"]
        ]
        listed += [
            self._list(ticket, number=f"{day:%y}312{71455100 + ticket.id:015d}", day=day)
            for key, ticket in tickets.items()
            if key.startswith(SENT)
        ]
        listed += self._make_strange(first, tickets["bureau_red"])
        self._drop(company, first, sorted(listed, key=lambda one: one.day))
        tickets = self.env["invoice.ticket"].concat(
            *(ticket for key, ticket in tickets.items() if key.startswith(SENT))
        )
        moment = self.moment_of_day(first + relativedelta(months=1), 45)
        self.stamp(self.as_user("finance", tickets), moment)
        self._explain(company, first)

    def _find_tickets(self, company, first):
        return self.env["invoice.ticket"].search(
            [
                ("company_id", "=", company.id),
                ("is_fapiao", "=", True),
                ("fapiao_number", "!=", False),
                ("state", "in", ("issued", "voided")),
                ("issue_date", ">=", first),
                ("issue_date", "<", first + relativedelta(months=1)),
            ],
            order="issue_date, id",
        )

    def _list(self, ticket, **values):
        """A ticket as the tax bureau lists it, if all went well."""
        if ticket.state == "voided":
            status = "已作废"
        elif ticket.amount_total > 0 and ticket.amount_valid < ticket.amount_total:
            status = "已红冲-部分" if ticket.amount_valid else "已红冲-全额"
        else:
            status = "正常"
        is_sent = ticket.bureau_state == "sent"
        listed = {
            "number": ticket.fapiao_number,
            "code": ticket.fapiao_code or "",
            "day": ticket.issue_date,
            "buyer_name": ticket.buyer_name or "",
            "buyer_vat": ticket.buyer_vat or "",
            "kind": ticket.type_id.fapiao_kind,
            "status": status,
            "remark": ticket.name if is_sent else "",
            "lines": tuple(
                (
                    f"*信息技术服务*{line.name}",
                    line.tax_id.amount,
                    line.amount_untaxed,
                    line.amount_tax,
                )
                for line in ticket.line_ids
            ),
        }
        return Listed(**{**listed, **values})

    def _make_strange(self, first, original):
        """Fapiao that were made at the tax bureau itself, and a red one among them."""
        numbers = [f"{first:%y}312{71470015 + n * 317:015d}" for n in range(3)]
        blue = self._list(original)
        return [
            Listed(
                number=numbers[0],
                day=first.replace(day=18),
                buyer_name="上海澄砚文化传播有限公司",
                buyer_vat="91310115MA1H7XQ25T",
                kind="digital_ordinary",
                lines=(("*鉴证咨询服务*数字展厅咨询", 6, 3000.0, 180.0),),
            ),
            Listed(
                number=numbers[1],
                day=first.replace(day=19),
                buyer_name="昆山泊远物业管理有限公司",
                buyer_vat="91320583MA1X4KD90J",
                kind="digital_ordinary",
                lines=(("*经营租赁*办公室转租", 9, 8000.0, 720.0),),
            ),
            Listed(
                number=numbers[2],
                day=first.replace(day=20),
                buyer_name=blue.buyer_name,
                buyer_vat=blue.buyer_vat,
                kind=blue.kind,
                lines=tuple((name, rate, -u, -t) for name, rate, u, t in blue.lines),
                remark=f"被红冲蓝字数电票号码：{blue.number} 红字发票信息确认单编号："
                f"{31010000 + first.year:012d}{first.month:08d}",
            ),
        ]

    def _drop(self, company, first, listed):
        """Finance drops a list, where e-invoice files are dropped."""
        attachment = self.as_user("finance", self.env["ir.attachment"]).create(
            {
                "name": f"全量发票查询导出结果{first:%Y%m}.xlsx",
                "raw": write_list(company, listed),
            }
        )
        self.as_user("finance", self.env["invoice.ticket"]).import_fapiao(attachment.ids)

    def _explain(self, company, first):
        """What needs no ticket here is explained, once."""
        Month = self.as_user("finance", self.env["invoice.bureau.month"])
        month = Month.search([("company_id", "=", company.id), ("date", "=", first)])
        action = month.action_open_rows()
        Rows = Month.env["invoice.bureau.month.row"].with_context(**action["context"])
        rows = Rows.search([*action["domain"], ("buyer", "=", "昆山泊远物业管理有限公司")])
        rows.action_explain("outside", "办公室转租由行政部在电子税务局自行开具，不在本系统管理。")
