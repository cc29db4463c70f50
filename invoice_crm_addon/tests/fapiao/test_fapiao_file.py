import io
import zipfile
from datetime import timedelta
from functools import partial
from unittest import skipUnless
from unittest.mock import patch

from odoo import SUPERUSER_ID, api, fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, TransactionCase, tagged, users
from odoo.tools import mute_logger

from ..threads import retry_soon, run_at_once
from .fapiao_files import build_code, build_pdf, build_xml
from .test_ticket_fapiao import CAN_READ_PDF, FapiaoCommon

NUMBER = "26110000000000000001"
CRON = "invoice_crm_addon.ir_cron_fapiao_files"


class FapiaoFileCommon(FapiaoCommon):
    def _drop(self, *contents, user=None, **target):
        """Drop files as finance does on a screen, and read them like the panel.

        :return: the file records, in their order
        """
        user = user or self.finance
        attachments = [self._attach(content, name=f"{i}.xml") for i, content in enumerate(contents)]
        batches = self.env["invoice.fapiao.batch"].with_user(user)
        progress = batches.start([attachment.id for attachment in attachments], **target)
        batch = batches.browse(progress["id"])
        if not progress["in_background"]:
            for row in progress["files"]:
                if row["outcome"] == "waiting":
                    batch.file_ids.browse(row["id"]).action_read()
        return batch.file_ids.sorted("id")

    def _approved(self, **values):
        ticket = self._create_ticket(**values)
        self._approve(ticket)
        return ticket

    def _zip(self, parts):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            for name, content in parts.items():
                archive.writestr(name, content)
        return stream.getvalue()

    def _run_cron(self):
        with self.enter_registry_test_mode():
            self.env.ref(CRON).method_direct_trigger()
        self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestFapiaoMatch(FapiaoFileCommon):
    """Which ticket a file belongs to."""

    def test_the_one_ticket_without_difference_is_issued_among_several(self):
        other_item = [
            Command.create({"name": "Training", "price_unit": 1130.0, "tax_id": self.tax_13.id})
        ]
        other, right = self._approved(line_ids=other_item), self._approved()
        file = self._drop(self._build())
        self.assertRecordValues(file, [{"outcome": "issued", "ticket_id": right.id}])
        self.assertEqual(other.state, "approved")

    def test_equal_tickets_are_offered_side_by_side_with_reasons(self):
        first, second = self._approved(), self._approved()
        file = self._drop(self._build())
        self.assertEqual(file.outcome, "undecided")
        self.assertEqual(file.candidate_ids.ticket_id, first | second)
        candidate = file.candidate_ids.filtered(lambda c: c.ticket_id == second)
        self.assertIn(["vat", True], candidate.reasons)
        self.assertIn(["total", True], candidate.reasons)
        self.assertIn("Same total", candidate.reasons_html)
        candidate.with_user(self.finance).action_choose()
        self.assertRecordValues(
            file, [{"outcome": "issued", "ticket_id": second.id, "candidate_ids": []}]
        )
        self.assertEqual((first.state, second.state), ("approved", "issued"))

    def test_better_candidates_come_first(self):
        line = {"name": "Training", "price_unit": 1130.0, "tax_id": self.tax_13.id}
        worse = self._approved(line_ids=[Command.create(line)])
        better = self._approved(type_id=self.type_digital_ordinary.id)
        file = self._drop(self._build())
        self.assertEqual(file.outcome, "undecided")
        self.assertEqual(file.candidate_ids.mapped("ticket_id"), better | worse)
        self.assertEqual(file.candidate_ids[0].ticket_id, better)
        self.assertIn(["type", False], file.candidate_ids[0].reasons)

    def test_same_goods_for_another_total_are_not_taken_for_a_new_ticket(self):
        ticket = self._approved()
        amounts = {"untaxed": "900.00", "tax": "117.00", "total": "1017.00"}
        file = self._drop(self._build(**amounts))
        self.assertEqual(file.outcome, "undecided")
        self.assertEqual(file.candidate_ids.ticket_id, ticket)
        # It does not keep the right file from its ticket.
        right = self._drop(self._build("26110000000000000003"))
        self.assertRecordValues(right, [{"outcome": "issued", "ticket_id": ticket.id}])
        other = self._drop(self._build("26110000000000000002", item="*软件*Licence", **amounts))
        self.assertEqual(other.outcome, "created")

    def test_same_price_for_another_customer_is_no_candidate(self):
        self._approved()
        file = self._drop(self._build(buyer=("Newcomer Ltd", "91310000MA1NEWCOM3")))
        self.assertEqual(file.outcome, "created")

    def test_candidate_that_differs_opens_the_comparison(self):
        ticket, _other = self._approved(), self._approved()
        file = self._drop(self._build(item="*软件*Licence"))
        candidate = file.candidate_ids.filtered(lambda c: c.ticket_id == ticket)
        action = candidate.with_user(self.finance).action_choose()
        self.assertEqual(action["res_model"], "invoice.fapiao.compare.wizard")
        wizard = (
            self.env[action["res_model"]]
            .with_user(self.finance)
            .with_context(**action["context"])
            .create({})
        )
        wizard.action_accept()
        self.assertRecordValues(file, [{"outcome": "issued", "ticket_id": ticket.id}])
        self.assertEqual(ticket.line_ids.name, "Licence")

    def test_new_ticket_instead_of_a_candidate(self):
        tickets = self._approved() | self._approved()
        file = self._drop(self._build())
        file.with_user(self.finance).action_create_ticket()
        self.assertEqual(file.outcome, "created")
        self.assertNotIn(file.ticket_id, tickets)
        self.assertEqual(set(tickets.mapped("state")), {"approved"})

    def test_file_put_aside_can_be_read_again(self):
        self._approved() | self._approved()
        file = self._drop(self._build()).with_user(self.finance)
        file.action_dismiss()
        self.assertRecordValues(file, [{"outcome": "refused", "candidate_ids": []}])
        file.action_read_again()
        self.assertEqual(file.outcome, "undecided")
        self.assertEqual(len(file.candidate_ids), 2)

    def test_refused_file_is_taken_once_the_company_has_its_tax_number(self):
        vat, self.company.vat = self.company.vat, "91310000MA1FIXED12"
        file = self._drop(self._build())
        self.assertEqual(file.outcome, "refused")
        self.company.vat = vat
        file.with_user(self.finance).action_read_again()
        self.assertEqual(file.outcome, "created")

    def test_red_letter_that_waits_takes_its_file(self):
        blue = self._drop(self._build()).ticket_id
        action = blue.with_user(self.finance).action_red("Wrong price")
        red = self.env["invoice.ticket"].browse(action["res_id"])
        self._approve(red)
        other_red = self._drop(self._build("26110000000000000002")).ticket_id
        file = self._drop(self._build("26110000000000000003", red_of=NUMBER))
        self.assertRecordValues(file, [{"outcome": "issued", "ticket_id": red.id}])
        self.assertEqual(blue.status, "red")
        self.assertEqual(other_red.status, "issued")

    def test_red_letter_of_an_unknown_invoice_says_so(self):
        file = self._drop(self._build(red_of="26110000000000000077"))
        self.assertEqual(file.outcome, "created")
        self.assertIn("26110000000000000077", file.message)

    def test_number_typed_on_a_ticket_leads_the_file_there(self):
        first, second = self._approved(), self._approved()
        second.with_user(self.finance).fapiao_number = NUMBER
        file = self._drop(self._build())
        self.assertRecordValues(file, [{"outcome": "issued", "ticket_id": second.id}])
        self.assertEqual(first.state, "approved")

    def test_number_on_a_draft_refuses_the_file(self):
        draft = self._create_ticket()
        draft.sudo().fapiao_number = NUMBER
        file = self._drop(self._build())
        self.assertEqual(file.outcome, "refused")
        self.assertIn(draft.name, file.message)

    def test_file_dropped_on_the_customer_is_checked(self):
        stranger = self.env["res.partner"].create({"name": "Stranger"})
        file = self._drop(self._build(), partner_id=stranger.id)
        self.assertEqual(file.outcome, "undecided")
        self.assertIn("Stranger", file.message)
        file.with_user(self.finance).action_create_ticket()
        self.assertEqual(file.ticket_id.partner_id, self.customer)
        other = self._drop(self._build("26110000000000000002"), partner_id=self.customer.id)
        self.assertEqual(other.outcome, "created")

    def test_ticket_in_another_currency_does_not_take_yuan(self):
        dollar = self.env.ref("base.USD")
        ticket = self._approved(currency_id=dollar.id)
        file = self._drop(self._build())
        self.assertEqual(file.outcome, "created")
        self.assertEqual(file.ticket_id.currency_id.name, "CNY")
        dropped = self._drop(self._build("26110000000000000002"), ticket_id=ticket.id)
        self.assertEqual(dropped.outcome, "undecided")
        self.assertIn("Currency", dropped.message)

    def test_queries_do_not_grow_with_the_candidates(self):
        def count(tickets):
            for _ticket in range(tickets):
                self._approved()
            self.env.flush_all()
            self.env.invalidate_all()
            file = self.env["invoice.fapiao.file"].sudo().search([], limit=1)
            document = file._get_document()
            before = self.cr.sql_log_count
            file.with_user(self.finance)._find_matches(document, self.company)
            return self.cr.sql_log_count - before

        self._drop(self._build())
        count(2)
        few = count(1)
        self.assertLessEqual(count(12), few + 1)


@tagged("post_install", "-at_install")
class TestFapiaoEvidence(FapiaoFileCommon):
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

    def test_invoice_of_the_future_waits_for_finance(self):
        file = self._drop(self._build(date="2099-01-01"))
        self.assertEqual(file.outcome, "undecided")
        self.assertIn("2099-01-01", file.message)

    def test_number_and_total_that_agree(self):
        file = self._drop(self._build())
        self.assertEqual(file.verdict, "agreed")

    @skipUnless(CAN_READ_PDF, "pdfplumber, pypdfium2 and zxing-cpp are not installed")
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

    def test_original_stays_as_it_came(self):
        content = self._build()
        file = self._drop(content)
        self.assertEqual(file.attachment_id.raw, content)
        self.assertEqual(len(file.sha256), 64)
        self.assertEqual(
            (file.attachment_id.res_model, file.attachment_id.res_id),
            ("invoice.ticket", file.ticket_id.id),
        )


@tagged("post_install", "-at_install")
class TestFapiaoDecision(FapiaoFileCommon):
    """What finance decides is what finance saw."""

    def _compare(self, ticket):
        wizards = self.env["invoice.fapiao.compare.wizard"].with_user(self.finance)
        return wizards.create({"ticket_id": ticket.id})

    def test_typed_number_does_not_spare_a_contradictory_file(self):
        ticket = self._approved()
        ticket.with_user(self.finance).fapiao_number = NUMBER
        file = self._drop(self._build(total="1131.00"))
        self.assertEqual((file.outcome, ticket.state), ("undecided", "approved"))
        file = self._drop(self._build(date="2099-01-01"))
        self.assertEqual((file.outcome, ticket.state), ("undecided", "approved"))

    def test_contradiction_is_seen_before_a_chosen_ticket_is_issued(self):
        ticket = self._approved()
        # The tax of the line contradicts its rate; all that the ticket says agrees.
        content = self._build().replace(b"<TaxRate>0.13", b"<TaxRate>0.06")
        file = self._drop(content)
        self.assertEqual(file.outcome, "undecided")
        action = file.candidate_ids.with_user(self.finance).action_choose()
        self.assertEqual(action["res_model"], "invoice.fapiao.compare.wizard")
        self.assertEqual(ticket.state, "approved")
        wizard = self._compare(ticket)
        self.assertTrue(wizard.contradictions)
        wizard.action_accept()
        self.assertEqual(ticket.state, "issued")
        self.assertTrue(any(wizard.contradictions in m.body for m in ticket.message_ids))

    def test_ticket_that_was_issued_meanwhile_takes_no_other_number(self):
        first, _second = self._approved(), self._approved()
        file = self._drop(self._build())
        first.with_user(self.finance).write({"fapiao_number": "26110000000000000002"})
        first.with_user(self.finance).action_issue()
        candidate = file.candidate_ids.filtered(lambda c: c.ticket_id == first)
        with self.assertRaises(UserError):
            candidate.with_user(self.finance).action_choose()
        self.assertFalse(first.fapiao_attachment_id)

    def test_accepted_is_the_file_that_was_compared(self):
        ticket = self._approved()
        self._drop(self._build(item="*软件*Licence"), ticket_id=ticket.id)
        wizard = self._compare(ticket)
        other = self._build("26110000000000000002", item="*软件*Other")
        second = self._drop(other, ticket_id=ticket.id)
        with self.assertRaises(UserError):
            wizard.action_accept()
        self.assertEqual(ticket.state, "approved")
        self._compare(ticket).action_accept()
        self.assertRecordValues(second, [{"outcome": "issued", "ticket_id": ticket.id}])

    def test_forged_comparison_is_not_accepted(self):
        ticket = self._approved()
        self._drop(self._build(item="*软件*Licence"))
        wizard = self._compare(ticket)
        wizard.difference_ids.document_value = "nothing to see"
        with self.assertRaises(UserError):
            wizard.action_accept()

    def test_ticket_is_free_after_a_file_left_it(self):
        ticket = self._approved()
        for action in ("action_dismiss", "action_create_ticket"):
            number = "26110000000000000002" if action == "action_dismiss" else NUMBER
            file = self._drop(self._build(number, item="*软件*Licence"))
            self.assertTrue(ticket.has_fapiao_to_compare)
            getattr(file.with_user(self.finance), action)()
            self.assertFalse(ticket.fapiao_attachment_id, action)
        right = self._drop(self._build("26110000000000000003"))
        self.assertRecordValues(right, [{"outcome": "issued", "ticket_id": ticket.id}])

    def test_right_file_is_issued_although_another_one_waits(self):
        ticket = self._approved()
        wrong = self._drop(self._build("26110000000000000002", item="*软件*Licence"))
        self.assertEqual(wrong.ticket_id, ticket)
        right = self._drop(self._build())
        self.assertRecordValues(right, [{"outcome": "issued", "ticket_id": ticket.id}])
        self.assertRecordValues(wrong, [{"outcome": "undecided", "ticket_id": False}])
        self.assertEqual(ticket.fapiao_attachment_id, right.attachment_id)

    @skipUnless(CAN_READ_PDF, "pdfplumber, pypdfium2 and zxing-cpp are not installed")
    def test_photograph_does_not_issue_a_ticket(self):
        ticket = self._approved()
        ticket.with_user(self.finance).fapiao_number = NUMBER
        stream = io.BytesIO()
        build_code(NUMBER).save(stream, "PNG")
        file = self._drop(stream.getvalue())
        self.assertRecordValues(file, [{"outcome": "refused", "ticket_id": False}])
        self.assertEqual(ticket.state, "approved")

    def test_reset_ticket_loses_no_file(self):
        ticket = self._approved()
        file = self._drop(self._build(item="*软件*Licence"))
        ticket.with_user(self.sales).action_reset()
        ticket.with_user(self.sales).unlink()
        self.assertTrue(file.attachment_id.raw)

    def test_certain_ticket_is_found_among_many_of_the_same_buyer(self):
        ticket = self._approved()
        line = [Command.create({"name": "Other", "price_unit": 5.0, "tax_id": self.tax_13.id})]
        many = self.env["invoice.ticket"].create(
            [self._prepare_ticket_values(line_ids=line) for _index in range(201)]
        )
        many.state = "approved"
        file = self._drop(self._build())
        self.assertRecordValues(file, [{"outcome": "issued", "ticket_id": ticket.id}])

    def test_second_red_letter_is_looked_at(self):
        blue = self._drop(self._build()).ticket_id
        self._drop(self._build("26110000000000000008", red_of=NUMBER))
        second = self._drop(self._build("26110000000000000009", red_of=NUMBER))
        self.assertEqual(second.outcome, "undecided")
        self.assertIn(blue.name, second.message)

    def test_same_attachment_again_is_the_same_file(self):
        self._approved() | self._approved()
        attachment = self._attach(self._build())
        tickets = self.env["invoice.ticket"].with_user(self.finance)
        for _time in range(2):
            self.assertEqual(tickets.import_fapiao(attachment.ids)[0]["outcome"], "undecided")
        files = self.env["invoice.fapiao.file"].search([("attachment_id", "=", attachment.id)])
        self.assertEqual(len(files), 1)

    def test_original_is_neither_changed_nor_deleted(self):
        file = self._drop(self._build())
        attachment = file.attachment_id.with_user(self.finance)
        for values in ({"raw": b"forged"}, {"res_id": 1}):
            with self.assertRaises(UserError):
                attachment.write(values)
        with self.assertRaises(UserError):
            attachment.unlink()

    def test_file_that_no_ticket_took_may_go(self):
        ticket = self._create_ticket()
        attachment = self._attach(self._build())
        attachment.write({"res_model": ticket._name, "res_id": ticket.id})
        result = ticket.with_user(self.finance).action_read_fapiao(attachment.id)
        self.assertEqual(result["outcome"], "refused")
        attachment.unlink()
        self.assertFalse(attachment.exists())

    def test_file_of_another_company_of_the_user(self):
        self.finance.company_ids |= self.company_other
        content = self._build(seller=(self.company_other.name, self.company_other.vat))
        finance = self.finance.with_context(allowed_company_ids=self.company.ids)
        attachment = self._attach(content)
        batches = self.env["invoice.fapiao.batch"].with_user(finance)
        batches = batches.with_context(allowed_company_ids=self.company.ids)
        progress = batches.start(attachment.ids)
        files = batches.browse(progress["id"]).file_ids
        (row,) = files.action_read()
        self.assertEqual(row["outcome"], "created")
        (row,) = batches.browse(progress["id"]).get_progress()["files"]
        self.assertEqual(row["outcome"], "created")


@tagged("post_install", "-at_install")
class TestFapiaoUndo(FapiaoFileCommon):
    """A wrong match can be taken back."""

    def test_issued_ticket_waits_again_as_it_was(self):
        ticket = self._approved()
        before = ticket.read(["buyer_name", "type_id", "amount_total", "fapiao_number"])
        file = self._drop(self._build()).with_user(self.finance)
        self.assertTrue(file.can_undo)
        file.action_undo()
        self.assertEqual(file.outcome, "undecided")
        self.assertRecordValues(
            ticket,
            [{"state": "approved", "fapiao_attachment_id": False, "issue_date": False}],
        )
        self.assertEqual(
            ticket.read(["buyer_name", "type_id", "amount_total", "fapiao_number"]), before
        )
        self.assertEqual(file.candidate_ids.ticket_id, ticket)

    def test_accepted_differences_are_given_back(self):
        ticket = self._approved()
        file = self._drop(self._build(item="*软件*Licence", special="02"))
        ticket.with_user(self.finance).action_compare_fapiao()
        self.env["invoice.fapiao.compare.wizard"].with_user(self.finance).create(
            {"ticket_id": ticket.id}
        ).action_accept()
        self.assertEqual(ticket.type_id, self.type_digital_ordinary)
        file.with_user(self.finance).action_undo()
        self.assertRecordValues(
            ticket, [{"state": "approved", "type_id": self.type_digital_special.id}]
        )
        self.assertRecordValues(
            ticket.line_ids,
            [{"name": "Consulting", "price_unit": 1130.0, "tax_id": self.tax_13.id}],
        )
        self.assertEqual(ticket.amount_total, 1130.0)

    def test_created_ticket_goes_and_its_number_is_free(self):
        file = self._drop(self._build()).with_user(self.finance)
        ticket = file.ticket_id
        file.action_undo()
        self.assertFalse(ticket.exists())
        self.assertEqual(file.outcome, "undecided")
        self.assertEqual(file.attachment_id.res_model, "invoice.fapiao.file")
        file.action_create_ticket()
        self.assertEqual(file.ticket_id.fapiao_number, NUMBER)

    def test_attached_file_is_detached(self):
        first = self._drop(self._build())
        file = self._drop(self._build() + b"\n").with_user(self.finance)
        self.assertEqual(file.outcome, "attached")
        file.action_undo()
        self.assertEqual(file.attachment_id.res_model, "invoice.fapiao.file")
        self.assertEqual(first.ticket_id.state, "issued")

    def test_file_of_a_typed_number_becomes_the_one_that_is_sent(self):
        ticket = self._approved()
        ticket.with_user(self.finance).write({"fapiao_number": NUMBER, "issue_date": "2026-03-05"})
        ticket.with_user(self.finance).action_issue()
        file = self._drop(self._build()).with_user(self.finance)
        self.assertEqual(file.outcome, "attached")
        self.assertEqual(ticket.fapiao_attachment_id, file.attachment_id)
        file.action_undo()
        self.assertRecordValues(ticket, [{"state": "issued", "fapiao_attachment_id": False}])

    def test_red_letter_taken_back_leaves_the_original_issued(self):
        blue = self._drop(self._build()).ticket_id
        red = self._drop(self._build("26110000000000000009", red_of=NUMBER))
        self.assertEqual(blue.status, "red")
        self.assertTrue(blue.void_date)
        red.with_user(self.finance).action_undo()
        self.assertRecordValues(blue, [{"status": "issued", "void_date": False}])

    def test_what_went_on_cannot_be_taken_back(self):
        file = self._drop(self._build()).with_user(self.finance)
        file.ticket_id.sudo().sent_on = fields.Datetime.now()
        self.assertFalse(file.can_undo)
        with self.assertRaises(UserError):
            file.action_undo()
        self.assertEqual(file.ticket_id.state, "issued")

    def test_taking_back_keeps_to_the_amount_of_the_contract(self):
        contract = self._create_contract(amount_total=1200.0)
        self._approve(contract)
        ticket = self._approved(contract_id=contract.id)
        amounts = {"untaxed": "100.00", "tax": "13.00", "total": "113.00"}
        file = self._drop(self._build(**amounts), ticket_id=ticket.id).with_user(self.finance)
        self.env["invoice.fapiao.compare.wizard"].with_user(self.finance).create(
            {"ticket_id": ticket.id}
        ).action_accept()
        self.assertEqual(ticket.amount_total, 113.0)
        line = {"name": "More", "price_unit": 1000.0, "tax_id": self.tax_13.id}
        self._approved(contract_id=contract.id, line_ids=[Command.create(line)])
        with self.assertRaises(UserError):
            file.action_undo()

    def test_ticket_on_which_people_wrote_stays(self):
        file = self._drop(self._build()).with_user(self.finance)
        ticket = file.ticket_id.with_user(self.sales).sudo()
        ticket.message_post(body="Called the customer", message_type="comment")
        with self.assertRaises(UserError):
            file.action_undo()

    def test_second_red_letter_keeps_the_original_cancelled(self):
        blue = self._drop(self._build()).ticket_id
        first = self._drop(self._build("26110000000000000008", red_of=NUMBER))
        second = self._drop(self._build("26110000000000000009", red_of=NUMBER))
        second.with_user(self.finance).action_create_ticket()
        first.with_user(self.finance).action_undo()
        self.assertEqual(blue.status, "red")
        self.assertTrue(blue.void_date)

    def test_file_beside_it_must_be_taken_back_first(self):
        first = self._drop(self._build()).with_user(self.finance)
        second = self._drop(self._build() + b"\n").with_user(self.finance)
        with self.assertRaises(UserError):
            first.action_undo()
        second.action_undo()
        first.action_undo()
        self.assertFalse(first.ticket_id)

    @users("ticket_sales", "ticket_lead", "ticket_auditor", "ticket_approver")
    def test_only_finance_decides(self):
        file = self._drop(self._build()).with_user(self.env.user)
        for action in ("action_undo", "action_read_again", "action_dismiss", "action_read"):
            with self.assertRaises(AccessError, msg=action):
                getattr(file, action)()

    @users("ticket_finance", "ticket_manager")
    def test_nobody_writes_files_by_hand(self):
        file = self._drop(self._build()).with_user(self.env.user)
        with self.assertRaises(AccessError):
            file.write({"outcome": "refused"})
        with self.assertRaises(AccessError):
            file.create({"name": "x", "batch_id": file.batch_id.id})
        with self.assertRaises(AccessError):
            file.unlink()

    def test_companies_do_not_see_each_other(self):
        file = self._drop(self._build())
        with self.assertRaises(AccessError):
            file.with_user(self.finance_other).read(["name"])
        self.assertFalse(self.env["invoice.fapiao.file"].with_user(self.finance_other).search([]))


@tagged("post_install", "-at_install")
class TestFapiaoBatch(FapiaoFileCommon):
    """Many files, archives, and the job."""

    def _build_many(self, count):
        return [self._build(f"261100000000000{index:05d}") for index in range(1, count + 1)]

    def test_twenty_files_are_read_while_the_user_looks_on(self):
        files = self._drop(*self._build_many(20))
        self.assertEqual(set(files.mapped("outcome")), {"created"})
        self.assertFalse(files.batch_id.in_background)

    def test_more_files_are_read_by_the_job(self):
        contents = [*self._build_many(21), b"", self._build()[:200]]
        files = self._drop(*contents)
        self.assertTrue(files.batch_id.in_background)
        self.assertEqual(set(files.mapped("outcome")), {"waiting"})
        self._run_cron()
        progress = files.batch_id.with_user(self.finance).get_progress()
        outcomes = [row["outcome"] for row in progress["files"]]
        self.assertEqual(outcomes, ["created"] * 21 + ["refused"] * 2)
        self.assertEqual(files.ticket_id.mapped("issue_user_id"), self.finance)
        # Whoever left the page is told.
        self.assertTrue(files.batch_id.is_told)
        note = self.env["mail.message"].search(
            [("partner_ids", "in", self.finance.partner_id.ids)], limit=1
        )
        self.assertIn("0.xml", note.body)

    def test_file_of_a_closed_window_is_read_by_the_job(self):
        attachment = self._attach(self._build())
        batches = self.env["invoice.fapiao.batch"].with_user(self.finance)
        batch = batches.browse(batches.start(attachment.ids)["id"])
        self._run_cron()
        self.assertEqual(batch.file_ids.outcome, "waiting")
        self.cr.execute(
            "UPDATE invoice_fapiao_file SET create_date = %s WHERE id = %s",
            [fields.Datetime.now() - timedelta(minutes=11), batch.file_ids.id],
        )
        self._run_cron()
        self.assertEqual(batch.file_ids.outcome, "created")

    def test_job_reads_with_the_rights_of_the_person(self):
        files = self._drop(*self._build_many(21))
        self.finance.group_ids = [
            Command.unlink(self.env.ref("invoice_crm_addon.group_ticket_finance").id)
        ]
        self._run_cron()
        files = files.sudo()
        self.assertEqual(set(files.mapped("outcome")), {"refused"})
        self.assertFalse(files.ticket_id)

    def test_one_bad_record_stops_nobody(self):
        files = self._drop(*self._build_many(21))
        place = type(files)._place

        def fail_for_first(file, document):
            if file.id == files[0].id:
                raise TypeError("unforeseen")
            return place(file, document)

        with (
            patch.object(type(files), "_place", fail_for_first),
            mute_logger("odoo.addons.invoice_crm_addon.models.fapiao.fapiao_file"),
        ):
            self._run_cron()
        self.assertEqual(files.mapped("outcome"), ["refused"] + ["created"] * 20)

    def test_archive_of_another_document_stays_free(self):
        attachment = self._attach(self._zip({f"{i}.xml": b"x" for i in range(3)}))
        attachment.sudo().write({"res_model": "res.partner", "res_id": self.customer.id})
        self.env["ir.config_parameter"].set_param("invoice_crm_addon.fapiao_max_files", "2")
        tickets = self.env["invoice.ticket"].with_user(self.finance)
        self.assertEqual(tickets.import_fapiao(attachment.ids)[0]["outcome"], "refused")
        self.assertFalse(
            self.env["invoice.fapiao.file"].search([("attachment_id", "=", attachment.id)])
        )

    def test_answer_that_fails_stops_nobody(self):
        files = self._drop(*self._build_many(21))
        fail = patch.object(type(files.batch_id), "_notify_results", side_effect=TypeError)
        with fail, mute_logger("odoo.addons.invoice_crm_addon.models.fapiao.fapiao_batch"):
            self._run_cron()
        self.assertEqual(set(files.mapped("outcome")), {"created"})
        self.assertTrue(files.batch_id.is_told)

    def test_archive_gives_one_result_for_each_file_in_it(self):
        inner = self._zip({"3.xml": self._build("26110000000000000003")})
        content = self._zip(
            {
                "a/1.xml": self._build(),
                "2.xml": self._build("26110000000000000002"),
                "more.zip": inner,
                "note.txt": b"hello",
            }
        )
        files = self._drop(content)
        self.assertEqual(
            files.mapped("name"),
            ["0.xml/a/1.xml", "0.xml/2.xml", "0.xml/more.zip/3.xml", "0.xml/note.txt"],
        )
        self.assertEqual(files.mapped("outcome"), ["created"] * 3 + ["refused"])
        self.assertEqual(files[0].attachment_id.raw, self._build())
        archive = self.env["ir.attachment"].search(
            [("res_model", "=", "invoice.fapiao.batch"), ("res_id", "=", files.batch_id.id)]
        )
        self.assertEqual(archive.raw, content)

    def test_archive_through_the_remote_call(self):
        content = self._zip({"1.xml": self._build(), "2.xml": b"junk"})
        (result,) = self._import(content)
        self.assertEqual(result["outcome"], "refused")
        self.assertEqual([row["outcome"] for row in result["files"]], ["created", "refused"])
        (single,) = self._import(self._zip({"1.xml": self._build("26110000000000000002")}))
        self.assertEqual(single["outcome"], "created")
        self.assertTrue(single["ticket_id"])

    def test_bomb_is_refused_and_the_others_go_on(self):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("bomb.xml", b"0" * 300_000_000)
        files = self._drop(stream.getvalue(), self._build())
        self.assertEqual(files.mapped("outcome"), ["refused", "created"])

    def test_limits_come_from_the_settings(self):
        params = self.env["ir.config_parameter"]
        params.set_param("invoice_crm_addon.fapiao_max_megabytes", "1")
        content = self._build().replace(b"</EInvoice>", b" " * 1_100_000 + b"</EInvoice>")
        self.assertEqual(self._drop(content).outcome, "refused")
        params.set_param("invoice_crm_addon.fapiao_max_megabytes", "2")
        self.assertEqual(self._drop(content).outcome, "created")

    def test_settings_know_the_alias_and_refuse_senseless_limits(self):
        with Form(self.env["res.config.settings"]) as form:
            self.assertEqual(form.fapiao_alias_name, "fapiao")
            form.fapiao_max_pages = 80
            form.fapiao_alias_name = "fapiao-test"
        form.record.execute()
        alias = self.env.ref("invoice_crm_addon.mail_alias_fapiao")
        self.assertEqual(alias.alias_name, "fapiao-test")
        self.assertEqual(self.env["invoice.fapiao.file"]._get_limits().pages, 80)
        with self.assertRaises(UserError):
            self.env["res.config.settings"].create({"fapiao_max_pages": 0})

    def test_attachment_of_another_document_stays_where_it_is(self):
        attachment = self._attach(self._build())
        attachment.sudo().write({"res_model": "res.partner", "res_id": self.customer.id})
        result = self.env["invoice.ticket"].with_user(self.finance).import_fapiao(attachment.ids)
        self.assertEqual(result[0]["outcome"], "created")
        self.assertEqual(attachment.res_model, "res.partner")

    def test_deleted_attachment_is_refused(self):
        attachment = self._attach(self._build())
        ids = attachment.ids
        attachment.unlink()
        result = self.env["invoice.ticket"].with_user(self.finance).import_fapiao(ids)
        self.assertEqual(result[0]["outcome"], "refused")

    @users("ticket_sales", "ticket_auditor", "ticket_approver")
    def test_only_finance_drops_files(self):
        attachment = self._attach(self._build(), user=self.env.user)
        with self.assertRaises(AccessError):
            self.env["invoice.fapiao.batch"].start(attachment.ids)

    def test_earlier_files_are_adopted(self):
        ticket = self._drop(self._build()).ticket_id
        ticket.fapiao_file_ids.sudo().unlink()
        count = self.env["invoice.fapiao.batch"].with_company(self.company)._adopt_files(ticket)
        self.assertEqual(count, 1)
        self.assertRecordValues(ticket.fapiao_file_ids, [{"outcome": "attached", "number": NUMBER}])
        self.assertFalse(ticket.fapiao_file_ids.with_user(self.finance).can_undo)


@tagged("post_install", "-at_install", "mail_gateway")
class TestFapiaoMail(FapiaoFileCommon):
    """Files that come by e-mail."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.domain = cls.env["mail.alias.domain"].create(
            {"name": "fapiao.example.com", "bounce_alias": "b", "catchall_alias": "c"}
        )
        cls.alias = cls.env.ref("invoice_crm_addon.mail_alias_fapiao")
        cls.alias.alias_domain_id = cls.domain

    def _mail(self, sender, *contents):
        message = io.StringIO()
        message.write(
            f"From: {sender}\nTo: fapiao@fapiao.example.com\nSubject: March invoices\n"
            "Message-Id: <1@example.com>\nMIME-Version: 1.0\n"
            'Content-Type: multipart/mixed; boundary="x"\n\n'
            "--x\nContent-Type: text/plain\n\nSee attached.\n"
        )
        for index, content in enumerate(contents):
            message.write(
                f'--x\nContent-Type: application/octet-stream; name="{index}.xml"\n'
                f'Content-Disposition: attachment; filename="{index}.xml"\n'
                "Content-Transfer-Encoding: 8bit\n\n"
            )
            message.write(content.decode() + "\n")
        message.write("--x--\n")
        before = self.env["invoice.fapiao.batch"].search([])
        with mute_logger("odoo.addons.mail.models.mail_thread"):
            self.env["mail.thread"].message_process(False, message.getvalue().encode())
        return self.env["invoice.fapiao.batch"].search([]) - before

    def test_files_of_finance_become_tickets_and_the_reply_lists_them(self):
        ticket = self._approved()
        batch = self._mail(self.finance.email, self._build(), self._build("1" * 20), b"junk")
        self.assertRecordValues(
            batch, [{"origin": "mail", "user_id": self.finance.id, "name": "March invoices"}]
        )
        self._run_cron()
        self.assertEqual(
            batch.file_ids.sorted("id").mapped("outcome"), ["issued", "created", "refused"]
        )
        self.assertEqual(ticket.state, "issued")
        reply = batch.message_ids[0]
        self.assertIn(self.finance.partner_id, reply.partner_ids)
        for text in ("0.xml", "1.xml", "2.xml", ticket.name):
            self.assertIn(text, reply.body)
        self.assertEqual(len(batch.message_ids.filtered(lambda m: "2.xml" in m.body)), 1)

    def test_files_of_others_wait_for_finance(self):
        batch = self._mail(self.sales.email, self._build())
        self._run_cron()
        file = batch.file_ids
        self.assertRecordValues(file, [{"outcome": "undecided", "ticket_id": False}])
        self.assertIn(self.sales.email, file.message)
        file.with_user(self.finance).action_read_again()
        self.assertEqual(file.outcome, "created")
        self.assertEqual(file.ticket_id.issue_user_id, self.finance)

    def test_only_the_first_message_brings_files(self):
        batch = self._mail(self.finance.email)
        attachment = self._attach(self._build(), user=self.auditor)
        with self.assertRaises(AccessError):
            batch.with_user(self.auditor).message_post(
                body="x", message_type="email", attachment_ids=attachment.ids
            )
        batch.with_user(self.finance).sudo().message_post(
            body="x", message_type="email", attachment_ids=attachment.sudo().ids
        )
        self.assertFalse(batch.file_ids)

    def test_mail_without_files_gets_an_answer(self):
        batch = self._mail(self.finance.email)
        self._run_cron()
        self.assertFalse(batch.file_ids)
        self.assertIn(self.finance.partner_id, batch.message_ids[0].partner_ids)
        self.assertNotIn("<table", batch.message_ids[0].body)


@tagged("post_install", "-at_install")
class TestFapiaoRace(TransactionCase):
    """Two people drop the same invoice at the same instant, in real transactions."""

    ROUNDS = 5
    NAME = "Dropped At Once"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.addClassCleanup(cls._clean_up)
        cls._clean_up()

    @classmethod
    def _clean_up(cls):
        with cls.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})
            tickets = env["invoice.ticket"].search([("buyer_name", "=", cls.NAME)])
            tickets.fapiao_file_ids.batch_id.unlink()
            tickets.write({"state": "draft", "fapiao_attachment_id": False})
            tickets.unlink()

    def test_one_creates_and_the_other_attaches(self):
        company = self.env.ref("base.main_company")

        def drop(env, content):
            tickets = env["invoice.ticket"].with_company(company.id)
            attachment = env["ir.attachment"].create({"name": "x.xml", "raw": content})
            return tickets.import_fapiao(attachment.ids)[0]

        for index in range(self.ROUNDS):
            number = f"269900000000000{index:05d}"
            content = build_xml(number, (company.name, ""), (self.NAME, ""))
            with retry_soon():
                results = run_at_once(
                    self.registry,
                    SUPERUSER_ID,
                    [partial(drop, content=content + b" " * spaces) for spaces in range(2)],
                )
            outcomes = [getattr(result, "args", None) or result["outcome"] for result in results]
            self.assertCountEqual(outcomes, ["created", "attached"])
            self.assertEqual(results[0]["ticket_id"], results[1]["ticket_id"])
