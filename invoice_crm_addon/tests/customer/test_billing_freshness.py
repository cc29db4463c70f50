from datetime import timedelta
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

from lxml import etree

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command, Domain
from odoo.http import Request
from odoo.tests import HttpCase, tagged, users
from odoo.tools.safe_eval import safe_eval

from ...models.base.proof import proven
from ...models.customer.billing_confirmation import InvoiceBillingConfirmation
from ..common import TicketCommon

ACTIVITY = "invoice_crm_addon.mail_activity_type_billing"


class FreshnessCommon(TicketCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.company"].search([]).billing_confirm_months = 0
        cls.company.billing_confirm_months = 12
        cls.customer.user_id = cls.sales

    @classmethod
    def _age(cls, partners, days=400):
        proven(partners).billing_confirmed_on = fields.Datetime.now() - timedelta(days=days)
        proven(partners).write({"billing_verified_on": False})
        cls.env.flush_all()
        cls.env.cr.execute(
            "UPDATE res_partner SET billing_checked_on = billing_confirmed_on WHERE id = ANY(%s)",
            [partners.ids],
        )
        cls.env.invalidate_all()

    def _get_activities(self, user):
        return self.env["mail.activity"].search(
            [("activity_type_id", "=", self.env.ref(ACTIVITY).id), ("user_id", "=", user.id)]
        )


@tagged("post_install", "-at_install")
class TestStreetAddress(FreshnessCommon):
    """The street address changed: the billing address asks whether it follows."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.write({"city": "北京", "street": "海淀区 示例路1号"})
        cls.customer.invoice_address = "北京海淀区示例路 1 号"

    def _move(self, user=None):
        self.customer.with_user(user or self.sales).write({"street": "朝阳区新街2号"})

    def _check_asks_and_follows(self, user):
        self._move(user)
        self.assertTrue(self.customer.billing_address_asked)
        self.assertIn("示例路", self.customer.invoice_address)
        self.customer.with_user(user).action_use_address()
        self.assertEqual(self.customer.invoice_address, "北京朝阳区新街2号")
        self.assertFalse(self.customer.billing_address_asked)

    def test_sales_asks_and_follows(self):
        self._check_asks_and_follows(self.sales)

    def test_finance_asks_and_follows(self):
        self._check_asks_and_follows(self.finance)

    def test_keep(self):
        self._move()
        self.customer.with_user(self.sales).action_keep_billing_address()
        self.assertFalse(self.customer.billing_address_asked)
        self.assertIn("示例路", self.customer.invoice_address)
        self.customer.street2 = "5 楼"
        self.assertFalse(self.customer.billing_address_asked, "they were different before")

    def test_open_until_answered(self):
        self._move()
        self.customer.street2 = "5 楼"
        self.assertTrue(self.customer.billing_address_asked)
        self.customer.write({"street": "海淀区示例路1号", "street2": False})
        self.assertFalse(self.customer.billing_address_asked, "it is back")

    def test_by_import(self):
        xmlid = self.customer.export_data(["id"])["datas"][0][0]
        self.env["res.partner"].load(["id", "street"], [[xmlid, "朝阳区新街2号"]])
        self.assertTrue(self.customer.billing_address_asked)

    def test_written_together_nothing_is_asked(self):
        self.customer.write({"street": "朝阳区新街2号", "invoice_address": "另一个地址"})
        self.assertFalse(self.customer.billing_address_asked)

    def test_by_the_portal(self):
        self.portal.partner_id.parent_id = self.customer
        self.customer.with_user(self.portal).sudo().write({"street": "朝阳区新街2号"})
        self.assertTrue(self.customer.billing_address_asked)

    def test_by_a_contact_who_has_the_address(self):
        contact = self.env["res.partner"].create({"name": "Ann", "parent_id": self.customer.id})
        contact.street = "朝阳区新街2号"
        self.assertEqual(self.customer.street, "朝阳区新街2号")
        self.assertTrue(self.customer.billing_address_asked)

    def test_by_the_head_office(self):
        office = self.env["res.partner"].create(
            {"name": "示例集团总部", "is_company": True, "city": "上海", "street": "总部路9号"}
        )
        self.customer.parent_id = office
        self.assertEqual(self.customer.street, "总部路9号")
        self.assertTrue(self.customer.billing_address_asked)
        self.customer.action_use_address()
        office.street = "总部路10号"
        self.assertEqual(self.customer.street, "总部路10号")
        self.assertTrue(self.customer.billing_address_asked)

    def test_by_a_merge(self):
        double = self.env["res.partner"].create(
            {"name": "Double", "is_company": True, "street2": "5 楼"}
        )
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (self.customer | double).ids, self.customer, extra_checks=False
        )
        self.assertEqual(self.customer.street2, "5 楼")
        self.assertTrue(self.customer.billing_address_asked)

    def test_a_merge_answers_nothing(self):
        self._move()
        double = self.env["res.partner"].create({"name": "Double", "is_company": True})
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (self.customer | double).ids, self.customer, extra_checks=False
        )
        self.assertTrue(self.customer.billing_address_asked)

    def test_use_of_a_verified_address_is_reviewed(self):
        proven(self.customer)._mark_verified(self.finance)
        self._move()
        self.assertEqual(self.customer.billing_state, "verified")
        self.customer.with_user(self.sales).action_use_address()
        self.assertEqual(self.customer.billing_state, "unverified")

    @users("ticket_auditor", "ticket_outsider")
    def test_others_answer_nothing(self):
        self._move()
        customer = self.customer.with_user(self.env.user)
        for answer in (customer.action_use_address, customer.action_keep_billing_address):
            with self.assertRaises(AccessError):
                answer()
        self.assertTrue(self.customer.billing_address_asked)


@tagged("post_install", "-at_install")
class TestFreshness(FreshnessCommon):
    """Owners are asked once for all of their customers."""

    def _run_cron(self):
        with self.enter_registry_test_mode():
            self.env.ref("invoice_crm_addon.ir_cron_billing_freshness").method_direct_trigger()

    def test_what_it_counts_from(self):
        self.assertFalse(self.customer.with_company(self.company).billing_to_confirm)
        self._age(self.customer)
        customer = self.customer.with_company(self.company)
        self.assertTrue(customer.billing_to_confirm)
        self.assertIn(customer, customer.search([("billing_to_confirm", "=", True)]))
        self.assertNotIn(customer, customer.search([("billing_to_confirm", "=", False)]))
        self.company.billing_confirm_months = 24
        customer.invalidate_recordset()
        self.assertFalse(customer.billing_to_confirm)
        self.company.billing_confirm_months = 12
        proven(customer)._mark_verified(self.finance)
        self.assertFalse(customer.billing_to_confirm)

    def test_zero_is_never(self):
        self._age(self.customer)
        self.company.billing_confirm_months = 0
        customer = self.customer.with_company(self.company)
        self.assertFalse(customer.billing_to_confirm)
        self.assertFalse(customer.search([("billing_to_confirm", "=", True)]))

    @users("ticket_sales", "ticket_finance")
    def test_one_click(self):
        self._age(self.customer)
        customer = self.customer.with_user(self.env.user).with_company(self.company)
        customer.action_confirm_billing()
        self.assertFalse(customer.billing_to_confirm)
        self.assertEqual(customer.billing_confirmed_by_id, self.env.user.partner_id)
        self.assertIn("still right", customer.message_ids[0].body)

    @users("ticket_auditor", "ticket_outsider")
    def test_others_confirm_nothing(self):
        with self.assertRaises(AccessError):
            self.customer.with_user(self.env.user).action_confirm_billing()

    def test_one_activity_for_each_owner(self):
        others = self.env["res.partner"].create(
            [
                {"name": f"Customer {n}", "invoice_title": f"C {n}", "user_id": self.sales.id}
                for n in range(15)
            ]
        )
        mine = self.env["res.partner"].create(
            {"name": "Of sales2", "invoice_title": "S2", "user_id": self.sales2.id}
        )
        self._age(self.customer | others | mine)
        self._run_cron()
        self._run_cron()
        [activity] = self._get_activities(self.sales)
        self.assertIn("16", activity.summary)
        self.assertIn("/odoo/customers-to-confirm", activity.note)
        self.assertEqual(activity.note.count("<li>"), 10)
        self.assertEqual(len(self._get_activities(self.sales2)), 1)
        self.assertFalse(self._get_activities(self.finance))
        others.with_user(self.sales).action_confirm_billing()
        [activity] = self._get_activities(self.sales)
        self.assertIn("1 ", f"{activity.summary} ")
        self.customer.with_user(self.sales).action_confirm_billing()
        self.assertFalse(self._get_activities(self.sales))

    def test_customers_without_an_owner_are_asked_of_a_manager(self):
        leaver = self.sales2.copy({"login": "leaver", "name": "Leaver"})
        left, nobodys = self.env["res.partner"].create(
            [
                {"name": "Left", "invoice_title": "Left", "user_id": leaver.id},
                {"name": "Nobody's", "invoice_title": "Nobody's"},
            ]
        )
        leaver.active = False
        self._age(left | nobodys)
        caretaker = self.company._get_billing_caretaker()
        self.assertTrue(caretaker.has_group("invoice_crm_addon.group_ticket_manager"))
        self._run_cron()
        [activity] = self._get_activities(caretaker)
        self.assertIn("2", activity.summary)
        self.assertFalse(self._get_activities(leaver))
        nobodys.with_user(self.finance).action_confirm_billing()
        self.assertIn("1", self._get_activities(caretaker).summary)
        left.with_user(self.finance).action_confirm_billing()
        self.assertFalse(self._get_activities(caretaker))

    def test_link_shows_what_it_asks_about(self):
        nobodys, mine, others = self.env["res.partner"].create(
            [
                {"name": "Nobody's", "invoice_title": "N", "user_id": False},
                {"name": "Mine", "invoice_title": "M", "user_id": self.manager.id},
                {"name": "Other's", "invoice_title": "O", "user_id": self.sales.id},
            ]
        )
        self._age(nobodys | mine | others)
        action = self.env.ref("invoice_crm_addon.invoice_partner_action_to_confirm")
        partners = self.env["res.partner"].with_user(self.manager).with_company(self.company)
        context = safe_eval(action.context, {"uid": self.manager.id})
        [name] = [key.removeprefix("search_default_") for key in context]
        search = etree.fromstring(partners.get_view(view_type="search")["arch"])
        [chosen] = search.xpath(f"//filter[@name='{name}']")
        domain = Domain(safe_eval(action.domain))
        domain &= Domain(safe_eval(chosen.get("domain"), {"uid": self.manager.id}))
        found = partners.search(domain)
        self.assertEqual(found & (nobodys | mine | others), nobodys | mine)

    def test_manager_of_several_companies_takes_care_where_none_is_at_home(self):
        managers = self.env.ref("invoice_crm_addon.group_ticket_manager").all_user_ids
        branch = self.env["res.company"].create({"name": "Branch", "billing_confirm_months": 12})
        self.assertFalse(managers.filtered(lambda user: user.company_id == branch))
        # Whoever creates a company works there.
        managers.filtered(lambda user: branch in user.company_ids).write(
            {"company_ids": [Command.unlink(branch.id)]}
        )
        self.assertFalse(branch._get_billing_caretaker())
        self.manager.company_ids += branch
        self.assertEqual(branch._get_billing_caretaker(), self.manager)
        of_branch, shared = self.env["res.partner"].create(
            [
                {"name": "Of Branch", "invoice_title": "B", "company_id": branch.id},
                {"name": "Shared", "invoice_title": "S", "company_id": False},
            ]
        )
        self._age(of_branch | shared)
        domains = [company._get_abandoned_domain() for company in (self.company, branch)]
        asked = [of_branch.search(domain) & (of_branch | shared) for domain in domains]
        self.assertEqual(asked, [shared, of_branch], "what is shared is asked about once")
        self._run_cron()
        note = self._get_activities(self.manager).note
        self.assertIn("Of Branch", note)
        partners = of_branch.with_context(allowed_company_ids=(self.company | branch).ids)
        self.assertTrue(partners.billing_to_confirm)
        self.assertIn(of_branch, partners.search([("billing_to_confirm", "=", True)]))

    def test_setting_turned_off_takes_the_activity_away(self):
        self._age(self.customer)
        self._run_cron()
        self.assertTrue(self._get_activities(self.sales))
        self.company.billing_confirm_months = 0
        self._run_cron()
        self.assertFalse(self._get_activities(self.sales))

    def test_archived_contacts_and_others_are_not_asked_about(self):
        contact = self.env["res.partner"].create({"name": "Ann", "parent_id": self.customer.id})
        nobody = self.env["res.partner"].create({"name": "No Customer"})
        gone = self.env["res.partner"].create(
            {"name": "Gone", "invoice_title": "Gone", "active": False}
        )
        other = self.env["res.partner"].create(
            {"name": "X", "invoice_title": "X", "company_id": self.company_other.id}
        )
        self._age(contact | nobody | gone | other)
        found = self.customer.with_company(self.company).search([("billing_to_confirm", "=", True)])
        self.assertFalse(found & (contact | nobody | gone | other))

    def test_asking_the_contact(self):
        self.portal.partner_id.email = False
        with self.assertRaisesRegex(UserError, "e-mail"):
            self.customer.with_user(self.sales).action_ask_contact()
        self.env["res.partner"].create(
            {
                "name": "Ann",
                "email": "ann@example.com",
                "type": "invoice",
                "parent_id": self.customer.id,
            }
        )
        self.customer.with_user(self.sales).action_ask_contact()
        with self.assertRaisesRegex(UserError, "24 hours"):
            self.customer.with_user(self.finance).action_ask_contact()
        with self.assertRaises(AccessError):
            self.customer.with_user(self.auditor).action_ask_contact()
        for message in self.customer.message_ids:
            self.assertNotIn("token=", message.body)


@tagged("post_install", "-at_install")
class TestConfirmationLink(FreshnessCommon, HttpCase):
    """The page on which the contact of a customer answers."""

    def setUp(self):
        super().setUp()
        self.contact = self.env["res.partner"].create(
            {
                "name": "Ann",
                "email": "ann@example.com",
                "type": "invoice",
                "parent_id": self.customer.id,
                "lang": "en_US",
            }
        )
        self._age(self.customer)
        self.url = self._ask()
        self.authenticate(None, None)

    def _ask(self):
        links = []
        get_link = InvoiceBillingConfirmation._get_link

        def note(question):
            links.append(get_link(question))
            return links[-1]

        with patch.object(InvoiceBillingConfirmation, "_get_link", note):
            self.customer.with_user(self.sales).action_ask_contact()
        parts = urlsplit(links[0])
        return f"{parts.path}?{parts.query}"

    def _post(self, url, **values):
        parts = urlsplit(url)
        token = parse_qs(parts.query).get("token", [""])[0]
        data = {"csrf_token": Request.csrf_token(self), "token": token, **values}
        return self.url_open(parts.path, data=data)

    def _get_seen(self):
        question = self.env["invoice.billing.confirmation"].search([], limit=1)
        return proven(question)._get_fingerprint()

    def test_looking_says_nothing(self):
        page = self.url_open(self.url)
        self.assertEqual(page.status_code, 200)
        self.assertIn(self.customer.vat, page.text)
        self.assertIn(self.BANK_ACCOUNT[-4:], page.text)
        self.assertNotIn(self.BANK_ACCOUNT, page.text)
        self.assertEqual(page.headers["Cache-Control"], "no-store")
        self.assertTrue(self.customer.with_company(self.company).billing_to_confirm)

    def test_right(self):
        self._post(self.url, answer="right", seen=self._get_seen())
        self.customer.invalidate_recordset()
        self.assertEqual(self.customer.billing_confirmed_by_id, self.contact)
        self.assertFalse(self.customer.with_company(self.company).billing_to_confirm)
        self._age(self.customer)
        page = self._post(self.url, answer="right", seen=self._get_seen())
        self.assertIn("You confirmed", page.text)
        self.assertTrue(self.customer.with_company(self.company).billing_to_confirm, "one answer")
        self.assertNotIn(self.customer.vat, self.url_open(self.url).text)

    def test_changed_meanwhile(self):
        seen = self._get_seen()
        self.customer.invoice_phone = "010-9"
        self.env.flush_all()
        page = self._post(self.url, answer="right", seen=seen)
        self.assertIn("changed meanwhile", page.text)
        self.assertTrue(self.customer.with_company(self.company).billing_to_confirm)

    def test_wrong(self):
        page = self._post(self.url, answer="wrong", comment=" ")
        self.assertIn("Please write", page.text)
        self._post(self.url, answer="wrong", comment=f"<b>Moved</b> {self.BANK_ACCOUNT}")
        activity = self.customer.activity_ids
        self.assertEqual(activity.user_id, self.sales)
        self.assertIn("&lt;b&gt;Moved", activity.note)
        self.assertNotIn(self.BANK_ACCOUNT, activity.note)
        self.assertTrue(self.customer.with_company(self.company).billing_to_confirm)

    def test_links_that_are_none(self):
        for url in (
            "/invoice_crm/billing",
            "/invoice_crm/billing?token=x",
            self.url[:-4],
            self.url.replace("token=", "token=A"),
        ):
            with self.subTest(url):
                page = self.url_open(url)
                self.assertEqual(page.status_code, 403)
                self.assertNotIn(self.customer.vat, page.text)
                self.assertEqual(self._post(url, answer="right").status_code, 403)

    def test_newer_link_takes_the_place(self):
        question = self.env["invoice.billing.confirmation"].search([])
        self.env.cr.execute(
            "UPDATE invoice_billing_confirmation SET create_date = create_date - interval '2 days'"
        )
        question.invalidate_recordset()
        newer = self._ask()
        self.assertEqual(self.url_open(self.url).status_code, 403)
        self.assertEqual(self.url_open(newer).status_code, 200)

    @users("ticket_sales", "ticket_finance", "ticket_manager")
    def test_nobody_writes_questions(self):
        Question = self.env["invoice.billing.confirmation"]
        with self.assertRaises(AccessError):
            Question.create({"partner_id": self.customer.id, "contact_id": self.contact.id})
        with self.assertRaises(AccessError):
            Question.search([]).write({"state": "right"})
