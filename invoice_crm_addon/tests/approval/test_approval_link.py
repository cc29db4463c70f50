from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

from lxml import html

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.http import Request
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ...models.approval import approval_presentation
from .test_approval import ApprovalCommon


@tagged("post_install", "-at_install")
class TestApprovalLink(ApprovalCommon, HttpCase):
    """The page behind the buttons of a mail."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("en_US")
        people = cls.approver | cls.lead | cls.manager | cls.auditor | cls.portal | cls.sales
        people.lang = "en_US"

    def setUp(self):
        super().setUp()
        self.request = self._start(self.approver, self.lead)
        self.url = self._get_url(self.request, self.approver)

    # === HELPERS === #

    def _get_url(self, request, user):
        """Address of a link, without the server."""
        parts = urlsplit(request.sudo()._get_link(user))
        return f"{parts.path}?{parts.query}"

    def _login(self, user):
        self.authenticate(user.login, user.login)

    def _get(self, url, status=200):
        response = self.url_open(url)
        self.assertEqual(response.status_code, status, response.text[-500:])
        return self._read(response)

    def _read(self, response):
        """Text of a page, and whether it offers a decision."""
        body = html.fromstring(response.text)
        for script in body.xpath("//script|//style"):
            script.drop_tree()
        return " ".join(body.text_content().split()), bool(body.xpath("//form"))

    def _post(self, url, **values):
        parts = urlsplit(url)
        token = parse_qs(parts.query).get("token", [""])[0]
        data = {"csrf_token": Request.csrf_token(self), "token": token, **values}
        return self.url_open(parts.path, data=data)

    def assertUndecided(self, request=None, *decisions):
        """Nothing happened since the submission but the given rows of the history."""
        request = request or self.request
        request.invalidate_recordset()
        self.assertEqual(request.state, "pending")
        self.assertEqual(request.decision_ids.mapped("decision"), ["submit", *decisions])

    # === LOOK === #

    def test_looking_decides_nothing(self):
        self._login(self.approver)
        for suffix in ("", "&decision=approve", "&decision=reject&comment=No"):
            with self.subTest(suffix):
                text, has_form = self._get(self.url + suffix)
                self.assertTrue(has_form)
                for expected in (self.request.name, "1,130.00", self.customer.name, "Stage 1"):
                    self.assertIn(expected, text)
        self.url_open(self.url, method="HEAD")
        self.assertUndecided()

    def test_page_is_neither_kept_nor_framed(self):
        self._login(self.approver)
        headers = self.url_open(self.url).headers
        self.assertEqual(headers["Cache-Control"], "no-store")
        self.assertEqual(headers["X-Frame-Options"], "DENY")
        self.assertEqual(headers["Referrer-Policy"], "same-origin")

    def test_changes_and_comments_are_shown(self):
        self._create_flow("invoice.ticket", [self.approver, self.lead], trigger_fields=["content"])
        ticket = self._create_ticket(content="Consulting")
        self._approve(ticket)
        ticket.with_user(self.sales).content = "<b>Training</b>"
        request = ticket.approval_request_id
        request.with_user(self.approver).action_approve("Looks <i>good</i>")
        self._login(self.lead)
        text, has_form = self._get(self._get_url(request, self.lead))
        self.assertTrue(has_form)
        for expected in ("Consulting", "<b>Training</b>", "Looks <i>good</i>", "Approver"):
            self.assertIn(expected, text)

    # === DECIDE === #

    def test_approve_with_comment(self):
        self._login(self.approver)
        response = self._post(self.url, decision="approve", comment="Fine")
        self.assertEqual(response.status_code, 200)
        text, has_form = self._read(response)
        self.assertFalse(has_form)
        self.assertIn(f"It waits for: {self.lead.name}", text)
        self.assertIn("Fine", text)
        decision = self.request.decision_ids[-1:]
        self.assertRecordValues(
            decision, [{"user_id": self.approver.id, "decision": "approve", "comment": "Fine"}]
        )
        self.assertEqual(self.request.waiting_user_ids, self.lead)

    def test_last_approval_says_so(self):
        request = self._start(self.approver)
        self._login(self.approver)
        text, _has_form = self._read(
            self._post(self._get_url(request, self.approver), decision="approve")
        )
        self.assertIn("This request is approved.", text)
        self.assertEqual(self._get_document(request).state, "approved")

    def test_reject_with_reason(self):
        self._login(self.approver)
        response = self._post(self.url, decision="reject", comment="Wrong title")
        self.assertIn("This request was rejected.", self._read(response)[0])
        self.assertEqual(self.request.state, "rejected")
        self.assertEqual(self.request.reason, "Wrong title")

    def test_reject_without_reason_asks_for_it(self):
        self._login(self.approver)
        for comment in ("", "   "):
            text, has_form = self._read(self._post(self.url, decision="reject", comment=comment))
            self.assertTrue(has_form)
            self.assertIn("Give a reason", text)
        self.assertUndecided()

    def test_unknown_decision_decides_nothing(self):
        self._login(self.approver)
        for decision in ("", "withdraw", "_do_approve"):
            text, has_form = self._read(self._post(self.url, decision=decision, comment="x"))
            self.assertTrue(has_form)
            self.assertIn("Choose", text)
        self.assertUndecided()

    def test_form_of_another_site_is_refused(self):
        self._login(self.approver)
        for token in ("", "abc", Request.csrf_token(self)[:-1]):
            with mute_logger("odoo.http"):
                response = self._post(self.url, csrf_token=token, decision="approve")
            self.assertEqual(response.status_code, 400)
        self.assertUndecided()

    def test_document_that_refuses_the_decision_says_why(self):
        request = self._start(self.approver)
        self._login(self.approver)
        reason = "The contract is used up."
        Ticket = self.registry["invoice.ticket"]

        def refuse(ticket):
            ticket.content = "Half done"
            raise UserError(reason)

        with patch.object(Ticket, "_approval_on_approved", refuse):
            text, has_form = self._read(
                self._post(
                    self._get_url(request, self.approver), decision="approve", comment="My remark"
                )
            )
        self.assertTrue(has_form)
        self.assertIn(reason, text)
        self.assertIn("My remark", text)
        self.assertUndecided(request)
        self.assertFalse(self._get_document(request).content)

    # === LINKS THAT DO NOT FIT === #

    def test_wrong_signatures(self):
        self._login(self.approver)
        path, token = self.url.split("?token=")
        other = self._start(self.approver)
        wrong = ("", "x", "中文", "%00%ff", token[:-4], token[4:], f"{token}AAAA", "A" * 5000)
        for value in wrong:
            with self.subTest(value[:20]):
                text, has_form = self._get(f"{path}?token={value}", status=403)
                self.assertFalse(has_form)
                self.assertNotIn(self.request.name, text)
                response = self._post(f"{path}?token={value}", decision="approve")
                self.assertEqual(response.status_code, 403)
        self._get(path, status=403)
        self._get(f"/invoice_crm/approval/{other.id}?token={token}", status=403)
        self._get(f"/invoice_crm/approval/999999999?token={token}", status=403)
        self.assertUndecided()
        self.assertUndecided(other)

    def test_expired_signature(self):
        with patch.object(approval_presentation, "LINK_DAYS", -1):
            url = self._get_url(self.request, self.approver)
        self._login(self.approver)
        text, has_form = self._get(url, status=403)
        self.assertFalse(has_form)
        self.assertIn("two weeks", text)
        self.assertEqual(self._post(url, decision="approve").status_code, 403)
        self.assertUndecided()

    def test_link_of_somebody_else(self):
        for user in (self.lead, self.manager, self.portal, self.auditor):
            with self.subTest(user.login):
                self._login(user)
                text, has_form = self._get(self.url, status=403)
                self.assertFalse(has_form)
                self.assertIn(f"made for {self.approver.name}", text)
                self.assertIn(f"logged in as {user.name}", text)
                self.assertNotIn(self.request.name, text)
                self.assertEqual(self._post(self.url, decision="approve").status_code, 403)
        self.assertUndecided()

    def test_login_leads_back_to_the_link(self):
        self.authenticate(None, None)
        response = self.url_open(self.url, allow_redirects=False)
        self.assertEqual(response.status_code, 303)
        location = urlsplit(response.headers["Location"])
        self.assertEqual(location.path, "/web/login")
        self.assertEqual(parse_qs(location.query)["redirect"], [self.url])
        response = self._post(self.url, decision="approve")
        self.assertNotIn(self.request.name, response.text)
        self.assertUndecided()

    def test_foreign_link_offers_to_change_the_login(self):
        self._login(self.lead)
        page = html.fromstring(self.url_open(self.url).text)
        logout = page.xpath("//a[contains(@href, '/web/session/logout')]")[0].get("href")
        login = parse_qs(urlsplit(logout).query)["redirect"][0]
        self.assertEqual(parse_qs(urlsplit(login).query)["redirect"], [self.url])

    def test_link_works_once(self):
        self._login(self.approver)
        for decision, comment in (("approve", "Fine"), ("approve", ""), ("reject", "No")):
            text, has_form = self._read(self._post(self.url, decision=decision, comment=comment))
            self.assertFalse(has_form)
            self.assertIn("Fine", text)
        decisions = self.request.decision_ids.mapped("decision")
        self.assertEqual(decisions, ["submit", "approve"])

    def test_step_that_others_decided(self):
        request = self._start(self.approver | self.lead, self.manager)
        url = self._get_url(request, self.approver)
        request.with_user(self.lead).action_approve("I was faster")
        self._login(self.approver)
        for page in (self._get(url), self._read(self._post(url, decision="reject", comment="No"))):
            text, has_form = page
            self.assertFalse(has_form)
            self.assertIn(self.lead.name, text)
            self.assertIn("I was faster", text)
            self.assertIn(f"It waits for: {self.manager.name}", text)
        self.assertEqual(request.state, "pending")

    def test_request_that_was_withdrawn(self):
        self.request.with_user(self.sales).action_withdraw("Mistake")
        self._login(self.approver)
        text, has_form = self._get(self.url)
        self.assertFalse(has_form)
        self.assertIn("This request was withdrawn.", text)
        self.assertIn("Mistake", text)
        self._post(self.url, decision="approve")
        self.assertEqual(self.request.state, "withdrawn")

    def test_step_that_was_handed_over(self):
        self.request.with_user(self.approver).action_transfer(self.outsider.id, "Holiday")
        self._login(self.approver)
        text, has_form = self._get(self.url)
        self.assertFalse(has_form)
        self.assertIn(f"It waits for: {self.outsider.name}", text)

    def test_link_of_an_earlier_stage_leads_to_the_next(self):
        request = self._start(self.approver, self.approver)
        url = self._get_url(request, self.approver)
        self._login(self.approver)
        response = self._post(url, decision="approve")
        page = html.fromstring(response.text)
        self.assertFalse(page.xpath("//form"))
        following = page.xpath("//a[contains(@href, '/invoice_crm/approval/')]")[0].get("href")
        parts = urlsplit(following)
        self._post(f"{parts.path}?{parts.query}", decision="approve")
        self.assertEqual(request.state, "approved")

    def test_person_who_left_the_company(self):
        self.approver.write(
            {
                "company_ids": [Command.set(self.company_other.ids)],
                "company_id": self.company_other.id,
            }
        )
        self.assertEqual(self.request.waiting_user_ids, self.manager)
        self._login(self.approver)
        text, has_form = self._get(self.url, status=403)
        self.assertFalse(has_form)
        self.assertNotIn(self.request.name, text)
        self.assertEqual(self._post(self.url, decision="approve").status_code, 403)
        self.assertUndecided(self.request, "replace")

    def test_person_who_became_an_auditor(self):
        auditor = self.env.ref("invoice_crm_addon.group_ticket_auditor")
        self.approver.group_ids |= auditor
        self._login(self.approver)
        _text, has_form = self._get(self.url)
        self.assertFalse(has_form)
        self._post(self.url, decision="approve")
        self.assertUndecided(self.request, "replace")

    def test_company_that_is_not_the_active_one(self):
        self.approver.write(
            {
                "company_ids": [Command.link(self.company_other.id)],
                "company_id": self.company_other.id,
            }
        )
        self._login(self.approver)
        self._post(self.url, decision="approve")
        self.assertEqual(self.request.waiting_user_ids, self.lead)

    def test_delegate_decides_with_their_own_link(self):
        self.env["invoice.approval.delegation"].create(
            {
                "user_id": self.approver.id,
                "delegate_id": self.manager.id,
                "date_from": "2020-01-01",
                "date_to": "2099-01-01",
            }
        )
        self.assertEqual(self.request.waiting_user_ids, self.manager)
        self._login(self.manager)
        url = self._get_url(self.request, self.manager)
        text, _has_form = self._get(url)
        self.assertIn(f"You Decide For {self.approver.name}", text)
        self._post(url, decision="approve")
        self.assertEqual(self.request.decision_ids[-1:].for_user_id, self.approver)
