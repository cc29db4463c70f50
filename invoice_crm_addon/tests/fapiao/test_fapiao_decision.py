import io
from unittest import skipUnless

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from ...models.base.proof import proven
from .common import CAN_READ_PDF, NUMBER, FapiaoCommon
from .fapiao_files import build_code


@tagged("post_install", "-at_install")
class TestFapiaoDecision(FapiaoCommon):
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

    @skipUnless(CAN_READ_PDF, "pdfminer.six, pypdfium2 and zxing-cpp are not installed")
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
        proven(many).state = "approved"
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
        file = self._read(attachment, ticket_id=ticket.id)
        self.assertEqual(file.outcome, "refused")
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
