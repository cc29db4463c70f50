from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from ...models.base.proof import proven
from ...models.ticket.buyer_mixin import CUSTOMER_FIELDS
from .test_approval import ApprovalCommon

WATCHED = ["line_ids", "content", "date_due", "contract_id", "properties", "note"]


class ChangeCommon(ApprovalCommon):
    """An approved ticket of ``sales`` whose flow watches some fields."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.flow = cls._create_flow("invoice.ticket", [cls.approver], trigger_fields=WATCHED)
        cls.ticket = cls._create_ticket(content="Old content")
        cls._approve(cls.ticket)
        cls.first = cls.ticket.approval_request_id
        cls.own = cls.ticket.with_user(cls.sales)

    @property
    def request(self):
        self.ticket.invalidate_recordset()
        return self.ticket.approval_request_id

    def _get_content(self, ticket=None):
        """All that a rejection must bring back."""
        ticket = ticket or self.ticket
        ticket.invalidate_recordset()
        ticket.line_ids.invalidate_recordset()
        lines = ticket.line_ids.read(
            ["sequence", "name", "specification", "quantity", "price_unit", "tax_id", "amount_tax"]
        )
        for line in lines:
            del line["id"]
        values = ticket.read(["content", "date_due", "note", "amount_total", "state"])
        return values, lines


@tagged("post_install", "-at_install")
class TestApprovalChanges(ChangeCommon):
    """A change of a watched field of an approved document is approved again."""

    def test_change_opens_a_round_with_old_and_new_values(self):
        self.own.content = "New content"
        request = self.request
        self.assertNotEqual(request, self.first)
        self.assertRecordValues(
            request,
            [{"state": "pending", "cycle": 2, "is_change": True, "requester_id": self.sales.id}],
        )
        self.assertEqual(
            [(row["field"], row["old"], row["new"]) for row in request.changes],
            [("content", "Old content", "New content")],
        )
        self.assertEqual(request.old_values, {"content": "Old content"})
        self.assertWaitsFor(request, self.approver)
        self.assertEqual((self.ticket.content, self.ticket.state), ("New content", "approved"))

    def test_document_says_that_a_change_waits(self):
        self.assertFalse(self.own.approval_change_waits)
        self.own.content = "New content"
        self.own.invalidate_recordset()
        self.assertTrue(self.own.approval_change_waits)
        self.assertIn("New content", self.own.approval_changes_html)
        self.assertIn("Old content", self.own.approval_changes_html)
        self._decide(self.request, self.approver)
        self.own.invalidate_recordset()
        self.assertFalse(self.own.approval_change_waits)
        self.assertFalse(self.own.approval_changes_html)

    def test_approval_keeps_the_new_values(self):
        self.own.content = "New content"
        self._decide(self.request, self.approver)
        self.assertEqual((self.ticket.content, self.ticket.state), ("New content", "approved"))
        self.assertEqual(self.request.state, "approved")

    def test_rejection_restores_the_old_values(self):
        before = self._get_content()
        self.own.write({"content": "New content", "date_due": "2026-12-24", "note": "Note"})
        self.request.with_user(self.approver).action_reject("No")
        self.assertEqual(self._get_content(), before)
        self.assertEqual(self.request.state, "rejected")

    def test_withdrawal_restores_the_old_values(self):
        before = self._get_content()
        self.own.content = "New content"
        self.request.with_user(self.sales).action_withdraw()
        self.assertEqual(self._get_content(), before)

    def test_change_back_withdraws_it(self):
        self.own.content = "New content"
        request = self.request
        self.own.content = "Old content"
        self.assertEqual(self.request, request)
        self.assertEqual((request.state, self.ticket.state), ("withdrawn", "approved"))
        self.assertFalse(self._get_activities(request))
        self.assertEqual(self.ticket.content, "Old content")

    def test_further_change_takes_the_place_of_the_one_that_waits(self):
        self.own.content = "New content"
        second = self.request
        self.own.write({"content": "Newer content", "note": "Note"})
        third = self.request
        self.assertEqual((second.state, third.state), ("withdrawn", "pending"))
        self.assertEqual(third.old_values, {"content": "Old content", "note": False})
        third.with_user(self.approver).action_reject("No")
        self.assertEqual((self.ticket.content, self.ticket.note), ("Old content", False))

    def test_partial_change_back_keeps_the_rest(self):
        self.own.write({"content": "New content", "note": "Note"})
        self.own.content = "Old content"
        self.assertEqual(self.request.old_values, {"note": False})
        self.request.with_user(self.approver).action_reject("No")
        self.assertEqual((self.ticket.content, self.ticket.note), ("Old content", False))

    def test_several_changes_in_one_save_are_one_request(self):
        line = self.own.line_ids
        with Form(self.own, view="invoice_crm_addon.invoice_ticket_view_form") as form:
            form.date_due = "2026-12-24"
            form.note = "Note"
        self.assertEqual(len(self.ticket.approval_request_ids), 2)
        self.own.write(
            {
                "content": "New content",
                "line_ids": [
                    Command.update(line.id, {"quantity": 2}),
                    Command.create({"name": "Training", "price_unit": 100}),
                ],
            }
        )
        self.assertEqual(len(self.ticket.approval_request_ids), 3)
        self.assertEqual(
            {row["field"] for row in self.request.changes},
            {"content", "date_due", "note", "line_ids", "line_ids.quantity"},
        )

    def test_savepoint_that_is_rolled_back_meanwhile_makes_no_further_request(self):
        with self.own._watch_changes(["content"]):
            with self.assertRaises(ZeroDivisionError), self.cr.savepoint():
                raise ZeroDivisionError
            self.own.content = "New content"
        self.assertEqual(self.ticket.approval_request_ids, self.first | self.request)

    def test_lines_added_changed_and_removed_come_back(self):
        proven(self.ticket).write(
            {
                "line_ids": [
                    Command.create({"name": "Second", "price_unit": 226, "sequence": 20}),
                    Command.create({"name": "Third", "price_unit": 339, "sequence": 30}),
                ]
            }
        )
        first, second, third = self.own.line_ids
        before = self._get_content()
        self.own.write(
            {
                "line_ids": [
                    Command.update(first.id, {"price_unit": 999.99, "specification": "XL"}),
                    Command.delete(second.id),
                    Command.create({"name": "Fourth", "price_unit": 1, "sequence": 15}),
                ]
            }
        )
        rows = {(row["kind"], row["field"], row["row"]) for row in self.request.changes}
        self.assertEqual(
            rows,
            {
                ("changed", "line_ids.price_unit", "Consulting"),
                ("changed", "line_ids.specification", "Consulting"),
                ("removed", "line_ids", "Second"),
                ("added", "line_ids", "Fourth"),
            },
        )
        self.request.with_user(self.approver).action_reject("No")
        self.assertEqual(self._get_content(), before)
        self.assertIn(third, self.ticket.line_ids)

    def test_lines_written_without_their_ticket(self):
        before = self._get_content()
        line = self.own.line_ids
        line.price_unit = 2260
        self.assertEqual(self.request.changes[0]["field"], "line_ids.price_unit")
        line.create({"ticket_id": self.own.id, "name": "Other", "price_unit": 5})
        self.assertEqual(len(self.request.changes), 2)
        self.request.with_user(self.approver).action_reject("No")
        self.assertEqual(self._get_content(), before)
        line.unlink()
        self.assertEqual(self.request.changes[0]["kind"], "removed")
        self.request.with_user(self.approver).action_reject("No")
        self.assertEqual(self._get_content(), before)

    def test_what_is_not_watched_never_triggers_nor_is_blocked(self):
        self.own.content = "New content"
        for request in (self.first, self.request):
            with self.subTest(request.state):
                requests = self.ticket.approval_request_ids
                self.own.user_id = self.colleague
                self.ticket.with_user(self.colleague).user_id = self.sales
                self.own.message_post(body="Hello")
                self.own.activity_schedule("mail.mail_activity_data_todo")
                self.env["ir.attachment"].with_user(self.sales).create(
                    {"name": "a", "res_model": "invoice.ticket", "res_id": self.own.id, "raw": b"a"}
                )
                self.own.line_ids.sequence += 1
                self.assertEqual(self.ticket.approval_request_ids, requests)
            self.own.content = "Old content"

    def test_write_without_change_triggers_nothing(self):
        line = self.own.line_ids
        self.own.write(
            {
                "content": "Old content",
                "line_ids": [Command.update(line.id, {"price_unit": 1130.0})],
                "date_due": self.own.date_due,
            }
        )
        self.assertEqual(self.request, self.first)

    def test_computed_values_trigger_nothing(self):
        self.flow.trigger_fields = [*WATCHED, "user_id"]
        ticket = self._create_ticket()
        self._approve(ticket)
        request = ticket.approval_request_id
        self._issue(ticket)
        self._create_shipment(ticket)
        self.env.flush_all()
        self.assertEqual(ticket.approval_request_id, request)

    def test_content_that_is_not_watched_stays_locked(self):
        with self.assertRaisesRegex(UserError, "no draft any more"):
            self.own.partner_id = self.customer.copy({"vat": False})

    def test_issued_ticket(self):
        self._issue(self.ticket)
        self.ticket.with_user(self.finance).content = "New content"
        self.assertEqual((self.request.state, self.ticket.state), ("pending", "issued"))
        self.request.with_user(self.approver).action_reject("No")
        self.assertEqual((self.ticket.content, self.ticket.state), ("Old content", "issued"))

    def test_voided_ticket_is_not_watched(self):
        ticket = self._create_ticket(type_id=self.type_ordinary.id)
        self._issue(ticket)
        ticket.with_user(self.finance).action_void("Wrong")
        with self.assertRaises(UserError):
            ticket.with_user(self.finance).content = "New content"

    def test_actions_wait_for_the_decision(self):
        self.own.content = "New content"
        ticket = self.ticket.with_user(self.finance)
        self.assertFalse(ticket.can_issue)
        with self.assertRaisesRegex(UserError, "change waits"):
            ticket.action_issue()
        with self.assertRaisesRegex(UserError, "change waits"):
            self.own.action_reset()
        self._decide(self.request, self.approver)
        self.own.action_reset()

    def test_flow_of_the_new_values_applies(self):
        large = self._create_flow(
            "invoice.ticket",
            [self.lead],
            sequence=-99999,
            condition="[('amount_total', '>', 5000)]",
            trigger_fields=WATCHED,
        )
        self.own.line_ids.price_unit = 11300
        self.assertEqual(self.request.flow_id, large)
        self.assertWaitsFor(self.request, self.lead)

    def test_change_to_which_no_flow_applies_is_approved_at_once(self):
        self.flow.condition = "[('amount_total', '>', 1000)]"
        self.own.line_ids.price_unit = 100
        self.assertEqual(self.request, self.first)
        self.assertEqual((self.ticket.amount_total, self.ticket.state), (100, "approved"))
        self.assertIn("No approval flow applies", self.ticket.message_ids[0].body)

    def test_document_that_no_flow_approved_is_watched_by_the_flow_of_today(self):
        self.flow.active = False
        ticket = self._create_ticket()
        self._submit(ticket)
        self.assertEqual(ticket.state, "approved")
        self.flow.active = True
        ticket.with_user(self.sales).content = "New content"
        self.assertTrue(ticket.approval_request_id.is_change)

    def test_watched_fields_are_those_of_the_flow_that_approved(self):
        self.flow.trigger_fields = ["note"]
        self.own.content = "New content"
        self.assertTrue(self.request.is_change)

    def test_waiting_document_keeps_what_is_watched(self):
        ticket = self._create_ticket()
        self._submit(ticket)
        own = ticket.with_user(self.sales)
        with self.assertRaisesRegex(UserError, "waits for approval"):
            own.date_due = "2026-12-24"
        own.user_id = self.colleague
        self.assertEqual(ticket.approval_request_id.state, "pending")

    def test_change_of_words_moves_no_money(self):
        """No path is laid anew for it, nor are quota and source asked again."""
        contract = self._create_contract()
        self._approve(contract)
        ticket = self._create_ticket(contract_id=contract.id)
        self._approve(ticket)
        Path = self.registry["invoice.ticket.path"]
        with patch.object(Path, "_settle", side_effect=AssertionError):
            for decide, content in (("approve", "New content"), ("reject", "Newer content")):
                ticket.with_user(self.sales).content = content
                request = ticket.approval_request_id.with_user(self.approver)
                getattr(request, f"action_{decide}")("Yes or no")
        self.assertEqual(ticket.content, "New content")
        ticket.line_ids.with_user(self.sales).price_unit = 113
        self.assertEqual(contract.amount_ticket_free, contract.amount_total - 1130)
        self._decide(ticket.approval_request_id, self.approver)
        self.assertEqual(contract.amount_ticket_free, contract.amount_total - 113)

    def test_what_nothing_follows_from_is_watched(self):
        for model in self.env["invoice.approval.flow"]._get_approvable_models():
            Document = self.env[model]
            watched = set(Document._get_approval_trigger_fields())
            self.assertLessEqual(Document._get_approval_plain_fields(), watched, model)

    def test_account_number_is_watched_and_shown_in_part(self):
        offered = {option["name"] for option in self.flow._get_trigger_options()}
        self.assertLessEqual(
            CUSTOMER_FIELDS.keys(), offered, "all that a fapiao prints of its buyer"
        )
        self.flow.trigger_fields = [*WATCHED, "buyer_bank_account"]
        old, new = self.ticket.sudo().buyer_bank_account, "6217 0000 1111 2222"
        self.assertTrue(old)
        self.ticket.with_user(self.finance).buyer_bank_account = new
        request = self.request
        self.assertWaitsFor(request, self.approver)
        [row] = request.changes
        self.assertEqual((row["field"], row["new"]), ("buyer_bank_account", "**** 2222"))
        for reader in (self.approver, self.sales):
            shown = str(request.with_user(reader).changes_html)
            is_turn = reader == self.approver
            self.assertEqual(new in shown and old in shown, is_turn, reader.name)
        told = self.ticket.message_ids.mapped("body")
        kept = str(request.with_user(self.sales).read()) + str(told)
        self.assertNotIn(new, kept)
        self.assertNotIn(old, kept)
        request.with_user(self.approver).action_reject("No")
        self.assertEqual(self.ticket.sudo().buyer_bank_account, old)

    def test_nobody_changes_what_they_may_not_write(self):
        with self.assertRaises(AccessError):
            self.ticket.with_user(self.colleague).content = "New content"
        with self.assertRaises(AccessError):
            self.ticket.line_ids.with_user(self.colleague).price_unit = 1
        self.assertEqual(self.request, self.first)

    def test_requester_of_a_change_does_not_approve_it(self):
        flow = self.flow
        flow.stage_ids.user_ids = self.approver | self.finance
        self.ticket.with_user(self.finance).content = "New content"
        self.assertWaitsFor(self.request, self.approver)

    def test_import_and_list_edit_are_changes_too(self):
        self.own.load([".id", "content"], [[str(self.own.id), "New content"]])
        self.assertTrue(self.request.is_change)
        self.assertEqual(self.request.state, "pending")

    def test_change_of_many_documents_at_once(self):
        tickets = self.ticket
        for _index in range(3):
            tickets |= self._create_ticket()
        self._approve(tickets - self.ticket)
        tickets.with_user(self.sales).content = "Together"
        self.assertEqual(tickets.approval_request_id.mapped("is_change"), [True] * 4)
        tickets.with_user(self.approver).action_approve()
        self.assertEqual(set(tickets.mapped("content")), {"Together"})

    def test_custom_fields(self):
        custom = self.env["invoice.ticket.type.field"].create(
            {"type_id": self.ticket.type_id.id, "name": "Project", "kind": "char"}
        )
        ticket = self._create_ticket()
        key = custom._get_key()
        ticket.properties = {key: "Old"}
        self._approve(ticket)
        ticket.with_user(self.sales).properties = {key: "New"}
        request = ticket.approval_request_id
        self.assertTrue(request.is_change)
        self.assertIn("New", request.changes[0]["new"])
        request.with_user(self.approver).action_reject("No")
        ticket.invalidate_recordset()
        self.assertEqual(ticket.properties[key], "Old")

    def test_custom_field_that_names_a_record(self):
        definition = [
            {"name": "who", "string": "Who", "type": "many2one", "comodel": "res.partner"},
            {"name": "how", "string": "How", "type": "selection", "selection": [["a", "Air"]]},
        ]
        self.ticket.type_id.properties_definition = definition
        ticket = self._create_ticket()
        ticket.properties = {"who": self.customer.id, "how": "a"}
        self._approve(ticket)
        ticket.with_user(self.sales).properties = {"who": False, "how": False}
        request = ticket.approval_request_id
        self.assertEqual(request.changes[0]["old"], f"Who: {self.customer.name} · How: Air")
        request.with_user(self.approver).action_reject("No")
        ticket.invalidate_recordset()
        self.assertEqual(ticket.properties["who"], self.customer)
        self.assertEqual(ticket.properties["how"], "Air")

    def test_row_that_is_removed_and_added_again_is_no_change(self):
        line = self.own.line_ids
        values = {"name": line.name, "price_unit": line.price_unit, "tax_id": line.tax_id.id}
        line.unlink()
        self.assertTrue(self.request.is_change)
        self.own.line_ids.create({"ticket_id": self.own.id, **values})
        self.assertEqual(self.request.state, "withdrawn")

    def test_product_that_is_deleted_while_a_change_waits(self):
        product = self.env["product.product"].create({"name": "Gone soon"})
        ticket = self._create_ticket()
        ticket.line_ids.product_id = product
        self._approve(ticket)
        ticket.line_ids.with_user(self.sales).unlink()
        product.unlink()
        ticket.approval_request_id.with_user(self.approver).action_reject("No")
        self.assertEqual(ticket.line_ids.name, "Gone soon")
        self.assertFalse(ticket.line_ids.product_id)
