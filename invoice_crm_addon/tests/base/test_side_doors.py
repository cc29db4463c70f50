from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..common import TicketCommon


@tagged("post_install", "-at_install")
class TestSideDoors(TicketCommon):
    """Core lends superuser mode, and defaults come from anybody."""

    # === MAIL === #

    def _send(self, user, model, thread_id=None, **values):
        mail = (
            f"From: {self.finance.email}\nTo: someone@example.com\nSubject: Issued\n"
            f"Message-Id: <{next(self.numbers)}@example.com>\n\nAs agreed."
        )
        gateway = self.env["mail.thread"].with_user(user)
        with mute_logger("odoo.addons.mail.models.mail_thread"):
            return gateway.message_process(model, mail, custom_values=values, thread_id=thread_id)

    def test_nobody_posts_as_somebody_else_by_mail(self):
        for document in (self._create_ticket(), self._create_contract(), self.customer):
            messages = document.message_ids
            for user in (self.sales, self.auditor, self.outsider):
                with self.subTest(document=document, user=user.login):
                    with self.assertRaises(AccessError), self.cr.savepoint():
                        self._send(user, document._name, document.id)
                    self.assertEqual(document.message_ids, messages)

    def test_mail_makes_no_document(self):
        """Whoever brings it, and whatever the alias says."""
        models = self.env.registry.descendants(["invoice.guard.mixin"], "_inherit")
        threads = [
            name
            for name in models
            if hasattr(self.env[name], "message_new")
            and not self.env[name]._abstract
            and not self.env[name]._is_made_by_mail()
        ]
        self.assertLessEqual({"invoice.ticket", "invoice.contract", "invoice.shipment"}, {*threads})
        for model in threads:
            for user in (self.env.user, self.sales, self.auditor):
                with self.subTest(model=model, user=user.login):
                    with self.assertRaises(AccessError), self.cr.savepoint():
                        self._send(user, model, name="Made by mail")

    def test_mail_takes_a_sender_in_and_verifies_nothing(self):
        level = self.env["invoice.customer.level"].create({"name": "Fast"})
        with self.assertRaises(AccessError), self.cr.savepoint():
            self._send(self.env.user, "res.partner", name="Forged", billing_state="verified")
        lent = self.env["res.partner"].with_user(self.sales).sudo()
        with self.assertRaises(AccessError), self.cr.savepoint():
            lent.message_new({}, {"name": "Forged", "customer_level_id": level.id})
        partner_id = self._send(self.env.user, "res.partner", name="New sender")
        partner = self.env["res.partner"].browse(partner_id)
        self.assertEqual((partner.billing_state, partner.name), ("unverified", "New sender"))

    def test_mail_says_nothing_of_an_upload_but_its_words(self):
        stranger = self.env["invoice.fapiao.batch"].create({"name": "Of others"})
        values = {"is_authenticated": True, "user_id": self.finance.id, "origin": "upload"}
        for user in (self.env.user, self.sales):
            with mute_logger("odoo.addons.mail.models.mail_thread"):
                batch_id = self._send(user, stranger._name, **values)
            batch = stranger.browse(batch_id)
            self.assertRecordValues(
                batch,
                [{"is_authenticated": False, "user_id": False, "origin": "mail", "name": "Issued"}],
            )

    # === PORTAL === #

    def test_portal_changes_no_billing_data_behind_an_approval(self):
        """Its pages write in superuser mode what a customer typed."""
        self._create_flow("res.partner", [self.approver])
        self.customer.with_user(self.sales).action_submit_billing()
        as_portal_page = self.customer.with_user(self.portal).sudo()
        with self.assertRaisesRegex(UserError, "wait for approval"), self.cr.savepoint():
            as_portal_page.write({"vat": "91110108MA00TEST9X"})
        self.customer.approval_request_id.with_user(self.approver).action_approve()
        self.assertEqual(self.customer.billing_state, "verified")
        as_portal_page.write({"phone": "010-5555"})
        self.assertEqual(self.customer.billing_state, "verified")
        as_portal_page.write({"vat": "91110108MA00TEST9X"})
        self.assertNotEqual(self.customer.billing_state, "verified")

    # === DEFAULTS === #

    def _create_by(self, user, **defaults):
        values = self._prepare_ticket_values(user_id=user.id)
        context = {f"default_{fname}": value for fname, value in defaults.items()}
        return self.env["invoice.ticket"].with_user(user).with_context(**context).create(values)

    def test_default_gives_what_its_author_may_give(self):
        for defaults in ({"fapiao_number": "26110000000000000009"}, {"issue_date": "2026-01-01"}):
            [(fname, value)] = defaults.items()
            self.assertFalse(self._create_by(self.sales, **defaults)[fname])
            self.env["ir.default"].with_user(self.sales).set("invoice.ticket", fname, value, True)
            self.assertFalse(self._create_by(self.sales)[fname])
            self.assertTrue(self._create_by(self.finance, **defaults)[fname])

    def test_default_leads_to_no_document_of_others(self):
        foreign = self._create_contract(user_id=self.sales2.id)
        self.assertFalse(self._create_by(self.sales, contract_id=foreign.id).contract_id)
        defaults = self.env["ir.default"].with_user(self.sales)
        defaults.set("invoice.ticket", "contract_id", foreign.id, True)
        self.assertFalse(self._create_by(self.sales).contract_id)
        own = self._create_contract()
        self.assertEqual(self._create_by(self.sales, contract_id=own.id).contract_id, own)

    def test_number_by_default_is_the_number(self):
        number = "26110000000000000008"
        self._create_by(self.finance, fapiao_number=number)
        wide = number.translate({ord("0") + i: 0xFF10 + i for i in range(10)})
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"), self.cr.savepoint():
            self._create_by(self.finance, fapiao_number=wide)

    def test_nothing_is_archived_from_birth(self):
        for user in (self.sales, self.finance):
            self.assertTrue(self._create_by(user, active=False).active)
        self.env["ir.default"].with_user(self.sales).set("invoice.ticket", "active", False, True)
        self.assertTrue(self._create_by(self.sales).active)

    def test_own_code_takes_no_default_of_the_caller(self):
        contract = self._create_contract()
        self._approve(contract)
        ticket = self._create_ticket(contract_id=contract.id)
        self._issue(ticket)
        foreign = self._create_contract(user_id=self.sales2.id)
        finance = ticket.with_user(self.finance).with_context(
            default_state="issued", default_contract_id=foreign.id, default_note="Forged"
        )
        finance.action_red("Goods came back")
        self.assertNotEqual(ticket.red_ids.state, "issued")
        self.assertNotIn("Forged", ticket.red_ids.note or "")
        self.assertEqual(ticket.red_ids.contract_id, contract)
