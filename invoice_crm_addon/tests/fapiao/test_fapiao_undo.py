from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged, users

from ...models.base.proof import proven
from .common import NUMBER, FapiaoCommon


@tagged("post_install", "-at_install")
class TestFapiaoUndo(FapiaoCommon):
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
        proven(file.ticket_id).sent_on = fields.Datetime.now()
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

    def test_second_red_letter_keeps_the_original_in_the_register(self):
        blue = self._drop(self._build()).ticket_id
        part = {"untaxed": "-500.00", "tax": "-65.00", "total": "-565.00"}
        first = self._drop(self._build("26110000000000000008", red_of=NUMBER, **part))
        self._drop(self._build("26110000000000000009", red_of=NUMBER, **part))
        self.assertRecordValues(blue, [{"status": "red", "amount_red": 1130.0}])
        first.with_user(self.finance).action_undo()
        self.assertRecordValues(
            blue, [{"status": "partial_red", "amount_red": 565.0, "amount_valid": 565.0}]
        )
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
