from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from ..common import TicketCommon


@tagged("post_install", "-at_install")
class TestCustomerLevel(TicketCommon):
    """A level lifts a flow up to an amount, and finance alone gives it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.level = cls.env["invoice.customer.level"].create({"name": "Test Level"})
        cls._create_flow(
            "invoice.ticket",
            [cls.approver],
            fast_lane_ids=[
                Command.create(
                    {"level_id": cls.level.id, "currency_id": cls.currency.id, "amount": 1130}
                )
            ],
        )

    def _submit_ticket(self, **values):
        ticket = self._create_ticket(**values)
        self._submit(ticket)
        return ticket

    def test_fast_lane_up_to_the_amount(self):
        self.assertEqual(self._submit_ticket().state, "pending")
        self.customer.customer_level_id = self.level
        ticket = self._submit_ticket()
        self.assertEqual(ticket.state, "approved")
        self.assertFalse(ticket.approval_request_ids)
        self.assertIn("Test Level", ticket.message_ids[0].body)

    def test_fast_lane_ends_above_the_amount(self):
        self.customer.customer_level_id = self.level
        ticket = self._create_ticket()
        ticket.line_ids.price_unit = 1130.01
        self._submit(ticket)
        self.assertEqual(ticket.state, "pending")

    def test_currency_without_a_rate_takes_no_lane(self):
        usd = self._enable_currency("USD")
        self.env["res.currency.rate"].search([("currency_id", "=", usd.id)]).unlink()
        self.customer.customer_level_id = self.level
        ticket = self._submit_ticket(currency_id=usd.id)
        self.assertEqual(ticket.state, "pending")
        self.assertTrue(
            ticket.message_ids.filtered(lambda m: "no exchange rate of USD" in (m.body or ""))
        )

    def test_contact_of_the_customer_takes_the_lane(self):
        self.customer.customer_level_id = self.level
        contact = self.env["res.partner"].create({"name": "Li", "parent_id": self.customer.id})
        self.assertEqual(contact.customer_level_id, self.level)

    def test_sales_give_nobody_a_level(self):
        with self.assertRaisesRegex(AccessError, "Only finance"):
            self.customer.with_user(self.sales).customer_level_id = self.level
        with self.assertRaisesRegex(AccessError, "Only finance"):
            self.env["res.partner"].with_user(self.sales).create(
                {"name": "New", "customer_level_id": self.level.id}
            )
        self.customer.with_user(self.finance).customer_level_id = self.level
        # Contacts take it over, whoever makes them.
        self.env["res.partner"].with_user(self.sales).create(
            {"name": "Li", "parent_id": self.customer.id}
        )
        self.customer.with_user(self.sales).write(
            {"phone": "1", "customer_level_id": self.level.id}
        )

    def test_sales_get_no_level_by_a_detour(self):
        self.customer.customer_level_id = self.level
        Partner = self.env["res.partner"].with_user(self.sales)
        with self.assertRaisesRegex(AccessError, "Only finance"):
            Partner.with_context(default_customer_level_id=self.level.id).create({"name": "New"})
        for detour in ({"parent_id": False}, {"is_company": True}):
            with self.subTest(detour):
                contact = Partner.create({"name": "Li", "parent_id": self.customer.id})
                self.assertEqual(contact.customer_level_id, self.level)
                contact.customer_level_id = self.level
                contact.write(detour)
                self.assertFalse(contact.customer_level_id)

    def test_sales_duplicate_a_customer_without_its_level(self):
        self.customer.customer_level_id = self.level
        self.assertFalse(self.customer.with_user(self.sales).copy({"vat": False}).customer_level_id)

    def test_sales_create_customers_from_the_list_of_a_level(self):
        for user, level in ((self.sales, False), (self.finance, self.level.id)):
            context = self.level.with_user(user).action_view_customers()["context"]
            self.assertEqual(context.get("default_customer_level_id", False), level)
