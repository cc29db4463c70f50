from unittest.mock import patch

from psycopg2.errors import SerializationFailure

from odoo.tests import tagged

from odoo.addons.mail.tests.common import MailCase

from .common import StatementCommon


@tagged("post_install", "-at_install")
class TestStatementSending(StatementCommon, MailCase):
    """E-mails of statements: in batches, in the customer's language, once."""

    def test_one_bad_address_stops_nobody(self):
        others = [
            self._create_customer("No address"),
            self._create_customer("Bad address", email="x@"),
            self._create_customer("Good", email="good@customer.example.com"),
        ]
        customers = self.customer.union(*others)
        for customer in customers:
            self._bill(partner_id=customer.id)
        statements = self._prepare(customers)
        statements._queue()
        send = type(self.Statement)._notify_contact

        def break_one(statement, contact):
            if statement.partner_id == others[2]:
                raise ZeroDivisionError
            return send(statement, contact)

        with (
            self.mock_mail_gateway(),
            self.enter_registry_test_mode(),
            patch.object(type(self.Statement), "_notify_contact", break_one),
            self.assertLogs("odoo.addons.invoice_crm_addon.models.mail", "ERROR"),
        ):
            self.env.ref("invoice_crm_addon.ir_cron_account_statement").method_direct_trigger()
        statements.invalidate_recordset()
        states = {s.partner_id: (s.state, bool(s.error), s.is_queued) for s in statements}
        self.assertEqual(states[self.customer], ("sent", False, False))
        for customer in others:
            self.assertEqual(states[customer], ("draft", True, False))
        self.assertEqual(len(self._new_mails), 1)
        # Mended, and sent: nobody gets it twice.
        others[1].email = "now@customer.example.com"
        left = statements.filtered(lambda s: s.state == "draft")
        with self.mock_mail_gateway():
            left.with_user(self.finance).action_send()
            self.assertEqual(len(self._new_mails), 2)

    def test_many_are_queued_and_sent_once(self):
        customers = self.env["res.partner"].union(
            *(self._create_customer(f"C{i}", email=f"c{i}@example.com") for i in range(12))
        )
        for customer in customers:
            self._bill(partner_id=customer.id)
        wizard = self._open_wizard(self.finance, customers)
        wizard.action_send()
        statements = self.Statement.search([("partner_id", "in", customers.ids)])
        self.assertEqual(statements.mapped("is_queued"), [True] * 12)
        cron = self.env.ref("invoice_crm_addon.ir_cron_account_statement")
        with self.mock_mail_gateway(), self.enter_registry_test_mode():
            cron.method_direct_trigger()
            cron.method_direct_trigger()
            self.assertEqual(len(self._new_mails), 12)
        statements.invalidate_recordset()
        self.assertEqual(set(statements.mapped("state")), {"sent"})
        self.assertEqual(set(statements.mapped("amount_closing")), {1130.0})

    def test_language_of_the_customer(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.customer.lang = "zh_CN"
        self._bill()
        template = self.env.ref("invoice_crm_addon.mail_template_account_statement")
        template.with_context(lang="zh_CN").subject = "对账单"
        with self.mock_mail_gateway():
            statement = self._send()
            self.assertSentEmail(
                self.finance.partner_id,
                [self.customer],
                subject="对账单",
                body_content="壹仟壹佰叁拾",
            )
        [mail] = self._new_mails
        self.assertEqual(mail.model, statement._name)
        # The link is for the customer only.
        self.assertNotIn("/invoice_crm/statement", "".join(statement.message_ids.mapped("body")))

    def test_mail_server_refuses(self):
        self._bill()
        with self.mock_mail_gateway():
            statement = self._send()
        [mail] = self._new_mails
        mail = self.env["mail.mail"].create({"mail_message_id": statement.sent_message_id.id})
        mail._postprocess_sent_message([], [], failure_reason="No route", failure_type="mail_smtp")
        self.assertEqual((statement.state, statement.error), ("draft", "No route"))

    def test_bounce(self):
        """What came back waits to be sent again; what was answered stays."""
        self._bill()
        with self.mock_mail_gateway():
            statement = self._send()
        plain = statement.with_env(self.env)
        plain._message_receive_bounce(self.sales.email, self.sales.partner_id)
        self.assertEqual(statement.state, "sent")
        plain._message_receive_bounce("", self.env["res.partner"])
        self.assertEqual(statement.state, "sent")
        plain._message_receive_bounce(self.customer.email, self.env["res.partner"])
        self.assertEqual(statement.state, "draft")
        self.assertIn("came back", statement.error)
        with self.mock_mail_gateway():
            statement.with_env(self.env).with_user(self.finance).action_send()
            statement._answer("agreed", "Li Lei")
        plain._message_receive_bounce(self.customer.email, self.env["res.partner"])
        self.assertEqual(statement.state, "agreed")

    def test_who_was_slower_goes_later(self):
        """A conflict with somebody else is no failure: the job sends it with its next run."""
        self._bill()
        statement = self._prepare()
        conflict = patch.object(
            type(self.Statement), "_notify_contact", side_effect=SerializationFailure
        )
        with conflict, self.mock_mail_gateway():
            statement._deliver()
        self.assertRecordValues(statement, [{"state": "draft", "error": False, "is_queued": True}])

    def test_figures_of_many_in_few_queries(self):
        customers = self.env["res.partner"].union(
            *(self._create_customer(f"C{i}", email=f"c{i}@example.com") for i in range(40))
        )
        for customer in customers:
            self._bill(partner_id=customer.id)
        one, many = self._prepare(customers[0]), self._prepare(customers[1:])
        counts = []
        for statements in (one, many):
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            statements._refresh_figures()
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - start)
        self.assertLess(counts[1], counts[0] + 12, counts)
