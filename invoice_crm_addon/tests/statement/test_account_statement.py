import random
from datetime import timedelta
from io import BytesIO
from unittest.mock import patch

from openpyxl import load_workbook

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged, users
from odoo.tools import mute_logger

from odoo.addons.mail.tests.common import MailCase

from ...models.base.proof import proven
from .common import StatementCommon


@tagged("post_install", "-at_install")
class TestAccountStatement(StatementCommon, MailCase):
    """Figures of a statement, who may do what with it, and its states."""

    def _balances(self, statement):
        return {
            row["values"]["name"]: row["values"] for row in statement._make_balance_table()["rows"]
        }

    def _read_account(self, day, currency):
        account = self.env["invoice.customer.account"].with_context(receivable_as_of=str(day))
        rows = account.search(
            [("partner_id", "=", self.customer.id), ("currency_id", "=", currency.id)]
        )
        return sum(rows.mapped("amount_due_currency"))

    # === FIGURES === #

    def test_figures(self):
        self._bill("2026-02-10", 500.0)
        order = self._create_order(price=2000.0)
        order.date_order = "2026-03-02 04:00:00"
        invoice = self._bill("2026-03-10")
        self._pay(invoice, amount=400.0, date="2026-03-20")
        self._create_payment(amount=50.0, date="2026-04-02")
        ticket = self._create_ticket(sale_order_id=order.id)
        self._issue(ticket)
        proven(ticket).issue_date = "2026-03-15"
        statement = self._prepare()
        self.assertRecordValues(
            statement,
            [
                {
                    "amount_opening": 565.0,
                    "amount_ordered": 2260.0,
                    "amount_invoiced": 1130.0,
                    "amount_ticketed": 1130.0,
                    "amount_collected": 400.0,
                    "amount_closing": 1295.0,
                    "currency_id": self.currency.id,
                }
            ],
        )
        balance = self._balances(statement)["CNY"]
        self.assertEqual(
            [balance[n] for n in ("opening", "invoiced", "collected", "other", "closing")],
            [565.0, 1130.0, -400.0, 0.0, 1295.0],
        )
        # What is ticketed and not invoiced is left to pay, too.
        self.assertEqual((balance["ticketed"], balance["to_pay"]), (1130.0, 2425.0))
        chinese = statement.with_context(lang="zh_CN")
        self.assertIn("贰仟肆佰贰拾伍", self._balances(chinese)["CNY"]["words"])
        self.assertIn("Hundred", self._balances(statement)["CNY"]["words"])
        moves = {
            (row["values"]["kind"], row["values"]["name"]) for row in statement._get_rows("moves")
        }
        self.assertLessEqual({("order", order.name), ("invoice", invoice.name)}, moves)
        self.assertIn(("ticket", ticket.name), moves)

    def test_receipts_are_in_no_total(self):
        invoice = self._bill()
        payment = self._pay(invoice, date="2026-03-20")
        receipt = self.env["invoice.ticket"].create(
            {**payment._prepare_receipt_values(), "user_id": self.sales.id}
        )
        self._issue(receipt)
        proven(receipt).issue_date = "2026-03-21"
        statement = self._prepare()
        self.assertEqual(statement.amount_ticketed, 0.0)
        self.assertNotIn("ticket", [r["values"]["kind"] for r in statement._get_rows("moves")])

    def test_equal_to_the_account(self):
        """Of any documents, opening and closing are those of the customer account."""
        usd = self._enable_usd()
        dice = random.Random(7)
        bills = []
        for _number in range(25):
            day = self.FIRST + timedelta(days=dice.randrange(-40, 45))
            currency = dice.choice((self.currency, self.currency, usd))
            kind = dice.choice(("bill", "bill", "pay", "credit", "free"))
            if kind == "bill" or not bills:
                price = dice.randrange(100, 5000)
                bills.append(self._bill(day, price, currency_id=currency.id))
            elif kind == "pay":
                bill = bills.pop(dice.randrange(len(bills)))
                amount = bill.amount_total * dice.choice((1, 0.5))
                day = max(day, bill.invoice_date)
                self._pay(bill, amount=amount, date=day, currency_id=bill.currency_id.id)
            elif kind == "credit":
                credit = self._credit(bills.pop(dice.randrange(len(bills))))
                self.assertEqual(credit.state, "posted")
            else:
                self._create_payment(amount=77.0, date=day, currency_id=currency.id)
        statement = self._prepare()
        balances = self._balances(statement)
        for currency in (self.currency, usd):
            balance = balances.get(currency.name, {"opening": 0.0, "closing": 0.0})
            opening = self._read_account(self.FIRST - timedelta(days=1), currency)
            self.assertAlmostEqual(balance["opening"], opening, 2)
            self.assertAlmostEqual(balance["closing"], self._read_account(self.LAST, currency), 2)
        check = self.env["invoice.settlement.check"].search(
            [
                ("partner_id", "=", self.customer.id),
                ("date", ">=", self.FIRST),
                ("date", "<=", self.LAST),
            ]
        )
        for name in ("ordered", "invoiced", "ticketed", "collected"):
            with self.subTest(name):
                total = sum(check.mapped(f"amount_{name}"))
                self.assertAlmostEqual(statement[f"amount_{name}"], total, 2)
                rows = statement._get_rows("moves")
                listed = sum(row["values"][f"amount_{name}"] or 0.0 for row in rows)
                self.assertAlmostEqual(listed, total, 1)

    def test_paid_but_not_booked(self):
        self._bill()
        payment = self._create_payment(amount=130.0, date="2026-03-20", post=False)
        payment.outstanding_account_id = False
        payment.action_post()
        self.assertFalse(payment.move_id)
        balance = self._balances(self._prepare())["CNY"]
        self.assertEqual((balance["closing"], balance["on_way"]), (1130.0, -130.0))
        self.assertEqual(balance["to_pay"], 1000.0)

    def test_frozen_when_sent(self):
        self._bill()
        with self.mock_mail_gateway():
            statement = self._send()
        self._bill("2026-03-11")
        with self.assertRaisesRegex(UserError, "Prepare a new statement"):
            statement.with_user(self.finance).action_refresh()
        with self.assertRaisesRegex(UserError, "left already"):
            statement.with_user(self.finance).action_send()
        with self.mock_mail_gateway():
            statement.with_user(self.finance).action_send_again()
        self.assertEqual(statement.amount_closing, 1130.0)

    def test_page_and_sheet(self):
        invoice = self._bill()
        statement = self._prepare().with_user(self.finance)
        self.assertIn(invoice.name, statement.document)
        name, content = statement._make_sheet(statement._name, statement.id, None, None)
        self.assertTrue(name.endswith(".xlsx"))
        book = load_workbook(BytesIO(content))
        self.assertEqual(len(book.sheetnames), 4)
        values = [cell.value for row in book.worksheets[0].iter_rows() for cell in row]
        self.assertIn(1130, values)
        with self.assertRaises(AccessError):
            self.Statement.with_user(self.sales2).get_page(statement._name, statement.id)

    # === WHO GETS WHAT === #

    def test_preview(self):
        self._bill()
        nobody = self._create_customer("No address")
        self._bill(partner_id=nobody.id)
        quiet = self._create_customer("Nothing open", email="quiet@customer.example.com")
        wizard = self._open_wizard(self.sales)
        lines = {line.partner_id: line for line in wizard.line_ids}
        self.assertNotIn(quiet, lines)
        self.assertTrue(lines[self.customer].is_selected)
        self.assertIn("1,130", lines[self.customer].closing)
        self.assertFalse(lines[nobody].is_selected)
        self.assertIn("address", lines[nobody].problem)
        with self.mock_mail_gateway():
            wizard.action_send()
            self.assertSentEmail(self.sales.partner_id, [self.customer])
        [mail] = self._new_mails
        self.assertEqual(len(mail.attachment_ids), 2)
        wizard.action_preview()
        [line] = wizard.other_line_ids
        self.assertIn("not answered", line.reason)
        self.assertFalse(line.is_selected)

    def test_other_period_than_shown(self):
        self._bill()
        wizard = self._open_wizard(self.finance, self.customer)
        wizard.date_from = "2026-02-01"
        wizard.action_send()
        self.assertFalse(self.Statement.search([("partner_id", "=", self.customer.id)]))
        self.assertEqual(wizard.shown_from, wizard.date_from)

    def test_form_of_the_wizard(self):
        self._bill()
        wizard = self._open_wizard(self.finance, self.customer)
        with Form(wizard) as form:
            with form.send_line_ids.edit(0) as line:
                line.is_selected = True
        action = wizard.action_prepare()
        statement = self.Statement.search(action["domain"])
        self.assertRecordValues(statement, [{"state": "draft", "amount_closing": 1130.0}])

    def test_newer_takes_the_place(self):
        self._bill()
        with self.mock_mail_gateway():
            old = self._send()
            new = self._send()
        self.assertEqual((old.state, new.state), ("cancelled", "sent"))
        self.assertIn("Replaced", old.note)
        proven(new)._answer("agreed", "Li")
        with self.assertRaisesRegex(UserError, "agreed"):
            self._prepare()
        new.with_user(self.finance).action_cancel("An invoice was late")
        self.assertEqual(self._prepare().state, "draft")

    # === RIGHTS === #

    def test_rights(self):
        self._bill()
        statement = self._prepare(user=self.sales)
        for user in (self.sales, self.lead, self.finance, self.manager, self.auditor):
            with self.subTest(user.login):
                self.assertTrue(statement.with_user(user).has_access("read"))
        for user in (self.sales2, self.colleague, self.approver, self.outsider, self.portal):
            with self.subTest(user.login):
                self.assertFalse(statement.with_user(user).has_access("read"))
        self.assertFalse(statement.with_user(self.finance_other).has_access("read"))
        with self.assertRaisesRegex(UserError, "other salespeople"):
            self._open_wizard(self.sales2, self.customer)
        self.assertFalse(self._open_wizard(self.sales2).line_ids)
        with self.assertRaises(AccessError):
            self._open_wizard(self.auditor)
        for action in ("action_send", "action_refresh"):
            with self.assertRaisesRegex(UserError, "do nothing"):
                getattr(statement.with_user(self.auditor), action)()
        with self.assertRaises(AccessError):
            statement.with_user(self.sales2).action_send()

    def test_customer_of_another_salesperson_now(self):
        self._bill()
        statement = self._prepare(user=self.sales)
        self.customer.user_id = self.sales2
        self.assertFalse(statement.with_user(self.sales).has_access("read"))
        self.assertTrue(statement.with_user(self.sales2).has_access("read"))

    @users("ticket_sales", "ticket_finance", "ticket_manager")
    def test_nobody_writes_them(self):
        statement = self._prepare().with_env(self.env)
        for values in ({"state": "agreed"}, {"figures": {}}, {"answered_by": "I"}):
            with self.assertRaises(AccessError):
                statement.write(values)
            with self.assertRaises(AccessError):
                statement.sudo().write(values)
        with self.assertRaises(AccessError):
            self.Statement.with_env(self.env).create({"partner_id": self.customer.id})

    # === STATES === #

    def test_settle(self):
        self._bill()
        with self.mock_mail_gateway():
            statement = self._send()
        proven(statement)._answer("differs", "Li", "130 are missing", "1,000.00")
        self.assertEqual(statement.activity_ids.user_id, self.sales)
        as_sales = statement.with_user(self.sales)
        action = as_sales.action_open_settle()
        wizard = self.env[action["res_model"]].with_user(self.sales)
        with Form(wizard.with_context(**action["context"])) as form:
            form.note = "Booked on 1 April"
        form.record.action_confirm()
        self.assertRecordValues(
            statement,
            [{"state": "settled", "note": "Booked on 1 April", "closed_by_id": self.sales.id}],
        )
        self.assertFalse(statement.activity_ids)
        self.assertEqual(self.customer.with_user(self.sales).statement_confirmed_until, self.LAST)
        for action in ("action_settle", "action_cancel"):
            with self.assertRaises(UserError):
                getattr(as_sales, action)("again")

    def test_note_is_needed(self):
        self._bill()
        with self.assertRaisesRegex(UserError, "can be settled"):
            self._prepare().with_user(self.finance).action_settle("x")
        with self.mock_mail_gateway():
            statement = self._send().with_user(self.finance)
        for action in ("action_settle", "action_cancel"):
            with self.assertRaisesRegex(UserError, "write why"):
                getattr(statement, action)("  ")
        with self.assertRaisesRegex(UserError, "stay"):
            statement.sudo().unlink()

    def test_pages_say_what_is_confirmed(self):
        self._bill()
        with self.mock_mail_gateway():
            statement = self._send()
        account = self.env["invoice.customer.account"].with_user(self.finance)
        account = account.with_context(allowed_company_ids=self.company.ids)
        self.assertFalse(account.get_page("res.partner", self.customer.id)["confirmed"])
        proven(statement)._answer("agreed", "Li")
        page = account.get_page("res.partner", self.customer.id)
        self.assertIn("Confirmed with the customer", page["confirmed"])
        settle = self.env["invoice.settlement"].with_env(account.env).get_page(self.customer.id)
        self.assertIn("Confirmed with the customer", settle["partner"]["confirmed"])

    def _tell_changes(self):
        """As the job does, without its commits."""
        Cron = self.registry["ir.cron"]
        with patch.object(Cron, "_commit_progress", lambda *args, **kwargs: 600.0):
            self.Statement._tell_changes()

    @mute_logger("odoo.addons.invoice_crm_addon.models.statement.statement_answer")
    def test_change_that_cannot_be_told_stops_no_other(self):
        other = self.customer.copy({"name": "Other", "email": "other@example.com", "vat": False})
        account = self.customer.with_company(self.company).property_account_receivable_id
        other.with_company(self.company).property_account_receivable_id = account
        self._bill()
        self._bill(partner_id=other.id)
        with self.mock_mail_gateway():
            statements = self._send() | self._send(other)
        self.assertEqual(len(statements), 2)
        for statement in statements:
            statement._answer("agreed", "Li")
        self._bill("2026-03-15", 5000.0)
        self._bill("2026-03-15", 5000.0, partner_id=other.id)
        Statement = self.registry["invoice.account.statement"]
        tell = Statement._tell_change

        def _tell_change(statement, change):
            tell(statement, change)
            if statement.partner_id == self.customer:
                raise ValueError("Broken")

        with patch.object(Statement, "_tell_change", _tell_change):
            self._tell_changes()
        changed = [bool(statement.amount_changed) for statement in statements]
        self.assertEqual(changed, [False, True])

    def test_books_that_change_what_was_confirmed(self):
        """It is said where the confirmation is, and told to the owner once."""
        self._bill()
        with self.mock_mail_gateway():
            statement = self._send()
        statement._answer("agreed", "Li")
        Settlement = self.env["invoice.settlement"].with_user(self.finance)
        Settlement = Settlement.with_context(allowed_company_ids=self.company.ids)

        def get_changed():
            self.env.invalidate_all()
            partner = Settlement.get_page(self.customer.id)["partner"]
            self.assertIn("Confirmed with the customer", partner["confirmed"])
            return partner["changed"]

        def tell():
            self._tell_changes()
            return statement.activity_ids

        self._bill("2026-04-03", 700.0)
        self._create_payment(amount=300.0, date="2026-04-03")
        self._ticket(self._create_order())
        self.assertFalse(statement.changed_text)
        self.assertFalse(get_changed())
        self.assertFalse(tell())
        late = self._bill("2026-03-15", 5000.0)
        statement.invalidate_recordset(["changed_text"])
        for text in (statement.changed_text, get_changed()):
            self.assertIn("5,650.00", text)
            self.assertIn("6,780.00", text)
        activity = tell()
        self.assertEqual(activity.user_id, self.sales)
        self.assertIn("5,650.00", activity.note)
        activity.action_feedback()
        self.assertFalse(tell())
        late.button_draft()
        tell()
        self.assertFalse(statement.activity_ids)
        self.assertFalse(get_changed())
        self.assertEqual(statement.amount_changed, 0.0)
