import random
from io import BytesIO
from unittest.mock import patch

from openpyxl import load_workbook

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ...models.settlement.settlement_event import Event
from ...models.settlement.settlement_why import DIFFERENCES, Explanation
from ..ledger.common import LedgerCommon

FIGURES = ["amount_ordered", "amount_invoiced", "amount_ticketed", "amount_collected"]


@tagged("post_install", "-at_install")
class TestSettlementCheck(LedgerCommon):
    """Ordered – invoiced – ticketed – collected, and why they differ."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.user_id = cls.sales
        cls.outstanding = cls.env["account.account"].search(
            [("code", "=", "1002"), ("company_ids", "in", cls.company.ids)]
        )
        cls.bank = cls._setup_books(cls.company).filtered(lambda j: j.type == "bank")
        cls.bank.inbound_payment_method_line_ids.payment_account_id = cls.outstanding
        cls.bank.outbound_payment_method_line_ids.payment_account_id = cls.outstanding

    def _as(self, user):
        return (
            self.env["invoice.settlement.check"]
            .with_user(user)
            .with_context(lang="en_US", allowed_company_ids=self.company.ids)
        )

    def _get_sums(self, domain, user=None):
        [sums] = self._as(user or self.finance)._read_group(
            domain, [], [f"{name}:sum" for name in FIGURES]
        )
        return [round(amount or 0, 2) for amount in sums]

    def _get_page(self, record, user=None, **kwargs):
        return self._as(user or self.finance).get_page(record._name, record.id, **kwargs)

    def assertSums(self, cards, table):
        """The lines of each difference come to it, and their sum says so."""
        Check = self._as(self.finance)
        values = {card["label"]: card["value"] for card in cards}
        for name, parts in DIFFERENCES.items():
            label = Check._fields[name]._description_string(Check.env)
            rows = [row for row in table["rows"] if row["values"]["difference"] == label]
            labels = {part: Check._fields[part]._description_string(Check.env) for part in parts}
            expected = sum(values.get(labels[part], 0.0) * sign for part, sign in parts.items())
            lines = [row["values"]["amount"] for row in rows if not row.get("is_sum")]
            sums = [row["values"]["amount"] for row in rows if row.get("is_sum")]
            self.assertAlmostEqual(sum(lines), expected, 2, (label, rows))
            self.assertEqual([round(value, 2) for value in sums], [round(expected, 2)] * bool(rows))

    def _get_reasons(self, record, **kwargs):
        page = self._get_page(record, **kwargs)
        table = page["tables"][0]
        self.assertSums(page["cards"], table)
        return {
            (row["res_model"], row["res_id"], row["values"]["why"]): row["values"]["amount"]
            for row in table["rows"]
        }

    def assertReason(self, record, document, part, amount):
        reasons = self._get_reasons(record)
        found = [
            value
            for (model, res_id, why), value in reasons.items()
            if (model, res_id) == (document._name, document.id) and part in why
        ]
        self.assertEqual(found, [amount], reasons)

    def assertNoReason(self, record):
        self.assertFalse(self._get_reasons(record))

    def test_all_agree(self):
        chain = self._create_chain()
        ticket = self._ticket(chain["invoice"])
        self._issue(ticket)
        for field, record in (
            ("contract_id", chain["contract"]),
            ("sale_order_id", chain["order"]),
            ("partner_id", self.customer),
        ):
            self.assertEqual(self._get_sums([(field, "=", record.id)]), [1130.0] * 4, field)
            self.assertNoReason(record)

    def test_each_difference(self):
        contract = self._create_active_contract(3000.0)
        order = self._create_order(quantity=2, invoice_contract_id=contract.id)
        self.assertReason(contract, contract, "not ordered yet", 740.0)
        self.assertReason(contract, order, "not invoiced yet", 2260.0)
        invoice = self._invoice(order, quantity=1)
        self.assertReason(contract, order, "not invoiced yet", 1130.0)
        self.assertReason(contract, invoice, "not ticketed yet", 1130.0)
        self.assertReason(contract, invoice, "not collected yet", 1130.0)
        ticket = self._ticket(invoice, 630.0)
        self._issue(ticket)
        self.assertReason(contract, invoice, "not ticketed yet", 500.0)
        self.assertReason(contract, ticket, "not collected yet", 630.0)
        payment = self._pay(invoice, amount=1000.0)
        self.assertReason(contract, invoice, "not collected yet", 130.0)
        self.assertReason(contract, payment, "not ticketed yet", -370.0)
        self.assertEqual(
            self._get_sums([("contract_id", "=", contract.id)]), [3000, 1130, 630, 1000]
        )

    def test_contract_that_is_invoiced_without_an_order(self):
        contract = self._create_active_contract(2260.0)
        invoice = self._create_invoice(invoice_contract_id=contract.id)
        self.assertReason(contract, contract, "neither ordered nor invoiced yet", 1130.0)
        self.assertReason(self.customer, contract, "neither ordered nor invoiced yet", 1130.0)
        invoice |= self._create_invoice(invoice_contract_id=contract.id)
        for move in invoice:
            self._issue(self._ticket(move))
            self._pay(move)
        self.assertEqual(self._get_sums([("contract_id", "=", contract.id)]), [2260.0] * 4)
        self.assertNoReason(contract)
        self.assertNoReason(self.customer)
        self._create_invoice(500.0, invoice_contract_id=contract.id)
        self.assertReason(contract, contract, "more than was agreed", -565.0)

    def test_what_is_of_no_order_and_no_contract(self):
        order = self._create_order(quantity=2)
        invoice = self._create_invoice(500.0)
        ticket = self._create_ticket()
        self._issue(ticket)
        payment = self._create_payment(amount=70.0)
        self.assertReason(self.customer, order, "not invoiced yet", 2260.0)
        self.assertReason(self.customer, invoice, "without an order or a contract", -565.0)
        self.assertReason(self.customer, ticket, "no invoice behind it", -ticket.amount_total)
        self.assertReason(self.customer, payment, "on account", -70.0)
        [first] = [row for row in self._get_page(self.customer)["tables"][0]["rows"][:3][-1:]]
        self.assertTrue(first["is_sum"])
        self.assertEqual(first["values"]["amount"], 1695.0)

    def test_order_tells_what_its_contract_invoiced(self):
        contract = self._create_active_contract(1130.0)
        order = self._create_order(invoice_contract_id=contract.id)
        invoice = self._create_invoice(600.0, invoice_contract_id=contract.id)
        self.assertReason(order, order, "678.00 are invoiced without an order", 1130.0)
        self.assertReason(contract, invoice, "on the contract, without an order", -678.0)
        contract.user_id = self.sales2
        self.env.flush_all()
        reasons = self._get_page(order, self.sales)["tables"][0]["rows"]
        self.assertEqual(reasons[0]["values"]["why"], "Ordered, not invoiced yet.")

    def test_payments_of_tickets_are_not_counted_for_others(self):
        """What a ticket names as its payment pays no other ticket of the same invoice."""
        invoice = self._create_invoice()
        payment = self._pay(invoice, amount=400.0)
        self._issue(self._ticket(payment))
        other = self._ticket(invoice, 600.0)
        self._issue(other)
        self.assertReason(self.customer, other, "not collected yet", 600.0)

    def _draw_events(self, chance):
        """Events that no books would hold together, and that must add up all the same."""
        base, none = 10**9, dict.fromkeys(Event._fields, 0.0)

        def pick(*numbers):
            return chance.choice([None, *(base + number for number in numbers)])

        def draw(kind, number, **values):
            amount = round(chance.randint(1, 99999) / chance.choice([100, 300]), 4)
            amount *= -1 if kind in ("credit_note", "refund") else 1
            own = dict.fromkeys(("sale_order_id", "move_id", "entry_id", "ticket_id", "payment_id"))
            names = {
                "order": ["ordered"],
                "contract": ["ordered"],
                "invoice": ["invoiced"],
                "credit_note": ["invoiced"],
                "ticket": ["ticketed"],
                "payment": chance.choice([["collected"], ["collected", "settled"]]),
                "refund": ["collected"],
            }.get(kind, ["settled"])
            amounts = {f"amount_{name}": amount for name in names}
            fixed = {"kind": kind, "name": f"{kind} {number}", "date": None}
            ids = {"id": number, "company_id": self.company.id, "currency_id": self.currency.id}
            return Event(**{**none, **own, **fixed, **ids, **amounts, **values})

        events = [draw("order", n, sale_order_id=base + n) for n in range(chance.randint(0, 2))]
        events += [draw("contract", 16 * (base + n)) for n in range(chance.randint(0, 2))]
        for number in range(chance.randint(0, 12)):
            kind = chance.choice(
                ["invoice", "credit_note", "ticket", "ticket", "payment", "refund", "exchange"]
            )
            values = {"move_id": pick(1, 2, 3), "sale_order_id": pick(0, 1, 2)}
            if kind in ("invoice", "credit_note"):
                values["move_id"] = values["move_id"] or base
            elif kind == "ticket":
                values |= {"ticket_id": base + chance.randint(1, 3), "payment_id": pick(1, 2)}
            else:
                values |= {"entry_id": base + number, "payment_id": pick(1, 2)}
            events.append(draw(kind, number, **values))
        return events

    def test_lines_come_to_the_difference_of_the_cards(self):
        Check, chance = self._as(self.finance), random.Random(70)
        roundings = {self.currency.id: 0.01}
        for number in range(300):
            events = self._draw_events(chance)
            contracts = {
                10**9 + n: 10**9 + chance.randint(0, 2) for n in range(chance.randint(0, 4))
            }
            with (
                self.subTest(number),
                patch.object(Explanation, "_map_contracts", lambda _why, _bills: contracts),  # noqa: B023
                patch.object(
                    Explanation, "_get_move_names", lambda why: dict.fromkeys(why.invoiced, "INV")
                ),
            ):
                table = Check._prepare_difference_table(events, roundings)
                self.assertSums(Check._prepare_check_cards(events, roundings), table)
                rounded = [
                    row["values"]["amount"]
                    for row in table["rows"]
                    if "Rounded" in row["values"]["why"]
                ]
                self.assertLess(max(map(abs, rounded), default=0), 0.005 * (len(table["rows"]) + 3))

    def test_credit_note(self):
        order = self._create_order()
        invoice = self._invoice(order)
        credit = self._credit(invoice, quantity=0.5)
        self.assertReason(order, credit, "takes back", -565.0)
        self.assertReason(order, invoice, "not ticketed yet", 565.0)
        self.assertEqual(self._get_sums([("sale_order_id", "=", order.id)])[1], 565)

    def test_invoice_of_two_orders(self):
        first, second = self._create_order(), self._create_order(quantity=3)
        invoice = (first | second)._create_invoices()
        invoice.action_post()
        self.assertEqual(len(invoice), 1)
        self._pay(invoice, amount=2260.0)
        self.assertEqual(self._get_sums([("sale_order_id", "=", first.id)])[1:], [1130, 0, 565])
        self.assertEqual(self._get_sums([("sale_order_id", "=", second.id)])[1:], [3390, 0, 1695])

    def test_written_off_with_the_payment(self):
        invoice = self._create_invoice()
        expense = (
            self.env["account.account"]
            .with_company(self.company)
            .create({"name": "Written off", "code": "6602", "account_type": "expense"})
        )
        wizard = (
            self.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create(
                {
                    "journal_id": self.bank.id,
                    "amount": 1100.0,
                    "payment_difference_handling": "reconcile",
                    "writeoff_account_id": expense.id,
                }
            )
        )
        wizard.action_create_payments()
        payment = self.env["account.payment"].search([("invoice_ids", "in", invoice.ids)])
        self.assertEqual(invoice.amount_residual, 0)
        self.assertEqual(self._get_sums([("partner_id", "=", self.customer.id)])[3], 1100)
        self.assertReason(self.customer, payment, "with the payment", 30.0)
        reasons = self._get_reasons(self.customer)
        self.assertFalse([why for _m, _i, why in reasons if "not collected" in why], reasons)

    def test_paid_on_account_and_refunded(self):
        payment = self._create_payment(amount=500.0)
        refund = self._create_payment(amount=200.0, payment_type="outbound")
        self.assertEqual(self._get_sums([("partner_id", "=", self.customer.id)])[3], 300)
        self.assertReason(self.customer, payment, "not ticketed yet", -500.0)
        self.assertReason(self.customer, refund, "Paid back", 200.0)

    def test_payment_without_entry(self):
        payment = self._create_payment(amount=10.0, post=False)
        payment.outstanding_account_id = False
        payment.action_post()
        self.assertFalse(payment.move_id)
        self.assertReason(self.customer, payment, "not ticketed yet", -10.0)

    def test_red_letter_in_part(self):
        invoice = self._create_invoice()
        ticket = self._ticket(invoice)
        self._issue(ticket)
        ticket.with_user(self.finance).action_red("Wrong title")
        letter = self.env["invoice.ticket"].search([("red_of_id", "=", ticket.id)])
        if letter.state != "issued":
            self._issue(letter)
        self.assertEqual(self._get_sums([("partner_id", "=", self.customer.id)])[2], 0)
        self.assertReason(self.customer, invoice, "not ticketed yet", 1130.0)

    def test_exchange_difference(self):
        usd = self._enable_usd()
        self.env["res.currency.rate"].create(
            {
                "currency_id": usd.id,
                "rate": 0.16,
                "company_id": self.company.id,
                "name": "2026-02-01",
            }
        )
        gain, loss = (
            self.env["account.account"]
            .with_company(self.company)
            .create(
                [
                    {"name": "Gain", "code": "6061", "account_type": "income_other"},
                    {"name": "Loss", "code": "6701", "account_type": "expense"},
                ]
            )
        )
        journal = self.env["account.journal"].create(
            {"name": "Exchange", "code": "TEXC", "type": "general", "company_id": self.company.id}
        )
        self.company.write(
            {
                "currency_exchange_journal_id": journal.id,
                "income_currency_exchange_account_id": gain.id,
                "expense_currency_exchange_account_id": loss.id,
            }
        )
        for day, pay_day in (("2026-01-15", "2026-02-10"), ("2026-02-15", "2026-01-20")):
            invoice = self._create_invoice(currency_id=usd.id, invoice_date=day)
            self._pay(invoice, currency_id=usd.id, date=pay_day)
            self.assertEqual(invoice.amount_residual, 0)
        [[left, settled]] = self._as(self.finance)._read_group(
            [("partner_id", "=", self.customer.id)],
            [],
            ["amount_to_collect:sum", "amount_settled:sum"],
        )
        self.assertAlmostEqual(left, 0.0, 2)
        reasons = self._get_reasons(self.customer)
        self.assertTrue([why for _m, _i, why in reasons if "exchange" in why], reasons)
        self.assertFalse([why for _m, _i, why in reasons if "not collected" in why], reasons)

    def test_period(self):
        self._create_invoice(invoice_date="2026-01-15")
        self._create_invoice(invoice_date="2026-02-15")
        page = self._get_page(self.customer, date_from="2026-02-01", date_to="2026-02-28")
        values = {card["label"]: card["value"] for card in page["cards"]}
        self.assertEqual(values["Invoiced"], 1130)
        self.assertEqual(len(page["tables"][1]["rows"]), 1)

    def test_rights(self):
        chain = self._create_chain()
        contract = chain["contract"]
        domain = [("contract_id", "=", contract.id)]
        for user in (self.sales, self.lead, self.finance, self.manager, self.auditor):
            self.assertEqual(self._get_sums(domain, user)[0], 1130, user.login)
            page = self._get_page(contract, user)
            self.assertEqual(page["cards"][0]["value"], 1130, user.login)
        for user in (self.sales2, self.colleague):
            self.assertFalse(self._as(user).search(domain), user.login)
            with self.assertRaises(AccessError):
                self._get_page(contract, user)
            self.assertFalse(self._get_page(self.customer, user)["cards"])
        for user in (self.approver, self.portal, self.public):
            with self.assertRaises(AccessError):
                self._get_page(self.customer, user)
        self.assertFalse(
            self.env["invoice.settlement.check"].with_user(self.finance_other).search(domain)
        )

    def test_bad_input(self):
        for arguments, message in (
            (("res.users", 1), "no such page"),
            (("sale.order", 2**31 - 1), "gone"),
            (("res.partner", self.customer.id, "nonsense"), "no day"),
        ):
            with self.subTest(arguments), self.assertRaisesRegex(UserError, message):
                self._as(self.finance).get_page(*arguments)

    def test_pdf_and_sheet(self):
        order = self._create_order()
        invoice = self._invoice(order)
        Check = self._as(self.finance)
        action = Check.action_print_page("sale.order", order.id)
        html, _type = (
            self.env["ir.actions.report"]
            .with_user(self.finance)
            ._render_qweb_html(action["report_name"], None, data=action["data"])
        )
        self.assertIn(invoice.name, html.decode())
        _name, content = Check._make_sheet("sale.order", order.id, None, None)
        book = load_workbook(BytesIO(content))
        values = [cell for sheet in book.worksheets for row in sheet.values for cell in row]
        self.assertIn("Invoiced, not ticketed yet.", values)
        self.assertIn("Sum", values)
        self.assertIn('class="o_sum"', html.decode())
        self.assertIn(1130, values)

    def test_rows_open_documents(self):
        chain = self._create_chain()
        events = self._as(self.finance).search([("contract_id", "=", chain["contract"].id)])
        opened = {event.kind: event.action_open_document()["res_id"] for event in events}
        self.assertEqual(opened["order"], chain["order"].id)
        self.assertEqual(opened["invoice"], chain["invoice"].id)
        self.assertEqual(opened["payment"], chain["payment"].id)
        self.assertEqual(len(set(events.ids)), len(events))

    def test_contract_in_another_currency_is_counted_as_core_converts(self):
        usd = self._enable_usd()
        self.env["res.currency.rate"].create(
            {
                "currency_id": self.currency.id,
                "rate": 2.0,
                "company_id": self.company.id,
                "name": "2020-01-01",
            }
        )
        for signed in ("2026-01-01", "2019-01-01"):
            contract = self._create_active_contract(1000.0, currency_id=usd.id, date_signed=signed)
            expected = usd._convert(1000.0, self.currency, self.company, signed)
            sums = self._get_sums([("contract_id", "=", contract.id)])
            self.assertAlmostEqual(sums[0], expected, places=2)

    def test_red_letter_counts_on_the_day_of_what_it_takes_back(self):
        """A period shows what is still valid of its tickets; it says which letter took the rest."""
        order = self._create_order()
        ticket = self._create_ticket(sale_order_id=order.id)
        self._approve(ticket)
        ticket.with_user(self.finance).issue_date = "2026-01-20"
        self._issue(ticket)
        ticket.with_user(self.finance).action_red("Returned", red_reason="02", amount=113.0)
        letter = ticket.red_ids
        self._approve(letter)
        letter.with_user(self.finance).issue_date = "2026-03-05"
        self._issue(letter)
        domain = [("sale_order_id", "=", order.id), ("kind", "=", "ticket")]
        january = [("date", ">=", "2026-01-01"), ("date", "<=", "2026-01-31")]
        self.assertEqual(self._get_sums(domain + january)[2], 1017.0)
        self.assertEqual(self._get_sums([*domain, ("date", ">=", "2026-02-01")])[2], 0.0)
        reasons = self._get_reasons(order, date_from="2026-01-01", date_to="2026-01-31")
        [amount] = [v for (_model, res_id, _why), v in reasons.items() if res_id == letter.id]
        self.assertEqual(amount, -113.0)
        self._issue(self._create_receipt_of(order))
        self.assertEqual(self._get_sums(domain + january)[2], 1017.0)

    def _create_receipt_of(self, order):
        return self._create_ticket(type_id=self.type_receipt.id, sale_order_id=order.id)
