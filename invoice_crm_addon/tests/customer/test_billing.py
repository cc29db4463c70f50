from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged, users

from ...models.base.proof import proven
from ..common import TicketCommon


@tagged("post_install", "-at_install")
class TestBillingData(TicketCommon):
    """The six billing fields: what is missing, and what follows from a change."""

    SIX = {
        "invoice_title": "New Title",
        "vat": "91310115MA1K4LFD7T",
        "invoice_address": "New Street",
        "invoice_phone": "021-1234",
        "invoice_bank_name": "New Bank",
        "invoice_bank_acc_number": "6222000000000001",
    }

    # === COMPLETENESS === #

    def test_complete_billing_data(self):
        self.assertEqual(self.customer.billing_completeness, 100)
        self.assertFalse(self.customer.billing_missing)

    @users("ticket_sales", "ticket_finance", "ticket_auditor")
    def test_missing_fields_are_counted_and_named(self):
        partner = self.env["res.partner"].browse(self.customer.id)
        self.customer.sudo().write({"invoice_phone": False, "vat": False})
        labels = partner.fields_get(["vat", "invoice_phone"], ["string"])
        self.assertEqual(partner.billing_completeness, 67)
        self.assertEqual(
            set(partner.billing_missing.split(", ")),
            {label["string"] for label in labels.values()},
        )

    def test_empty_customer_lacks_everything(self):
        partner = self.env["res.partner"].create({"name": "Empty", "is_company": True})
        self.assertEqual(partner.billing_completeness, 0)
        self.assertEqual(len(partner.billing_missing.split(", ")), 6)

    def test_account_without_bank_is_incomplete(self):
        self.customer.invoice_bank_name = False
        self.assertEqual(self.customer.billing_completeness, 83)

    # === BANK ACCOUNT === #

    def test_account_typed_anew_is_another_account(self):
        self.customer.with_user(self.sales).write(
            {"invoice_bank_acc_number": "6222000000000001", "invoice_bank_name": "New Bank"}
        )
        account = self.customer.invoice_bank_account_id
        self.assertNotEqual(account, self.bank_account)
        self.assertRecordValues(
            self.bank_account | account,
            [
                {"acc_number": self.BANK_ACCOUNT, "bank_id": self.bank.id},
                {"acc_number": "6222000000000001", "bank_id": account.bank_id.id},
            ],
        )
        self.assertEqual(account.bank_id.name, "New Bank")
        self.assertEqual(account.partner_id, self.customer)

    def test_same_number_reuses_the_account(self):
        for typed in (self.BANK_ACCOUNT, f" {self.BANK_ACCOUNT[:4]} {self.BANK_ACCOUNT[4:]} "):
            with self.subTest(typed):
                self.customer.invoice_bank_acc_number = False
                self.assertFalse(self.customer.invoice_bank_account_id)
                self.customer.invoice_bank_acc_number = typed
                self.env.flush_all()
                self.assertEqual(self.customer.invoice_bank_account_id, self.bank_account)

    def test_archived_account_of_the_number_comes_back(self):
        self.customer.invoice_bank_acc_number = False
        self.bank_account.active = False
        self.customer.invoice_bank_acc_number = self.BANK_ACCOUNT
        self.env.flush_all()
        self.assertEqual(self.customer.invoice_bank_account_id, self.bank_account)
        self.assertTrue(self.bank_account.active)

    def test_same_bank_name_reuses_the_bank(self):
        partner = self.env["res.partner"].create(
            {
                "name": "Other",
                "invoice_bank_name": f" {self.bank.name} ",
                "invoice_bank_acc_number": "1234567890",
            }
        )
        self.assertEqual(partner.invoice_bank_account_id.bank_id, self.bank)

    def test_mask_that_comes_back_changes_nothing(self):
        as_sales = self.customer.with_user(self.sales)
        shown = as_sales.invoice_bank_acc_number
        self.assertTrue(shown.endswith(self.BANK_ACCOUNT[-4:]))
        self.assertNotIn(self.BANK_ACCOUNT, shown)
        as_sales.write({"invoice_bank_acc_number": shown, "invoice_bank_name": self.bank.name})
        self.assertEqual(self.customer.invoice_bank_account_id, self.bank_account)
        self.assertEqual(self.bank_account.acc_number, self.BANK_ACCOUNT)

    def test_contact_has_the_billing_data_of_its_company(self):
        contact = self.env["res.partner"].create({"name": "Ann", "parent_id": self.customer.id})
        self.customer.invoice_title = "New Title"
        self.assertRecordValues(
            contact,
            [{"invoice_title": "New Title", "invoice_bank_account_id": self.bank_account.id}],
        )
        self.assertEqual(self._create_ticket(partner_id=contact.id).buyer_name, "New Title")

    # === SNAPSHOT === #

    def test_drafts_follow_the_customer(self):
        contact = self.env["res.partner"].create({"name": "Ann", "parent_id": self.customer.id})
        drafts = self._create_ticket() | self._create_ticket(partner_id=contact.id)
        self.customer.write(self.SIX)
        self.assertRecordValues(
            drafts,
            [
                {
                    "buyer_name": "New Title",
                    "buyer_vat": "91310115MA1K4LFD7T",
                    "buyer_address": "New Street",
                    "buyer_phone": "021-1234",
                    "buyer_bank_name": "New Bank",
                    "buyer_bank_account": "6222000000000001",
                }
            ]
            * 2,
        )

    def test_submitted_and_issued_tickets_keep_their_snapshot(self):
        pending, approved, issued, voided = (
            self._create_ticket(type_id=self.type_ordinary.id) for _index in range(4)
        )
        flow = self._create_flow("invoice.ticket", [self.approver])
        self._submit(pending)
        flow.active = False
        self._approve(approved)
        self._issue(issued)
        self._issue(voided)
        voided.with_user(self.finance).action_void("Wrong")
        tickets = pending | approved | issued | voided
        states = [ticket.state for ticket in (pending, approved, issued, voided)]
        self.assertEqual(states, ["pending", "approved", "issued", "voided"])
        self.customer.write(self.SIX)
        self.assertRecordValues(
            tickets,
            [
                {
                    "buyer_name": "Beijing Example Trading Co., Ltd.",
                    "buyer_vat": "91110108MA00TEST2K",
                    "buyer_bank_account": self.BANK_ACCOUNT,
                }
            ]
            * 4,
        )

    def test_red_letter_repeats_the_buyer_of_its_original(self):
        ticket = self._create_ticket()
        self._issue(ticket)
        ticket.with_user(self.finance).action_red("Wrong")
        self.customer.write(self.SIX)
        self.assertEqual(ticket.red_ids.buyer_name, "Beijing Example Trading Co., Ltd.")
        self.assertEqual(ticket.red_ids.buyer_bank_account, self.BANK_ACCOUNT)


@tagged("post_install", "-at_install")
class TestBillingApproval(TicketCommon):
    """Unverified, pending, verified, rejected."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.flow = cls._create_flow("res.partner", [cls.approver])
        cls.request = cls._submit_billing()

    @classmethod
    def _submit_billing(cls):
        cls.customer.with_user(cls.sales).action_submit_billing()
        return cls.customer.approval_request_id

    def _verify(self):
        self.request.with_user(self.approver).action_approve()
        self.assertEqual(self.customer.billing_state, "verified")

    def test_approval_verifies(self):
        self.assertEqual(self.customer.billing_state, "pending")
        self._verify()

    def test_without_flow_they_are_verified_at_once(self):
        self.request.with_user(self.sales).action_withdraw()
        self.flow.active = False
        self.customer.with_user(self.sales).action_submit_billing()
        self.assertEqual(self.customer.billing_state, "verified")

    def test_rejection_shows_its_reason_and_a_second_round_is_possible(self):
        self.request.with_user(self.approver).action_reject("The title is wrong")
        self.assertRecordValues(
            self.customer,
            [{"billing_state": "rejected", "approval_reason": "The title is wrong"}],
        )
        self.customer.with_user(self.sales).invoice_title = "Corrected"
        self.assertEqual(self.customer.billing_state, "unverified")
        second = self._submit_billing()
        self.assertRecordValues(
            self.request | second,
            [{"cycle": 1, "state": "rejected"}, {"cycle": 2, "state": "pending"}],
        )

    def test_withdrawn_data_are_unverified(self):
        self.request.with_user(self.sales).action_withdraw("Mistake")
        self.assertEqual(self.customer.billing_state, "unverified")

    def test_pending_and_verified_data_are_not_submitted_again(self):
        with self.assertRaises(UserError), self.cr.savepoint():
            self._submit_billing()
        self._verify()
        with self.assertRaises(UserError), self.cr.savepoint():
            self._submit_billing()

    def test_customer_without_title_is_not_submitted(self):
        partner = self.env["res.partner"].create({"name": "Empty"})
        with self.assertRaises(UserError):
            partner.with_user(self.sales).action_submit_billing()

    @users("ticket_sales", "ticket_finance", "ticket_manager")
    def test_pending_data_are_locked(self):
        customer = self.customer.with_env(self.env)
        for fname, value in TestBillingData.SIX.items():
            with self.subTest(fname), self.assertRaisesRegex(UserError, "Beijing Example Trading"):
                with self.cr.savepoint():
                    customer.write({fname: value})
        customer.write(
            {"email": "a@example.com", "invoice_title": customer.invoice_title, "vat": customer.vat}
        )
        self.assertEqual(customer.billing_state, "pending")

    def test_pending_bank_account_is_locked(self):
        account = self.bank_account.with_user(self._create_bookkeeper())
        for values in ({"acc_number": "1"}, {"bank_id": False}):
            with self.subTest(values), self.assertRaises(UserError), self.cr.savepoint():
                account.write(values)

    def test_change_of_each_verified_field_makes_them_unverified(self):
        self._verify()
        for fname, value in TestBillingData.SIX.items():
            with self.subTest(fname):
                proven(self.customer).billing_state = "verified"
                self.customer.with_user(self.sales).write({fname: value})
                self.assertEqual(self.customer.billing_state, "unverified")

    def test_same_values_stay_verified(self):
        self._verify()
        customer = self.customer.with_user(self.sales)
        customer.write({fname: customer[fname] for fname in TestBillingData.SIX} | {"phone": "1"})
        self.assertEqual(self.customer.billing_state, "verified")

    def test_change_of_the_bank_account_itself_makes_them_unverified(self):
        self._verify()
        draft = self._create_ticket()
        account = self.bank_account.with_user(self._create_bookkeeper())
        account.acc_number = "6222999999999999"
        self.assertEqual(self.customer.billing_state, "unverified")
        self.assertEqual(draft.buyer_bank_account, "6222999999999999")
        proven(self.customer).billing_state = "verified"
        account.bank_id = self.env["res.bank"].create({"name": "New Bank"})
        self.assertEqual(self.customer.billing_state, "unverified")
        self.assertEqual(draft.buyer_bank_name, "New Bank")

    def _create_bookkeeper(self):
        """Keeps bank accounts, and has no part in tickets."""
        groups = ["base.group_user", "base.group_partner_manager", "account.group_account_manager"]
        return self._create_user("bookkeeper", groups)

    @users("ticket_sales", "ticket_finance", "ticket_manager")
    def test_nobody_sets_the_state_by_hand(self):
        for state in ("verified", "unverified", "rejected"):
            with self.subTest(state), self.assertRaises(AccessError):
                self.customer.with_env(self.env).billing_state = state
        with self.assertRaises(AccessError):
            self.env["res.partner"].create({"name": "X", "billing_state": "verified"})

    def test_customer_with_approvals_is_kept(self):
        self.request.with_user(self.approver).action_reject("Wrong")
        with self.assertRaises(UserError):
            self.customer.unlink()
