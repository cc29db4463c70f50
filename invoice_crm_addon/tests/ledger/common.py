from odoo.fields import Command

from ..common import TicketCommon


class LedgerCommon(TicketCommon):
    """Orders, invoices, payments and contracts of one customer, and tickets of any of them."""

    KINDS = ("contract", "order", "invoice", "payment")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._setup_books(cls.company)
        cls.product = cls.env["product.product"].create(
            {
                "name": "Consulting",
                "type": "service",
                "invoice_policy": "order",
                "taxes_id": [Command.set(cls.tax_13.ids)],
            }
        )

    # === SOURCES === #

    @classmethod
    def _create_chain(cls):
        """A contract, its order, the invoice of that and its payment: 1,130.00 each."""
        contract = cls._create_active_contract(1130.0)
        order = cls._create_order(quantity=1, price=1000.0, invoice_contract_id=contract.id)
        invoice = cls._invoice(order)
        return dict(zip(cls.KINDS, (contract, order, invoice, cls._pay(invoice)), strict=True))

    @classmethod
    def _create_active_contract(cls, amount=1130.0, **values):
        contract = cls._create_contract(amount_total=amount, **values)
        cls._approve(contract)
        return contract

    @classmethod
    def _create_order(cls, quantity=1, price=1000.0, **values):
        """A confirmed order with 13 % on top."""
        order = cls.env["sale.order"].create(
            {
                "partner_id": cls.customer.id,
                "company_id": cls.company.id,
                "user_id": cls.sales.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": cls.product.id,
                            "product_uom_qty": quantity,
                            "price_unit": price,
                            "tax_ids": [Command.set(cls.tax_13.ids)],
                        }
                    )
                ],
                **values,
            }
        )
        order.action_confirm()
        return order

    @classmethod
    def _invoice(cls, order, quantity=None):
        """Invoice an order, or a quantity of its line, and post it."""
        if quantity is None:
            invoice = order._create_invoices()
        else:
            line = order.order_line[:1]
            invoice = cls._create_invoice(
                line.price_unit, quantity, post=False, line={"sale_line_ids": line.ids}
            )
        invoice.action_post()
        return invoice

    @classmethod
    def _invoice_down_payment(cls, order, percent):
        wizard = (
            cls.env["sale.advance.payment.inv"]
            .with_context(active_model="sale.order", active_ids=order.ids)
            .create({"advance_payment_method": "percentage", "amount": percent})
        )
        wizard.create_invoices()
        invoice = order.invoice_ids
        invoice.action_post()
        return invoice

    @classmethod
    def _create_invoice(cls, price=1000.0, quantity=1, post=True, line=None, **values):
        journal = cls._setup_books(cls.company).filtered(lambda j: j.type == "sale")
        line = {k: [Command.set(v)] if k == "sale_line_ids" else v for k, v in (line or {}).items()}
        invoice = cls.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": cls.customer.id,
                "journal_id": journal.id,
                "invoice_date": "2026-01-15",
                "invoice_line_ids": [
                    Command.create(
                        {
                            "product_id": cls.product.id,
                            "quantity": quantity,
                            "price_unit": price,
                            "tax_ids": [Command.set(cls.tax_13.ids)],
                            **line,
                        }
                    )
                ],
                **values,
            }
        )
        if post:
            invoice.action_post()
        return invoice

    @classmethod
    def _credit(cls, invoice, quantity=None):
        """Post a credit note of an invoice, or of a quantity of its line."""
        credit = invoice._reverse_moves([{"invoice_date": invoice.invoice_date}])
        if quantity is not None:
            credit.invoice_line_ids.quantity = quantity
        credit.action_post()
        return credit

    @classmethod
    def _pay(cls, invoices, amount=None, **values):
        """A payment that is reconciled with invoices."""
        payment = cls._create_payment(
            amount=amount or sum(invoices.mapped("amount_total")), **values
        )
        cls._reconcile(invoices, payment)
        return payment

    @classmethod
    def _reconcile(cls, *documents):
        """Reconcile the receivables of invoices, credit notes and payments."""
        items = cls.env["account.move.line"].union(
            *(d.move_id.line_ids if d._name == "account.payment" else d.line_ids for d in documents)
        )
        items.filtered(lambda line: line.account_type == "asset_receivable").reconcile()

    @classmethod
    def _enable_usd(cls):
        usd = cls._enable_currency("USD")
        cls.env["res.currency.rate"].create(
            {
                "currency_id": usd.id,
                "rate": 0.14,
                "company_id": cls.company.id,
                "name": "2020-01-01",
            }
        )
        return usd

    # === TICKETS === #

    @classmethod
    def _prepare_source_values(cls, document, amount):
        if document._name == "invoice.contract":
            return {"contract_id": document.id}
        if document._name == "sale.order":
            return {"sale_order_id": document.id}
        fname = "move_id" if document._name == "account.move" else "payment_id"
        return {"allocation_ids": [Command.create({fname: document.id, "amount": amount})]}

    @classmethod
    def _ticket(cls, document, amount=None):
        """Submit a ticket of a document, default: of all of it; and have it approved."""
        total = "amount" if document._name == "account.payment" else "amount_total"
        amount = amount or document[total]
        currency = document.currency_id
        if document._name == "invoice.contract":
            currency = document.company_id.currency_id
        ticket = cls._create_ticket(
            currency_id=currency.id,
            line_ids=[Command.create({"name": "Part", "price_unit": amount, "tax_id": False})],
            **cls._prepare_source_values(document, amount),
        )
        cls._approve(ticket)
        return ticket

    def _assert_figures(self, document, ticketed, in_progress, to_ticket):
        self.assertRecordValues(
            document,
            [
                {
                    "amount_ticketed": ticketed,
                    "amount_in_progress": in_progress,
                    "amount_to_ticket": to_ticket,
                }
            ],
        )
