import io
from dataclasses import replace
from decimal import Decimal
from unittest import skipUnless
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools.pdf import PdfFileReader, PdfFileWriter

from ...fapiao import Doubt, FapiaoError, read_document, read_documents
from ...models.fapiao import fapiao_batch, fapiao_file
from ..common import TicketCommon
from .common import CAN_READ_PDF, FapiaoCommon
from .fapiao_files import build_pdf

NUMBERS = ("26110000000000000011", "26110000000000000012", "26110000000000000013")


@tagged("post_install", "-at_install")
@skipUnless(CAN_READ_PDF, "needs requirements-pdf.txt")
class TestFapiaoPages(FapiaoCommon, TicketCommon):
    """A PDF file of several invoices, and pages that cannot be read whole."""

    def _build_pdf(self, number=NUMBERS[0]):
        return build_pdf(number, self.seller, self.buyer)

    def _merge(self, *contents):
        writer = PdfFileWriter()
        for content in contents:
            for page in PdfFileReader(io.BytesIO(content)).pages:
                writer.add_page(page)
        stream = io.BytesIO()
        writer.write(stream)
        return stream.getvalue()

    # === SEVERAL INVOICES === #

    def test_each_invoice_of_a_file_makes_its_ticket(self):
        content = self._merge(*map(self._build_pdf, NUMBERS))
        attachment = self._attach(content, "merged.pdf")
        files = self._read(attachment)
        self.assertEqual(files.mapped("outcome"), ["created"] * 3)
        self.assertEqual(files.ticket_id.mapped("fapiao_number"), list(NUMBERS))
        self.assertEqual(files[1].name, "merged.pdf #2")
        # Whoever gets one of the invoices gets no page of the others.
        for file, number in zip(files, NUMBERS, strict=True):
            own = file.sudo().attachment_id
            self.assertEqual(own, file.ticket_id.fapiao_attachment_id)
            self.assertEqual([d.number for d in read_documents(own.raw)], [number])
        # The file as it came stays with the upload.
        self.assertEqual(
            (attachment.res_model, attachment.res_id), (files.batch_id._name, files.batch_id.id)
        )
        self.assertEqual(attachment.raw, content)

    def test_program_imports_all_invoices_of_a_file(self):
        result, _ticket = self._import_one(self._merge(*map(self._build_pdf, NUMBERS[:2])))
        self.assertEqual([row["outcome"] for row in result["files"]], ["created"] * 2)

    def test_file_that_cannot_be_split_says_why(self):
        content = self._merge(*map(self._build_pdf, NUMBERS[:2]))
        error = FapiaoError("too_slow")
        with patch.object(fapiao_batch, "cut_pages", side_effect=error):
            file = self._read(self._attach(content, "merged.pdf"))
        self.assertRecordValues(file, [{"outcome": "refused", "name": "merged.pdf"}])
        self.assertIn("took too long", file.message)
        # Once it can be, its parts are shown, and read by the job.
        action = file.with_user(self.finance).action_read_again()
        parts = self.env["invoice.fapiao.file"].search(action["domain"])
        self.assertEqual(parts.mapped("outcome"), ["waiting"] * 2)
        self._run_cron()
        self.assertEqual(parts.mapped("outcome"), ["created"] * 2)

    def test_one_page_that_cannot_be_taken_stops_no_other(self):
        strange = build_pdf(NUMBERS[1], ("Somebody Else Ltd", "91310000MA1FTEST2X"), self.buyer)
        files = self._read(
            self._attach(self._merge(self._build_pdf(), strange, self._build_pdf(NUMBERS[2])))
        )
        self.assertEqual(files.mapped("outcome"), ["created", "refused", "created"])
        self.assertIn("Somebody Else Ltd", files[1].message)

    def test_the_same_file_again_makes_nothing(self):
        content = self._merge(*map(self._build_pdf, NUMBERS[:2]))
        self._read(self._attach(content))
        again = self._read(self._attach(content))
        self.assertEqual(set(again.mapped("outcome")), {"duplicate"})

    def test_job_reads_all_invoices_of_a_file(self):
        attachment = self._attach(self._merge(*map(self._build_pdf, NUMBERS[:2])))
        batch = self.env["invoice.fapiao.batch"].with_user(self.finance)
        batch = batch.browse(batch.start(attachment.ids)["id"])
        batch._run_in_background()
        self._run_cron()
        self.assertEqual(batch.file_ids.mapped("outcome"), ["waiting"] * 2)
        self.assertFalse(batch.is_told)
        self._run_cron()  # a turn of their own
        self.assertEqual(batch.file_ids.mapped("outcome"), ["created"] * 2)
        self.assertTrue(batch.is_told)

    # === READ IN PART === #

    def _read_with(self, *doubts, content=None):
        """Read a file on whose pages something cannot be read."""

        def read(content, *args):
            return replace(read_document(content, *args), doubts=doubts)

        with patch.object(fapiao_file, "read_document", read):
            return self._read(self._attach(content or self._build_pdf(), "in part.pdf"))

    def test_what_is_read_in_part_waits_and_says_what(self):
        ticket = self._create_ticket(user_id=self.finance.id)
        self._approve(ticket)
        file = self._read_with(
            Doubt("buyer.address", "1 Zhong??", 1, (0.1, 0.1, 0.5, 0.2)),
            Doubt("lines.1.quantity", "1 10", 1),
        )
        self.assertRecordValues(file, [{"outcome": "undecided", "verdict": "partial"}])
        self.assertIn("Buyer's address, Quantity of line 1", file.message)
        self.assertEqual(ticket.state, "approved")
        # As a form asks for it.
        html = str(file.with_context(bin_size=True).doubts_html)
        self.assertIn("1 Zhong??", html)
        self.assertIn("data:image/png;base64,", html)

    def test_whoever_takes_it_all_the_same_is_named(self):
        file = self._read_with(Doubt("buyer.phone", "", 1))
        file.action_create_ticket()
        self.assertEqual(file.outcome, "created")
        body = str(file.ticket_id.message_ids.mapped("body"))
        self.assertIn("Accepted by Finance although", body)
        self.assertIn("Buyer's phone", body)

    def test_line_without_amount_is_no_line_less(self):
        translator = self.env["invoice.fapiao.translator"].with_company(self.company)
        document = read_document(self._build_pdf())
        [line] = document.lines
        unread = replace(line, name="Unread", amount=None, unit_price=None, quantity=None)
        cases = (
            ((line, unread), ["1500.00"], ["1000.00", "500.00"]),
            ((line, unread, unread), ["1500.00"], ["1500.00"]),
        )
        for lines, [untaxed], amounts in cases:
            changed = replace(document, lines=lines, amount_untaxed=Decimal(untaxed))
            values = translator._prepare_lines_values(changed)
            self.assertEqual([v["document_untaxed"] for v in values], [float(a) for a in amounts])

    def test_what_is_read_whole_has_no_doubts(self):
        file = self._read(self._attach(self._build_pdf(), "whole.pdf"))
        self.assertEqual(file.outcome, "created")
        self.assertFalse(file.doubts_html)
