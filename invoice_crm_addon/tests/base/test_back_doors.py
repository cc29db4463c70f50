from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged, users

from ...models.base.proof import proven
from ..common import TicketCommon

HISTORY = {
    "invoice.approval.request": "name",
    "invoice.approval.step": "name",
    "invoice.approval.decision": "comment",
}


@tagged("post_install", "-at_install")
class TestBackDoors(TicketCommon):
    """Ways around the guards that worked once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._create_contract(
            milestone_ids=[Command.create({"name": "First", "amount": 1.0})]
        )
        cls._approve(cls.contract)

    def test_history_is_not_deleted_in_superuser_mode_either(self):
        self._create_flow("invoice.ticket", [self.approver])
        ticket = self._create_ticket()
        self._submit(ticket)
        request = ticket.approval_request_id
        for records in (request, request.step_ids, request.decision_ids):
            with self.subTest(model=records._name), self.assertRaises(AccessError):
                records.sudo().unlink()
        with self.assertRaises(UserError):
            ticket.sudo().unlink()
        self.assertTrue(request.exists().step_ids.exists())

    @users("admin")
    def test_history_cannot_be_imported(self):
        for model, fname in HISTORY.items():
            with self.subTest(model=model):
                result = self.env[model].load([fname], [["Forged"]])
                self.assertFalse(result["ids"])

    def test_context_of_submit_and_approve_forges_no_decision(self):
        self._create_flow("invoice.ticket", [self.approver])
        ticket = self._create_ticket()
        ticket.with_user(self.sales).with_context(
            default_state="approved",
            default_date="2020-02-02 02:02:02",
            default_comment="Forged",
            default_cycle=7,
        ).action_submit()
        request = ticket.approval_request_id
        self.assertRecordValues(
            request, [{"state": "pending", "cycle": 1, "waiting_user_ids": self.approver.ids}]
        )
        self.assertRecordValues(request.step_ids, [{"state": "pending"}])
        self.assertRecordValues(
            request.decision_ids, [{"comment": False, "user_id": self.sales.id}]
        )
        request.with_user(self.approver).with_context(
            default_date="2020-02-02 02:02:02"
        ).action_approve()
        self.assertEqual(request.state, "approved")
        self.assertNotIn(2020, request.decision_ids.mapped(lambda decision: decision.date.year))

    def test_context_of_reissue_and_red_letter_forges_no_issued_ticket(self):
        forged = {
            "default_state": "issued",
            "default_fapiao_number": "26119999999999999999",
            "default_issue_date": "2020-02-02",
        }
        voided = self._create_ticket(type_id=self.type_ordinary.id)
        self._issue(voided)
        voided.with_user(self.finance).action_void("Wrong")
        voided.with_user(self.sales).with_context(**forged).action_reissue()
        issued = self._create_ticket()
        self._issue(issued)
        issued.with_user(self.finance).with_context(**forged).action_red("Wrong")
        self.assertRecordValues(
            voided.reissue_ids | issued.red_ids,
            [{"state": "draft", "fapiao_number": False, "issue_date": False}] * 2,
        )

    def test_archived_ticket_keeps_its_part_of_the_contract(self):
        ticket = self._create_ticket(contract_id=self.contract.id)
        self._issue(ticket)
        proven(ticket).action_archive()
        self.env.invalidate_all()
        self.assertRecordValues(
            self.contract, [{"amount_ticketed": 1130.0, "amount_to_ticket": 10170.0}]
        )
        with self.assertRaises(UserError):
            self.contract.with_user(self.sales).action_cancel()
        line = {"name": "Rest", "price_unit": 10170.01, "tax_id": self.tax_13.id}
        rest = self._create_ticket(contract_id=self.contract.id, line_ids=[Command.create(line)])
        with self.assertRaises(UserError):
            rest.with_user(self.sales).action_submit()

    def test_archived_ticket_keeps_its_part_of_the_payment(self):
        allocation = {"payment_id": self._create_payment().id, "amount": 1130.0}
        ticket, again = (
            self._create_ticket(allocation_ids=[Command.create(allocation)]) for _index in range(2)
        )
        self._issue(ticket)
        proven(ticket).action_archive()
        with self.assertRaises(UserError):
            again.with_user(self.sales).action_submit()

    @users("ticket_sales")
    def test_rows_do_not_move_to_documents_of_others(self):
        ticket = self._create_ticket(user_id=self.sales2.id)
        contract = self._create_contract(user_id=self.sales2.id)
        line = self._create_ticket().line_ids.with_env(self.env)
        with self.assertRaises(AccessError):
            line.write({"ticket_id": ticket.id})
        with self.assertRaises(AccessError):
            self.contract.milestone_ids.with_env(self.env).write({"contract_id": contract.id})

    @users("ticket_sales", "ticket_finance")
    def test_documents_do_not_move_to_a_company_of_others(self):
        customer = self.customer.with_env(self.env)
        values = {"partner_id": customer.id, "user_id": self.env.uid}
        ticket = self.env["invoice.ticket"].create(values)
        contract = self.env["invoice.contract"].create({"name": "New", **values})
        for document in (ticket, contract):
            with self.subTest(model=document._name), self.assertRaises(UserError):
                document.write({"company_id": self.company_other.id, "department_id": False})

    def test_sales_neither_enter_nor_clear_the_number(self):
        ticket = self._create_ticket()
        self._approve(ticket)
        ticket.with_user(self.finance).write(self._prepare_fapiao_values(ticket))
        ticket_as_sales = ticket.with_user(self.sales)
        for number in (False, "26110000000000009999"):
            with self.subTest(number=number), self.assertRaises(AccessError):
                ticket_as_sales.fapiao_number = number

    @users("ticket_sales")
    def test_custom_fields_are_defined_by_managers_only(self):
        ticket = self._create_ticket().with_env(self.env)
        definition = [{"name": "x", "type": "char", "string": "X", "definition_changed": True}]
        with self.assertRaises(AccessError):
            ticket.properties = definition

    @users("ticket_finance")
    def test_comparison_shows_no_ticket_of_another_company(self):
        ticket = self._create_ticket(
            company_id=self.company_other.id, user_id=self.finance_other.id
        )
        attachment = self.env["ir.attachment"].sudo().create({"name": "x.xml", "raw": b"<x/>"})
        proven(ticket).fapiao_attachment_id = attachment
        Wizard = self.env["invoice.fapiao.compare.wizard"]
        with self.assertRaises(AccessError):
            Wizard.create({"ticket_id": ticket.id})
        with self.assertRaises(AccessError):
            Wizard.with_context(default_ticket_id=ticket.id).create({})
