from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged

from ..common import TicketCommon


@tagged("post_install", "-at_install")
class TestContractSources(TicketCommon):
    """A contract from a sales order, a ticket from whatever is known."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sales.group_ids += cls.env.ref("sales_team.group_sale_salesman_all_leads")
        cls.finance.group_ids += cls.env.ref("account.group_account_invoice")
        cls.product = cls.env["product.product"].create(
            {
                "name": "Consulting",
                "type": "service",
                "list_price": 999.0,
                "taxes_id": [Command.set(cls.tax_13.ids)],
            }
        )
        cls.order = cls._create_order()

    @classmethod
    def _create_order(cls, **values):
        """1,000.00 + 13 %, and 3 × 100.00 less 10 %, + 6 %: 1,416.20."""
        return cls.env["sale.order"].create(
            {
                "partner_id": cls.customer.id,
                "company_id": cls.company.id,
                "user_id": cls.sales.id,
                "client_order_ref": "PO 4711",
                "order_line": [
                    Command.create(
                        {
                            "product_id": cls.product.id,
                            "price_unit": 1000.0,
                            "tax_ids": [Command.set(cls.tax_13.ids)],
                        }
                    ),
                    Command.create({"display_type": "line_note", "name": "A note"}),
                    Command.create(
                        {
                            "product_id": cls.product.id,
                            "product_uom_qty": 3,
                            "price_unit": 100.0,
                            "discount": 10.0,
                            "tax_ids": [Command.set(cls.tax_6.ids)],
                        }
                    ),
                ],
                **values,
            }
        )

    def _open_form(self, action, user):
        self.assertEqual(action["res_model"], "invoice.ticket")
        Ticket = self.env["invoice.ticket"].with_user(user)
        return Form(Ticket.with_context(**action["context"]))

    def _confirm_order(self, order=None):
        order = order or self.order
        order.action_confirm()
        return order.with_user(self.sales)

    # === SALES ORDER === #

    def test_order_becomes_a_contract_with_one_click(self):
        order = self._confirm_order()
        action = order.action_create_invoice_contract()
        contract = self.env["invoice.contract"].browse(action["res_id"])
        self.assertEqual(order.invoice_contract_id, contract)
        self.assertEqual(contract.sale_order_ids, self.order)
        self.assertRecordValues(
            contract,
            [
                {
                    "name": "PO 4711",
                    "partner_id": self.customer.id,
                    "company_id": self.company.id,
                    "currency_id": self.currency.id,
                    "amount_total": 1416.2,
                    "user_id": self.sales.id,
                    "department_id": self.department_a.id,
                    "date_signed": self.order.date_order.date(),
                    "state": "draft",
                }
            ],
        )

    def test_second_click_opens_the_same_contract(self):
        order = self._confirm_order()
        first = order.action_create_invoice_contract()
        self.assertEqual(order.action_create_invoice_contract()["res_id"], first["res_id"])
        self.assertEqual(self.customer.invoice_contract_count, 1)

    def test_contact_of_the_order_gives_way_to_the_customer(self):
        contact = self.env["res.partner"].create({"name": "Ann", "parent_id": self.customer.id})
        order = self._confirm_order(self._create_order(partner_id=contact.id))
        order.action_create_invoice_contract()
        self.assertEqual(order.invoice_contract_id.partner_id, self.customer)

    def test_quotation_becomes_nothing(self):
        order = self.order.with_user(self.sales)
        for action in ("action_create_invoice_contract", "action_create_ticket"):
            with self.subTest(action), self.assertRaises(UserError):
                getattr(order, action)()

    def test_contract_of_somebody_else_is_not_named(self):
        """Constraints run in superuser mode, but what they say is for the current user."""
        contract = self._create_contract(name="Secret", user_id=self.manager.id)
        self._approve(contract)
        order = self._confirm_order()
        order.action_create_invoice_contract()
        draft = self._create_ticket(contract_id=contract.id).with_user(self.sales)
        stranger = self.env["res.partner"].create({"name": "Stranger"})
        for values in ({"partner_id": stranger.id}, {"sale_order_id": order.id}):
            with self.subTest(values), self.assertRaises(ValidationError) as caught:
                draft.write(values)
            self.assertNotIn("Secret", str(caught.exception))

    def test_order_becomes_a_ticket(self):
        order = self._confirm_order()
        order.action_create_invoice_contract()
        self._approve(order.invoice_contract_id)
        ticket = self._open_form(order.action_create_ticket(), self.sales).save()
        self.assertRecordValues(
            ticket,
            [
                {
                    "partner_id": self.customer.id,
                    "buyer_vat": self.customer.vat,
                    "contract_id": order.invoice_contract_id.id,
                    "sale_order_id": order.id,
                    "content": "PO 4711",
                    "user_id": self.sales.id,
                    "company_id": self.company.id,
                    "currency_id": self.currency.id,
                    "amount_untaxed": 1270.0,
                    "amount_total": 1416.2,
                }
            ],
        )
        self.assertRecordValues(
            ticket.line_ids,
            [
                {"name": "Consulting", "quantity": 1, "price_unit": 1000, "tax_id": self.tax_13.id},
                {"name": "Consulting", "quantity": 3, "price_unit": 90, "tax_id": self.tax_6.id},
            ],
        )
        self._approve(ticket)
        self.assertEqual(order.invoice_contract_id.amount_to_ticket, 0.0)
        self.assertEqual(self.order.with_user(self.sales).ticket_count, 1)

    def test_type_chosen_afterwards_keeps_the_taxes_of_the_order(self):
        self._confirm_order()
        self.type_receipt.with_company(self.company).default_tax_id = self.tax_13
        form = self._open_form(self.order.with_user(self.sales).action_create_ticket(), self.sales)
        form.type_id = self.type_receipt
        ticket = form.save()
        self.assertEqual(ticket.line_ids.mapped("tax_id.amount"), [13.0, 6.0])
        self.assertEqual(ticket.amount_total, 1416.2)

    def test_contract_that_is_not_active_is_not_filled_in(self):
        order = self._confirm_order()
        order.action_create_invoice_contract()
        form = self._open_form(order.action_create_ticket(), self.sales)
        self.assertFalse(form.contract_id)

    def test_order_in_another_currency_becomes_a_ticket_in_it(self):
        usd = self.setup_other_currency("USD", rates=[("2020-01-01", 0.14)])
        pricelist = self.env["product.pricelist"].create(
            {"name": "USD", "currency_id": usd.id, "company_id": self.company.id}
        )
        order = self._create_order(pricelist_id=pricelist.id)
        self.assertEqual(order.currency_id, usd)
        order = self._confirm_order(order)
        order.action_create_invoice_contract()
        self._approve(order.invoice_contract_id)
        ticket = self._open_form(order.action_create_ticket(), self.sales).save()
        self.assertRecordValues(
            ticket,
            [{"currency_id": usd.id, "amount_total": 1416.2, "amount_contract": 1416.2}],
        )

    # === CONTRACT AND CUSTOMER === #

    def test_contract_becomes_a_ticket(self):
        contract = self._create_contract()
        self._approve(contract)
        form = self._open_form(contract.with_user(self.sales).action_create_ticket(), self.sales)
        self.assertEqual(form.partner_id, self.customer)
        ticket = form.save()
        self.assertRecordValues(
            ticket,
            [
                {
                    "contract_id": contract.id,
                    "content": "Annual service",
                    "buyer_name": self.customer.invoice_title,
                }
            ],
        )

    def test_customer_becomes_a_ticket_and_a_contract(self):
        contact = self.env["res.partner"].create({"name": "Ann", "parent_id": self.customer.id})
        for partner in (self.customer, contact):
            partner = partner.with_user(self.sales)
            form = self._open_form(partner.action_create_ticket(), self.sales)
            self.assertEqual(form.partner_id, self.customer)
            self.assertEqual(form.buyer_vat, self.customer.vat)
            context = partner.action_create_contract()["context"]
            form = Form(self.env["invoice.contract"].with_user(self.sales).with_context(**context))
            self.assertEqual(form.partner_id, self.customer)

    # === CUSTOMER INVOICE === #

    def _create_invoice(self, **values):
        """1,000.00 + 13 % and 2 × 50.00 + 6 %: 1,236.00."""
        sale_journal = self._setup_books(self.company).filtered(lambda j: j.type == "sale")
        lines = ((1, 1000.0, self.tax_13), (2, 50.0, self.tax_6))
        return self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.customer.id,
                "journal_id": sale_journal.id,
                "invoice_date": "2026-01-15",
                "invoice_date_due": "2026-02-20",
                "ref": "Invoice 1",
                "invoice_line_ids": [
                    Command.create(
                        {
                            "product_id": self.product.id,
                            "quantity": quantity,
                            "price_unit": price,
                            "tax_ids": [Command.set(tax.ids)],
                        }
                    )
                    for quantity, price, tax in lines
                ],
                **values,
            }
        )

    def test_invoice_becomes_a_ticket(self):
        invoice = self._create_invoice()
        invoice.action_post()
        action = invoice.with_user(self.finance).action_create_ticket()
        ticket = self._open_form(action, self.finance).save()
        self.assertRecordValues(
            ticket,
            [
                {
                    "partner_id": self.customer.id,
                    "content": "Invoice 1",
                    "date_due": invoice.invoice_date_due,
                    "currency_id": invoice.currency_id.id,
                    "amount_untaxed": 1100.0,
                    "amount_total": 1236.0,
                    "payment_state": "not_paid",
                }
            ],
        )
        self.assertRecordValues(
            ticket.allocation_ids, [{"move_id": invoice.id, "amount": 1236.0, "payment_id": False}]
        )
        self.assertRecordValues(
            ticket.line_ids,
            [
                {"quantity": 1, "price_unit": 1000, "tax_id": self.tax_13.id},
                {"quantity": 2, "price_unit": 50, "tax_id": self.tax_6.id},
            ],
        )
        self.assertEqual(invoice.ticket_count, 1)

    def test_ticket_of_a_paid_invoice_is_paid(self):
        invoice = self._create_invoice()
        invoice.action_post()
        action = invoice.with_user(self.finance).action_create_ticket()
        ticket = self._open_form(action, self.finance).save()
        self._issue(ticket)
        payment = self._create_payment(amount=618.0)
        (invoice.line_ids + payment.move_id.line_ids).filtered(
            lambda line: line.account_type == "asset_receivable"
        ).reconcile()
        self.assertRecordValues(
            ticket, [{"amount_paid": 618.0, "amount_due": 618.0, "payment_state": "partial"}]
        )

    def test_invoice_of_an_order_brings_its_contract(self):
        order = self._confirm_order()
        order.action_create_invoice_contract()
        self._approve(order.invoice_contract_id)
        self._setup_books(self.company)
        self.product.invoice_policy = "order"
        invoice = self.order._create_invoices()
        invoice.action_post()
        action = invoice.with_user(self.finance).action_create_ticket()
        ticket = self._open_form(action, self.finance).save()
        self.assertEqual(ticket.contract_id, order.invoice_contract_id)
        self.assertEqual(ticket.amount_total, 1416.2)

    def test_only_a_posted_customer_invoice_becomes_a_ticket(self):
        draft = self._create_invoice()
        refund = self._create_invoice(move_type="out_refund")
        refund.action_post()
        for move in (draft, refund):
            with self.assertRaises(UserError):
                move.with_user(self.finance).action_create_ticket()
