from dataclasses import replace
from unittest import skipUnless
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from ...fapiao import Doubt, Party, read_document
from ...models.fapiao import fapiao_file
from .common import CAN_READ_PDF, NUMBER, FapiaoCommon
from .fapiao_files import build_pdf


@tagged("post_install", "-at_install")
class TestFapiaoEvidence(FapiaoCommon):
    """What contradicts fills nothing before somebody says so."""

    def test_contradiction_waits_for_finance_whatever_the_format(self):
        ticket = self._approved()
        file = self._drop(self._build(total="1131.00"))
        self.assertRecordValues(file, [{"outcome": "undecided", "verdict": "contradictory"}])
        self.assertIn("1,131.00", file.message)
        self.assertEqual((ticket.state, ticket.fapiao_number), ("approved", False))
        self.assertIn("Contradictory", file.evidence_html)

    def test_accepted_contradiction_is_written_down(self):
        file = self._drop(self._build(total="1131.00")).with_user(self.finance)
        file.action_create_ticket()
        self.assertEqual(file.outcome, "created")
        self.assertTrue(any("1,131.00" in m.body for m in file.ticket_id.message_ids))

    def test_half_read_document_waits_for_finance(self):
        ticket = self._approved()
        half = replace(
            read_document(self._build()), doubts=(Doubt("lines.1.quantity"), Doubt("seller.phone"))
        )
        with patch.object(fapiao_file, "read_document", return_value=half):
            file = self._drop(self._build())
        self.assertEqual(file.outcome, "undecided")
        self.assertIn("Quantity of line 1, Seller's phone", file.message)
        self.assertEqual((ticket.state, ticket.fapiao_number), ("approved", False))

    def test_invoice_of_the_future_waits_for_finance(self):
        file = self._drop(self._build(date="2099-01-01"))
        self.assertEqual(file.outcome, "undecided")
        self.assertIn("2099-01-01", file.message)

    def test_number_and_total_that_agree(self):
        file = self._drop(self._build())
        self.assertEqual(file.verdict, "agreed")

    @skipUnless(CAN_READ_PDF, "pdfminer.six, pypdfium2 and zxing-cpp are not installed")
    def test_other_format_of_the_invoice_confirms_it(self):
        self._drop(self._build())
        file = self._drop(build_pdf(NUMBER, self.seller, self.buyer))
        self.assertEqual(file.outcome, "attached")
        self.assertIn("another file of the invoice", file.evidence_html)

    def test_other_file_with_another_total_is_not_attached(self):
        first = self._drop(self._build())
        file = self._drop(self._build(untaxed="900.00", tax="117.00", total="1017.00"))
        self.assertRecordValues(file, [{"outcome": "undecided", "ticket_id": False}])
        self.assertIn("Total", file.message)
        self.assertEqual(file.candidate_ids.ticket_id, first.ticket_id)
        file.candidate_ids.with_user(self.finance).action_choose()
        self.assertRecordValues(file, [{"outcome": "attached", "ticket_id": first.ticket_id.id}])

    def test_document_can_be_read_by_people(self):
        file = self._drop(self._build(buyer=("<b>Bold</b> Ltd", "")))
        for text in (NUMBER, "Consulting", "1,130.00", "&lt;b&gt;Bold&lt;/b&gt; Ltd"):
            self.assertIn(text, file.document_html)
        self.assertIn(
            NUMBER, file.ticket_id.with_user(self.sales).sudo(False).fapiao_html or NUMBER
        )

    def test_sales_sees_the_document_on_the_ticket(self):
        ticket = self._approved()
        self._drop(self._build())
        self.assertEqual(ticket.state, "issued")
        with Form(ticket.with_user(self.sales)) as form:
            self.assertIn(NUMBER, form.fapiao_html)
        with self.assertRaises(AccessError):
            ticket.with_user(self.sales).read(["fapiao_file_ids"])

    def test_account_of_the_buyer_is_masked_on_the_document(self):
        number = "6222999988887777666"
        File = self.env["invoice.fapiao.file"]
        self.assertNotIn(number, File._get_kept_text("buyer.bank_account", number))
        for user, is_full in ((self.finance, True), (self.sales, False), (self.auditor, False)):
            text = File.with_user(user)._get_value_text("buyer.bank_account", number)
            self.assertEqual(number in text, is_full, user.login)
        ticket = self._approved()
        self._drop(self._build())
        [file] = ticket.fapiao_file_ids
        shown = replace(
            file._get_document(), buyer=Party(name="Buyer", bank_account=number), remark=number
        )
        for user, is_full in ((self.finance, True), (self.sales, False), (self.auditor, False)):
            rendering = file.with_user(user)._prepare_document_rendering(shown)
            self.assertEqual(number in str(rendering["document"].buyer), is_full, user.login)
            self.assertEqual(number in rendering["document"].remark, is_full, user.login)

    def test_original_stays_as_it_came(self):
        content = self._build()
        file = self._drop(content)
        self.assertEqual(file.attachment_id.raw, content)
        self.assertEqual(len(file.sha256), 64)
        self.assertEqual(
            (file.attachment_id.res_model, file.attachment_id.res_id),
            ("invoice.ticket", file.ticket_id.id),
        )
