from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged

from ...models.base.proof import proven
from ..common import TicketCommon


@tagged("post_install", "-at_install")
class TestRedLetter(TicketCommon):
    """Red letters for a part of a ticket, until nothing is left."""

    def _create_issued(self, *lines, **values):
        """An issued ticket with lines of name, quantity and price with tax, 13 %."""
        commands = [
            Command.create(
                {"name": name, "quantity": quantity, "price_unit": price, "tax_id": self.tax_13.id}
            )
            for name, quantity, price in lines or [("Chair", 10, 113.0)]
        ]
        ticket = self._create_ticket(line_ids=commands, **values)
        self._issue(ticket)
        return ticket.with_user(self.finance)

    def _red(self, ticket, red_reason="02", **kwargs):
        """Write a red letter, and return it as a draft."""
        action = ticket.action_red(red_reason=red_reason, **kwargs)
        return self.env["invoice.ticket"].browse(action["res_id"])

    def _take(self, ticket, index=0, **what):
        return [{"line_id": ticket.line_ids[index].id, **what}]

    # === PARTS === #

    def test_part_by_quantity(self):
        ticket = self._create_issued()
        red = self._red(ticket, lines=self._take(ticket, quantity=3))
        self.assertRecordValues(
            red,
            [
                {
                    "amount_untaxed": -300.0,
                    "amount_tax": -39.0,
                    "amount_total": -339.0,
                    "red_reason": "02",
                    "void_reason": False,
                    "state": "draft",
                }
            ],
        )
        self.assertRecordValues(red.line_ids, [{"quantity": -3.0, "price_unit": 113.0}])
        self.assertRecordValues(
            ticket, [{"amount_red": 0.0, "amount_valid": 1130.0, "status": "issued"}]
        )
        self._issue(red)
        self.assertRecordValues(
            ticket, [{"amount_red": 339.0, "amount_valid": 791.0, "status": "partial_red"}]
        )
        self.assertEqual(red.amount_valid, red.amount_total)

    def test_part_by_amount_is_spread_over_the_lines(self):
        ticket = self._create_issued(("Chair", 1, 100.0), ("Table", 1, 200.0), ("Lamp", 1, 0.05))
        red = self._red(ticket, amount=100.0)
        self.assertEqual(red.amount_total, -100.0)
        self.assertEqual(red.line_ids.mapped("amount_total"), [-33.33, -66.65, -0.02])

    def test_part_by_amount_of_a_line(self):
        ticket = self._create_issued(("Chair", 2, 113.0), ("Table", 1, 226.0))
        red = self._red(ticket, "04", lines=self._take(ticket, 1, amount=56.5))
        self.assertRecordValues(
            red.line_ids,
            [
                {
                    "name": "Table",
                    "quantity": -0.25,
                    "amount_untaxed": -50.0,
                    "amount_tax": -6.5,
                }
            ],
        )

    def test_thirds_add_up_to_the_cent(self):
        """100.00 in three parts of a third, untaxed and tax apart."""
        ticket = self._create_issued(("Paper", 3, 33.335), ("Ink", 7, 1.9))
        for _index in range(2):
            self._issue(self._red(ticket, amount=37.77))
        self.assertEqual(ticket.status, "partial_red")
        self._issue(self._red(ticket))
        self.assertEqual(ticket.status, "red")
        reds = ticket.red_ids
        self.assertEqual(len(reds), 3)
        for fname in ("amount_untaxed", "amount_tax", "amount_total"):
            self.assertAlmostEqual(-sum(reds.mapped(fname)), ticket[fname], 2, fname)
        for line in ticket.line_ids:
            letters = reds.line_ids.filtered(lambda letter, line=line: letter.name == line.name)
            for fname in ("quantity", "amount_untaxed", "amount_tax"):
                self.assertAlmostEqual(-sum(letters.mapped(fname)), line[fname], 6, fname)

    def test_many_parts_of_many_lines_leave_nothing(self):
        lines = [(f"Item {index}", 1 + index % 3, 0.07 + index * 1.37) for index in range(23)]
        lines.append(("Discount", 1, -11.11))
        ticket = self._create_issued(*lines)
        for part in (0.01, 7.77, 100.0, 33.33):
            self._red(ticket, amount=part)
        self._red(ticket)
        reds = ticket.red_ids
        for fname in ("amount_untaxed", "amount_tax", "amount_total"):
            self.assertAlmostEqual(-sum(reds.mapped(fname)), ticket[fname], 2, fname)
        self.assertFalse(ticket.can_red)

    def test_two_drafts_cannot_take_more_than_there_is(self):
        ticket = self._create_issued()
        self._red(ticket, amount=1000.0)
        with self.assertRaisesRegex(UserError, "130.00.*left"):
            self._red(ticket, amount=130.01)
        draft = self._red(ticket, amount=130.0)
        with self.assertRaisesRegex(UserError, "already"):
            self._red(ticket, amount=0.01)
        draft.unlink()
        self._red(ticket, amount=130.0)

    def test_no_line_is_taken_back_twice(self):
        ticket = self._create_issued(("Chair", 2, 113.0), ("Table", 1, 226.0))
        self._red(ticket, lines=self._take(ticket, quantity=2))
        for what in ({"quantity": 1}, {"amount": 0.01}, {"quantity": -1}, {"quantity": 0}):
            with self.subTest(what=what), self.assertRaises(UserError), self.cr.savepoint():
                self._red(ticket, lines=self._take(ticket, **what))
        red = self._red(ticket)
        self.assertEqual(red.line_ids.mapped("name"), ["Table"])

    def test_lines_of_other_tickets_are_refused(self):
        ticket, other = self._create_issued(), self._create_issued()
        for lines in (self._take(other, quantity=1), self._take(ticket), [{"quantity": 1}], []):
            with self.subTest(lines=lines), self.assertRaises(UserError), self.cr.savepoint():
                self._red(ticket, lines=lines)

    def test_amount_of_nothing_or_less_is_refused(self):
        ticket = self._create_issued()
        for amount in (0.0, -5.0, 0.001):
            with self.subTest(amount=amount), self.assertRaises(UserError), self.cr.savepoint():
                self._red(ticket, amount=amount)

    def test_issued_in_error_takes_the_whole(self):
        ticket = self._create_issued()
        with self.assertRaisesRegex(UserError, "whole"):
            self._red(ticket, "01", amount=10.0)
        red = self._red(ticket, "01")
        self.assertEqual(red.amount_total, -1130.0)
        red.unlink()
        self._issue(self._red(ticket, amount=10.0))
        with self.assertRaisesRegex(UserError, "whole"):
            self._red(ticket, "01")

    def test_unknown_reason_is_refused(self):
        with self.assertRaisesRegex(UserError, "reasons"):
            self._red(self._create_issued(), "99")

    def test_part_of_a_document_stays_as_on_the_document(self):
        ticket = self._create_ticket()
        proven(ticket.line_ids).write(
            {"is_from_document": True, "document_untaxed": 1000.01, "document_tax": 129.99}
        )
        self._issue(ticket)
        ticket = ticket.with_user(self.finance)
        first = self._red(ticket, amount=565.0)
        second = self._red(ticket)
        self.assertEqual(set((first | second).line_ids.mapped("is_from_document")), {True})
        self.assertAlmostEqual(-sum((first | second).mapped("amount_untaxed")), 1000.01, 2)
        self.assertAlmostEqual(-sum((first | second).mapped("amount_tax")), 129.99, 2)

    def test_payments_are_given_back_in_proportion(self):
        payment = self._create_payment(amount=1000.0)
        allocation = Command.create({"payment_id": payment.id, "amount": 1000.0})
        ticket = self._create_issued(allocation_ids=[allocation])
        parts = [self._red(ticket, amount=376.67), self._red(ticket, amount=376.67)]
        parts.append(self._red(ticket))
        amounts = [part.allocation_ids.amount for part in parts]
        self.assertEqual(amounts[:2], [-333.34, -333.33])
        self.assertAlmostEqual(sum(amounts), -1000.0, 2)

    def test_approvers_read_what_it_takes_back(self):
        ticket = self._create_issued()
        self._create_flow("invoice.ticket", [self.approver])
        red = self._red(ticket)
        red.with_user(self.finance)._submit_for_approval()
        for lang, said in {"en_US": "Red letter of", "zh_CN": "红冲"}.items():
            request = red.approval_request_id.with_context(lang=lang)
            self.assertTrue(request.summary.startswith(f"{said} {ticket.display_name} · "))

    def test_lines_stay_while_red_letters_take_them_back(self):
        self._create_flow("invoice.ticket", [self.approver], trigger_fields=["line_ids"])
        ticket = self._create_issued()
        change = {"line_ids": [Command.update(ticket.line_ids.id, {"quantity": 1})]}
        letter = self._red(ticket, amount=1000.0)
        self.assertNotIn("line_ids", ticket.approval_open_fields or {})
        for attempt in (
            lambda: ticket.write(change),
            lambda: ticket.line_ids.write({"quantity": 1}),
        ):
            with self.assertRaisesRegex(UserError, "Red letters"), self.cr.savepoint():
                attempt()
        letter.unlink()
        with self.assertRaisesRegex(UserError, "tax bureau"):
            ticket.write(change)

    # === STATES === #

    def test_voided_red_letter_gives_its_part_back(self):
        ticket = self._create_issued(type_id=self.type_special.id)
        red = self._red(ticket, amount=130.0)
        self._issue(red)
        self.assertEqual((ticket.status, ticket.amount_valid), ("partial_red", 1000.0))
        self.assertTrue(ticket.void_date)
        with self.assertRaises(UserError), self.cr.savepoint():
            ticket.action_void("Wrong title")
        red.with_user(self.finance).action_void("Came to nothing")
        self.assertRecordValues(
            ticket,
            [{"status": "issued", "amount_red": 0.0, "amount_valid": 1130.0, "void_date": False}],
        )
        self.assertEqual(self._red(ticket).amount_total, -1130.0)

    def test_amount_of_a_voided_red_letter_is_not_used_twice(self):
        contract = self._create_contract(amount_total=1130.0)
        self._approve(contract)
        ticket = self._create_issued(type_id=self.type_special.id, contract_id=contract.id)
        red = self._red(ticket)
        self._issue(red)
        other = self._create_ticket(contract_id=contract.id)
        self._approve(other)
        with self.assertRaisesRegex(UserError, "too much"):
            red.with_user(self.finance).action_void("Came to nothing")

    def test_payment_does_not_hide_a_partial_red_letter(self):
        payment = self._create_payment()
        allocation = Command.create({"payment_id": payment.id, "amount": 1130.0})
        ticket = self._create_issued(allocation_ids=[allocation])
        self.assertEqual(ticket.status, "paid")
        self._issue(self._red(ticket, amount=1.0))
        self.assertEqual(ticket.status, "partial_red")

    def test_plain_negative_ticket_is_not_submitted(self):
        line = {"name": "Back", "price_unit": -100.0, "tax_id": self.tax_13.id}
        ticket = self._create_ticket(line_ids=[Command.create(line)])
        with self.assertRaisesRegex(UserError, "red letter"):
            ticket.action_submit()
        ticket.line_ids = [Command.create({**line, "price_unit": 100.0})]
        with self.assertRaises(UserError):
            ticket.action_submit()
        ticket.line_ids[-1:].price_unit = 100.01
        ticket.action_submit()
        self.assertEqual(ticket.state, "approved")

    def test_copy_of_a_red_letter_is_a_plain_negative_ticket(self):
        copy = self._red(self._create_issued()).copy()
        self.assertFalse(copy.red_reason)
        with self.assertRaises(UserError):
            copy.action_submit()

    def test_archived_draft_still_counts(self):
        ticket = self._create_issued()
        self._red(ticket, amount=1000.0).with_user(self.finance).action_archive()
        with self.assertRaises(UserError):
            self._red(ticket, amount=1000.0)

    # === REGISTER === #

    def test_register_shows_reason_and_confirmation(self):
        ticket = self._create_issued()
        red = self._red(ticket, "04", amount=10.0).with_user(self.finance)
        red.red_confirmation_number = " ３１０１０１２３４５６７８９０１ "
        self.assertEqual(red.red_confirmation_number, "3101012345678901")
        self._issue(red)
        self.assertRecordValues(
            ticket,
            [
                {
                    "void_reason": "Sales Allowance",
                    "void_user_id": self.finance.id,
                }
            ],
        )
        register = self.env["invoice.correction.register"].with_user(self.finance).browse(red.id)
        self.assertEqual(register.red_confirmation_number, "3101012345678901")
        with self.assertRaises(UserError):
            red.red_confirmation_number = "31010123456789099"

    def test_confirmation_number_is_entered_while_people_decide(self):
        self._create_flow("invoice.ticket", [self.approver])
        ticket = self._create_issued()
        red = self._red(ticket, amount=10.0).with_user(self.finance)
        red.action_submit()
        self.assertEqual(red.state, "pending")
        red.red_confirmation_number = "31010123456789012"
        for user in (self.sales, self.lead):
            with self.assertRaises(UserError), self.cr.savepoint():
                red.with_user(user).red_confirmation_number = "1"

    def test_confirmation_number_consists_of_digits(self):
        red = self._red(self._create_issued(), amount=10.0).with_user(self.finance)
        with self.assertRaisesRegex(ValidationError, "digits"):
            red.red_confirmation_number = "A123"

    def test_only_red_letters_are_confirmed(self):
        ticket = self._create_ticket().with_user(self.finance)
        with self.assertRaisesRegex(ValidationError, "Only a red letter"):
            ticket.red_confirmation_number = "31010123456789012"

    # === REISSUE === #

    def test_reissue_asks_for_what_was_taken_back(self):
        payment = self._create_payment()
        allocation = Command.create({"payment_id": payment.id, "amount": 1130.0})
        ticket = self._create_issued(
            ("Chair", 9, 113.0), ("Table", 1, 113.0), allocation_ids=[allocation]
        )
        self._issue(self._red(ticket, lines=self._take(ticket, quantity=3)))
        ticket.action_reissue()
        draft = ticket.reissue_ids
        self.assertRecordValues(draft, [{"amount_total": 339.0, "state": "draft"}])
        self.assertRecordValues(draft.line_ids, [{"name": "Chair", "quantity": 3.0}])
        self.assertEqual(draft.allocation_ids.amount, 339.0)
        with self.assertRaisesRegex(UserError, "already"):
            ticket.action_reissue()
        # What another red letter takes back is asked for apart.
        self._issue(self._red(ticket, lines=self._take(ticket, 1, quantity=1)))
        ticket.action_reissue()
        second = ticket.reissue_ids - draft
        self.assertRecordValues(second.line_ids, [{"name": "Table", "amount_total": 113.0}])

    def test_deleted_reissue_is_asked_for_again(self):
        ticket = self._create_issued()
        self._issue(self._red(ticket, amount=113.0))
        ticket.action_reissue()
        ticket.reissue_ids.unlink()
        ticket.action_reissue()
        self.assertEqual(ticket.reissue_ids.amount_total, 113.0)

    def test_reissue_of_a_wholly_red_lettered_ticket_copies_it(self):
        ticket = self._create_issued(("Chair", 2, 113.0), ("Gift", 1, 0.0))
        self._issue(self._red(ticket, "01"))
        ticket.action_reissue()
        self.assertRecordValues(
            ticket.reissue_ids.line_ids,
            [{"name": "Chair", "quantity": 2.0}, {"name": "Gift", "quantity": 1.0}],
        )

    # === DIALOG === #

    def _open_dialog(self, tickets):
        action = tickets.action_red()
        return Form(
            self.env[action["res_model"]].with_user(self.finance).with_context(**action["context"])
        )

    def test_dialog_offers_all_that_is_left(self):
        ticket = self._create_issued(("Chair", 10, 113.0), ("Gift", 1, 0.0))
        self._issue(self._red(ticket, lines=self._take(ticket, quantity=4)))
        dialog = self._open_dialog(ticket)
        self.assertTrue(dialog.is_all)
        self.assertEqual(dialog.amount, 678.0)
        with dialog.line_ids.edit(0) as line:
            self.assertEqual((line.quantity_left, line.amount_left), (6.0, 678.0))
        dialog.red_reason = "02"
        dialog.save().action_confirm()
        self.assertFalse(ticket.can_red)

    def test_dialog_adds_up_while_typing(self):
        ticket = self._create_issued(("Chair", 3, 100.0), ("Table", 1, 226.0))
        dialog = self._open_dialog(ticket)
        dialog.red_reason = "02"
        with dialog.line_ids.edit(0) as line:
            line.quantity = 1
            self.assertEqual(line.amount, 100.0)
        self.assertEqual(dialog.amount, 326.0)
        self.assertFalse(dialog.is_all)
        with dialog.line_ids.edit(1) as line:
            line.amount = 113.0
            self.assertEqual(line.quantity, 0.5)
        self.assertEqual(dialog.amount, 213.0)
        dialog.save().action_confirm()
        self.assertRecordValues(
            ticket.red_ids.line_ids,
            [{"name": "Chair", "quantity": -1.0}, {"name": "Table", "quantity": -0.5}],
        )
        self.assertEqual(ticket.red_ids.amount_total, -213.0)

    def test_dialog_spreads_a_total_and_takes_all_with_one_click(self):
        ticket = self._create_issued(("Chair", 1, 100.0), ("Table", 1, 200.0))
        dialog = self._open_dialog(ticket)
        dialog.amount = 30.0
        with dialog.line_ids.edit(1) as line:
            self.assertEqual(line.amount, 20.0)
        self.assertFalse(dialog.is_all)
        dialog.is_all = True
        self.assertEqual(dialog.amount, 300.0)
        dialog.is_all = False
        self.assertEqual(dialog.amount, 0.0)
        dialog.red_reason = "01"
        self.assertEqual(dialog.amount, 300.0)

    def test_dialog_takes_back_several_tickets(self):
        tickets = self._create_issued() | self._create_issued()
        dialog = self._open_dialog(tickets)
        self.assertFalse(len(dialog.line_ids))
        dialog.red_reason = "01"
        dialog.save().action_confirm()
        self.assertEqual(tickets.red_ids.mapped("amount_total"), [-1130.0, -1130.0])
