from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.invoice_crm_addon.tests.common import TicketCommon


@tagged("post_install", "-at_install")
class TestApprovalWatched(TicketCommon):
    """Fields of every type are watched, described and restored; fields name approvers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.flow = cls._create_flow(
            "test.approval.document",
            [cls.approver],
            trigger_fields=cls.env["test.approval.document"]._get_approval_trigger_fields(),
        )
        cls.document = (
            cls.env["test.approval.document"]
            .with_user(cls.sales)
            .create(
                {
                    "name": "Old",
                    "partner_id": cls.customer.id,
                    "amount": 100.1,
                    "date": "2026-01-31",
                    "kind": "a",
                    "reviewer_ids": [Command.set((cls.lead | cls.colleague).ids)],
                    "line_ids": [
                        Command.create({"name": "First", "quantity": 3, "price": 0.1}),
                        Command.create({"name": "Second", "price": 20}),
                    ],
                }
            )
        )
        cls.document._submit_for_approval()
        cls.document.with_user(cls.approver).action_approve()

    def _get_values(self):
        self.env.invalidate_all()
        fnames = self.document._get_approval_trigger_fields()
        return (
            {fname: self.document[fname] for fname in fnames if fname != "line_ids"},
            self.document.line_ids.mapped(lambda line: (line.name, line.quantity, line.price)),
        )

    def test_every_type_of_field_is_described_and_restored(self):
        before = self._get_values()
        first, second = self.document.line_ids
        self.document.write(
            {
                "name": "New",
                "partner_id": False,
                "amount": 0,
                "date": False,
                "note": "Note",
                "is_urgent": True,
                "kind": "b",
                "reviewer_id": self.manager.id,
                "reviewer_ids": [Command.unlink(self.lead.id)],
                "line_ids": [
                    Command.update(first.id, {"quantity": 4}),
                    Command.delete(second.id),
                    Command.create({"name": "Third", "price": 5}),
                ],
            }
        )
        request = self.document.approval_request_id
        rows = {row["field"]: (row["old"], row["new"]) for row in request.sudo().changes}
        self.assertEqual(rows["name"], ("Old", "New"))
        self.assertEqual(rows["partner_id"], (self.customer.display_name, ""))
        self.assertEqual(rows["is_urgent"], ("No", "Yes"))
        self.assertEqual(rows["kind"], ("Kind A", "Kind B"))
        self.assertEqual(rows["reviewer_id"], ("", self.manager.name))
        self.assertEqual(rows["line_ids.quantity"], ("3", "4"))
        self.assertEqual(len(request.sudo().changes), 12)
        self.assertNotEqual(self._get_values(), before)
        request.with_user(self.approver).action_reject("No")
        self.assertEqual(self._get_values(), before)
        self.assertEqual(self.document.state, "done")

    def test_order_in_which_people_are_stored_is_no_change(self):
        self.document.reviewer_ids = self.colleague | self.lead
        self.assertFalse(self.document.approval_request_id.is_change)

    def test_rows_are_changes_of_their_document(self):
        self.document.line_ids[0].with_user(self.sales).price = 9
        self.assertTrue(self.document.approval_change_waits)

    def test_archiving_waits_for_the_decision(self):
        self.document.name = "New"
        with self.assertRaisesRegex(UserError, "Withdraw"):
            self.document.active = False
        self.document.with_user(self.approver).action_approve()
        self.document.with_user(self.sales).active = False

    def test_deleted_document_keeps_its_approvals(self):
        with self.assertRaisesRegex(UserError, "Archive"):
            self.document.sudo().unlink()

    def test_people_in_fields_of_the_document_are_asked(self):
        self.flow.stage_ids.write(
            {"approver_type": "field", "user_field": "test.approval.document.reviewer_ids"}
        )
        self.flow.stage_ids = [
            Command.create(
                {
                    "name": "Last",
                    "approver_type": "field",
                    "user_field": "test.approval.document.reviewer_id",
                    "sequence": 20,
                }
            )
        ]
        document = self.document.copy({"name": "Copy", "reviewer_id": self.manager.id})
        document._submit_for_approval()
        request = document.approval_request_id.sudo()
        self.assertEqual(request.waiting_user_ids, self.lead | self.colleague)
        document.with_user(self.lead).action_approve()
        self.assertEqual(request.waiting_user_ids, self.manager)

    def test_field_of_another_model_is_refused(self):
        with self.assertRaises(ValidationError):
            self.flow.stage_ids.write(
                {"approver_type": "field", "user_field": "invoice.ticket.user_id"}
            )
