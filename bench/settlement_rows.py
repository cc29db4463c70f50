"""Customers, contracts, orders, invoices, payments and tickets that belong together, in bulk.

One chain of each is made through the ORM, and cloned in SQL with all that hangs on it: journal
items, reconciliations, paths, allocations. Every amount is 1,130.00, and dates go back two years.

=======================================================================================
contracts  one a customer, one customer for some 100 tickets
invoices   two of five bill an order of the contract; four of five have two tickets each
payments   two of three have an entry, and pay the invoice of the same number: eight of ten
           of these in full, one a half of it, one nothing yet; the others have no entry, and
           one of five of them is still to be ticketed
tickets    94 % issued, 3 % drafts, 2 % approved, 1 % waiting; of the issued ones 5 % not
           sent, 3 % under way, 1 % red-lettered in part
=======================================================================================
"""

import os

TICKETS = int(os.environ.get("BENCH_TICKETS", 200_000))
INVOICES, PAYMENTS, CUSTOMERS = TICKETS // 2, TICKETS * 3 // 4, TICKETS // 100 + 1
ORDERS = INVOICES * 2 // 5
# Invoices that two tickets document each; the other tickets are of payments without an entry.
TICKETED = INVOICES * 4 // 5
DAY = "CURRENT_DATE - (n::bigint * 7919 % 730)::int"


class Rows:
    """What was made: the first id of each table, as ``n`` counts on from there.

    :param Screens screens: whose environment it is made in; committed
    :param company: company with books
    """

    def __init__(self, screens, company):
        self.screens, self.clone = screens, screens.clone
        self.company = company
        self.env = screens.env(su=True)
        self.make_customers()
        self.make_orders()
        self.make_invoices()
        self.make_payments()
        self.make_reconciliations()
        self.make_tickets()
        screens.keep()

    def find(self, model, *domain):
        return self.env[model].search([("company_id", "=", self.company.id), *domain], limit=1)

    def make_customers(self):
        partner = self.env["res.partner"].create(
            {
                "name": "Bench",
                "is_company": True,
                "country_id": self.company.country_id.id,
                "user_id": self.env["res.users"].search([("login", "=", "sales")]).id,
            }
        )
        self.env.flush_all()
        self.partner = partner
        self.customer = self.clone(
            "res_partner", CUSTOMERS, partner, name="'B' || n", complete_name="'B' || n"
        )[0]
        self.screens.env.cr.execute(
            "UPDATE res_partner SET commercial_partner_id = id WHERE id >= %s", [self.customer]
        )
        self.contract = self.clone(
            "invoice_contract",
            CUSTOMERS,
            self.find("invoice.contract", ("state", "=", "active")),
            number="'B' || n",
            partner_id=f"{self.customer} + n",
            amount_total="100 * 1130",
            has_tickets="TRUE",
            amount_ticketable="100 * 1130",
            amount_ticketed="40 * 1130",
            amount_in_progress="0",
            amount_ticket_free="60 * 1130",
            ticketing_state="CASE WHEN n % 100 = 0 THEN 'excess' ELSE 'partial' END",
        )[0]

    def make_orders(self):
        """An order for each invoice that bills one: of line and tax that stand for all."""
        product = self.env["product.product"].create({"name": "Bench", "type": "service"})
        tax = self.find(
            "account.tax",
            ("type_tax_use", "=", "sale"),
            ("amount", "=", 13),
            ("price_include", "=", False),
        )
        order = self.env["sale.order"].create(
            {
                "partner_id": self.partner.id,
                "company_id": self.company.id,
                "order_line": [
                    (0, 0, {"product_id": product.id, "price_unit": 1000, "tax_ids": tax.ids})
                ],
            }
        )
        order.action_confirm()
        self.source_order = order
        journal = self.find("account.journal", ("type", "=", "sale"))
        self.source_invoice = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.partner.id,
                "journal_id": journal.id,
                "company_id": self.company.id,
                "invoice_date": "2026-01-15",
                "invoice_line_ids": [
                    (0, 0, {"product_id": product.id, "price_unit": 1000, "tax_ids": tax.ids})
                ],
            }
        )
        self.source_invoice.action_post()
        self.env.flush_all()
        customer = f"{self.customer} + n % {CUSTOMERS}"
        self.order = self.clone(
            "sale_order",
            ORDERS,
            order,
            name="'B' || n",
            access_token="NULL",
            partner_id=customer,
            partner_invoice_id=customer,
            partner_shipping_id=customer,
            invoice_contract_id=f"{self.contract} + n % {CUSTOMERS}",
            date_order=DAY,
            invoice_status="'invoiced'",
            has_tickets="TRUE",
            amount_ticketable="1130",
            amount_ticketed="1130",
            amount_in_progress="0",
            amount_ticket_free="0",
            ticketing_state="'full'",
        )[0]
        self.order_line = self.clone(
            "sale_order_line",
            ORDERS,
            order.order_line,
            order_id=f"{self.order} + n",
            qty_invoiced="1",
            invoice_status="'invoiced'",
        )[0]

    def make_invoices(self):
        """Paid ones first, as ``n % 10`` says; the tickets of the first four fifths."""
        state = "CASE WHEN n % 10 < 8 THEN '{}' WHEN n % 10 = 8 THEN '{}' ELSE '{}' END"
        residual = "CASE WHEN n % 10 < 8 THEN 0 WHEN n % 10 = 8 THEN 565 ELSE 1130 END"
        ticketed = f"n < {TICKETED}"
        customer = f"{self.customer} + n % {CUSTOMERS}"
        self.invoice = self.clone(
            "account_move",
            INVOICES,
            self.source_invoice,
            name="'BI' || n",
            access_token="NULL",
            sequence_number="n",
            partner_id=customer,
            commercial_partner_id=customer,
            partner_shipping_id=customer,
            date=DAY,
            invoice_date=DAY,
            invoice_date_due=f"{DAY} + 30",
            payment_state=state.format("paid", "partial", "not_paid"),
            amount_residual=residual,
            amount_residual_signed=residual,
            has_tickets=ticketed,
            amount_ticketable=f"CASE WHEN {ticketed} THEN 1130 END",
            amount_ticketed=f"CASE WHEN {ticketed} THEN 1130 END",
            amount_in_progress=f"CASE WHEN {ticketed} THEN 0 END",
            amount_ticket_free=f"CASE WHEN {ticketed} THEN 0 END",
            ticketing_state=f"CASE WHEN {ticketed} THEN 'full' END",
        )[0]
        items = {line.display_type: line for line in self.source_invoice.line_ids}
        shared = {
            "move_id": f"{self.invoice} + n",
            "move_name": "'BI' || n",
            "partner_id": customer,
            "date": DAY,
            "invoice_date": DAY,
        }
        self.receivable = self.clone(
            "account_move_line",
            INVOICES,
            items["payment_term"],
            **shared,
            date_maturity=f"{DAY} + 30",
            amount_residual=residual,
            amount_residual_currency=residual,
            reconciled="n % 10 < 8",
            matching_number="CASE WHEN n % 10 < 9 THEN 'B' || n END",
        )[0]
        goods = self.clone("account_move_line", INVOICES, items["product"], **shared)[0]
        self.clone("account_move_line", INVOICES, items["tax"], **shared)
        self.screens.env.cr.execute(
            "INSERT INTO sale_order_line_invoice_rel (order_line_id, invoice_line_id) "
            "SELECT %s + n, %s + n FROM generate_series(0, %s) n",
            [self.order_line, goods, ORDERS - 1],
        )

    def make_payments(self):
        """Those with an entry, then those without."""
        bank = self.find("account.journal", ("type", "=", "bank"))
        method = bank.inbound_payment_method_line_ids[:1]
        # Without an outstanding account, core keeps no entry.
        method.payment_account_id = self.env["account.account"].search(
            [("company_ids", "in", self.company.ids), ("account_type", "=", "asset_current")],
            limit=1,
        )
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self.partner.id,
                "amount": 1130,
                "journal_id": bank.id,
                "payment_method_line_id": method.id,
                "company_id": self.company.id,
            }
        )
        payment.action_post()
        self.env.flush_all()
        entries, customer = INVOICES, f"{self.customer} + n % {CUSTOMERS}"
        ticketed = f"n < {TICKETED} OR n >= {entries} AND n % 5 > 0"
        self.payment = self.clone(
            "account_payment",
            PAYMENTS,
            payment,
            name="'BP' || n",
            move_id="NULL",
            partner_id=customer,
            date=DAY,
            invoice_contract_id=f"CASE WHEN n < {ORDERS} "
            f"THEN {self.contract} + n % {CUSTOMERS} END",
            has_tickets=ticketed,
            amount_ticketable=f"CASE WHEN {ticketed} THEN 1130 END",
            amount_ticketed=f"CASE WHEN {ticketed} THEN 1130 END",
            amount_in_progress=f"CASE WHEN {ticketed} THEN 0 END",
            amount_ticket_free=f"CASE WHEN {ticketed} THEN 0 END",
            ticketing_state=f"CASE WHEN {ticketed} THEN 'full' END",
        )[0]
        entry = self.clone(
            "account_move",
            entries,
            payment.move_id,
            name="'BP' || n",
            sequence_number="n",
            partner_id=customer,
            commercial_partner_id=customer,
            date=DAY,
            origin_payment_id=f"{self.payment} + n",
        )[0]
        self.screens.env.cr.execute(
            "UPDATE account_payment SET move_id = %s + id - %s WHERE id >= %s AND id < %s",
            [entry, self.payment, self.payment, self.payment + entries],
        )
        shared = {
            "move_id": f"{entry} + n",
            "move_name": "'BP' || n",
            "partner_id": customer,
            "date": DAY,
            "date_maturity": DAY,
            "payment_id": f"{self.payment} + n",
        }
        left = "CASE WHEN n % 10 < 8 THEN 0 WHEN n % 10 = 8 THEN -565 ELSE -1130 END"
        item = payment.move_id.line_ids.filtered(lambda line: line.credit)
        self.credit = self.clone(
            "account_move_line",
            entries,
            item,
            **shared,
            amount_residual=left,
            amount_residual_currency=left,
            reconciled="n % 10 < 8",
            matching_number="CASE WHEN n % 10 < 9 THEN 'B' || n END",
        )[0]
        self.clone("account_move_line", entries, payment.move_id.line_ids - item, **shared)

    def make_reconciliations(self):
        """The half ones leave a half open on both sides."""
        self.screens.env.cr.execute(
            f"""
            INSERT INTO account_partial_reconcile (
                debit_move_id, credit_move_id, amount, debit_amount_currency,
                credit_amount_currency, debit_currency_id, credit_currency_id, company_id,
                max_date)
            SELECT {self.receivable} + n, {self.credit} + n, part, part, part,
                %(currency)s, %(currency)s, %(company)s, {DAY}
            FROM generate_series(0, {INVOICES - 1}) n
            CROSS JOIN LATERAL (SELECT CASE WHEN n %% 10 = 8 THEN 565 ELSE 1130 END AS part) part
            WHERE n %% 10 < 9
            """.replace("n::bigint * 7919 % 730", "n::bigint * 7919 %% 730"),
            {"currency": self.company.currency_id.id, "company": self.company.id},
        )
        # Every tenth invoice is named by a payment without an entry.
        self.screens.env.cr.execute(
            "INSERT INTO account_move__account_payment (payment_id, invoice_id) "
            "SELECT %s + n, %s + n * 10 + 9 FROM generate_series(0, %s) n",
            [self.payment + INVOICES, self.invoice, INVOICES // 10 - 1],
        )

    def make_tickets(self):
        """Two for each ticketed invoice, a half each, and one for each other ticketed payment."""
        of_invoice, invoice = f"n < {2 * TICKETED}", "n / 2"
        customer = (
            f"{self.customer} + CASE WHEN {of_invoice} THEN {invoice} ELSE n END % {CUSTOMERS}"
        )
        amount = f"CASE WHEN {of_invoice} THEN 565 ELSE 1130 END"
        issued = "n % 100 < 94"
        is_open = f"{issued} AND {of_invoice} AND {invoice} % 10 > 8"
        open_amount = f"CASE WHEN {is_open} THEN 565 ELSE 0 END"
        ticket = self.find(
            "invoice.ticket",
            ("state", "=", "issued"),
            ("red_of_id", "=", False),
            ("type_id.takes_amount", "=", True),
        )
        self.ticket = self.clone(
            "invoice_ticket",
            TICKETS,
            ticket,
            name="'B' || n",
            fapiao_number="NULL",
            access_token="NULL",
            partner_id=customer,
            contract_id=f"CASE WHEN {invoice} < {ORDERS} "
            f"THEN {self.contract} + n / 2 % {CUSTOMERS} END",
            sale_order_id="NULL",
            state=f"CASE WHEN {issued} THEN 'issued' WHEN n % 100 < 97 THEN 'draft' "
            "WHEN n % 100 < 99 THEN 'approved' ELSE 'pending' END",
            status=f"CASE WHEN n % 100 = 50 THEN 'partial_red' WHEN {is_open} THEN 'to_pay' "
            f"WHEN {issued} THEN 'paid' WHEN n % 100 < 97 THEN 'draft' "
            "WHEN n % 100 < 99 THEN 'approved' ELSE 'pending' END",
            payment_state=f"CASE WHEN {is_open} THEN 'not_paid' ELSE 'paid' END",
            shipping_state="CASE WHEN n % 33 = 0 THEN 'shipping' "
            "WHEN n % 7 = 0 THEN 'delivered' ELSE 'none' END",
            sent_on="CASE WHEN n % 20 = 0 THEN NULL ELSE now()::timestamp END",
            issue_date=f"CASE WHEN {issued} THEN {DAY} END",
            date_due=f"{DAY} + 30",
            amount_total=amount,
            amount_company=amount,
            amount_valid=amount,
            amount_issued=f"CASE WHEN {issued} THEN {amount} ELSE 0 END",
            amount_due=open_amount,
            amount_open=open_amount,
            amount_paid=f"{amount} - {open_amount}",
        )[0]
        self.clone(
            "invoice_ticket_line",
            TICKETS,
            ticket.line_ids[0],
            ticket_id=f"{self.ticket} + n",
            amount_total=amount,
        )
        links = f"""
            SELECT n, {self.ticket} + n AS ticket_id, {amount} AS amount,
                n % 100 < 94 AS is_issued, n % 100 < 94 OR n % 100 >= 97 AS takes,
                CASE WHEN {of_invoice} THEN {self.invoice} + {invoice} END AS move_id,
                CASE WHEN {of_invoice} AND {invoice} < {ORDERS}
                    THEN {self.order} + {invoice} END AS order_id,
                CASE WHEN {of_invoice} AND {invoice} < {ORDERS}
                    THEN {self.contract} + n / 2 % {CUSTOMERS} END AS contract_id,
                CASE
                    WHEN {of_invoice} AND {invoice} % 10 < 8 THEN {self.payment} + {invoice}
                    WHEN {of_invoice} THEN NULL
                    ELSE {self.payment} + {INVOICES} + (n - {2 * TICKETED}) * 5 / 4 + 1
                END AS payment_id,
                NOT ({is_open}) AS is_paid
            FROM generate_series(0, {TICKETS - 1}) n"""
        self.screens.env.cr.execute(
            f"""
            INSERT INTO invoice_ticket_path (
                ticket_id, company_id, contract_id, sale_order_id, move_id, payment_id, is_issued,
                anchor, amount, amount_contract, amount_order, amount_move, amount_payment,
                amount_paid, paid_contract)
            SELECT ticket_id, {self.company.id}, contract_id, order_id, move_id, payment_id,
                is_issued, CASE WHEN move_id IS NULL THEN 'payment' ELSE 'move' END, amount,
                CASE WHEN contract_id IS NULL THEN 0 ELSE amount END,
                CASE WHEN order_id IS NULL THEN 0 ELSE amount END,
                CASE WHEN move_id IS NULL THEN 0 ELSE amount END,
                CASE WHEN payment_id IS NULL THEN 0 ELSE amount END,
                CASE WHEN is_paid THEN amount ELSE 0 END,
                CASE WHEN is_paid AND contract_id IS NOT NULL THEN amount ELSE 0 END
            FROM ({links}) link WHERE takes"""
        )
        self.screens.env.cr.execute(
            f"""
            INSERT INTO invoice_ticket_allocation (
                ticket_id, company_id, currency_id, move_id, payment_id, amount)
            SELECT ticket_id, {self.company.id}, {self.company.currency_id.id}, move_id,
                CASE WHEN move_id IS NULL THEN payment_id END, amount
            FROM ({links}) link"""
        )
