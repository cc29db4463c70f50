import base64
import os
from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...models.base.proof import proven
from ..fapiao.fapiao_files import build_xml
from . import bureau_list_files
from .batch_common import BatchCommon, read_sheet


@tagged("post_install", "-at_install")
class TestBureauBatchList(BatchCommon):
    """Tickets went out in a workbook, and the list of the tax bureau answers for them."""

    def _list_of(self, ticket, number=1, **values):
        """A fapiao of the tax bureau's list that says what a ticket says."""
        values.setdefault("remark", ticket.name)
        return bureau_list_files.Fapiao(
            number=f"2611000000{number:010d}",
            seller=(self.company.vat, self.company.name),
            buyer=values.pop("buyer", (ticket.buyer_vat, ticket.buyer_name)),
            day=date(2026, 3, 5),
            lines=values.pop("lines", (bureau_list_files.make_line(ticket.amount_untaxed),)),
            **values,
        )

    def _drop_list(self, *fapiao):
        content = bureau_list_files.write_list(fapiao)
        file = self._read(self._attach(content, "全量发票查询导出结果.xlsx"))
        self.assertEqual(file.outcome, "listed", file.message)
        return self.env["invoice.bureau.list"].search([("file_id", "=", file.id)])

    def _get_month_rows(self):
        """Rows of the month of the lists, by number."""
        self.env.flush_all()
        self.env.invalidate_all()
        domain = [("company_id", "=", self.company.id), ("date", "=", date(2026, 3, 1))]
        action = self.env["invoice.bureau.month"].search(domain).action_open_rows()
        Rows = self.env["invoice.bureau.month.row"].with_user(self.finance)
        return {
            row.number: row
            for row in Rows.with_context(**action["context"]).search(action["domain"])
        }

    def test_list_issues_what_agrees_and_leaves_the_others(self):
        self._speak_english()
        names = "good total buyer kind twice voided long refused"
        tickets = {name: self._coded() for name in names.split()}
        batch = self._send(self.env["invoice.ticket"].union(*tickets.values()))
        batch.item_ids.filtered(lambda item: item.ticket_id == tickets["refused"]).action_refuse(
            "No"
        )
        listed = {
            name: self._list_of(ticket, number)
            for number, (name, ticket) in enumerate(tickets.items(), start=1)
        }
        listed["good"] = replace(listed["good"], remark=f"合同，（{tickets['good'].name}）")  # noqa: RUF001
        listed["total"] = replace(listed["total"], lines=(bureau_list_files.make_line(7),))
        listed["buyer"] = replace(listed["buyer"], buyer=("91310000MA1K000001", "Other"))
        listed["kind"] = replace(listed["kind"], kind="digital_ordinary")
        listed["twice_too"] = replace(listed["twice"], number=f"2612{'0' * 16}")
        listed["voided"] = replace(listed["voided"], status="voided")
        listed["long"] = replace(listed["long"], remark=tickets["long"].name + "0")
        found = self._drop_list(*listed.values())
        self.assertEqual(found.issued_count, 1)
        self.assertIn("1 tickets are issued", found.file_id.message)
        good = tickets.pop("good")
        self.assertRecordValues(
            good,
            [
                {
                    "state": "issued",
                    "fapiao_number": listed["good"].number,
                    "issue_date": date(2026, 3, 5),
                }
            ],
        )
        self.assertEqual({ticket.state for ticket in tickets.values()}, {"approved"})
        self.assertEqual((batch.state, batch.issued_count, batch.open_count), ("open", 1, 6))
        for name, word in (("total", "Total"), ("buyer", "Tax Number"), ("kind", "Type")):
            with self.subTest(name=name):
                self.assertRegex(tickets[name].message_ids[0].body, word)
        row = self._get_month_rows()[listed["total"].number]
        self.assertEqual(row.waiting_ticket_id, tickets["total"])
        self.assertIn(tickets["total"].name, row.guess)
        self.assertFalse(row.can_create_tickets)
        with self.assertRaisesRegex(UserError, tickets["total"].name):
            row.action_create_tickets()

    @mute_logger("odoo.sql_db")
    def test_one_that_cannot_be_issued_stops_no_other(self):
        tickets = self._coded() | self._coded()
        batch = self._send(tickets)
        listed = [self._list_of(ticket, n) for n, ticket in enumerate(tickets, start=1)]
        check = type(tickets)._get_cannot_issue_reason

        def refuse(ticket):
            return "The quota is used up" if ticket == tickets[0] else check(ticket)

        with patch.object(type(tickets), "_get_cannot_issue_reason", refuse):
            self._drop_list(*listed)
        self.assertEqual(tickets.mapped("state"), ["approved", "issued"])
        self.assertEqual(batch.open_count, 1)
        self.assertIn("quota", tickets[0].message_ids[0].body)

    # === ROUND TRIP === #

    def test_there_and_back_to_the_vat_return(self):
        """Out in one workbook; back by refusals, files and a list; then the month is closed.

        Set ``BUREAU_ROUND_TRIP`` for another number of tickets.
        """
        tickets = self.env["invoice.ticket"].create(
            [
                self._prepare_ticket_values(
                    line_ids=[self._prepare_line(price_unit=10.0 + number, quantity=1 + number % 3)]
                )
                for number in range(int(os.environ.get("BUREAU_ROUND_TRIP", "200")))
            ]
        )
        self.env.flush_all()
        proven(tickets).state = "approved"
        batch = self._send(tickets)
        content = base64.b64decode(batch.file)
        rows, lines = read_sheet(content, 0), read_sheet(content, 1)
        by_serial = {line["发票流水号"]: line for line in lines}
        self.assertEqual(len(rows), len(tickets))
        refused = {row["发票流水号"] for row in rows[::20]}
        items = batch.item_ids.filtered(lambda item: item.name in refused)
        items.action_refuse("税局拒绝")
        issued = [
            self._issue_at_bureau(row, by_serial[row["发票流水号"]], number)
            for number, row in enumerate(rows)
            if row["发票流水号"] not in refused
        ]
        by_file = issued[: len(issued) // 3]
        for one in by_file:
            [result] = self._import(self._build_from(one, by_serial[one.remark]))
            self.assertEqual(result["outcome"], "issued", result["message"])
        self.assertEqual(
            (batch.issued_count, batch.refused_count, batch.open_count),
            (len(by_file), len(refused), len(issued) - len(by_file)),
        )
        # The bureau lists all that it issued, whether or not a file came of it.
        found = self._drop_list(*issued)
        self.assertEqual(found.issued_count, len(issued) - len(by_file))
        self.assertEqual((batch.state, batch.issued_count), ("settled", len(issued)))
        self.assertEqual({row.result for row in self._get_month_rows().values()}, {"agreed"})
        month = self.env["invoice.bureau.month"].search(
            [("company_id", "=", self.company.id), ("date", "=", date(2026, 3, 1))]
        )
        month.with_user(self.finance).action_close()
        self.assertEqual(month.state, "closed")
        sheet = self.env["invoice.vat.sheet"].with_user(self.finance)
        page = sheet.with_context(allowed_company_ids=self.company.ids).get_page(
            "2026-03", self.company.id
        )
        self.assertTrue(page["closed"])
        there = [float(sum(one.untaxed for one in issued)), float(sum(one.tax for one in issued))]
        self.assertEqual([round(cell, 2) for cell in page["total"]["cells"]["special"]], there)

    def _issue_at_bureau(self, row, line, number):
        """The fapiao that the tax bureau issues for a row of the workbook."""
        total = Decimal(line["金额"])
        tax = (total * Decimal("0.13") / Decimal("1.13")).quantize(Decimal("0.01"), ROUND_HALF_UP)
        return bureau_list_files.Fapiao(
            number=f"26119{number:015d}",
            seller=(self.company.vat, self.company.name),
            buyer=(row["购买方纳税人识别号"], row["购买方名称"]),
            day=date(2026, 3, 1 + number % 28),
            lines=(("13%", total - tax, tax),),
            remark=row["备注"],
        )

    def _build_from(self, fapiao, line):
        quantity = Decimal(line["数量"])
        return build_xml(
            fapiao.number,
            self.seller,
            (fapiao.buyer[1], fapiao.buyer[0]),
            untaxed=str(fapiao.untaxed),
            tax=str(fapiao.tax),
            total=str(fapiao.total),
            quantity=quantity,
            price=fapiao.untaxed / quantity,
            remark=fapiao.remark,
            date=str(fapiao.day),
        )
