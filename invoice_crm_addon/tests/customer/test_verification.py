from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged

from ..common import TicketCommon

NEW_NUMBER = "6217000012345678901"
NEW_ADDRESS = "9 Verified Road, Beijing"
NEW_PHONE = "010-87654321"


class VerificationCommon(TicketCommon):
    """A customer whose verified billing data change, with two stages of approval."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_flow(
            "res.partner",
            [cls.approver, cls.outsider],
            trigger_fields=["invoice_address", "invoice_phone", "invoice_bank_account_id"],
        )
        cls.customer.user_id = cls.sales
        cls.customer.with_user(cls.sales).action_submit_billing()
        cls.first = cls.customer.approval_request_ids
        cls.env.flush_all()

    @classmethod
    def _change(cls):
        for user in (cls.approver, cls.outsider):
            cls.first.with_user(user).action_approve()
        cls.customer.with_user(cls.sales).write(
            {
                "invoice_address": NEW_ADDRESS,
                "invoice_phone": NEW_PHONE,
                "invoice_bank_acc_number": NEW_NUMBER,
            }
        )
        cls.env.flush_all()
        cls.env.invalidate_all()
        return cls.customer.approval_request_id

    def _get_screens(self, request, user):
        """What a user reads of the change, wherever it is shown."""
        self.env.invalidate_all()
        request, customer = request.with_user(user), self.customer.with_user(user)
        wizard = self.env["invoice.approval.decision.wizard"].with_user(user)
        dialog = wizard.with_context(**request.action_open_approve()["context"]).create({})
        return {
            "request": str(request.changes_html),
            "timeline": str(request.timeline),
            "customer": str(customer.approval_changes_html),
            "timeline of the customer": str(customer.approval_timeline),
            "dialog": f"{dialog.changes_html} {dialog.facts_html}",
        }


@tagged("post_install", "-at_install")
class TestVerification(VerificationCommon):
    """Whoever verifies billing data reads all of them, as long as it is their turn."""

    def assertShown(self, request, user, is_whole):
        for screen, text in self._get_screens(request, user).items():
            for number in (self.BANK_ACCOUNT, NEW_NUMBER):
                with self.subTest(user=user.login, screen=screen, number=number):
                    self.assertEqual(number in text, is_whole)
                    if screen == "request":
                        self.assertEqual(f"**** {number[-4:]}" in text, not is_whole)

    def test_old_and_new_values_are_whole_while_it_is_ones_turn(self):
        request = self._change()
        self.assertShown(request, self.approver, True)
        self.assertShown(request, self.sales, False)
        screens = self._get_screens(request, self.approver)
        for value in (NEW_ADDRESS, NEW_PHONE, self.bank.name):
            self.assertIn(value, screens["dialog"])
            self.assertIn(value, screens["request"])
        request.with_user(self.approver).action_approve()
        self.assertShown(request, self.approver, False)
        self.assertShown(request, self.outsider, True)
        request.with_user(self.outsider).action_approve()
        self.assertShown(request, self.outsider, False)

    def test_first_verification_shows_all_of_the_billing_data(self):
        def read(user):
            wizard = self.env["invoice.approval.decision.wizard"].with_user(user)
            context = self.first.with_user(user).action_open_approve()["context"]
            return str(wizard.with_context(**context).create({}).facts_html)

        text = read(self.approver)
        for value in (
            self.customer.invoice_title,
            self.customer.vat,
            self.customer.invoice_address,
            self.customer.invoice_phone,
            self.bank.name,
            self.BANK_ACCOUNT,
        ):
            self.assertIn(value, text)
        self.assertNotIn(self.BANK_ACCOUNT, read(self.sales))
        self.assertNotIn(self.BANK_ACCOUNT, str(self.first.with_user(self.sales)._get_facts()))

    def test_what_outlasts_the_turn_shows_a_part(self):
        request = self._change()
        with self.enter_registry_test_mode():
            self.env.ref("invoice_crm_addon.ir_cron_approval_notices").method_direct_trigger()
        slip = self.env["ir.actions.report"].with_user(self.approver)
        html = slip._render_qweb_html("invoice_crm_addon.approval_slip_report", request.ids)[0]
        self.assertIn(NEW_NUMBER[-4:], str(html))
        messages = self.env["mail.message"].search(
            [("partner_ids", "in", self.approver.partner_id.ids)]
        )
        texts = [str(html), *messages.mapped("body"), *messages.mapped("subject")]
        for text in texts:
            self.assertNotIn(NEW_NUMBER, text or "")
            self.assertNotIn(self.BANK_ACCOUNT, text or "")

    def test_values_kept_with_the_request_show_a_part(self):
        request = self._change()
        self.env.cr.execute(
            "SELECT changes::text FROM invoice_approval_request WHERE id = %s", request.ids
        )
        [(kept,)] = self.env.cr.fetchall()
        self.assertNotIn(NEW_NUMBER, kept)
        with self.assertRaises(AccessError):
            request.with_user(self.approver).read(["old_values"])

    def test_requests_of_a_customer_are_listed_for_their_readers(self):
        request = self._change()
        for user, is_reader in (
            (self.sales, True),
            (self.approver, True),
            (self.finance, True),
            (self.portal, False),
            (self.sales2, False),
            (self.finance_other, False),
        ):
            customer = self.customer.with_user(user)
            # Superuser mode read it before, in the same transaction.
            self.assertIn(request, self.customer.sudo().approval_request_ids)
            ticket = self._create_ticket()
            self.assertIn(ticket, self.customer.sudo().ticket_ids)
            with self.subTest(user=user.login):
                try:
                    [values] = customer.read(["approval_request_ids"])
                except AccessError:
                    self.assertFalse(is_reader)
                    continue
                self.assertEqual(request.id in values["approval_request_ids"], is_reader)
        [values] = self.customer.with_user(self.finance_other).read(["ticket_ids"])
        self.assertFalse(set(values["ticket_ids"]) & set(self.customer.ticket_ids.ids))


@tagged("post_install", "-at_install")
class TestVerificationLink(VerificationCommon, HttpCase):
    """The page that a mail leads to is a screen of the step as well."""

    def test_page(self):
        request = self._change()
        self.approver.password = "ticket_approver"
        address = request.sudo()._get_link(self.approver)
        self.authenticate("ticket_approver", "ticket_approver")
        page = self.url_open(address[address.index("/invoice_crm") :]).text
        for value in (NEW_NUMBER, self.BANK_ACCOUNT, NEW_ADDRESS, NEW_PHONE):
            self.assertIn(value, page)
        request.with_user(self.approver).action_approve()
        page = self.url_open(address[address.index("/invoice_crm") :]).text
        for value in (NEW_NUMBER, self.BANK_ACCOUNT):
            self.assertNotIn(value, page)


@tagged("post_install", "-at_install")
class TestNumbersInTexts(TicketCommon):
    """An account number in a text of others is one all the same."""

    def test_known_numbers(self):
        accounts, number = self.env["res.partner.bank"], self.BANK_ACCOUNT
        own = accounts.create(
            {"acc_number": "1100000000000001", "partner_id": self.company.partner_id.id}
        )
        masked = f"**** {number[-4:]}"
        spaced = " ".join(number[i : i + 4] for i in range(0, len(number), 4))
        for text, expected in (
            (f"Account {number}.", f"Account {masked}."),
            (f"Account {spaced}, thanks", f"Account {masked}, thanks"),
            (f"{spaced.replace(' ', '-')}", masked),
            (f"20260101 {number}", f"20260101 {masked}"),
            (f"Ours: {own.acc_number}", f"Ours: {own.acc_number}"),
            ("Order 26110000000000000001", "Order 26110000000000000001"),
            ("", ""),
            (False, False),
        ):
            with self.subTest(text):
                self.assertEqual(accounts._mask_in_text(text), expected)
        self.assertEqual(
            accounts._mask_in_text("Order 12345678901", "12345678901"), "Order **** 8901"
        )
