import io
import shutil
from unittest import skipUnless
from unittest.mock import patch

from psycopg2.errors import SerializationFailure

from odoo.tests import tagged
from odoo.tools.pdf import PdfFileReader, PdfFileWriter

from odoo.addons.base.models import ir_actions_report
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

        def break_one(statement, contact, printed=None):
            if statement.partner_id == others[2]:
                raise ZeroDivisionError
            return send(statement, contact, printed)

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

    def _prepare_many(self, count):
        customers = self.env["res.partner"].union(
            *(self._create_customer(f"C{i}", email=f"c{i}@example.com") for i in range(count))
        )
        for customer in customers:
            self._bill(partner_id=customer.id)
        return self._prepare(customers)

    def _read_widths(self, content):
        reader = PdfFileReader(io.BytesIO(content))
        return [int(reader.getPage(n).mediabox.width) for n in range(reader.numPages)]

    def test_many_are_printed_at_once_and_taken_apart(self):
        """Each gets its own pages, though one of them has several."""
        statements = self._prepare_many(5)
        long, calls = statements[2], []

        def render(_reports, _report, ids, **_kwargs):
            calls.append(len(ids))
            writer, output = PdfFileWriter(), io.BytesIO()
            for id_ in ids:
                for _page in range(2 if id_ == long.id else 1):
                    writer.addBlankPage(100 + id_ - statements[0].id, 100)
            writer.write(output)
            return output.getvalue(), "pdf"

        reports = type(self.env["ir.actions.report"])
        with (
            patch.object(reports, "_render_qweb_pdf", render),
            patch.object(ir_actions_report, "_wkhtml") as program,
        ):
            program.return_value.is_patched_qt = False
            prints = statements._print_together()
            self.assertEqual(calls, [5, 2, 3, 1, 2])
            program.return_value.is_patched_qt = True
            self.assertEqual(statements._print_together(), {}, "its pages are numbered")
        for statement in statements:
            width = 100 + statement.id - statements[0].id
            pages = 2 if statement == long else 1
            self.assertEqual(self._read_widths(prints[statement.id]), [width] * pages)

    @skipUnless(shutil.which("wkhtmltopdf"), "needs wkhtmltopdf")
    def test_printed_at_once_as_by_itself(self):
        statements = self._prepare_many(3).with_context(force_report_rendering=True)
        with self.allow_pdf_render():
            prints = statements._print_together()
            if not ir_actions_report._wkhtml().is_patched_qt:
                self.assertEqual(set(prints), set(statements.ids))
            for statement in statements:
                alone = statement._print_apart()[statement.id]
                together = prints.get(statement.id, alone)
                self.assertEqual(self._read_widths(together), self._read_widths(alone))

    def test_what_cannot_be_printed_at_once_is_printed_by_itself(self):
        statements = self._prepare_many(2)
        statements._queue()
        with (
            self.mock_mail_gateway(),
            self.enter_registry_test_mode(),
            patch.object(type(self.Statement), "_print_apart", side_effect=ZeroDivisionError),
            patch.object(ir_actions_report, "_wkhtml") as program,
            self.assertLogs("odoo.addons.invoice_crm_addon.models.statement", "ERROR"),
        ):
            program.return_value.is_patched_qt = False
            self.env.ref("invoice_crm_addon.ir_cron_account_statement").method_direct_trigger()
        statements.invalidate_recordset()
        self.assertEqual(set(statements.mapped("state")), {"sent"})
        self.assertEqual(len(statements.sent_message_id.attachment_ids), 4)

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
