import csv
import io
import os
from pathlib import Path
from unittest import skipUnless

from odoo.exceptions import AccessError
from odoo.tests import tagged, users

from ...fapiao import read_document
from .common import CAN_READ_PDF, FapiaoCommon
from .fapiao_files import build_code, build_pdf

SAMPLES = os.environ.get("FAPIAO_SAMPLES")


@tagged("post_install", "-at_install")
class TestTicketFapiao(FapiaoCommon):
    """Dropping e-invoice files on the list of tickets."""

    def test_file_without_ticket_becomes_an_issued_ticket(self):
        result, ticket = self._import_one(self._build())
        self.assertEqual(result["outcome"], "created")
        self.assertRecordValues(
            ticket,
            [
                {
                    "state": "issued",
                    "type_id": self.type_digital_special.id,
                    "partner_id": self.customer.id,
                    "fapiao_number": "26110000000000000001",
                    "issue_date": read_document(self._build()).issue_date,
                    "amount_untaxed": 1000.0,
                    "amount_tax": 130.0,
                    "amount_total": 1130.0,
                    "buyer_vat": self.customer.vat,
                }
            ],
        )
        self.assertRecordValues(
            ticket.line_ids,
            [{"name": "Consulting", "tax_id": self.tax_13.id, "tax_code": "3040201000000000000"}],
        )

    def test_file_that_agrees_issues_the_approved_ticket(self):
        ticket = self._create_ticket()
        self._approve(ticket)
        result, found = self._import_one(self._build())
        self.assertEqual((result["outcome"], found), ("issued", ticket))
        self.assertEqual(ticket.state, "issued")
        self.assertEqual(ticket.fapiao_number, "26110000000000000001")
        self.assertEqual(ticket.fapiao_attachment_id.id, result["attachment_id"])

    def test_file_that_differs_waits_for_finance(self):
        ticket = self._create_ticket()
        self._approve(ticket)
        result, found = self._import_one(self._build(item="*软件*Licence"))
        self.assertEqual((result["outcome"], found), ("undecided", ticket))
        self.assertEqual(ticket.state, "approved")
        wizard = self._compare(ticket)
        self.assertRecordValues(
            wizard.difference_ids,
            [
                {
                    "ticket_value": "Consulting × 1: 1000.00",
                    "document_value": "Licence × 1: 1000.00",
                }
            ],
        )

    def test_accepted_difference_makes_the_ticket_say_what_the_document_says(self):
        ticket = self._create_ticket()
        self._approve(ticket)
        self._import_one(self._build(item="*软件*Licence"))
        self._compare(ticket).action_accept()
        self.assertEqual(ticket.state, "issued")
        self.assertEqual(ticket.line_ids.name, "Licence")
        self.assertIn("Licence", ticket.message_ids[1].body + ticket.message_ids[0].body)

    def test_refused_file_leaves_the_ticket_waiting(self):
        ticket = self._create_ticket()
        self._approve(ticket)
        self._import_one(self._build(item="*软件*Licence"))
        self._compare(ticket).action_refuse()
        self.assertRecordValues(
            ticket, [{"state": "approved", "fapiao_attachment_id": False, "fapiao_number": False}]
        )
        self.assertEqual(ticket.line_ids.name, "Consulting")

    def _compare(self, ticket):
        action = ticket.with_user(self.finance).action_compare_fapiao()
        return (
            self.env[action["res_model"]]
            .with_user(self.finance)
            .with_context(**action["context"])
            .create({})
        )

    def test_two_fitting_tickets_are_not_guessed(self):
        tickets = self._create_ticket() | self._create_ticket()
        self._approve(tickets)
        result, found = self._import_one(self._build())
        self.assertEqual((result["outcome"], found), ("undecided", tickets.browse()))
        for ticket in tickets:
            self.assertIn(ticket.name, result["message"])

    def test_file_dropped_on_a_ticket_goes_to_that_ticket(self):
        first, second = self._create_ticket(), self._create_ticket()
        self._approve(first | second)
        file = self._drop(self._build(), ticket_id=second.id)
        self.assertRecordValues(file, [{"outcome": "issued", "ticket_id": second.id}])
        self.assertEqual(first.state, "approved")

    def test_file_of_another_total_dropped_on_a_ticket_shows_the_amounts(self):
        ticket = self._create_ticket()
        self._approve(ticket)
        amounts = {"untaxed": "900.00", "tax": "117.00", "total": "1017.00"}
        file = self._drop(self._build(**amounts), ticket_id=ticket.id)
        self.assertEqual(file.outcome, "undecided")
        values = self._compare(ticket).difference_ids.mapped("document_value")
        self.assertIn("1017.00", values)

    def test_same_file_again_does_nothing(self):
        self._import_one(self._build())
        count = self.env["invoice.ticket"].search_count([])
        result, ticket = self._import_one(self._build())
        self.assertEqual(result["outcome"], "duplicate")
        self.assertEqual(self.env["invoice.ticket"].search_count([]), count)
        self.assertEqual(self._count_files(ticket), 1)

    def test_another_file_of_the_same_invoice_is_attached(self):
        self._import_one(self._build())
        result, ticket = self._import_one(self._build() + b"\n")
        self.assertEqual(result["outcome"], "attached")
        self.assertEqual(self._count_files(ticket), 2)

    def _count_files(self, ticket):
        return self.env["ir.attachment"].search_count(
            [("res_model", "=", "invoice.ticket"), ("res_id", "=", ticket.id)]
        )

    def test_damaged_file_is_refused_and_the_others_go_on(self):
        results = self._import(
            self._build()[:300], self._build("26110000000000000002"), b"", b"%PDF-1.4 x"
        )
        outcomes = [result["outcome"] for result in results]
        self.assertEqual(outcomes, ["refused", "created", "refused", "refused"])
        for result in results:
            self.assertGreater(len(result["message"]), 10)

    @skipUnless(CAN_READ_PDF, "pdfminer.six, pypdfium2 and zxing-cpp are not installed")
    def test_pdf_issues_the_ticket_that_waits(self):
        ticket = self._create_ticket()
        self._approve(ticket)
        content = build_pdf("26110000000000000001", self.seller, self.buyer)
        result, found = self._import_one(content)
        self.assertEqual((result["outcome"], found), ("issued", ticket), result["message"])
        self.assertEqual(ticket.fapiao_number, "26110000000000000001")

    @skipUnless(CAN_READ_PDF, "pdfminer.six, pypdfium2 and zxing-cpp are not installed")
    def test_page_that_contradicts_itself_fills_nothing(self):
        ticket = self._create_ticket()
        self._approve(ticket)
        for wrong in ({"total": "1131.00"}, {"code_total": "9999.00"}):
            content = build_pdf("26110000000000000001", self.seller, self.buyer, **wrong)
            result, found = self._import_one(content)
            self.assertEqual((result["outcome"], found), ("undecided", ticket.browse()))
            self.assertIn("contradicts itself", result["message"])
        self.assertEqual(ticket.state, "approved")

    @skipUnless(CAN_READ_PDF, "pdfminer.six, pypdfium2 and zxing-cpp are not installed")
    def test_photograph_of_the_code_is_kept_with_its_ticket(self):
        stream = io.BytesIO()
        build_code("26110000000000000001").save(stream, "PNG")
        result, _none = self._import_one(stream.getvalue())
        self.assertEqual(result["outcome"], "refused")
        self.assertIn("26110000000000000001", result["message"])
        _result, ticket = self._import_one(self._build())
        result, found = self._import_one(stream.getvalue())
        self.assertEqual((result["outcome"], found), ("attached", ticket))

    def test_file_of_a_foreign_seller_is_refused_with_a_sentence(self):
        result, ticket = self._import_one(self._build(seller=("Stranger", "91310000MA1STRANGE")))
        self.assertEqual(result["outcome"], "refused")
        self.assertIn("Stranger", result["message"])
        self.assertFalse(ticket)

    def test_file_of_a_company_that_one_does_not_work_for_is_refused(self):
        seller = (self.company_other.name, self.company_other.vat)
        result, _ticket = self._import_one(self._build(seller=seller))
        self.assertEqual(result["outcome"], "refused")

    def test_customer_is_found_by_title_when_the_file_has_no_tax_number(self):
        _result, ticket = self._import_one(self._build(buyer=(self.customer.invoice_title, "")))
        self.assertEqual(ticket.partner_id, self.customer)

    def test_unknown_customer_can_be_created_from_the_ticket(self):
        result, ticket = self._import_one(self._build(buyer=("Newcomer Ltd", "91310000MA1NEWCOM3")))
        self.assertEqual(result["outcome"], "created")
        self.assertFalse(ticket.partner_id)
        self.assertIn("Newcomer Ltd", result["message"])
        ticket.with_user(self.finance).action_create_customer()
        self.assertRecordValues(
            ticket.partner_id,
            [{"name": "Newcomer Ltd", "vat": "91310000MA1NEWCOM3", "is_company": True}],
        )

    def test_red_letter_file_finds_the_ticket_that_it_cancels(self):
        _result, blue = self._import_one(self._build())
        _result, red = self._import_one(
            self._build("26110000000000000009", red_of="26110000000000000001")
        )
        self.assertEqual(red.red_of_id, blue)
        self.assertEqual(red.amount_total, -1130.0)
        self.assertEqual(blue.status, "red")

    @users("ticket_sales", "ticket_lead", "ticket_auditor", "ticket_approver")
    def test_only_finance_reads_files(self):
        attachment = self._attach(self._build(), user=self.env.user)
        with self.assertRaises(AccessError):
            self.env["invoice.ticket"].import_fapiao(attachment.ids)

    def test_number_typed_twice_is_refused(self):
        self._import_one(self._build())
        other = self._create_ticket()
        self._approve(other)
        result, ticket = self._import_one(self._build())
        self.assertIn(result["outcome"], ("duplicate", "attached"))
        self.assertNotEqual(ticket, other)


@tagged("post_install", "-at_install")
@skipUnless(SAMPLES, "FAPIAO_SAMPLES names no folder with e-invoice files")
class TestFapiaoSamples(FapiaoCommon):
    """Real files of the tax bureau and its software vendors."""

    def _get_samples(self):
        with (Path(SAMPLES) / "expected.tsv").open(encoding="utf-8") as table:
            for row in csv.DictReader(table, delimiter="\t"):
                if row["kind"] in ("einvoice-xml", "ofd"):  # the PDF files name no seller
                    yield row, (Path(SAMPLES) / row["file"]).read_bytes()

    def test_each_sample_becomes_a_ticket_with_its_values(self):
        samples = list(self._get_samples())
        self.assertEqual(len(samples), 7)
        seen = {}
        for row, content in samples:
            with self.subTest(file=row["file"]):
                # Of the invented numbers, one is none of the tax bureau's: it came before us.
                self.env.flush_all()
                self.env.cr.execute(
                    "UPDATE res_partner SET vat = %s WHERE id = %s",
                    [row["seller_tax_id"], self.company.partner_id.id],
                )
                self.env.invalidate_all()
                result, ticket = self._import_one(content)
                identity = row["code"], row["number"]
                self.assertEqual(result["outcome"], "attached" if identity in seen else "created")
                self.assertEqual(seen.setdefault(identity, ticket), ticket)
                self.assertEqual(ticket.fapiao_number, row["number"])
                self.assertEqual(ticket.fapiao_code or "", row["code"])
                self.assertEqual(ticket.check_code or "", row["check_code"])
                self.assertEqual(str(ticket.issue_date), row["date"])
                self.assertEqual(ticket.buyer_name, row["buyer"])
                self.assertEqual(ticket.buyer_vat or "", row["buyer_tax_id"])
                self.assertEqual(f"{ticket.amount_untaxed:.2f}", row["amount"])
                self.assertEqual(f"{ticket.amount_total:.2f}", row["total"])
                if row["tax"]:
                    self.assertEqual(f"{ticket.amount_tax:.2f}", row["tax"])
                again, same = self._import_one(content)
                self.assertEqual((again["outcome"], same), ("duplicate", ticket))
