import io

from openpyxl import load_workbook

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import HttpCase, tagged

from .common import ReportingCommon

SHEET = "invoice.vat.sheet"


class VatSheetCommon(ReportingCommon):
    """The list of sales of March 2026, reckoned by hand.

    Fapiao                                       Sales      Tax  Line, column
    =====================================================================================
    A  3 March, digital special, 13 % goods   10,000.00  1,300.00  1 special
       the same, 6 % services                  2,000.00    120.00  5 special
    B  5 March, digital ordinary, 9 % goods    1,000.00     90.00  3 other
       the same, exempt goods                    500.00         –  18 other
       the same, 0 % services                    800.00         –  17 other
    C  6 March, paper ordinary, 13 %, voided on 7 March    –    –  (300.00, 39.00 told apart)
    D  10 February, digital special, 13 %     (4,000.00)         –  of February
    R1 12 March, red letter of D, the whole   -4,000.00   -520.00  1 special
    R2 20 March, red letter of A, 1,130.00 of 11,300.00 + 2,120.00 = 13,420.00, spread over its
       lines by their totals: 951.49 and 178.51, of which 109.46 and 10.10 are tax
                                                -842.03   -109.46  1 special
                                                -168.41    -10.10  5 special
    E  2 April, digital special, 13 %         (6,000.00)         –  of April
    F  8 March, digital special, 3 % services   100.00      3.00  12 special

    Customer invoice                             Sales      Tax
    =====================================================================================
    I  15 March, 13 %, service, 1,000.00; no fapiao in March, one on 3 April
                                               1,000.00    130.00  2 without
    J  18 March, 13 %, 2,000.00; a fapiao of 1,130.00 on 19 March (counted in 2, special):
       half of it is open                      1,000.00    130.00  2 without
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.a = cls._issue_on(
            "2026-03-03",
            cls._prepare_line(10000.0),
            cls._prepare_line(2000.0, 6, cls.SERVICE, "*信息技术服务*Software"),
        )
        cls.b = cls._issue_on(
            "2026-03-05",
            cls._prepare_line(1000.0, 9),
            cls._prepare_line(500.0, "exempt"),
            cls._prepare_line(800.0, "zero", cls.SERVICE, "Design for abroad"),
            type_id=cls.type_digital_ordinary.id,
        )
        cls.c = cls._issue_on("2026-03-06", cls._prepare_line(300.0), type_id=cls.type_ordinary.id)
        cls.c.with_user(cls.finance).action_void("Wrong title")
        cls.c.sudo().flush_recordset()
        cls.env.cr.execute(
            "UPDATE invoice_ticket SET void_date = '2026-03-07 03:00' WHERE id = %s", [cls.c.id]
        )
        cls.d = cls._issue_on("2026-02-10", cls._prepare_line(4000.0))
        cls.r1 = cls._take_back_on("2026-03-12", cls.d)
        cls.r2 = cls._take_back_on("2026-03-20", cls.a, 1130.0)
        cls.e = cls._issue_on("2026-04-02", cls._prepare_line(6000.0))
        cls.f = cls._issue_on("2026-03-08", cls._prepare_line(100.0, 3, cls.SERVICE))
        receipt = cls._create_ticket(type_id=cls.type_receipt.id)
        cls._issue_ticket_on("2026-03-09", receipt)
        cls.i = cls._create_invoice(1000.0, invoice_date="2026-03-15")
        cls.j = cls._create_invoice(2000.0, invoice_date="2026-03-18")
        cls._bill("2026-04-03", cls.i)
        cls._bill("2026-03-19", cls.j)
        cls.env.flush_all()
        cls.env.invalidate_all()

    @classmethod
    def _bill(cls, day, invoice):
        """A fapiao of 1,130.00 for an invoice."""
        line = cls._prepare_line(1000.0, 13, cls.SERVICE, "*咨询服务*Consulting")
        allocation = Command.create({"move_id": invoice.id, "amount": 1130.0})
        return cls._issue_on(day, line, allocation_ids=[allocation])


@tagged("post_install", "-at_install")
class TestVatSheet(VatSheetCommon):
    """The sheet of each month, the lists behind it, and who sees it."""

    def _get_page(self, month="2026-03", user=None):
        Sheet = self.env[SHEET].with_user(user or self.finance)
        return Sheet.get_page(month, self.company.id)

    def _get_cells(self, page):
        """Cells that are not empty, by line and column."""
        return {
            (row["name"], column): tuple(amounts)
            for section in page["sections"]
            for row in section["rows"]
            for column, amounts in row["cells"].items()
            if any(amounts) and column != "total"
        }

    def test_month(self):
        page = self._get_page()
        self.assertEqual(
            self._get_cells(page),
            {
                # 10,000.00 - 4,000.00 - 842.03; 1,300.00 - 520.00 - 109.46
                ("general_13_goods", "special"): (5157.97, 670.54),
                ("general_13_services", "special"): (1000.0, 130.0),
                ("general_6", "special"): (1831.59, 109.9),
                ("general_9_goods", "other"): (1000.0, 90.0),
                ("simple_3_services", "special"): (100.0, 3.0),
                ("exempt_goods", "other"): (500.0, 0.0),
                ("refund_services", "other"): (800.0, 0.0),
                ("general_13_services", "unissued"): (2000.0, 260.0),
            },
        )
        # 5,157.97 + 1,000.00 + 1,831.59 + 100.00; 670.54 + 130.00 + 109.90 + 3.00
        self.assertEqual(page["total"]["cells"]["special"], [8089.56, 913.44])
        self.assertEqual(page["total"]["cells"]["other"], [2300.0, 90.0])
        self.assertEqual(page["total"]["cells"]["total"], [12389.56, 1263.44])
        below = {row["name"]: row["amounts"] for row in page["below"]}
        self.assertEqual(
            below,
            {
                # 4,000.00 + 842.03 + 168.41; 520.00 + 109.46 + 10.10
                "red": [-5010.44, -639.56],
                "voided": [300.0, 39.0],
                "earlier": [0.0, 0.0],
                "not_taxable": [0.0, 0.0],
                "voucher": [0.0, 0.0],
            },
        )

    def test_former_and_next_month(self):
        february = self._get_page("2026-02")
        self.assertEqual(
            self._get_cells(february), {("general_13_goods", "special"): (4000.0, 520.0)}
        )
        # The fapiao of I is of April, and what March declared without one is taken off there.
        april = self._get_page("2026-04")
        self.assertEqual(
            self._get_cells(april),
            {
                ("general_13_goods", "special"): (6000.0, 780.0),
                ("general_13_services", "special"): (1000.0, 130.0),
                ("general_13_services", "unissued"): (-1000.0, -130.0),
            },
        )
        # 6,000.00 + 1,000.00 - 1,000.00: the 1,000.00 of I are taxed once, in March.
        self.assertEqual(april["total"]["cells"]["total"], [6000.0, 780.0])
        below = {row["name"]: row["amounts"] for row in april["below"]}
        self.assertEqual(below["earlier"], [-1000.0, -130.0])

    def test_credit_note(self):
        """A credit note of March takes off what the invoice declares without a fapiao."""
        credit = self.i._reverse_moves([{"invoice_date": "2026-03-20", "date": "2026-03-20"}])
        credit.action_post()
        self.env.flush_all()
        cells = self._get_cells(self._get_page())
        self.assertEqual(cells["general_13_services", "unissued"], (1000.0, 130.0))

    def test_each_figure_opens_its_list(self):
        page = self._get_page()
        Sheet = self.env[SHEET].with_user(self.finance)
        rows = [row for section in page["sections"] for row in (section["total"], *section["rows"])]
        figures = [
            (row["name"], column, amounts)
            for row in (*rows, page["total"])
            for column, amounts in row["cells"].items()
            if column != "total"
        ]
        figures += [(row["name"], None, row["amounts"]) for row in page["below"]]
        for line, column, amounts in figures:
            action = Sheet.action_open_figure("2026-03", self.company.id, line, column)
            Model = self.env[action["res_model"]].with_context(**(action.get("context") or {}))
            listed = Model.with_user(self.finance).search(action["domain"])
            for fname, amount in zip(("amount_untaxed", "amount_tax"), amounts, strict=True):
                with self.subTest(line=line, column=column, fname=fname):
                    self.assertAlmostEqual(sum(listed.mapped(fname)), amount, 2)

    def test_day_of_a_void_is_that_of_the_company(self):
        """Half past midnight of 1 April in Shanghai, when it is March in UTC and New York."""
        self.company.partner_id.tz = "Asia/Shanghai"
        self.finance.tz = "America/New_York"
        self.env.cr.execute(
            "UPDATE invoice_ticket SET issue_date = '2026-02-06', void_date = '2026-03-31 16:30'"
            " WHERE id = %s",
            [self.c.id],
        )
        self.env.invalidate_all()
        Sheet = self.env[SHEET].with_user(self.finance)
        for month, amount in (("2026-03", 0), ("2026-04", 300)):
            below = {row["name"]: row["amounts"] for row in self._get_page(month)["below"]}
            self.assertEqual(below["voided"][0], amount, month)
            action = Sheet.action_open_figure(month, self.company.id, "voided")
            Model = self.env[action["res_model"]].with_user(self.finance)
            listed = Model.with_context(**action["context"]).search(action["domain"])
            self.assertEqual(sum(listed.mapped("amount_untaxed")), amount, month)

    def test_default_is_the_month_that_is_over(self):
        page = self.env[SHEET].with_user(self.finance).get_page()
        first, _last = self.env["invoice.unissued.income"]._get_month()
        self.assertEqual(page["month"], f"{first:%Y-%m}")
        self.assertEqual(page["company_id"], self.company.id)

    def test_currency_without_a_rate_is_told(self):
        """Core converts one to one where there is no rate; here it is in no figure."""
        currency = self.env["res.currency"].create({"name": "XQQ", "symbol": "X"})
        before = self._get_page()["total"]["cells"]["total"][0]
        ticket = self._issue_on("2026-03-21", self._prepare_line(100.0), currency_id=currency.id)
        march = [("date", ">=", "2026-03-01"), ("date", "<=", "2026-03-31")]
        march.append(("ticket_id", "=", ticket.id))

        def amounts():
            return [
                self._sum("invoice.ticket.analysis", "amount_total:sum", march),
                self._sum("invoice.ticket.comparison", "amount:sum", march),
                ticket.amount_issued_untaxed,
                ticket.amount_open,
            ]

        self.assertEqual(amounts(), [0.0] * 4)
        self.assertEqual(self._get_page()["total"]["cells"]["total"][0], before)
        [warning] = self._get_page()["warnings"]
        self.assertRegex(warning, "rate of XQQ.* 1 tickets")
        _name, content = (
            self.env[SHEET].with_user(self.finance)._make_sheet("2026-03", self.company.id)
        )
        texts = [row[0] for row in load_workbook(io.BytesIO(content)).worksheets[0].values]
        self.assertIn(warning, texts)
        self.env["res.currency.rate"].create(
            {"currency_id": currency.id, "company_id": self.company.id, "rate": 0.5}
        )
        self.assertFalse(self._get_page()["warnings"])
        self.assertFalse(self._get_page("2026-02")["warnings"])
        self.assertEqual(amounts(), [226.0, 226.0, 200.0, 226.0])
        self.assertAlmostEqual(self._get_page()["total"]["cells"]["total"][0], before + 200.0, 2)
        # That was a rate of a later day. The first of its own day or before counts instead.
        self._create_rate(currency, "2026-01-01", 0.25)
        self.assertEqual(amounts()[0], 452.0)
        # What such a rate converted is reported: others change nothing of it.
        self._create_rate(currency, "2026-02-01", 0.125)
        self.assertEqual(amounts()[0], 452.0)

    def test_rate_that_is_moved_converts_as_well(self):
        currency = self.env["res.currency"].create({"name": "XQQ", "symbol": "X"})
        rate = self._create_rate(currency, "2026-01-01", 0.5, company_id=self.company_other.id)
        ticket = self._issue_on("2026-03-21", self._prepare_line(100.0), currency_id=currency.id)
        self.assertEqual(ticket.amount_company, 0.0)
        rate.company_id = False
        self.assertEqual(ticket.amount_company, 226.0)

    def test_small_amount_is_no_missing_rate(self):
        currency = self.env["res.currency"].create({"name": "XQQ", "symbol": "X"})
        self._create_rate(currency, "2026-01-01", 100000.0)
        self._issue_on("2026-03-21", self._prepare_line(1.0), currency_id=currency.id)
        self.assertFalse(self._get_page()["warnings"])

    def _create_rate(self, currency, day, rate, **values):
        return self.env["res.currency.rate"].create(
            {
                "currency_id": currency.id,
                "company_id": self.company.id,
                "name": day,
                "rate": rate,
                **values,
            }
        )

    def test_rate_of_the_company_currency_converts_as_well(self):
        """Rates may be those of the company's currency, of a database that counts in another."""
        currency = self.env["res.currency"].create({"name": "XQQ", "symbol": "X"})
        self.env["res.currency.rate"].create(
            {
                "currency_id": self.company.currency_id.id,
                "company_id": self.company.id,
                "name": "2026-01-01",
                "rate": 7.0,
            }
        )
        ticket = self._issue_on("2026-03-21", self._prepare_line(100.0), currency_id=currency.id)
        self.assertEqual(ticket.amount_company, 791.0)
        self.assertFalse(self._get_page()["warnings"])

    def test_rights_and_input(self):
        self.assertTrue(self._get_page(user=self.auditor)["sections"])
        for user in (self.sales, self.lead, self.outsider, self.portal):
            with self.assertRaises(AccessError):
                self._get_page(user=user)
            with self.assertRaises(AccessError):
                self.env["invoice.unissued.income"].with_user(user).search([])
        with self.assertRaisesRegex(UserError, "switched on"):
            self.env[SHEET].with_user(self.finance_other).get_page("2026-03", self.company.id)
        for month in ("2026-13", "March", "0001-01", "9999-12"):
            with self.assertRaises(UserError):
                self._get_page(month)
        with self.assertRaisesRegex(UserError, "no such figure"):
            self.env[SHEET].with_user(self.finance).action_open_figure("2026-03", None, "x", "y")

    def test_file(self):
        name, content = (
            self.env[SHEET].with_user(self.finance)._make_sheet("2026-03", self.company.id)
        )
        self.assertTrue(name.endswith(".xlsx"))
        form, unissued = load_workbook(io.BytesIO(content)).worksheets
        lines = {row[1]: row for row in form.iter_rows(values_only=True) if row[1]}
        self.assertEqual(lines["Line No."][2:4], ("Sales", "Tax Amount"))
        self.assertIn((1, 2, 3, 4, 5, 6, 9, 10, 11), [row[2:] for row in form.values])
        self.assertEqual(lines["1"][2:4], (5157.97, 670.54))
        self.assertEqual(lines["2"][6:8], (2000.0, 260.0))
        self.assertEqual(lines["18"][4], 500.0)
        names = [row[0] for row in unissued.iter_rows(values_only=True)][1:]
        self.assertEqual(names, [self.i.name, self.j.name])


@tagged("post_install", "-at_install")
class TestVatMethods(ReportingCommon):
    """Lines that a rate alone does not tell: the method on the tax does.

    Of May 2026                                          Sales     Tax  Line
    =====================================================================================
    special fapiao: 6 % services                      1,000.00   60.00  5
                    6 % simplified                      200.00   12.00  8
                    13 % goods, refunded upon levy      300.00   39.00  1, and of it 6
                    3 % simplified service, refunded    400.00   12.00  12, and of it 15
                    2 % pre-levy                        500.00   10.00  13a–c
                    1.5 % reduced                       100.00    1.50  no number
                    0 % goods                            60.00       –  16
                    0 % services, exempt by its tax      70.00       –  19
                    exempt goods                         80.00       –  18
                    not taxable                          90.00       –  in none
    invoice without fapiao: 0 %, exempt by its tax       40.00       –  19
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.simple_6 = cls._create_tax(6, name="Levy 6", vat_method="simple")
        cls.refunded = cls._create_tax(13, name="Refunded 13", is_vat_refunded=True)
        cls.refunded_3 = cls._create_tax(3, name="Refunded 3", is_vat_refunded=True)
        cls.prepaid = cls._create_tax(2, name="Pre-levy 2", vat_method="prepaid")
        cls.exempt = cls._create_tax(0, name="Exempt 0", vat_method="exempt")
        service = cls.SERVICE
        cls.ticket = cls._issue_on(
            "2026-05-06",
            cls._prepare_line(1000.0, 6, service),
            cls._prepare_line(200.0, cls.simple_6, service),
            cls._prepare_line(300.0, cls.refunded),
            cls._prepare_line(400.0, cls.refunded_3, service),
            cls._prepare_line(500.0, cls.prepaid, service),
            cls._prepare_line(100.0, 1.5, service),
            cls._prepare_line(60.0, "zero"),
            cls._prepare_line(70.0, cls.exempt, service),
            cls._prepare_line(80.0, "exempt"),
            cls._prepare_line(90.0, "not_taxable"),
        )
        cls.invoice = cls._create_invoice(
            40.0, line={"tax_ids": [Command.set(cls.exempt.ids)]}, invoice_date="2026-05-09"
        )
        cls.env.flush_all()
        cls.env.invalidate_all()

    def _get_rows(self):
        page = self.env[SHEET].with_user(self.finance).get_page("2026-05", self.company.id)
        rows = {row["number"]: row for section in page["sections"] for row in section["rows"]}
        return page, rows

    def test_lines_as_the_form_numbers_them(self):
        page, rows = self._get_rows()
        self.assertEqual(
            [row["number"] for section in page["sections"] for row in section["rows"]],
            [*"1234567", "8", "9a", "9b", *map(str, range(10, 13)), "13a–c", ""]
            + [str(number) for number in range(14, 20)],
        )
        special = {
            number: tuple(row["cells"]["special"])
            for number, row in rows.items()
            if any(row["cells"]["special"])
        }
        self.assertEqual(
            special,
            {
                "1": (300.0, 39.0),
                "5": (1000.0, 60.0),
                "6": (300.0, 39.0),
                "8": (200.0, 12.0),
                "12": (400.0, 12.0),
                "13a–c": (500.0, 10.0),
                "": (100.0, 1.5),
                "15": (400.0, 12.0),
                "16": (60.0, 0.0),
                "18": (80.0, 0.0),
                "19": (70.0, 0.0),
            },
        )
        self.assertEqual(rows["19"]["cells"]["unissued"], [40.0, 0.0])
        sections = {section["name"]: section["total"]["cells"] for section in page["sections"]}
        # What is refunded upon levy is counted once: 300.00 + 1,000.00.
        self.assertEqual(sections["general"]["special"], [1300.0, 99.0])
        self.assertEqual(sections["simple"]["special"], [1200.0, 35.5])
        # 1,300.00 + 1,200.00 + 60.00 + 150.00 + 40.00
        self.assertEqual(page["total"]["cells"]["total"], [2750.0, 134.5])

    def test_method_is_that_of_the_rate(self):
        """A levy of so much a piece beside the tax says nothing of its method."""
        values = {"amount_type": "fixed", "amount": 20.0, "vat_method": False}
        fixed = self.simple_6.copy({"name": "Disposal", **values})
        self._create_invoice(
            100.0,
            line={"tax_ids": [Command.set((self.simple_6 | fixed).ids)]},
            invoice_date="2026-05-10",
        )
        self.env.flush_all()
        _page, rows = self._get_rows()
        self.assertEqual(rows["8"]["cells"]["unissued"][0], 100.0)
        self.assertEqual(rows["5"]["cells"]["unissued"][0], 0.0)

    def test_refunded_figure_opens_its_list(self):
        Sheet = self.env[SHEET].with_user(self.finance)
        for line, amount in (("general_refunded_goods", 300), ("simple_refunded_services", 400)):
            action = Sheet.action_open_figure("2026-05", self.company.id, line, "special")
            listed = self.env[action["res_model"]].with_user(self.finance)
            self.assertEqual(sum(listed.search(action["domain"]).mapped("amount_untaxed")), amount)

    def test_method_fits_the_rate(self):
        for rate, values in (
            (5, {"vat_method": "general"}),
            (13, {"vat_method": "simple"}),
            (6, {"vat_method": "exempt"}),
            (6, {"vat_method": "refund"}),
            (0, {"is_vat_refunded": True}),
            (2, {"vat_method": "prepaid", "is_vat_refunded": True}),
        ):
            with self.subTest(rate=rate, **values), self.assertRaises(ValidationError):
                self._create_tax(rate, name="Wrong", **values)


@tagged("post_install", "-at_install")
class TestVatSheetTour(VatSheetCommon, HttpCase):
    """Finance reads the sheet of March, and what its figures are made of."""

    def test_tour(self):
        self.start_tour(
            "/odoo/vat-return?vat_month=2026-03", "invoice_crm_vat_sheet", login="ticket_finance"
        )
