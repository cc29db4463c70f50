from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .test_customer_duplicate import DuplicateCommon


@tagged("post_install", "-at_install")
class TestCustomerDistinct(DuplicateCommon):
    """What was declared no duplicate is listed, and can be looked at again."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.user_id = cls.sales
        cls.double = cls._make_double(cls.customer)

    def setUp(self):
        super().setUp()
        self._get_groups(self.sales, self.double)[0][1].action_dismiss()
        self.pair = self.env["invoice.customer.distinct"].search(
            [("other_id", "=", self.double.id)]
        )

    def test_who_and_when(self):
        pair = self.pair.with_user(self.sales)
        self.assertRecordValues(
            pair,
            [
                {
                    "partner_id": self.customer.id,
                    "other_id": self.double.id,
                    "create_uid": self.sales.id,
                }
            ],
        )
        self.assertTrue(pair.create_date)

    def test_looked_at_again(self):
        self.assertFalse(self._get_groups(self.sales, self.double))
        self.pair.with_user(self.sales).action_look_again()
        self.assertFalse(self.pair.exists())
        self.assertTrue(self._get_groups(self.sales, self.double))
        self.pair.with_user(self.sales).action_look_again()  # somebody else was faster

    def test_others_customers(self):
        self.double.user_id = self.colleague
        with self.assertRaisesRegex(UserError, "salesperson"):
            self.pair.with_user(self.sales).action_look_again()
        self.pair.with_user(self.finance).action_look_again()
        self.assertFalse(self.pair.exists())

    def test_only_the_action_writes(self):
        pair = self.pair.with_user(self.sales)
        for refused in (
            lambda: pair.write({"other_id": self.lead.partner_id.id}),
            lambda: pair.copy(),
            lambda: pair.unlink(),
            lambda: self.pair.with_user(self.auditor).action_look_again(),
            lambda: self.pair.with_user(self.outsider).read(["partner_id"]),
        ):
            with self.assertRaises(AccessError):
                refused()
        self.assertTrue(self.pair.with_user(self.auditor).read(["partner_id", "create_uid"]))

    def test_screen(self):
        menu = self.env.ref("invoice_crm_addon.menu_ticket_customer_distinct")
        self.assertIn(menu.id, self.env["ir.ui.menu"].with_user(self.sales)._visible_menu_ids())
        found = self.env["invoice.customer.distinct"].with_user(self.sales)
        view = found.get_view(view_type="search")["arch"]
        self.assertIn("Declared by Me", view)
        domain = ["|", ("partner_id", "ilike", "Double"), ("other_id", "ilike", "Double")]
        self.assertEqual(found.search(domain), self.pair)
