import io
import shutil
from unittest import skipUnless
from unittest.mock import patch

from psycopg2.errors import SerializationFailure
from reportlab.pdfgen.canvas import Canvas

from odoo.tests import tagged
from odoo.tools import mute_logger
from odoo.tools.pdf import PdfFileReader

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

    def _read_pages(self, content):
        """Text of each page, without the spaces that printing puts between letters."""
        reader = PdfFileReader(io.BytesIO(content))
        texts = [reader.getPage(n).extract_text() for n in range(reader.numPages)]
        return ["".join(text.split()) for text in texts]

    def _draw(self, names):
        """A PDF of one page for each name."""
        output = io.BytesIO()
        canvas = Canvas(output)
        for name in names:
            canvas.drawString(100, 700, name)
            canvas.showPage()
        canvas.save()
        return output.getvalue(), "pdf"

    def _print(self, statements, draw):
        """Print at once, as ``draw`` makes the PDF of some statements."""
        reports = type(self.env["ir.actions.report"])

        def render(_reports, _report, ids, **_kwargs):
            return draw(statements.browse(ids))

        with (
            patch.object(reports, "_render_qweb_pdf", render),
            patch.object(ir_actions_report, "_wkhtml") as program,
        ):
            program.return_value.is_patched_qt = False
            prints = statements._print_together()
            program.return_value.is_patched_qt = True
            self.assertEqual(statements._print_together(), {}, "its pages are numbered")
        return prints

    def test_many_are_printed_at_once_and_taken_apart(self):
        """Each gets its own pages, though one of them has several."""
        statements = self._prepare_many(5)
        long, calls = statements[2], []

        def draw(some):
            calls.append(len(some))
            return self._draw(s.partner_id.name for s in some for _page in range(1 + (s == long)))

        prints = self._print(statements, draw)
        self.assertEqual(calls, [5, 2, 3, 1, 2])
        for statement in statements:
            pages = self._read_pages(statement._get_print(prints))
            self.assertEqual(pages, [statement.partner_id.name] * (1 + (statement == long)))

    def test_no_page_of_others_is_sent(self):
        """Whose page it is stands on it, or the statement is printed by itself."""
        statements = self._prepare_many(3)
        names = statements.partner_id.mapped("name")
        for drawn in (names[::-1], [names[0], "", names[2]], [names[0]] * 3):
            self.assertEqual(self._print(statements, lambda _some, to=drawn: self._draw(to)), {})
        statements[1].partner_id.name = names[0]
        twins = [names[0], names[0], names[2]]
        prints = self._print(statements, lambda _some: self._draw(twins))
        self.assertEqual([bool(s._get_print(prints)) for s in statements], [False, False, True])

    def test_what_was_printed_before_the_figures_changed_is_not_sent(self):
        statements = self._prepare_many(2)
        prints = self._print(statements, lambda some: self._draw(s.partner_id.name for s in some))
        self.assertTrue(statements[0]._get_print(prints))
        self._bill(partner_id=statements[0].partner_id.id)
        statements[0].with_user(self.finance).action_refresh()
        statements.invalidate_recordset()
        self.assertFalse(statements[0]._get_print(prints))
        self.assertTrue(statements[1]._get_print(prints))

    @skipUnless(shutil.which("wkhtmltopdf"), "needs wkhtmltopdf")
    def test_printed_at_once_as_by_itself(self):
        statements = self._prepare_many(3).with_context(force_report_rendering=True)
        statements[1].partner_id.name = "上海 A&B 办公用品（集团）有限公司"
        names = statements.partner_id.mapped("name")
        with self.allow_pdf_render():
            prints = statements._print_together()
            if not ir_actions_report._wkhtml().is_patched_qt:
                self.assertGreaterEqual(
                    {id_ for id_, _digest in prints} | set(statements[1].ids), set(statements.ids)
                )
            for statement in statements:
                alone = statement._print_apart()[statement.id]
                together = statement._get_print(prints) or alone
                self.assertEqual(self._read_pages(together), self._read_pages(alone))
                for name in names:
                    if name.isascii():  # A machine may have no Chinese font.
                        [text] = self._read_pages(together)
                        self.assertEqual(name in text, name == statement.partner_id.name)

    def test_what_cannot_be_printed_at_once_is_printed_by_itself(self):
        statements = self._prepare_many(2)
        statements._queue()
        with (
            self.mock_mail_gateway(),
            self.enter_registry_test_mode(),
            # An error of the database would break the transaction for all.
            patch.object(
                type(self.Statement),
                "_print_apart",
                lambda statements: statements.env.cr.execute("SELECT 1 / 0"),
            ),
            mute_logger("odoo.sql_db"),
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
        notes = " ".join(statement.message_ids.mapped("body"))
        self.assertIn("did not reach books@customer.example.com: No route", notes)
        self.assertNotIn("Sent to", notes)

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
            self.env.transaction.reset()
            start = self.env.cr.sql_log_count
            statements._refresh_figures()
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - start)
        self.assertLess(counts[1], counts[0] + 12, counts)
