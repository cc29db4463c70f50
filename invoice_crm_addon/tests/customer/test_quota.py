from dateutil.relativedelta import relativedelta

from odoo import SUPERUSER_ID, Command, api, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, TransactionCase, tagged, users

from ..common import TicketCommon
from ..threads import retry_soon, run_at_once

NAME = "Quota At Once"


@tagged("post_install", "-at_install")
class TestQuota(TicketCommon):
    """What may be ticketed to a customer is held when tickets are submitted and issued."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Without approval a ticket is approved at once.
        cls.customer.ticket_quota = 2000
        cls.customer.ticket_quota_period = "month"

    def _create_voucher(self, price=1130.0, **values):
        line = {"name": "Consulting", "price_unit": price, "tax_id": self.tax_13.id}
        return self._create_ticket(
            type_id=self.type_voucher.id, line_ids=[Command.create(line)], **values
        )

    def _get_figures(self, customer=None):
        customer = customer or self.customer
        return (customer.ticket_quota_used, customer.ticket_quota_left)

    def test_drafts_do_not_count(self):
        self._create_voucher()
        self.assertEqual(self._get_figures(), (0, 2000))

    def test_submitted_and_issued_tickets_count(self):
        ticket = self._create_voucher()
        self._submit(ticket)
        self.assertEqual(self._get_figures(), (1130, 870))
        self._issue(ticket)
        self.assertEqual(self._get_figures(), (1130, 870))
        self.assertEqual(self.customer.ticket_quota_percent, 56)

    def test_receipts_use_nothing_of_it(self):
        """What came in is receipted beside the fapiao for the same money, however much it is."""
        self._submit(self._create_voucher())
        receipt = self._create_ticket(
            type_id=self.type_receipt.id,
            line_ids=[Command.create({"name": "Deposit", "price_unit": 9000.0, "tax_id": False})],
        )
        self.assertFalse(receipt.quota_hint)
        self._submit(receipt)
        self._issue(receipt)
        self.assertEqual(self._get_figures(), (1130, 870))
        receipt.with_user(self.finance).action_void("Wrong")
        self.assertEqual(self._get_figures(), (1130, 870))
        self.type_voucher.takes_amount = False
        self.assertEqual(self._get_figures(), (0, 2000))

    def test_submission_beyond_the_quota_is_refused(self):
        self._submit(self._create_voucher())
        with self.assertRaises(UserError) as caught:
            self._submit(self._create_voucher())
        self.assertIn("exceeds the quota of Beijing Example Trading", str(caught.exception))
        self._submit(self._create_voucher(870))
        self.assertEqual(self.customer.ticket_quota_state, "near")

    def test_batch_beyond_the_quota_is_refused(self):
        tickets = self._create_voucher() | self._create_voucher()
        with self.assertRaises(UserError):
            tickets.with_user(self.sales).action_submit()

    def test_contacts_use_the_quota_of_their_company(self):
        contact = self.env["res.partner"].create({"name": "Li", "parent_id": self.customer.id})
        self._submit(self._create_voucher(partner_id=contact.id))
        self.assertEqual(self._get_figures(), (1130, 870))
        self.assertEqual(self._get_figures(contact), (1130, 870))
        with self.assertRaises(UserError):
            self._submit(self._create_voucher())

    def test_void_frees(self):
        ticket = self._create_voucher()
        self._issue(ticket)
        ticket.with_user(self.finance).action_void("Wrong")
        self.assertEqual(self._get_figures(), (0, 2000))

    def test_red_letter_frees_when_issued(self):
        ticket = self._create_ticket()
        self._issue(ticket)
        ticket.with_user(self.finance).action_red("Wrong")
        self.assertEqual(self._get_figures(), (1130, 870))
        letter = self.env["invoice.ticket"].search([("red_of_id", "=", ticket.id)])
        self._issue(letter)
        self.assertEqual(self._get_figures(), (0, 2000))

    def test_month_of_issue_counts(self):
        today = fields.Date.context_today(self.env.user)
        earlier = today.replace(day=1) - relativedelta(days=1)
        ticket = self._create_voucher()
        self._submit(ticket)
        ticket.with_user(self.finance).issue_date = earlier
        self._issue(ticket)
        self.assertEqual(self._get_figures(), (0, 2000))
        second = self._create_voucher()
        self._submit(second)
        second.with_user(self.finance).issue_date = earlier
        with self.assertRaisesRegex(UserError, "exceeds the quota"):
            self._issue(second)
        self.customer.ticket_quota_period = "total"
        self.assertEqual(self._get_figures(), (2260, -260))

    def test_other_currency_is_converted(self):
        usd = self._enable_currency("USD")
        self.env["res.currency.rate"].create(
            {
                "currency_id": usd.id,
                "company_id": self.company.id,
                "name": "2020-01-01",
                "inverse_company_rate": 7.0,
            }
        )
        ticket = self._create_voucher(200, currency_id=usd.id)
        self._submit(ticket)
        self.assertEqual(self._get_figures(), (1400, 600))

    def test_currency_without_a_rate_passes_no_quota(self):
        """Core counts it one to one: 300 yen or 300 dollars, as if they were yuan."""
        usd = self._enable_currency("USD")
        self.env["res.currency.rate"].search([("currency_id", "=", usd.id)]).unlink()
        ticket = self._create_voucher(300, currency_id=usd.id)
        self.assertIn("no exchange rate of USD", ticket.quota_hint)
        with self.assertRaisesRegex(UserError, "Enter the rate"), self.cr.savepoint():
            self._submit(ticket)
        self.env["res.currency.rate"].create(
            {
                "currency_id": usd.id,
                "company_id": self.company.id,
                "name": "2020-01-01",
                "inverse_company_rate": 5.0,
            }
        )
        ticket.invalidate_recordset(["quota_hint"])
        self._submit(ticket)
        self.assertEqual(self._get_figures(), (1500, 500))

    def test_quota_of_the_level(self):
        level = self.env["invoice.customer.level"].create(
            {"name": "Quota Level", "ticket_quota": 1000, "ticket_quota_period": "year"}
        )
        self.customer.write(
            {"ticket_quota": 0, "ticket_quota_period": False, "customer_level_id": level.id}
        )
        self.assertEqual(self.customer.ticket_quota_limit, 1000)
        self.assertEqual(self.customer.ticket_quota_limit_period, "year")
        ticket = self._create_voucher()
        with self.assertRaises(UserError):
            self._submit(ticket)
        self.customer.ticket_quota_period = "none"
        self._submit(ticket)
        self.assertEqual(self.customer.ticket_quota_state, "none")

    def test_companies_have_quotas_of_their_own(self):
        other = self.customer.with_company(self.company_other)
        self.assertEqual(other.ticket_quota_limit, 0)
        self._submit(self._create_voucher())
        other.ticket_quota = 500
        self.assertEqual(self._get_figures(other), (0, 500))
        self.assertEqual(self._get_figures(), (1130, 870))

    def test_warning_instead_of_refusal(self):
        self.company.ticket_quota_policy = "warn"
        self.customer.ticket_quota = 100
        ticket = self._create_voucher()
        self._submit(ticket)
        self.assertEqual(ticket.state, "approved")
        self.assertTrue(
            ticket.message_ids.filtered(lambda m: "exceeds the quota" in (m.body or ""))
        )
        self.assertEqual(self.customer.ticket_quota_state, "over")

    def test_lowered_quota_shows(self):
        ticket = self._create_voucher()
        self._submit(ticket)
        self.customer.with_user(self.finance).ticket_quota = 1000
        self.assertEqual(self._get_figures(), (1130, -130))
        with self.assertRaises(UserError):
            self._issue(ticket)

    def test_finance_lets_a_ticket_pass(self):
        self.customer.ticket_quota = 1000
        ticket = self._create_voucher()
        with self.assertRaisesRegex(UserError, "finance"):
            ticket.with_user(self.sales).action_override_quota("Please")
        with self.assertRaisesRegex(UserError, "Say why"):
            ticket.with_user(self.finance).action_override_quota(" ")
        ticket.with_user(self.finance).action_override_quota("Paid in advance")
        self.assertEqual(ticket.quota_override_user_id, self.finance)
        self.assertEqual(ticket.with_user(self.sales).quota_override_reason, "Paid in advance")
        self._submit(ticket)
        self._issue(ticket)
        self.assertEqual(ticket.state, "issued")

    def test_what_passes_is_what_finance_saw(self):
        self.customer.ticket_quota = 1000
        ticket = self._create_voucher()
        ticket.with_user(self.finance).action_override_quota("Paid in advance")
        ticket.line_ids.price_unit = 1131
        with self.assertRaises(UserError):
            self._submit(ticket)

    @users("ticket_sales")
    def test_override_cannot_be_written(self):
        ticket = self._create_voucher().with_env(self.env)
        for values in (
            {"quota_override_reason": "Mine"},
            {"quota_override_amount": 10000},
            {"quota_override_partner_id": self.customer.id},
        ):
            with self.assertRaises(AccessError):
                ticket.write(values)

    @users("ticket_sales", "ticket_lead")
    def test_only_finance_sets_quotas(self):
        partner = self.customer.with_env(self.env)
        with self.assertRaises(AccessError):
            partner.ticket_quota = 99999
        with self.assertRaises(AccessError):
            partner.ticket_quota_period = "none"
        with self.assertRaises(AccessError):
            self.env["res.partner"].create({"name": "New", "ticket_quota": 1})
        with self.assertRaises(AccessError):
            self.env["res.partner"].with_context(default_ticket_quota=1).create({"name": "New"})
        partner.write({"ticket_quota": 2000, "comment": "As it is"})

    def test_negative_quota_is_refused(self):
        with self.assertRaises(ValidationError):
            self.customer.ticket_quota = -1

    def test_search(self):
        found = [("ticket_quota_state", "in", ("near", "over")), ("id", "=", self.customer.id)]
        Partner = self.env["res.partner"]
        self.assertFalse(Partner.search(found))
        self._submit(self._create_voucher(1700))
        self.assertEqual(Partner.search(found), self.customer)
        self.assertEqual(
            Partner.search([("ticket_quota_used", ">", 1000), ("id", "=", self.customer.id)]),
            self.customer,
        )
        self.assertIn(
            self.company.partner_id, Partner.search([("ticket_quota_state", "=", "none")])
        )

    def test_hint_on_a_draft(self):
        form = Form(self.env["invoice.ticket"].with_user(self.sales))
        form.partner_id = self.customer
        self.assertFalse(form.quota_hint)
        with form.line_ids.new() as line:
            line.name = "Consulting"
            line.price_unit = 3000
        self.assertIn("by", form.quota_hint)
        self.assertIn("Beijing Example Trading", form.quota_hint)

    def test_one_query_for_many_customers(self):
        customers = self.env["res.partner"].create(
            [{"name": f"Customer {n}", "ticket_quota": 100 * n} for n in range(1, 30)]
        )
        self.env.flush_all()
        self.env.invalidate_all()
        customers.mapped("ticket_quota")
        customers.commercial_partner_id.customer_level_id.mapped("ticket_quota")
        with self.assertQueryCount(4):
            customers.mapped("ticket_quota_left")

    def test_lowered_change_goes_on(self):
        """A quota that was lowered does not keep a ticket from being lowered too."""
        self._create_flow(
            "invoice.ticket", [self.approver], trigger_fields=["line_ids", "partner_id"]
        )
        ticket = self._create_voucher(1500)
        self._approve(ticket)
        self.customer.ticket_quota = 500
        update = Command.update(ticket.line_ids.id, {"price_unit": 1000})
        ticket.with_user(self.sales).line_ids = [update]
        self.assertEqual(ticket.amount_total, 1000)
        self._approve(ticket)
        self.assertEqual(ticket.amount_approved, 1000)

    def test_change_of_words_goes_on(self):
        """Nor is a ticket kept from being corrected where its amount stays."""
        self._create_flow("invoice.ticket", [self.approver], trigger_fields=["note", "line_ids"])
        ticket = self._create_voucher(1500)
        self._approve(ticket)
        self.customer.ticket_quota = 500
        ticket.with_user(self.sales).note = "Gate 3"
        self._approve(ticket)
        self.assertEqual(ticket.approval_request_id.state, "approved")
        self.assertEqual((ticket.note, ticket.amount_approved), ("Gate 3", 1500))


@tagged("post_install", "-at_install")
class TestQuotaRace(TransactionCase):
    """Two users submit for one customer at the same instant, in real transactions."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.addClassCleanup(cls._clean_up)
        cls._clean_up()

    @classmethod
    def _clean_up(cls):
        with cls.registry.cursor() as cr:
            cr.execute(
                "DELETE FROM invoice_ticket WHERE partner_id IN "
                "(SELECT id FROM res_partner WHERE name = %s)",
                [NAME],
            )
            cr.execute("DELETE FROM res_partner WHERE name = %s", [NAME])

    @staticmethod
    def _submit_of(ticket_id):
        return lambda env: env["invoice.ticket"].browse(ticket_id).action_submit()

    def test_quota_is_used_once(self):
        for _round in range(4):
            with self.registry.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})
                partner = env["res.partner"].create({"name": NAME, "ticket_quota": 150})
                tickets = env["invoice.ticket"].create(
                    [
                        {
                            "type_id": env.ref("invoice_crm_addon.ticket_type_voucher").id,
                            "partner_id": partner.id,
                            "line_ids": [
                                Command.create(
                                    {"name": "Paper", "price_unit": 100.0, "tax_id": False}
                                )
                            ],
                        }
                        for _ in range(2)
                    ]
                )
                ids = tickets.ids

            with retry_soon():
                outcomes = run_at_once(
                    self.registry, SUPERUSER_ID, [self._submit_of(id_) for id_ in ids]
                )
            self.assertEqual(sum(outcome is True for outcome in outcomes), 1, outcomes)
            refused = [outcome for outcome in outcomes if isinstance(outcome, UserError)]
            self.assertEqual(len(refused), 1, outcomes)
