from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..common import GROUP, TicketCommon


@tagged("post_install", "-at_install")
class TestSamples(TicketCommon):
    """Sample documents on a company's own database: loaded, tried, and gone without a trace."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin = cls._create_user("samples_admin", ["base.group_system", GROUP("manager")])
        cls.admin.company_ids |= cls.company_other
        cls.samples = cls.env["invoice.samples"].with_user(cls.admin)

    def _count(self):
        models = ("res.partner", "invoice.contract", "invoice.ticket", "ir.model.data")
        return [
            self.env[model].with_context(active_test=False).search_count([]) for model in models
        ]

    def _load(self):
        self.samples.load_samples()
        return self.samples._get_samples("invoice.ticket")

    def test_loaded_and_removed(self):
        before = self._count()
        tickets = self._load()
        self.assertEqual(set(tickets.mapped("state")), {"draft"})
        self.assertTrue(all(tickets.mapped("amount_total")))
        self.assertNotEqual(self._count(), before)
        with self.assertRaisesRegex(UserError, "loaded already"):
            self.samples.load_samples()
        self.samples.remove_samples()
        self.assertEqual(self._count(), before)
        with self.assertRaisesRegex(UserError, "no sample documents"):
            self.samples.remove_samples()
        self._load()

    def test_settings_load_and_remove(self):
        Settings = self.env["res.config.settings"].with_user(self.admin)
        settings = Settings.create({})
        self.assertFalse(settings.has_ticket_samples)
        settings.action_load_ticket_samples()
        self.assertTrue(Settings.create({}).has_ticket_samples)
        settings.action_remove_ticket_samples()
        self.assertFalse(Settings.create({}).has_ticket_samples)

    def test_what_was_deleted_by_hand_is_gone(self):
        self._load()[0].unlink()
        self.samples.remove_samples()
        self.assertFalse(self.samples._get_names())

    def test_what_was_submitted_is_kept(self):
        ticket = self._load()[1]
        ticket.type_id = self.type_receipt
        ticket.with_user(self.admin).action_submit()
        with self.assertRaisesRegex(UserError, "what was submitted is kept"):
            self.samples.remove_samples()
        self.assertTrue(self.samples._get_samples("res.partner"))

    def test_real_documents_keep_the_samples(self):
        self._load()
        customer = self.samples._get_samples("res.partner")[0]
        ticket = self._create_ticket(partner_id=customer.id)
        with self.assertRaisesRegex(UserError, ticket.name):
            self.samples.remove_samples()
        ticket.unlink()
        contact = self.env["res.partner"].create({"name": "Real Person", "parent_id": customer.id})
        with self.assertRaisesRegex(UserError, contact.name):
            self.samples.remove_samples()
        contact.unlink()
        self.samples.remove_samples()

    def test_whatever_hangs_on_a_customer_keeps_it(self):
        """Of any add-on, one that this one knows nothing of as well."""
        self._load()
        customer = self.samples._get_samples("res.partner")[0]
        bank = self.env["res.partner.bank"].create(
            {"acc_number": "6222000000000815", "partner_id": customer.id}
        )
        with self.assertRaisesRegex(UserError, "6222000000000815"):
            self.samples.remove_samples()
        bank.unlink()
        analytic = self.env["account.analytic.account"].create(
            {
                "name": "Real Project",
                "partner_id": customer.id,
                "plan_id": self.env["account.analytic.plan"].create({"name": "Plan"}).id,
            }
        )
        with self.assertRaisesRegex(UserError, "Real Project"):
            self.samples.remove_samples()
        analytic.unlink()
        self.samples.remove_samples()

    def test_samples_are_nobodys_first_customer(self):
        def is_customer_done():
            home = self.env["invoice.home"].with_user(self.admin).get_home()
            [step] = [step for step in home["steps"] if step["key"] == "customer"]
            return step["is_done"]

        # Past what keeps the partners of users from it.
        self.env.flush_all()
        customers = self.env["res.partner"].search([("is_billing_customer", "=", True)])
        self.env.cr.execute(
            "UPDATE res_partner SET active = FALSE WHERE id = ANY(%s)", [customers.ids]
        )
        self.env.invalidate_all()
        self.assertFalse(is_customer_done())
        self._load()
        self.assertFalse(is_customer_done())
        self.customer.active = True
        self.assertTrue(is_customer_done())

    def test_only_administrators(self):
        for user in (self.finance, self.manager):
            samples = self.env["invoice.samples"].with_user(user)
            with self.assertRaises(AccessError):
                samples.load_samples()
            with self.assertRaises(AccessError):
                samples.remove_samples()

    def test_each_company_has_its_own(self):
        self._load()
        other = self.samples.with_company(self.company_other)
        self.assertFalse(other._get_names())
