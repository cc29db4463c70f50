from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time
from lxml import etree

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.sql_db import Cursor
from odoo.tests import Form, tagged
from odoo.tools.safe_eval import safe_eval

from ..common import TicketCommon

TODAY = "2026-06-15"
INSIGHT = "invoice.customer.insight"
OPPORTUNITY = "invoice.customer.opportunity"


class InsightCommon(TicketCommon):
    """Issued tickets of the 15th of June 2026 and before."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time(TODAY))
        cls.categories = cls.env["product.category"].create(
            [{"name": name} for name in ("Paper", "Ink", "Desks")]
        )
        cls.products = cls.env["product.product"].create(
            [{"name": c.name, "categ_id": c.id, "taxes_id": False} for c in cls.categories]
        )
        # The hierarchy of rights is about people; who issued is not.
        cls.type_slip = cls.type_voucher.copy()
        cls.slip = {"type_id": cls.type_slip.id}

    @classmethod
    def _create_customers(cls, count):
        return cls.env["res.partner"].create(
            [
                {"name": f"Customer {n}", "is_company": True, "invoice_title": f"Customer {n}"}
                for n in range(count)
            ]
        )

    @classmethod
    def _issue_on(cls, date, amount=1130.0, line=None, **values):
        company = cls.env["res.company"].browse(values.get("company_id", cls.company.id))
        tax = cls.tax_other if company == cls.company_other else cls.tax_13
        line = {"name": "Goods", "price_unit": amount, "tax_id": tax.id, **(line or {})}
        ticket = cls._create_ticket(
            **{**cls.slip, "line_ids": [Command.create(line)], "issue_date": date, **values}
        )
        cls._issue(ticket)
        return ticket

    @classmethod
    def _take_back(cls, ticket):
        """Issue a red letter over the whole of a ticket, on this day."""
        action = ticket.with_user(cls.finance).action_red("Returned")
        letter = cls.env["invoice.ticket"].browse(action["res_id"])
        cls._approve(letter)
        letter.with_user(cls.finance).issue_date = TODAY
        cls._issue(letter)

    def _figures(self, user=None, customer=None, **options):
        self.env.flush_all()
        Insight = self.env[INSIGHT].with_user(user or self.finance)
        return Insight.get_figures((customer or self.customer).id, **options)

    def _rows(self, model, user=None, domain=()):
        self.env.flush_all()
        self.env.invalidate_all()
        return self.env[model].with_user(user or self.finance).search(list(domain))


@tagged("post_install", "-at_install")
class TestCustomerFigures(InsightCommon):
    """The tab of a customer."""

    def test_months_and_types(self):
        self._issue_on("2026-06-01", 100)
        self._issue_on("2026-06-30", 11, type_id=self.type_voucher.id)
        self._issue_on("2026-04-30", 200)
        self._issue_on("2025-07-01", 400)
        self._issue_on("2025-06-30", 800)
        figures = self._figures()
        self.assertEqual(len(figures["months"]), 12)
        self.assertEqual(figures["months"][0], "2025-07-01")
        slip, voucher = figures["types"]
        self.assertEqual(slip["name"], self.type_slip.display_name)
        self.assertEqual(slip["amounts"], [400.0] + 8 * [0.0] + [200.0, 0.0, 100.0])
        self.assertEqual(slip["counts"], [1] + 8 * [0] + [1, 0, 1])
        self.assertEqual(voucher["amounts"][-1], 11)
        [slip, _voucher] = self._figures(months=24)["types"]
        self.assertEqual(sum(slip["amounts"]), 1500)
        self.assertEqual(len(slip["amounts"]), 24)

    def test_drafts_and_voided_are_out_red_letters_negative(self):
        self._create_ticket(**self.slip)
        self._approve(self._create_ticket(**self.slip))
        voided = self._issue_on(TODAY)
        voided.with_user(self.finance).action_void("Wrong")
        whole = self._issue_on("2026-05-02", 300, type_id=self.type_digital_ordinary.id)
        self._take_back(whole)
        self._issue_on("2026-05-03", 70, type_id=self.type_digital_ordinary.id)
        figures = self._figures()
        [fapiao] = figures["types"]
        self.assertEqual(fapiao["amounts"][-2:], [370.0, -300.0])
        self.assertEqual(fapiao["counts"][-2:], [1, 0])
        self.assertEqual(figures["summary"]["count"], 1)
        self.assertEqual(figures["summary"]["amount"], 70)

    def test_summary(self):
        self._issue_on("2026-04-16", 100)
        self._issue_on("2026-05-16", 300)
        self._issue_on("2026-06-05", 800)
        summary = self._figures()["summary"]
        self.assertEqual(summary["last_date"], "2026-06-05")
        self.assertEqual(summary["days_since"], 10)
        self.assertEqual(summary["average"], 400)
        self.assertEqual(summary["per_month"], 1)
        self.assertEqual(summary["days_between"], 25)

    def test_without_tickets(self):
        figures = self._figures()
        self.assertEqual(figures["types"], [])
        self.assertEqual(figures["summary"]["count_ever"], 0)
        self.assertFalse(figures["summary"]["last_date"])
        self.assertFalse(figures["summary"]["late_share"])

    def test_goods(self):
        paper, ink, _desks = self.products
        self._issue_on(TODAY, 100, {"product_id": paper.id})
        code = "3040201" + "0" * 12
        self._issue_on(TODAY, 40, {"product_id": ink.id, "tax_code": code})
        self._issue_on(TODAY, 7, {"name": "*IT*Advice", "tax_code": code})
        self._issue_on(TODAY, 3, {"name": "Meals", "tax_code": "307" + "0" * 16})
        figures = self._figures()
        self.assertEqual(
            [(row["name"], row["amount"]) for row in figures["categories"]],
            [("Paper", 100), ("Ink", 40), (None, 10)],
        )
        self.assertEqual(
            [(row["name"], row["amount"]) for row in figures["tax_classes"]],
            [(None, 100), ("IT (304)", 47), ("Meals … (307)", 3)],
        )

    def test_amounts_in_company_currency_at_the_rate_of_issue(self):
        usd = self._enable_currency("USD")
        usd.rate_ids.unlink()
        self.env["res.currency.rate"].create(
            [
                {
                    "currency_id": usd.id,
                    "name": day,
                    "rate": 1 / rate,
                    "company_id": self.company.id,
                }
                for day, rate in (("2026-01-01", 7), ("2026-06-01", 8))
            ]
        )
        self._issue_on("2026-05-31", 100, {"product_id": self.products[0].id}, currency_id=usd.id)
        self._issue_on("2026-06-02", 100, currency_id=usd.id)
        figures = self._figures()
        self.assertEqual(figures["types"][0]["amounts"][-2:], [700.0, 800.0])
        self.assertEqual(figures["categories"][1]["amount"], 700)
        [row] = self._rows(INSIGHT)
        self.assertEqual(row.amount_year, 1500)

    def test_share_paid_late(self):
        # A receipt says that the money is there; a voucher waits for it.
        voucher = {"type_id": self.type_voucher.id}

        def paid(date_due, date):
            payment = self._create_payment(date=date, amount=1130.0)
            self._issue_on(
                "2026-01-05",
                **voucher,
                date_due=date_due,
                allocation_ids=[Command.create({"payment_id": payment.id, "amount": 1130.0})],
            )

        self._issue_on(TODAY)
        self.assertIs(self._figures()["summary"]["late_share"], False)
        paid("2026-03-01", "2026-03-01")
        paid("2026-03-01", "2026-03-02")
        # Not due yet; overdue and not paid.
        self._issue_on("2026-01-05", date_due=TODAY, **voucher)
        self._issue_on("2026-01-05", date_due="2026-06-14", **voucher)
        summary = self._figures()["summary"]
        self.assertEqual((summary["late"], summary["due"]), (2, 3))
        self.assertAlmostEqual(summary["late_share"], 2 / 3)
        [row] = self._rows(INSIGHT)
        self.assertAlmostEqual(row.late_share, 2 / 3)
        self.assertEqual(self._filter("late_payers"), row)
        self.assertEqual(self._filter("big_and_rare"), row.filtered_domain([("id", "=", 0)]))

    def _filter(self, name):
        """Rows that a filter of the search view finds."""
        arch = self.env.ref("invoice_crm_addon.invoice_customer_insight_view_search").arch
        [node] = etree.fromstring(arch).xpath(f"//filter[@name='{name}']")
        return self._rows(INSIGHT, domain=safe_eval(node.get("domain")))

    def test_share_paid_late_of_invoices(self):
        journals = self._setup_books(self.company)
        move = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.customer.id,
                "company_id": self.company.id,
                "invoice_date": "2026-01-05",
                "journal_id": journals.filtered(lambda j: j.type == "sale").id,
                "invoice_line_ids": [
                    Command.create({"name": "Goods", "price_unit": 1130.0, "tax_ids": False})
                ],
            }
        )
        move.action_post()
        ticket = self._issue_on(
            "2026-01-05",
            date_due="2026-03-01",
            allocation_ids=[Command.create({"move_id": move.id, "amount": 1130.0})],
        )
        payment = self._create_payment(date="2026-03-02")
        (move.line_ids | payment.move_id.line_ids).filtered(
            lambda line: line.account_type == "asset_receivable"
        ).reconcile()
        self.assertEqual(ticket.payment_state, "paid")
        summary = self._figures()["summary"]
        self.assertEqual((summary["late"], summary["due"]), (1, 1))
        self.assertEqual(self._rows(INSIGHT).late_share, 1)

    def test_each_sees_figures_of_what_they_may_read(self):
        self._issue_on(TODAY, 1, user_id=self.sales.id)
        self._issue_on(TODAY, 20, user_id=self.colleague.id)
        self._issue_on(TODAY, 300, user_id=self.sales2.id)
        self._issue_on(TODAY, 4000, company_id=self.company_other.id, user_id=self.finance_other.id)
        amounts = {
            self.sales: 1,
            self.colleague: 20,
            self.sales2: 300,
            self.lead: 21,
            self.finance: 321,
            self.manager: 321,
            self.auditor: 321,
            self.finance_other: 4000,
        }
        for user, amount in amounts.items():
            with self.subTest(user.login):
                self.assertEqual(self._figures(user)["summary"]["amount"], amount)
                self.assertEqual(sum(self._rows(INSIGHT, user).mapped("amount_year")), amount)
        for user in (self.outsider, self.approver, self.portal):
            with self.subTest(user.login):
                with self.assertRaises(AccessError):
                    self._figures(user)
                for model in (INSIGHT, OPPORTUNITY):
                    with self.assertRaises(AccessError):
                        self._rows(model, user)

    def test_companies_with_another_currency_are_left_out_and_named(self):
        self.company_other.currency_id = self._enable_currency("USD")
        self._issue_on(TODAY, 1)
        self._issue_on(TODAY, 20, company_id=self.company_other.id, user_id=self.finance_other.id)
        self.finance.company_ids |= self.company_other
        Insight = self.env[INSIGHT].with_user(self.finance)
        companies = self.company | self.company_other
        figures = Insight.with_context(allowed_company_ids=companies.ids).get_figures(
            self.customer.id
        )
        self.assertEqual(figures["summary"]["amount"], 1)
        self.assertEqual(figures["left_out"], [self.company_other.display_name])

    def test_contacts_show_their_company(self):
        contact = self.env["res.partner"].create({"name": "Li", "parent_id": self.customer.id})
        self._issue_on(TODAY, 5)
        self.assertEqual(self._figures(customer=contact)["summary"]["amount"], 5)

    def test_archived_customers_count(self):
        self._issue_on(TODAY, 5)
        self.customer.active = False
        self.assertEqual(self._figures()["summary"]["amount"], 5)
        self.assertEqual(self._rows(INSIGHT).partner_id, self.customer)

    def test_one_query(self):
        self._issue_on(TODAY)
        Insight = self.env[INSIGHT].with_user(self.finance)
        Insight.get_figures(self.customer.id)
        self._issue_on(TODAY, line={"product_id": self.products[0].id})
        self.env.flush_all()
        # Whether the customer is there and may be read, and the figures.
        with self.assertQueryCount(3):
            Insight.get_figures(self.customer.id)

    def test_counting_asks_for_nothing_more(self):
        for customer in self._create_customers(3):
            self._issue_on(TODAY, 5, partner_id=customer.id)
        self.env.flush_all()
        Insight = self.env[INSIGHT].with_user(self.finance)
        columns = {"partner_id": {"fields": {"display_name": {}}}, "amount_year": {}}
        mine = [("company_id", "=", self.company.id)]
        Insight.web_search_read(mine, columns, limit=2)
        self.env.invalidate_all()
        with patch.object(Cursor, "execute", autospec=True, side_effect=Cursor.execute) as execute:
            page = Insight.web_search_read(mine, columns, limit=2, order="amount_year desc, id")
        texts = [str(call.args[1]) for call in execute.call_args_list]
        # Once for the rows of the page, their number and who may read them.
        [rows] = [text for text in texts if "PERCENT_RANK" in text]
        self.assertIn("COUNT(*) OVER ()", rows)
        self.assertEqual((page["length"], len(page["records"])), (3, 2))
        rest = Insight.web_search_read(
            mine, columns, offset=2, limit=2, order="amount_year desc, id"
        )
        self.assertEqual((rest["length"], len(rest["records"])), (3, 1))
        self.assertFalse(
            {row["id"] for row in page["records"]} & {row["id"] for row in rest["records"]}
        )
        for limits in ({"limit": 1, "count_limit": 2}, {"limit": 3}, {}, {"limit": 9, "offset": 9}):
            core = len(Insight.search(mine, limit=limits.get("count_limit")))
            found = Insight.web_search_read(mine, columns, **limits)
            self.assertEqual(found["length"], 0 if limits.get("offset") else core, limits)
        for ask in (
            lambda: Insight.search([("row_count", ">", 1)]),
            lambda: Insight.search([], order="row_count"),
            lambda: Insight.search([]).read(["row_count"]),
            lambda: Insight.formatted_read_group([], ["row_count"]),
        ):
            with self.assertRaises(AccessError):
                ask()

    def test_sentences(self):
        Insight = self.env[INSIGHT].with_user(self.finance)
        with self.assertRaisesRegex(UserError, "12 or of 24"):
            Insight.get_figures(self.customer.id, 13)
        gone = self._create_customers(1)
        gone_id = gone.id
        gone.unlink()
        with self.assertRaisesRegex(UserError, "no such customer"):
            Insight.get_figures(gone_id)

    def test_tab(self):
        for user in (self.sales, self.auditor):
            arch = self.env["res.partner"].with_user(user).get_view(view_type="form")["arch"]
            self.assertIn("customer_insight", arch)
        arch = self.env["res.partner"].with_user(self.outsider).get_view(view_type="form")["arch"]
        self.assertNotIn("customer_insight", arch)
        Form(self.customer.with_user(self.sales)).save()


@tagged("post_install", "-at_install")
class TestCustomerInsight(InsightCommon):
    """All customers, and what could be offered to them."""

    def _issue_series(self, customer, dates, amount=100.0, **line):
        for date in dates:
            self._issue_on(date, amount, line, partner_id=customer.id)

    def test_fifths(self):
        customers = self._create_customers(5)
        for index, customer in enumerate(customers):
            self._issue_series(
                customer,
                [fields.Date.to_date(TODAY) - timedelta(days=10 * (5 - index))] * (index + 1),
                1000.0 - 150 * index,
            )
        rows = self._rows(INSIGHT)
        by_customer = {row.partner_id: row for row in rows}
        found = [
            (row.recency_class, row.frequency_class, row.frequency, row.days_since)
            for row in map(by_customer.get, customers)
        ]
        self.assertEqual(found, [(n, n, n, 10 * (6 - n)) for n in range(1, 6)])
        amounts = sorted(rows, key=lambda row: row.amount_year)
        self.assertEqual([row.amount_class for row in amounts], [1, 2, 3, 4, 5])

    def test_equal_customers_are_of_one_class(self):
        for customer in self._create_customers(4):
            self._issue_on(TODAY, partner_id=customer.id)
        rows = self._rows(INSIGHT)
        for fname in ("recency_class", "frequency_class", "amount_class"):
            self.assertEqual(set(rows.mapped(fname)), {3})

    def test_named_classes(self):
        best, occasional, at_risk, new, lost = self._create_customers(5)
        self._issue_series(best, ["2025-09-01", "2026-01-01", "2026-06-14"], 900)
        self._issue_series(at_risk, ["2025-07-01", "2025-08-01", "2025-09-01"], 800)
        self._issue_series(occasional, ["2026-02-01"], 10)
        self._issue_series(new, ["2026-06-01"], 50)
        self._issue_series(lost, ["2024-01-01", "2025-06-14"], 9000)
        classes = {row.partner_id: row.rfm_class for row in self._rows(INSIGHT)}
        self.assertEqual(
            classes,
            {
                best: "best",
                at_risk: "at_risk",
                occasional: "occasional",
                new: "new",
                lost: "lost",
            },
        )

    def test_grouped_and_searched(self):
        self._issue_on(TODAY, 5)
        self.customer.customer_level_id = self.env["invoice.customer.level"].create({"name": "X"})
        self.env.flush_all()
        Insight = self.env[INSIGHT].with_user(self.finance)
        [(kind, amount)] = Insight._read_group([], ["rfm_class"], ["amount_year:sum"])
        self.assertEqual((kind, amount), ("new", 5))
        self.assertTrue(
            Insight.search([("customer_level_id", "=", "X"), ("rfm_class", "=", "new")])
        )
        self.assertEqual(self._rows(INSIGHT).action_open_customer()["res_id"], self.customer.id)

    def test_opportunities(self):
        paper, ink, desks = self.products
        buyers = self._create_customers(4)
        for index, customer in enumerate(buyers):
            self._issue_on(TODAY, 50, {"product_id": paper.id}, partner_id=customer.id)
            if index < 3:
                price = 100 * (index + 1)
                self._issue_on(TODAY, price, {"product_id": ink.id}, partner_id=customer.id)
        # Of another class, since it is not new; and what it took is long ago.
        self._issue_on("2025-01-01", 50, {"product_id": desks.id}, partner_id=buyers[0].id)
        domain = [("basis", "=", "rfm"), ("partner_id", "=", buyers[3].id)]
        [row] = self._rows(OPPORTUNITY, domain=domain)
        self.assertEqual(row.goods, "Ink")
        self.assertEqual(row.product_category_id, self.categories[1])
        self.assertEqual((row.taker_count, row.similar_count, row.share), (2, 2, 1))
        self.assertEqual(row.amount_median, 250)
        self.assertFalse(
            self._rows(
                OPPORTUNITY, domain=[("goods", "=", "Ink"), ("partner_id", "!=", buyers[3].id)]
            )
        )
        answer = self.env[INSIGHT].with_user(self.finance).get_opportunities(buyers[3].id)
        self.assertEqual([goods["goods"] for goods in answer["goods"]], ["Ink"])
        self.assertEqual(answer["scores"]["rfm_class"], "new")

    def test_opportunities_by_level_industry_and_tax_class(self):
        levels = self.env["invoice.customer.level"].create([{"name": "X"}, {"name": "Y"}])
        industry = self.env["res.partner.industry"].create({"name": "Mills"})
        one, two, three = self._create_customers(3)
        (one | two).customer_level_id = levels[0]
        three.customer_level_id = levels[1]
        (one | three).industry_id = industry
        code = "1060105" + "0" * 12
        self._issue_on(TODAY, 80, {"name": "*Paper*A4", "tax_code": code}, partner_id=one.id)
        for customer in (two, three):
            self._issue_on(TODAY, 30, partner_id=customer.id)
        rows = self._rows(OPPORTUNITY, domain=[("basis", "!=", "rfm")])
        self.assertEqual(
            {(row.basis, row.partner_id, row.goods, row.amount_median) for row in rows},
            {("level", two, "Paper (106)", 80), ("industry", three, "Paper (106)", 80)},
        )

    def test_red_lettered_goods_are_not_taken(self):
        one, two = self._create_customers(2)
        paper = self.products[0]
        original = self._issue_on(
            TODAY,
            50,
            {"product_id": paper.id},
            partner_id=one.id,
            type_id=self.type_digital_ordinary.id,
        )
        self._issue_on(TODAY, 20, partner_id=one.id)
        self._issue_on(TODAY, 20, partner_id=two.id)
        self.assertTrue(self._rows(OPPORTUNITY))
        self._take_back(original)
        self.assertFalse(self._rows(OPPORTUNITY))

    def test_opportunities_are_made_of_what_one_may_read(self):
        one, two = self._create_customers(2)
        paper = self.products[0]
        self._issue_on(TODAY, 50, {"product_id": paper.id}, partner_id=one.id)
        self._issue_on(TODAY, 50, partner_id=two.id, user_id=self.sales2.id)
        for user, count in (
            (self.sales, 0),
            (self.sales2, 0),
            (self.lead, 0),
            (self.finance, 1),
            (self.auditor, 1),
            (self.finance_other, 0),
        ):
            with self.subTest(user.login):
                self.assertEqual(len(self._rows(OPPORTUNITY, user)), count)

    def test_menus(self):
        menu = self.env.ref("invoice_crm_addon.menu_ticket_customer_insight")
        for user, is_shown in ((self.sales, True), (self.auditor, True), (self.outsider, False)):
            visible = self.env["ir.ui.menu"].with_user(user)._visible_menu_ids()
            self.assertEqual(menu.id in visible, is_shown, user.login)
