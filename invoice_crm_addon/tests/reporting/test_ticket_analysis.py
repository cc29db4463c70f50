from datetime import date

from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.tests import tagged, users

from .common import ReportingCommon

ANALYSIS, COMPARISON = "invoice.ticket.analysis", "invoice.ticket.comparison"
REGISTER = "invoice.correction.register"


@tagged("post_install", "-at_install")
class TestTicketAnalysis(ReportingCommon):
    """What is added up is issued, in the company's currency, and nothing stands in it twice."""

    def _group(self, fname, measure="amount_total:sum", domain=()):
        domain = [("company_id", "=", self.company.id), *domain]
        groups = self.env[ANALYSIS]._read_group(domain, [fname], [measure])
        return {
            key.id if hasattr(key, "id") else key: round(value or 0, 2) for key, value in groups
        }

    def test_only_issued_tickets_are_added_up(self):
        self._create_ticket()
        ticket = self._issue_on("2026-03-05", self._prepare_line(1000.0))
        voided = self._issue_on(
            "2026-03-06", self._prepare_line(200.0), type_id=self.type_ordinary.id
        )
        voided.with_user(self.finance).action_void("Wrong title")
        receipt = self._create_ticket(type_id=self.type_receipt.id)
        self._issue_ticket_on("2026-03-07", receipt)
        self._take_back_on("2026-04-02", ticket, 113.0)
        for measure, expected in (
            ("amount_total:sum", 1017.0),
            ("amount_untaxed:sum", 900.0),
            ("amount_tax:sum", 117.0),
            ("amount_voided:sum", 226.0),
            ("amount_receipt:sum", 1130.0),
            ("amount_waiting:sum", 1130.0),
            ("issued_id:count_distinct", 1),
            ("red_id:count_distinct", 1),
        ):
            self.assertEqual(self._sum(ANALYSIS, measure), expected, measure)
        self.assertEqual(
            self._group("date:month", domain=[("amount_total", "!=", False)]),
            {date(2026, 3, 1): 1130.0, date(2026, 4, 1): -113.0},
        )
        self.assertEqual(self._group("document"), {"special": 1017.0, "other": 0.0, "receipt": 0.0})

    def test_rates_and_goods(self):
        self._issue_on(
            "2026-03-05",
            self._prepare_line(100.0, 13),
            self._prepare_line(200.0, 6, self.SERVICE, "*信息技术服务*Software"),
            self._prepare_line(300.0, "exempt"),
            self._prepare_line(400.0, "zero", False, "Export"),
            self._prepare_line(50.0, 0.5, False, "*经纪代理服务*Agency"),
        )
        self.assertEqual(
            self._group("rate", "amount_untaxed:sum"),
            {"13": 100.0, "6": 200.0, "exempt": 300.0, "zero": 400.0, "0.5": 50.0},
        )
        self.assertEqual(self._sum(ANALYSIS, "issued_id:count_distinct"), 1)
        self.assertEqual(
            self._group("vat_line", "amount_untaxed:sum"),
            {
                "general_13_goods": 100.0,
                "general_6": 200.0,
                "exempt_goods": 300.0,
                "refund_goods": 400.0,
                "simple_other": 50.0,
            },
        )
        self.assertEqual(
            self._group("tax_class", "amount_untaxed:sum"),
            {"100 纸制品": 400.0, "300 信息技术服务": 200.0, False: 450.0},
        )
        self.assertEqual(
            self._group("sort", "amount_untaxed:sum"), {"goods": 800.0, "services": 250.0}
        )

    def test_goods_are_named_by_the_list_where_the_line_says_no_name(self):
        code = "1090304000000000000"
        self.env["invoice.goods.code"].create(
            {"name": "Lathe", "code": code, "short_name": "机床", "company_id": self.company.id}
        )
        self._issue_on(
            "2026-03-05",
            self._prepare_line(100.0, 13, code, "Lathe"),
            self._prepare_line(50.0, 13, code, "*机床*Lathe"),
            self._prepare_line(30.0, 13, "1060101000000000000", "Pen"),
        )
        self.assertEqual(
            self._group("tax_class", "amount_untaxed:sum"), {"109 机床": 150.0, "106": 30.0}
        )

    def test_rate_of_a_document_without_a_tax_record(self):
        ticket = self._issue_on("2026-03-05", self._prepare_line(100.0))
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE invoice_ticket_line SET tax_id = NULL, amount_untaxed = 33.33, amount_tax = 3,"
            " amount_total = 36.33 WHERE ticket_id = %s",
            [ticket.id],
        )
        self.assertEqual(list(self._group("rate")), ["9"])

    def test_currency_at_the_day_of_issue(self):
        currency = self._enable_currency("USD")
        self.env["res.currency.rate"].create(
            [
                {
                    "currency_id": currency.id,
                    "company_id": self.company.id,
                    "name": day,
                    "rate": rate,
                }
                for day, rate in (("2026-01-01", 0.2), ("2026-03-10", 0.1))
            ]
        )
        for day in ("2026-03-09", "2026-03-10"):
            self._issue_on(day, self._prepare_line(100.0), currency_id=currency.id)
        self.assertEqual(
            self._group("date:day", "amount_untaxed:sum"),
            {date(2026, 3, 9): 500.0, date(2026, 3, 10): 1000.0},
        )
        self.assertEqual(
            self._sum(ANALYSIS, "amount_total:sum"),
            self._sum("invoice.ticket", "amount_issued:sum"),
        )

    def test_rights(self):
        mine = self._issue_on("2026-03-05", self._prepare_line(100.0))
        theirs = self._issue_on("2026-03-05", self._prepare_line(200.0), user_id=self.sales2.id)
        for model in (ANALYSIS, COMPARISON):
            for user, tickets in (
                (self.sales, mine),
                (self.lead, mine),
                (self.sales2, theirs),
                (self.finance, mine | theirs),
                (self.auditor, mine | theirs),
                (self.finance_other, self.env["invoice.ticket"]),
            ):
                rows = self.env[model].with_user(user).search([])
                self.assertEqual(rows.ticket_id & (mine | theirs), tickets, user.name)
            for user in (self.outsider, self.portal):
                with self.assertRaises(AccessError):
                    self.env[model].with_user(user).search([])

    @users("ticket_finance")
    def test_what_was_archived_since_is_reported(self):
        kind = self.type_ordinary.copy({"name": "Another Kind"})
        ticket = self._issue_on("2026-03-15", self._prepare_line(100.0), type_id=kind.id)
        kind.write({"name": "As It Is Called Now", "active": False})
        ticket.partner_id.sudo().action_archive()
        mine = [("ticket_id", "=", ticket.id), ("date", "<=", "2026-03-31")]
        for model, measure in ((ANALYSIS, "amount_total:sum"), (COMPARISON, "amount:sum")):
            Model = self.env[model].with_user(self.finance)
            [[type_, customer, amount]] = Model._read_group(
                mine, ["type_id", "partner_id"], [measure]
            )
            self.assertEqual((type_, customer), (kind, ticket.partner_id.commercial_partner_id))
            self.assertAlmostEqual(amount, 113.0, 2)
        # Of companies that are switched off nothing is told.
        other = self.env["res.company"].sudo().create({"name": "Another"})
        self.finance.sudo().company_ids += other
        Analysis = self.env[ANALYSIS].with_user(self.finance)
        for companies, count in ((other, 0), (other + self.company, 1)):
            Model = Analysis.with_context(allowed_company_ids=companies.ids)
            self.assertEqual(Model.search_count(mine), count)

    def test_row_opens_its_ticket(self):
        ticket = self._issue_on("2026-03-05", self._prepare_line(100.0))
        row = self.env[ANALYSIS].search([("ticket_id", "=", ticket.id)])
        self.assertEqual(row.action_open_ticket()["res_id"], ticket.id)

    # === COMPARISON === #

    @freeze_time("2026-03-20 04:00:00")
    def test_each_month_beside_those_before(self):
        """March up to the 20th beside February and March of last year, up to the 20th as well."""
        for day, amount in (
            ("2025-03-10", 10.0),
            ("2025-03-25", 20.0),
            ("2026-02-15", 100.0),
            ("2026-02-25", 200.0),
            ("2026-03-15", 1000.0),
        ):
            self._issue_on(day, self._prepare_line(amount, "exempt"))
        march = [("date", ">=", "2026-03-01"), ("date", "<=", "2026-03-31")]
        for measure, expected in (
            ("amount", 1000.0),
            ("amount_month_before", 100.0),
            ("amount_year_before", 10.0),
            ("change_month", 900.0),
            ("change_year", 990.0),
        ):
            self.assertEqual(self._sum(COMPARISON, f"{measure}:sum", march), expected, measure)
        # Of the sums, not the mean of what the tickets grew by.
        self.assertEqual(self._sum(COMPARISON, "growth_month:avg", march), 9.0)
        self.assertEqual(self._sum(COMPARISON, "growth_year:avg", march), 99.0)
        april = [("date", ">=", "2025-04-01"), ("date", "<=", "2025-04-30")]
        self.assertEqual(self._sum(COMPARISON, "growth_month:avg", april), -1.0)
        first = [("date", ">=", "2025-03-01"), ("date", "<=", "2025-03-31")]
        [[nothing]] = self.env[COMPARISON]._read_group(
            [*first, ("company_id", "=", self.company.id)], [], ["growth_month:avg"]
        )
        self.assertIn(nothing, (None, False), "where nothing was before, nothing grew by 0 %")
        later = [("date", ">=", "2026-03-21"), ("company_id", "=", self.company.id)]
        self.assertFalse(self.env[COMPARISON].search_count(later))

    # === REGISTER === #

    def test_register(self):
        void = self._issue_on(
            "2026-03-06", self._prepare_line(200.0), type_id=self.type_ordinary.id
        )
        void.with_user(self.finance).action_void("Wrong title")
        part = self._issue_on("2026-03-05", self._prepare_line(1000.0))
        whole = self._issue_on("2026-03-05", self._prepare_line(100.0))
        part_letter = self._take_back_on("2026-04-02", part, 113.0)
        whole_letter = self._take_back_on("2026-04-03", whole)
        whole.with_user(self.sales).action_reissue()
        new = whole.reissue_ids
        rows = self.env[REGISTER].with_user(self.auditor).search([], order="id")
        self.assertRecordValues(
            rows,
            [
                {
                    "kind": "void",
                    "ticket_id": void.id,
                    "number": void.fapiao_number,
                    "red_id": False,
                    "reason": "Wrong title",
                    "user_id": self.finance.id,
                    "new_id": False,
                    "amount_total": 226.0,
                    "amount_tax": 26.0,
                },
                {
                    "kind": "part",
                    "ticket_id": part.id,
                    "number": part.fapiao_number,
                    "red_id": part_letter.id,
                    "reason": "Wrong",
                    "user_id": self.finance.id,
                    "new_id": False,
                    "amount_total": 113.0,
                    "amount_tax": 13.0,
                },
                {
                    "kind": "red",
                    "ticket_id": whole.id,
                    "number": whole.fapiao_number,
                    "red_id": whole_letter.id,
                    "reason": "Wrong",
                    "user_id": self.finance.id,
                    "new_id": new.id,
                    "amount_total": 113.0,
                    "amount_tax": 13.0,
                },
            ],
        )
        self.assertEqual(str(rows[1].date), "2026-04-02")
        self.assertEqual(rows[2].action_open_ticket()["res_id"], whole_letter.id)
        self.assertFalse(self.env[REGISTER].with_user(self.sales2).search([]))
        self.assertFalse(self.env[REGISTER].with_user(self.finance_other).search([]))
