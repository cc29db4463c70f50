import random
from fractions import Fraction
from math import floor

from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged

from ...models.base.exact_float import to_plain_text
from ...models.base.proof import proven
from ..common import TicketCommon

PRICE, QUANTITY = 0.0012345678901, 100_000_000.0
CENT = Fraction(1, 100)


def round_half_up(number, step=CENT):
    """The oracle of these tests: fractions, which round nothing on the way."""
    sign = -1 if number < 0 else 1
    return sign * floor(abs(number) / step + Fraction(1, 2)) * step


@tagged("post_install", "-at_install")
class TestTicketLine(TicketCommon):
    """Quantities and prices of up to 13 decimals, and amounts to the cent."""

    def _prepare_line(self, **values):
        return {
            "name": "Screws",
            "quantity": QUANTITY,
            "price_unit": PRICE,
            "tax_id": self.tax_13.id,
            **values,
        }

    def _create_line(self, **values):
        commands = [Command.create(self._prepare_line(**values))]
        return self._create_ticket(tax_included=False, line_ids=commands).line_ids

    def _reread(self, line):
        self.env.flush_all()
        self.env.invalidate_all()
        return line

    # === AMOUNTS === #

    def test_amounts_are_those_of_decimal_arithmetic(self):
        """Thousands of prices, quantities and rates, with tax and without."""
        rng = random.Random(10)
        taxes = self.tax_13 | self.tax_6 | self._create_tax(1.5) | self._create_tax(0)
        taxes = [*taxes, self.env["account.tax"]]
        tickets = {flag: self.env["invoice.ticket"].new({"tax_included": flag}) for flag in (0, 1)}
        for _round in range(4000):
            digits = rng.randint(1, 15)
            price = f"{rng.randrange(10**digits)}e-{rng.randint(0, 13)}"
            count = rng.choice((1, -1)) * rng.randrange(10 ** rng.randint(1, 9))
            quantity = f"{count}e-{rng.choice((0, 0, 2, 6))}"
            if abs(Fraction(price) * Fraction(quantity)) >= 10**12:
                continue
            tax, included = rng.choice(taxes), rng.choice((0, 1))
            line = self.env["invoice.ticket.line"].new(
                {
                    "ticket_id": tickets[included].id,
                    "currency_id": self.currency.id,
                    "price_unit": float(price),
                    "quantity": float(quantity),
                    "tax_id": tax.id,
                }
            )
            amount = round_half_up(Fraction(price) * Fraction(quantity))
            rate = Fraction(repr(tax.amount)) / 100
            if included:
                tax_amount = round_half_up(amount * rate / (1 + rate))
                expected = (amount - tax_amount, tax_amount, amount)
            else:
                tax_amount = round_half_up(amount * rate)
                expected = (amount, tax_amount, amount + tax_amount)
            found = (line.amount_untaxed, line.amount_tax, line.amount_total)
            with self.subTest(price=price, quantity=quantity, rate=rate, included=included):
                self.assertEqual([Fraction(repr(amount)) for amount in found], [*expected])

    def test_price_of_13_decimals_counts_in_full(self):
        line = self._create_line()
        self.assertRecordValues(
            self._reread(line),
            [{"price_unit": PRICE, "quantity": QUANTITY, "amount_untaxed": 123456.79}],
        )

    def test_tiny_quantity_is_not_zero(self):
        line = self._create_line(quantity=0.00000001, price_unit=1e8)
        self.assertRecordValues(
            self._reread(line), [{"quantity": 0.00000001, "amount_untaxed": 1.0}]
        )

    def test_half_a_cent_is_rounded_up_as_it_is_read(self):
        for price, amount in ((1.005, 1.01), (2.675, 2.68), (1.0049999999999, 1.0)):
            with self.subTest(price):
                line = self._create_line(quantity=1, price_unit=price)
                self.assertEqual(line.amount_untaxed, amount)

    def test_currency_says_what_a_cent_is(self):
        jpy = self.setup_other_currency("JPY", rounding=1.0)
        line = self._create_line(quantity=1, price_unit=100.5)
        line.ticket_id.currency_id = jpy
        self.assertRecordValues(line, [{"amount_untaxed": 101, "amount_tax": 13}])

    def test_amount_beyond_the_cent_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "kept to the cent"):
            self._create_line(quantity=1e6, price_unit=1e6)

    # === DIGITS === #

    def test_form_keeps_all_digits(self):
        ticket = self._create_line().ticket_id
        with Form(ticket.with_user(self.sales)) as form:
            with form.line_ids.edit(0) as line:
                line.price_unit = 98.7654321098765
            with form.line_ids.new() as line:
                line.name = "Nails"
                line.quantity = 0.0000000000001
        self.assertEqual(
            [(line.quantity, line.price_unit) for line in self._reread(ticket).line_ids],
            [(QUANTITY, 98.7654321098765), (0.0000000000001, 0.0)],
        )

    def test_copies_keep_all_digits(self):
        ticket = self._create_line().ticket_id
        self._issue(ticket)
        red = proven(ticket)._do_red("Wrong buyer", False)
        self._issue(red)
        for copy, sign in ((ticket.copy(), 1), (red, -1), (proven(ticket)._do_reissue(), 1)):
            self.assertRecordValues(
                self._reread(copy.line_ids),
                [{"quantity": sign * QUANTITY, "price_unit": PRICE}],
            )
            self.assertEqual(copy.amount_untaxed, sign * 123456.79)

    def test_import_and_export_keep_all_digits(self):
        ticket = self._create_line().ticket_id
        fnames = ["ticket_id/.id", "name", "quantity", "price_unit"]
        rows = [[str(ticket.id), "Nails", "0.00000001", "0.0012345678901"]]
        result = self.env["invoice.ticket.line"].with_user(self.sales).load(fnames, rows)
        self.assertFalse(result["messages"])
        line = self._reread(self.env["invoice.ticket.line"].browse(result["ids"]))
        self.assertRecordValues(line, [{"quantity": 0.00000001, "price_unit": PRICE}])
        [[quantity, price]] = line.export_data(["quantity", "price_unit"])["datas"]
        self.assertEqual((quantity, price), (0.00000001, PRICE))

    def test_what_cannot_be_held_is_refused(self):
        line, long_price = self._create_line(), "17636.6828571428571"
        with self.assertRaisesRegex(ValidationError, "15 digits"):
            line.price_unit = long_price
        result = line.load([".id", "price_unit"], [[str(line.id), long_price]])
        self.assertIn("15 digits", result["messages"][0]["message"])
        for text in ("many", "nan", "1e300"):
            with self.subTest(text), self.assertRaisesRegex(ValidationError, "no number"):
                line.quantity = text
        line.price_unit = "0.0012345678902"
        self.assertEqual(line.price_unit, 0.0012345678902)

    def test_more_than_13_decimals_are_rounded(self):
        line = self._create_line(price_unit=100 / 3, quantity="2.00000000000005")
        self.assertRecordValues(
            self._reread(line), [{"price_unit": 33.3333333333333, "quantity": 2.0000000000001}]
        )

    def test_text_has_no_noise(self):
        for number, text in (
            (1234.56, "1234.56"),
            (1e-8, "0.00000001"),
            (0.1 + 0.2, "0.3"),
            (100.0, "100"),
            (-0.00000000000001, "0"),
            (1e15, "1000000000000000"),
        ):
            self.assertEqual(to_plain_text(number), text)

    # === APPROVAL === #

    def test_change_of_the_last_digit_is_approved_and_taken_back(self):
        self._create_flow("invoice.ticket", [self.approver], trigger_fields=["line_ids"])
        line = self._create_line()
        self._approve(line.ticket_id)
        line.with_user(self.sales).write({"price_unit": 0.0012345678902, "quantity": 1e-7})
        request = line.ticket_id.approval_request_id
        texts = [(row["old"], row["new"]) for row in request.changes]
        self.assertEqual(
            texts, [("100000000", "0.0000001"), ("0.0012345678901", "0.0012345678902")]
        )
        request.with_user(self.approver).action_reject("As agreed")
        self.assertRecordValues(
            self._reread(line),
            [{"price_unit": PRICE, "quantity": QUANTITY, "amount_untaxed": 123456.79}],
        )

    # === COMPANY === #

    def test_price_of_a_product_is_in_the_currency_of_the_ticket(self):
        usd = self.setup_other_currency("USD", rates=[("2020-01-01", 0.5)])
        self.company_other.currency_id = usd
        product = self.env["product.product"].create({"name": "Server", "lst_price": 100.0})
        ticket = self._create_ticket(
            company_id=self.company_other.id,
            line_ids=[Command.create({"product_id": product.id})],
        )
        self.assertRecordValues(ticket, [{"currency_id": usd.id}])
        self.assertEqual(ticket.line_ids.price_unit, 100.0)

    def test_documents_take_what_their_own_company_says(self):
        """Made for another company than the one that the user works in just now."""
        usd = self.setup_other_currency("USD", rates=[("2020-01-01", 0.5)])
        self.company_other.write({"currency_id": usd.id, "ticket_tax_included": False})
        self.company.ticket_tax_included = True
        other = self.company_other.id
        self._create_type(company_id=self.company.id, sequence=-2)
        own_type = self._create_type(company_id=other, sequence=-1)
        values = {"partner_id": self.customer.id, "company_id": other}
        expected = [{"currency_id": usd.id, "tax_included": False, "type_id": own_type.id}]
        Ticket = self.env["invoice.ticket"].with_company(self.company)
        self.assertRecordValues(Ticket.create(values), expected)
        form = Form(Ticket)
        form.partner_id = self.customer
        form.company_id = self.company_other
        form.type_id = own_type
        self.assertRecordValues(form.save(), expected)
        result = Ticket.load(["partner_id/.id", "company_id/.id"], [[self.customer.id, other]])
        self.assertRecordValues(Ticket.browse(result["ids"]), expected)
        Contract = self.env["invoice.contract"].with_company(self.company)
        contract = Contract.create({**values, "name": "Service"})
        self.assertEqual(contract.currency_id, usd)
        form = Form(Contract)
        form.company_id = self.company_other
        self.assertEqual(form.currency_id, usd)

    def test_prices_of_a_saved_ticket_keep_their_meaning(self):
        self.company_other.ticket_tax_included = False
        ticket = self._create_ticket(line_ids=[])
        self.assertTrue(ticket.department_id)
        ticket.company_id = self.company_other
        self.assertTrue(ticket.tax_included)
        self.assertFalse(ticket.department_id)

    @classmethod
    def _create_type(cls, **values):
        return cls.env["invoice.ticket.type"].create(
            {"name": "Bill", "code": f"B{next(cls.numbers)}", **values}
        )
