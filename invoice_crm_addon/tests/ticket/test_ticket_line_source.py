from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, tagged

from ...models.base.proof import proven
from ..common import TicketCommon


@tagged("post_install", "-at_install")
class TestTicketLineSource(TicketCommon):
    """A ticket of an order or an invoice comes to the same amounts, cent by cent."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sales.group_ids += cls.env.ref("sales_team.group_sale_salesman_all_leads")
        cls.finance.group_ids += cls.env.ref("account.group_account_invoice")
        cls.journal = cls._setup_books(cls.company).filtered(lambda j: j.type == "sale")
        cls.tax_0 = cls._create_tax(0)
        cls.tax_13_in = cls._create_tax(13, name="VAT 13 % included")
        cls.tax_13_in.price_include_override = "tax_included"
        cls.tax_fixed = cls._create_tax(5, name="Fee", amount_type="fixed")
        cls.group_of_one = cls._create_group(cls.tax_13, cls.tax_0)
        cls.group_of_two = cls._create_group(cls.tax_13, cls.tax_6)
        # Whatever the source says, these are only proposals for lines entered by hand.
        cls.type_digital_special.with_company(cls.company).default_tax_id = cls.tax_13
        cls.product = cls.env["product.product"].create(
            {
                "name": "Paper",
                "type": "service",
                "invoice_policy": "order",
                "taxes_id": [Command.set(cls.tax_6.ids)],
            }
        )

    @classmethod
    def _create_group(cls, *taxes):
        children = cls.env["account.tax"].concat(*taxes)
        return cls._create_tax(
            0,
            name=f"Group of {', '.join(children.mapped('name'))}",
            amount_type="group",
            children_tax_ids=[Command.set(children.ids)],
        )

    def _create_order(self, *lines, **values):
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "company_id": self.company.id,
                "user_id": self.sales.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": self.product.id,
                            "product_uom_qty": quantity,
                            "price_unit": price,
                            "tax_ids": [Command.set(taxes.ids)],
                        }
                    )
                    for quantity, price, taxes in lines
                ],
                **values,
            }
        )
        order.action_confirm()
        return order

    def _create_invoice(self, *lines, **values):
        invoice = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.customer.id,
                "journal_id": self.journal.id,
                "invoice_date": "2026-01-15",
                "invoice_line_ids": [
                    Command.create(
                        {
                            "product_id": self.product.id,
                            "quantity": quantity,
                            "price_unit": price,
                            "tax_ids": [Command.set(taxes.ids)],
                        }
                    )
                    for quantity, price, taxes in lines
                ],
                **values,
            }
        )
        invoice.action_post()
        return invoice

    def _create_sources(self, *lines):
        """An order and an invoice, with their lines."""
        order, invoice = self._create_order(*lines), self._create_invoice(*lines)
        return ((order, order.order_line), (invoice, invoice.invoice_line_ids))

    def _press(self, source, user=None, **changes):
        """Press the button, change the ticket that opens, and save it."""
        user = user or (self.sales if source._name == "sale.order" else self.finance)
        action = source.with_user(user).action_create_ticket()
        Ticket = self.env["invoice.ticket"].with_user(user).with_context(**action["context"])
        form = Form(Ticket)
        for fname, value in changes.items():
            form[fname] = value
        return form.save()

    # === TAX === #

    def test_ticket_says_the_same_of_its_tax_as_its_source(self):
        nothing = self.env["account.tax"]
        cases = (
            (self.tax_13, self.tax_13, "taxed"),
            (self.tax_6, self.tax_6, "taxed"),
            (self.tax_0, self.tax_0, "zero"),
            (nothing, nothing, "exempt"),
            (self.tax_13_in, self.tax_13_in, "taxed"),
            (self.group_of_one, self.tax_13, "taxed"),
            (self.tax_0 | self.tax_6, self.tax_6, "taxed"),
        )
        lines = [(3, 33.33, taxes) for taxes, _tax, _treatment in cases]
        for source, source_lines in self._create_sources(*lines):
            # The type is chosen afterwards: its tax is no reason to add one.
            ticket = self._press(source, type_id=self.type_digital_special)
            expected = [
                {
                    "tax_id": tax.id,
                    "tax_treatment": treatment,
                    "quantity": 3,
                    "amount_untaxed": line.price_subtotal,
                    "amount_total": line.price_total,
                }
                for line, (_taxes, tax, treatment) in zip(source_lines, cases, strict=True)
            ]
            with self.subTest(source._name):
                self.assertRecordValues(ticket.line_ids, expected)
                self.assertRecordValues(ticket.copy().line_ids, expected)

    def test_every_cent_is_as_agreed(self):
        """Prices that include tax leave cents which amount × rate does not give."""
        self.company.tax_calculation_rounding_method = "round_per_line"
        lines = [
            (quantity, price, tax)
            for tax in (self.tax_13_in, self.tax_13)
            for quantity, price in ((1, 100.0), (1, 0.04), (7, 14.29), (0.3, 1234.57), (97, 0.13))
        ]
        for source, source_lines in self._create_sources(*lines):
            ticket = self._press(source)
            for line, source_line in zip(ticket.line_ids, source_lines, strict=True):
                with self.subTest(source._name, price=source_line.price_unit):
                    self.assertEqual(line.amount_untaxed, source_line.price_subtotal)
                    self.assertEqual(line.amount_total, source_line.price_total)
            self.assertEqual(ticket.amount_total, source.amount_total)

    def test_cent_that_was_agreed_goes_with_the_amount(self):
        """100.00 with tax: 88.50 + 11.50, though 13 % of 88.50 are 11.51."""
        ticket = self._press(self._create_order((1, 100.0, self.tax_13_in)))
        line = ticket.line_ids
        self.assertEqual((line.amount_untaxed, line.amount_tax), (88.5, 11.5))
        line.quantity = 2
        self.assertEqual((line.amount_untaxed, line.amount_tax), (177.0, 23.01))
        line.quantity = 1
        self.assertEqual(line.amount_tax, 11.5)
        line.tax_id = self.tax_6
        self.assertEqual(line.amount_tax, 5.31)

    def test_red_letter_and_reissue_keep_the_agreed_cent(self):
        ticket = self._press(self._create_order((1, 100.0, self.tax_13_in)))
        ticket.type_id = self.type_special
        self._issue(ticket)
        ticket.with_user(self.finance).action_red("Wrong buyer")
        red = ticket.red_ids
        self.assertRecordValues(red, [{"amount_untaxed": -88.5, "amount_tax": -11.5}])
        self._issue(red)
        reissue = proven(ticket)._do_reissue()
        self.assertRecordValues(reissue, [{"amount_untaxed": 88.5, "amount_tax": 11.5}])

    def test_price_of_an_odd_share_comes_to_the_amount(self):
        source = self._create_order((7, 100 / 7, self.tax_13), (3e6, 0.0333, self.tax_13))
        ticket = self._press(source)
        for line, source_line in zip(ticket.line_ids, source.order_line, strict=True):
            self.assertEqual(line.amount_untaxed, source_line.price_subtotal)

    def test_taxes_that_a_ticket_cannot_show_are_refused(self):
        for taxes in (
            self.tax_13 | self.tax_6,
            self.tax_fixed,
            self.tax_13 | self.tax_fixed,
            self.group_of_two,
        ):
            for source, _lines in self._create_sources((1, 100.0, taxes)):
                with self.subTest(source._name, taxes=taxes.mapped("name")):
                    with self.assertRaisesRegex(UserError, "one percentage"):
                        self._press(source)

    # === WHO AND WHEN === #

    def test_ticket_of_an_invoice_goes_to_its_salesperson(self):
        invoice = self._create_invoice((1, 100.0, self.tax_13), invoice_user_id=self.sales2.id)
        self.assertRecordValues(
            self._press(invoice),
            [{"user_id": self.sales2.id, "department_id": self.department_b.id}],
        )

    def test_salesperson_who_may_not_own_tickets_does_not_get_it(self):
        gone = self._create_user("gone", ["base.group_user"])
        for user in (self.outsider, self.finance_other, gone, self.env["res.users"]):
            with self.subTest(user.login):
                invoice = self._create_invoice((1, 100.0, self.tax_13), invoice_user_id=user.id)
                gone.active = False
                self.assertEqual(self._press(invoice).user_id, self.finance)

    def test_ticket_that_the_user_may_not_give_away_stays_theirs(self):
        order = self._create_order((1, 100.0, self.tax_13), user_id=self.colleague.id)
        self.assertEqual(self._press(order).user_id, self.sales)
        self.lead.group_ids += self.env.ref("sales_team.group_sale_salesman_all_leads")
        self.assertEqual(self._press(order, self.lead).user_id, self.colleague)

    def test_ticket_of_a_contract_goes_to_its_owner(self):
        contract = self._create_contract()
        self._approve(contract)
        ticket = Form(
            self.env["invoice.ticket"]
            .with_user(self.finance)
            .with_context(**contract.with_user(self.finance).action_create_ticket()["context"])
        )
        self.assertEqual(ticket.user_id, self.sales)

    @freeze_time("2026-03-04 20:00:00")
    def test_contract_of_an_order_is_signed_on_the_day_of_the_user(self):
        """It is the 5th in China already."""
        self.sales.tz = "Asia/Shanghai"
        order = self._create_order((1, 100.0, self.tax_13), date_order="2026-03-04 20:00:00")
        order.date_order = "2026-03-04 20:00:00"
        order = order.with_user(self.sales).with_context(tz="Asia/Shanghai")
        order.action_create_invoice_contract()
        self.assertEqual(str(order.invoice_contract_id.date_signed), "2026-03-05")

    def test_company_that_rounds_the_whole_document(self):
        """The lines of the ticket add up to it all the same."""
        self.company.tax_calculation_rounding_method = "round_globally"
        for price, count in ((14.99, 7), (0.99, 9), (33.33, 11)):
            lines = [(1, price, self.tax_13)] * count + [(1, price, self.tax_6)] * 3
            for source in (self._create_order(*lines), self._create_invoice(*lines)):
                with self.subTest(price, source=source._name):
                    action = source.with_user(self.finance).sudo().action_create_ticket()
                    Ticket = self.env["invoice.ticket"].with_context(**action["context"])
                    ticket = Form(Ticket).save()
                    self.assertEqual(ticket.amount_total, source.amount_total)
                    self.assertEqual(ticket.amount_untaxed, source.amount_untaxed)
                    self._approve(ticket)
                    self.assertEqual(source.amount_to_ticket, 0.0)
