from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .test_approval import ApprovalCommon


@tagged("post_install", "-at_install")
class TestApprovalChangesElsewhere(ApprovalCommon):
    """Contracts with their milestones, and billing data of customers."""

    def _start_contract(self):
        self._create_flow(
            "invoice.contract", [self.approver], trigger_fields=["amount_total", "milestone_ids"]
        )
        contract = self._create_contract(
            milestone_ids=[Command.create({"name": "First", "amount": 1000})]
        )
        self._approve(contract)
        return contract

    def test_contract(self):
        contract = self._start_contract()
        own = contract.with_user(self.sales)
        own.write(
            {
                "amount_total": 20000,
                "milestone_ids": [Command.create({"name": "Second", "amount": 500})],
            }
        )
        request = contract.approval_request_id
        self.assertEqual(
            [row["field"] for row in request.changes], ["amount_total", "milestone_ids"]
        )
        with self.assertRaisesRegex(UserError, "change waits"):
            own.action_close()
        request.with_user(self.approver).action_reject("No")
        self.assertEqual((contract.amount_total, contract.state), (11300, "active"))
        self.assertEqual(contract.milestone_ids.mapped("name"), ["First"])

    def test_flow_of_today_says_what_is_watched(self):
        contract = self._start_contract()
        contract.approval_request_id.flow_id.trigger_fields = ["amount_total", "name"]
        contract.with_user(self.sales).name = "Another"
        self.assertTrue(contract.approval_change_waits)
        contract.approval_request_id.with_user(self.approver).action_reject("No")
        # Of an archived flow those count with which it approved.
        contract.approval_request_id.flow_id.active = False
        contract.with_user(self.sales).name = "Another"
        self.assertFalse(contract.approval_change_waits)

    def test_row_whose_document_the_context_names(self):
        contract = self._start_contract()
        self.env["invoice.contract.milestone"].with_user(self.sales).with_context(
            default_contract_id=contract.id
        ).create({"name": "Sneaked in", "amount": 9999})
        self.assertTrue(contract.approval_change_waits)
        self.assertEqual(contract.approval_request_id.changes[0]["kind"], "added")

    def test_rows_of_a_contract_that_waits_are_locked(self):
        self._start_contract()
        contract = self._create_contract(
            milestone_ids=[Command.create({"name": "First", "amount": 1000})]
        )
        self._submit(contract)
        own = contract.milestone_ids.with_user(self.sales)
        for change in (
            lambda: own.write({"amount": 7777}),
            own.unlink,
            lambda: own.create({"contract_id": contract.id, "name": "More", "amount": 1}),
            lambda: own.write({"contract_id": self._create_contract().id}),
        ):
            with self.assertRaisesRegex(UserError, "waits for approval"), self.cr.savepoint():
                change()

    def test_closed_contract_is_watched(self):
        contract = self._start_contract()
        own = contract.with_user(self.sales)
        contract.with_user(self.manager).action_close()
        self.env["invoice.contract.milestone"].with_user(self.sales).create(
            {"contract_id": contract.id, "name": "Later", "amount": 1}
        )
        self.assertTrue(own.approval_change_waits)
        with self.assertRaisesRegex(UserError, "change waits"):
            contract.with_user(self.manager).action_reopen()

    def test_amount_of_a_contract_that_waits_is_not_ticketed(self):
        self.company.ticket_over_issue = "block"
        contract = self._start_contract()
        contract.with_user(self.sales).amount_total = 99999
        ticket = self._create_ticket(contract_id=contract.id)
        with self.assertRaisesRegex(UserError, "A change of the amount"):
            self._submit(ticket)
        contract.approval_request_id.with_user(self.approver).action_reject("No")
        self._submit(ticket)

    def test_lowered_ticket_holds_its_amount_until_decided(self):
        self.company.ticket_over_issue = "block"
        contract = self._create_contract(amount_total=1130)
        self._approve(contract)
        self._create_flow("invoice.ticket", [self.approver], trigger_fields=["line_ids"])
        ticket = self._create_ticket(contract_id=contract.id)
        self._approve(ticket)
        ticket.line_ids.with_user(self.sales).price_unit = 113
        other = self._create_ticket(contract_id=contract.id)
        other.line_ids.price_unit = 1000
        with self.assertRaisesRegex(UserError, "too much"), self.cr.savepoint():
            self._submit(other)
        self._decide(ticket.approval_request_id, self.approver)
        self._submit(other)

    def test_nobody_approves_a_change_that_is_theirs_too(self):
        self._create_flow(
            "invoice.contract",
            [self.approver | self.lead],
            trigger_fields=["amount_total", "name"],
        )
        contract = self._create_contract()
        self._approve(contract)
        contract.with_user(self.lead).amount_total = 99999
        self.assertWaitsFor(contract.approval_request_id, self.approver)
        contract.with_user(self.sales).name = "Corrected"
        request = contract.approval_request_id
        self.assertEqual(request.requester_id, self.sales)
        self.assertEqual(set(request.old_values), {"amount_total", "name"})
        self.assertEqual(request.author_ids, self.lead)
        self.assertWaitsFor(request, self.approver)
        self.assertRefused(request, self.lead)

    def test_changes_of_a_batch_have_authors_of_their_own(self):
        self._create_flow(
            "invoice.contract",
            [self.approver | self.lead],
            trigger_fields=["amount_total", "name"],
        )
        first, second = contracts = self._create_contract() | self._create_contract()
        self._approve(contracts)
        first.with_user(self.lead).amount_total = 99999
        contracts.with_user(self.sales).name = "Corrected"
        requests = contracts.mapped("approval_request_id")
        self.assertEqual(requests.requester_id, self.sales)
        self.assertEqual(first.approval_request_id.author_ids, self.lead)
        self.assertWaitsFor(first.approval_request_id, self.approver)
        self.assertFalse(second.approval_request_id.author_ids)
        self.assertWaitsFor(second.approval_request_id, self.approver | self.lead)

    def test_text_with_tags_is_read_as_text(self):
        self._create_flow("invoice.contract", [self.approver], trigger_fields=["note"])
        contract = self._create_contract()
        self._approve(contract)
        contract.with_user(self.sales).note = "<p>Hello <b>you</b></p>"
        self.assertEqual(contract.approval_request_id.changes[0]["new"], "Hello *you*")

    def test_bank_of_the_billing_account(self):
        customer = self._start_billing()
        account, bank = self.bank_account, self.bank
        customer.invoice_bank_name = "Another Bank"
        request = self.customer.approval_request_id
        self.assertTrue(request.is_change)
        self.assertEqual(self.customer.invoice_bank_account_id, account)
        customer.invoice_title = "Other"
        request = self.customer.approval_request_id
        request.with_user(self.approver).action_reject("No")
        self.assertEqual((account.bank_id, self.customer.billing_state), (bank, "verified"))

    def test_billing_account_that_is_corrected_or_deleted_elsewhere(self):
        customer = self._start_billing()
        account = self.bank_account.with_user(self.finance)
        account.bank_id = self.env["res.bank"].create({"name": "Another Bank"})
        request = self.customer.approval_request_id
        self.assertTrue(request.is_change)
        request.with_user(self.finance).action_withdraw()
        self.assertEqual((account.bank_id, customer.billing_state), (self.bank, "verified"))
        account.unlink()
        self.assertFalse(customer.invoice_bank_account_id)
        self.assertEqual(customer.billing_state, "pending")
        self.customer.approval_request_id.with_user(self.approver).action_reject("No")
        self.assertEqual(customer.invoice_bank_account_id, self.bank_account)
        self.assertTrue(self.bank_account.active)

    def test_billing_change_that_no_flow_asks_for_stays_verified(self):
        customer = self._start_billing()
        self.env["invoice.approval.flow"].search([("res_model", "=", "res.partner")]).active = False
        customer.invoice_title = "Other"
        self.assertEqual(customer.billing_state, "verified")
        customer.invoice_phone = "1"  # not watched
        self.assertEqual(customer.billing_state, "unverified")

    def test_customer_of_all_companies_is_approved_from_each_of_them(self):
        self.sales.company_ids |= self.company_other
        self._create_flow("res.partner", [self.approver], trigger_fields=["invoice_title"])
        customer = self.customer.with_user(self.sales).with_context(
            allowed_company_ids=self.company_other.ids
        )
        self.env["invoice.approval.flow"].search(
            [("res_model", "=", "res.partner"), ("company_id", "!=", self.company.id)]
        ).active = False
        customer.action_submit_billing()
        request = self.customer.approval_request_id
        self.assertEqual((customer.billing_state, request.company_id), ("pending", self.company))
        self._decide(request, self.approver)
        customer.invoice_title = "Other"
        self.assertTrue(self.customer.approval_change_waits)

    def test_content_of_the_contract_that_is_not_watched_stays_locked(self):
        contract = self._start_contract()
        with self.assertRaises(UserError):
            contract.with_user(self.sales).number = "X"

    def _start_billing(self):
        self._create_flow(
            "res.partner",
            [self.approver],
            trigger_fields=["invoice_title", "vat", "invoice_bank_account_id"],
        )
        self.customer.with_user(self.finance).action_submit_billing()
        self._decide(self.customer.approval_request_id, self.approver)
        self.assertEqual(self.customer.billing_state, "verified")
        return self.customer.with_user(self.finance)

    def test_billing_data(self):
        customer = self._start_billing()
        customer.write({"invoice_title": "Other", "vat": "91110108MA00TEST1M"})
        request = self.customer.approval_request_id
        self.assertEqual((request.is_change, self.customer.billing_state), (True, "pending"))
        request.with_user(self.approver).action_reject("No")
        self.assertRecordValues(
            self.customer,
            [
                {
                    "invoice_title": "Beijing Example Trading Co., Ltd.",
                    "vat": "91110108MA00TEST2K",
                    "billing_state": "verified",
                }
            ],
        )

    def test_billing_data_approved(self):
        customer = self._start_billing()
        customer.invoice_title = "Other"
        self._decide(self.customer.approval_request_id, self.approver)
        self.assertRecordValues(
            self.customer, [{"invoice_title": "Other", "billing_state": "verified"}]
        )

    def test_account_number_typed_on_the_customer(self):
        customer = self._start_billing()
        account = self.customer.invoice_bank_account_id
        customer.invoice_bank_acc_number = "6222020200001234567"
        request = self.customer.approval_request_id
        self.assertTrue(request.is_change)
        self.assertNotEqual(self.customer.invoice_bank_account_id, account)
        request.with_user(self.approver).action_reject("No")
        self.assertEqual(self.customer.invoice_bank_account_id, account)
        self.assertEqual(self.customer.billing_state, "verified")

    def test_billing_data_that_are_not_watched_are_unverified_as_before(self):
        customer = self._start_billing()
        customer.invoice_phone = "010-1"
        self.assertEqual(self.customer.billing_state, "unverified")
        self.assertFalse(self.customer.approval_request_id.is_change)

    def test_account_number_does_not_leak(self):
        """Who may not see the number does not read it in the table of changes either.

        The approver does while it is their turn, see ``test_verification``.
        """
        customer = self._start_billing()
        customer.invoice_bank_acc_number = "6222020200001234567"
        html = self.customer.with_user(self.auditor).sudo(False).approval_changes_html
        self.assertTrue(html)
        self.assertNotIn("6222020200001234567", str(html))
