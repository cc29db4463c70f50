from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from ..common import TicketCommon

REASON = "Their licence was revoked, says the bureau"


@tagged("post_install", "-at_install")
class TestSharedRecords(TicketCommon):
    """A customer is read by many: what stands there of approvals, by those of the request."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_flow("res.partner", [cls.approver, cls.manager])
        cls.customer.user_id = cls.sales
        cls.portal.partner_id.parent_id = cls.customer
        cls.env["res.partner"].with_user(cls.sales).browse(cls.customer.id).action_submit_billing()
        cls.request = cls.customer.approval_request_ids
        cls._forget()

    @classmethod
    def _forget(cls):
        cls.env.flush_all()
        cls.env.invalidate_all()

    def _get_approval_fields(self):
        """Fields that the mixin adds and that speak of a request."""
        Mixin = self.env["invoice.approval.mixin"]
        names = [n for n in Mixin._fields if n.startswith("approval_") or n.endswith("_approval")]
        self.assertIn("approval_timeline", names)
        # What would be approved again is a setting of the flow.
        return [name for name in names if name != "approval_open_fields"]

    def _get_strangers(self):
        return [self.portal, self.outsider, self.sales2, self.finance_other]

    def _reject(self):
        self.request.with_user(self.approver).action_reject(REASON)
        self._forget()

    def test_nothing_of_an_approval_is_read_without_right_to_the_request(self):
        for moment in ("waiting", "rejected"):
            if moment == "rejected":
                self._reject()
            for user in self._get_strangers():
                customer = self.customer.with_user(user)
                for fname in self._get_approval_fields():
                    with self.subTest(moment=moment, user=user.login, field=fname):
                        try:
                            self.assertFalse(customer[fname])
                        except AccessError:
                            continue

    def test_approvals_cannot_be_searched_without_right_to_the_request(self):
        self._reject()
        guesses = [
            ("approval_request_ids.state", "=", "rejected"),
            ("approval_request_ids.decision_ids.comment", "ilike", "licence"),
            ("approval_request_ids.waiting_user_ids", "in", self.manager.ids),
            ("approval_reason", "ilike", "licence"),
            ("approval_state", "=", "rejected"),
        ]
        for user in self._get_strangers():
            Partner = self.env["res.partner"].with_user(user)
            for guess in guesses:
                with self.subTest(user=user.login, guess=guess):
                    try:
                        found = Partner.search([("id", "=", self.customer.id), guess])
                    except (UserError, ValueError):
                        continue
                    self.assertFalse(found)

    def test_words_of_the_approver_are_not_in_the_log_of_a_customer(self):
        self._reject()
        for message in self.customer.message_ids.filtered(
            lambda message: message.message_type != "user_notification"
        ):
            self.assertNotIn(REASON, message.body)
            self.assertNotIn(self.approver.name, message.body)

    def test_those_of_the_request_read_it_on_the_customer(self):
        self._reject()
        for user in (self.sales, self.approver, self.finance, self.auditor):
            customer = self.customer.with_user(user)
            self.assertEqual(customer.approval_reason, REASON, user.login)
            self.assertIn(REASON, str(customer.approval_timeline), user.login)
        self.assertEqual(self.customer.sudo().approval_state, "rejected")

    def test_approver_sees_the_whole_account_while_it_is_their_step(self):
        account = self.customer.invoice_bank_account_id
        self.assertFalse(self.customer.with_user(self.outsider)._filter_to_verify())
        customer = self.customer.with_user(self.approver)
        self.assertEqual(customer.invoice_bank_acc_number, self.BANK_ACCOUNT)
        self.assertEqual(account.with_user(self.approver).acc_number, self.BANK_ACCOUNT)
        self.assertEqual(
            self.customer.with_user(self.outsider).invoice_bank_acc_number,
            f"**** {self.BANK_ACCOUNT[-4:]}",
        )
        self.request.with_user(self.approver).action_approve()
        self._forget()
        self.assertNotEqual(customer.invoice_bank_acc_number, self.BANK_ACCOUNT)
        with self.assertRaises(AccessError):
            account.with_user(self.approver).read(["acc_number"])

    def test_values_to_restore_are_for_the_server(self):
        for user in (self.sales, self.approver, self.auditor, self.finance, self.manager):
            request = self.request.with_user(user)
            with self.assertRaises(AccessError):
                request.read(["old_values"])
            with self.assertRaises(AccessError):
                request.search([("old_values", "ilike", self.BANK_ACCOUNT)])
            [values] = request.read()
            # Whoever is to verify it now reads it in full.
            facts = values.pop("facts_html")
            self.assertEqual(self.BANK_ACCOUNT in str(facts), user == self.approver)
            self.assertNotIn(self.BANK_ACCOUNT, str(values))

    def test_condition_of_a_flow_cannot_ask_for_account_numbers(self):
        flow = self._create_flow("invoice.ticket", [self.approver]).with_user(self.manager)
        for condition in (
            "[('buyer_bank_account', '=like', '6222%')]",
            "[('partner_id.bank_ids.acc_number', '=like', '6222%')]",
            "[('partner_id', 'any', [('bank_ids.sanitized_acc_number', '=', '6222')])]",
        ):
            with self.subTest(condition=condition), self.assertRaises(ValidationError):
                flow.condition = condition
            with self.subTest(stage=condition), self.assertRaises(ValidationError):
                flow.stage_ids.condition = condition
