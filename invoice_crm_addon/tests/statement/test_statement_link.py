from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import UserError
from odoo.http import Request
from odoo.tests import HttpCase, tagged

from odoo.addons.mail.tests.common import MailCase

from ...models.base.proof import proven
from .common import StatementCommon


@tagged("post_install", "-at_install")
class TestStatementLink(StatementCommon, MailCase, HttpCase):
    """The customer answers behind the link, without login."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.invoice = cls._bill()

    def setUp(self):
        super().setUp()
        with self.mock_mail_gateway():
            self.statement = self._send(user=self.sales)
        self.url = self._get_url(self.statement)
        self.authenticate(None, None)

    def _get_url(self, statement):
        parts = urlsplit(proven(statement)._get_link())
        return f"{parts.path}?{parts.query}"

    def _post(self, url=None, csrf=True, **values):
        parts = urlsplit(url or self.url)
        token = parse_qs(parts.query).get("token", [""])[0]
        data = {"token": token, "name": "Li Lei", **values}
        if csrf:
            data["csrf_token"] = Request.csrf_token(self)
        return self.url_open(parts.path, data=data)

    def _assert_state(self, state, **values):
        self.statement.invalidate_recordset()
        self.assertRecordValues(self.statement, [{"state": state, **values}])

    def test_the_mail_has_the_link(self):
        [mail] = self._new_mails
        self.assertIn("/invoice_crm/statement?token=", mail.body_html)

    def test_looking_says_nothing(self):
        for user in (None, "ticket_portal", "ticket_outsider"):
            with self.subTest(user):
                self.authenticate(user, user)
                page = self.url_open(self.url)
                self.assertEqual(page.status_code, 200)
                self.assertIn(self.invoice.name, page.text)
                self.assertIn("noindex", page.headers["X-Robots-Tag"])
                self.assertEqual(page.headers["Cache-Control"], "no-store")
                self.url_open(f"{self.url}&answer=agreed&name=Li")
                self._assert_state("sent", answered_on=False)

    def test_in_the_browser(self):
        self.start_tour(self.url, "invoice_crm_statement_answer", login=None)
        self._assert_state("agreed", answered_by="Li Lei")
        bodies = "".join(self.statement.message_ids.mapped("body"))
        self.assertIn("130 are missing", bodies)

    def test_agrees(self):
        page = self._post(answer="agreed")
        self.assertIn("Thank you", page.text)
        self._assert_state("agreed", answered_by="Li Lei", answer_amount=0.0)
        self.assertTrue(self.statement.answered_on)
        self.assertFalse(self.statement.activity_ids)
        self.assertIn("Li Lei agrees", "".join(self.statement.message_ids.mapped("body")))

    def test_differs(self):
        page = self._post(answer="differs", text=" ")
        self.assertIn("write what differs", page.text)
        page = self._post(answer="differs", amount="a lot")
        self.assertIn("is no amount", page.text)
        page = self._post(answer="differs", amount="nan")
        self.assertIn("is no amount", page.text)
        page = self._post(answer="differs", text="x", name=" ")
        self.assertIn("enter your name", page.text)
        self._assert_state("sent")
        text = f"<b>130</b> missing, pay to {self.BANK_ACCOUNT}"
        self._post(answer="differs", text=text, amount="¥1,000.00")
        self._assert_state("differs", answer_amount=1000.0)
        self.assertNotIn(self.BANK_ACCOUNT, self.statement.answer_text)
        activity = self.statement.activity_ids
        self.assertEqual(activity.user_id, self.sales)
        # The form reads who created it; the public user is of another company.
        self.assertTrue(activity.create_uid.with_user(self.sales).has_access("read"))
        self.assertIn("&lt;b&gt;130", activity.note)
        self.assertIn("1,000.00", activity.note)

    def test_amounts_as_people_write_them(self):
        """Understood, or refused with a sentence; never another amount."""
        for typed, amount in (
            ("1234,56", 1234.56),
            ("1,234.56", 1234.56),
            ("1.234,56", 1234.56),
            ("１２３４．５６", 1234.56),
            ("¥1 234.56", 1234.56),
            ("-1,234.56元", -1234.56),
            ("12,345", 12345.0),
        ):
            with self.subTest(typed):
                self.assertEqual(self.statement._read_amount(typed), amount)
        for typed in ("1.234", "1,234,56", "12万", "1 2a", "inf", "99999999999999"):
            with self.subTest(typed), self.assertRaisesRegex(UserError, "is no amount"):
                self.statement._read_amount(typed)

    def test_second_answer_until_settled(self):
        self._post(answer="differs", text="130 are missing")
        self._post(answer="agreed", name="Han Meimei")
        self._assert_state("agreed", answered_by="Han Meimei")
        self.assertFalse(self.statement.activity_ids)
        bodies = "".join(self.statement.message_ids.mapped("body"))
        self.assertIn("130 are missing", bodies, "the history tells both")
        self.statement.with_user(self.finance).action_settle("On the phone")
        self.env.flush_all()
        page = self._post(answer="differs", text="No")
        self.assertIn("is settled", page.text)
        self._assert_state("settled", answered_by="Han Meimei")

    def test_owner_is_finance_where_nobody_sells(self):
        self.customer.user_id = False
        proven(self.statement).write({"user_id": False, "sender_id": self.finance.id})
        self.env.flush_all()
        self._post(answer="differs", text="130 are missing")
        self.assertEqual(self.statement.activity_ids.user_id, self.finance)

    def test_links_that_are_none(self):
        for url in (
            "/invoice_crm/statement",
            "/invoice_crm/statement?token=x",
            self.url[:-4],
            self.url.replace("token=", "token=A"),
        ):
            with self.subTest(url):
                page = self.url_open(url)
                self.assertEqual(page.status_code, 403)
                self.assertNotIn(self.invoice.name, page.text)
                self.assertEqual(self._post(url, answer="agreed").status_code, 403)
        self._assert_state("sent")

    def test_expired(self):
        with freeze_time(fields.Datetime.now() - timedelta(days=91)):
            url = self._get_url(self.statement)
        self.assertEqual(self.url_open(url).status_code, 403)
        self.assertEqual(self._post(url, answer="agreed").status_code, 403)
        self._assert_state("sent")

    def test_needs_the_token_of_the_session(self):
        self.assertEqual(self._post(csrf=False, answer="agreed").status_code, 400)
        self._assert_state("sent")

    def test_stale_links(self):
        with self.mock_mail_gateway():
            newer = self._send()
        self.env.flush_all()
        page = self._post(answer="agreed")
        self.assertIn("does not apply any more", page.text)
        self.assertNotIn(self.invoice.name, page.text)
        self._assert_state("cancelled")
        url = self._get_url(newer)
        proven(newer).figures = {**newer.figures, "sums": {}}
        self.env.flush_all()
        self.assertIn("figures changed", self._post(url, answer="agreed").text)
        self.assertEqual(newer.state, "sent")

    def test_colleagues_do_not_answer(self):
        self.authenticate("ticket_sales", "ticket_sales")
        page = self._post(answer="agreed")
        self.assertIn("logged in as a colleague", page.text)
        self._assert_state("sent")
