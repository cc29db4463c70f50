import base64
import io

from PIL import Image, ImageDraw

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged, users

from ...models.base.proof import proven
from ...models.customer.res_partner import BILLING_COLUMNS
from ..common import TicketCommon
from ..fapiao.fapiao_files import build_xml


def draw_picture(size=(1000, 1400), seal=True):
    """A picture of a licence, as it is written to the field."""
    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    for row in range(20):
        for column in range(40):
            x, y = 80 + column * 20, 100 + row * 40
            draw.rectangle((x, y, x + 6 + column % 5, y + 18), fill="black")
    if seal:
        draw.ellipse((650, 1000, 900, 1250), outline=(210, 30, 30), width=14)
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return base64.b64encode(stream.getvalue())


class BillingReviewCommon(TicketCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.user_id = cls.sales

    def _verify(self):
        flow = self._create_flow("res.partner", [self.approver])
        self.customer.with_user(self.sales).action_submit_billing()
        self.customer.with_user(self.approver).action_approve()
        return flow


@tagged("post_install", "-at_install")
class TestBusinessLicence(BillingReviewCommon):
    """The licence beside which billing data are verified."""

    @users("ticket_sales", "ticket_finance")
    def test_good_picture_has_no_warning(self):
        customer = self.customer.with_user(self.env.user)
        customer.business_licence = draw_picture()
        self.assertFalse(customer.business_licence_warning)
        self.assertEqual(customer.business_licence_kind, "picture")
        customer.business_licence = False
        self.assertFalse(customer.business_licence_kind)

    def test_doubts_are_said_and_refuse_nothing(self):
        self.customer.business_licence = draw_picture(seal=False)
        self.assertIn("seal", self.customer.business_licence_warning)
        self.customer.business_licence = draw_picture((200, 300))
        self.assertIn("too small", self.customer.business_licence_warning)
        self.assertIn("too small", self.customer.business_licence_warning)
        self.customer.business_licence = base64.b64encode(b"%PDF-1.7 broken")
        self.assertEqual(self.customer.business_licence_kind, "pdf")
        self.assertIn("damaged", self.customer.business_licence_warning)

    def test_other_files_are_refused(self):
        self.customer.business_licence = draw_picture()
        for content in (b"PK\x03\x04zip", b"<svg/>", b"text"):
            with self.assertRaisesRegex(ValidationError, "picture"):
                self.customer.business_licence = base64.b64encode(content)
            with self.assertRaisesRegex(ValidationError, "picture"):
                self.env["res.partner"].create(
                    {"name": "New", "business_licence": base64.b64encode(content)}
                )
        with self.assertRaises(ValidationError):
            self.customer.write({"business_licence": "not base64 …"})

    def test_number_of_the_code_is_compared(self):
        proven(self.customer).business_licence_check = {"tax_ids": ["91310115MA1K4LFD7T"]}
        self.assertIn("91310115MA1K4LFD7T", self.customer.business_licence_warning)
        self.customer.vat = "91310115MA1K4LFD7T"
        self.assertFalse(self.customer.business_licence_warning)

    def test_the_verified_one_is_kept(self):
        self.customer.business_licence = draw_picture()
        self._verify()
        self.customer.with_user(self.sales).business_licence = draw_picture(seal=False)
        attachment = self.customer.message_ids.attachment_ids
        self.assertEqual(base64.b64encode(attachment.raw), draw_picture())
        self.assertEqual(attachment.res_id, self.customer.id)

    def test_locked_while_somebody_decides(self):
        self._create_flow("res.partner", [self.approver])
        self.customer.with_user(self.sales).action_submit_billing()
        with self.assertRaisesRegex(UserError, "wait for approval"):
            self.customer.with_user(self.sales).business_licence = draw_picture()

    @users("ticket_finance", "ticket_manager")
    def test_nobody_writes_the_result_of_the_check(self):
        for values in (
            {"business_licence_check": {"problems": []}},
            {"business_licence_kind": "pdf"},
        ):
            with self.assertRaises(AccessError):
                self.customer.with_user(self.env.user).write(values)


@tagged("post_install", "-at_install")
class TestBillingReview(BillingReviewCommon):
    """Who verified what, what differs from it, and how a refusal is mended."""

    def test_reject_correct_resubmit(self):
        self._create_flow("res.partner", [self.approver])
        customer = self.customer.with_user(self.sales)
        customer.action_submit_billing()
        self.customer.approval_request_id.with_user(self.approver).action_reject("Wrong phone")
        self.assertEqual(customer.billing_state, "rejected")
        self.assertEqual(customer.approval_reason, "Wrong phone")
        customer.invoice_phone = "010-60000000"
        customer.action_submit_billing()
        self.customer.with_user(self.approver).action_approve()
        self.assertEqual(customer.billing_state, "verified")
        self.assertEqual(customer.billing_verified_by_id, self.approver)
        self.assertTrue(customer.billing_verified_on)

    def test_differences_from_what_was_verified(self):
        flow = self._verify()
        flow.active = False
        self.assertFalse(self.customer.billing_differences_html)
        self.customer.with_user(self.sales).write(
            {"invoice_phone": "010-60000000", "invoice_bank_acc_number": "6222000000000009"}
        )
        self.assertEqual(self.customer.billing_state, "unverified")
        self.assertFalse(self.customer.billing_verified_on)
        self.assertFalse(self.customer.billing_verified_by_id)
        html = self.customer.with_user(self.sales).billing_differences_html
        self.assertIn("010-62345678", html)
        self.assertIn("010-60000000", html)
        self.assertNotIn(self.BANK_ACCOUNT, html)
        self.assertNotIn("6222000000000009", html)
        self.assertIn(
            self.BANK_ACCOUNT, self.customer.with_user(self.finance).billing_differences_html
        )

    def test_approver_sees_all_beside_the_licence(self):
        self.customer.business_licence = draw_picture((200, 300))
        self.env["res.partner"].create(
            {
                "name": "Ann Contact",
                "phone": "13800000000",
                "email": "ann@example.com",
                "type": "invoice",
                "parent_id": self.customer.id,
            }
        )
        self._create_flow("res.partner", [self.approver])
        self.customer.with_user(self.sales).action_submit_billing()
        request = self.customer.approval_request_id
        html = str(request.with_user(self.approver).facts_html)
        for text in (
            self.BANK_ACCOUNT,
            self.customer.vat,
            "Ann Contact",
            "13800000000",
            "too small",
        ):
            self.assertIn(text, html)
        [warning] = [part for part in html.split("<dd") if "too small" in part]
        self.assertIn("fa-exclamation-triangle", warning)
        self.assertTrue(request.with_user(self.approver).business_licence)
        self.assertFalse(request.with_user(self.sales).facts_html)
        request.with_user(self.approver).action_approve()
        self.assertFalse(request.with_user(self.approver).facts_html)

    def test_approver_sees_what_was_verified_before(self):
        flow = self._verify()
        flow.trigger_fields = ["vat"]
        self.customer.with_user(self.sales).invoice_bank_acc_number = "6222000000000009"
        self.customer.with_user(self.sales).action_submit_billing()
        request = self.customer.approval_request_id
        html = str(request.with_user(self.approver).facts_html)
        self.assertIn(f">{self.BANK_ACCOUNT}</del>", html)
        new, before = html.index("6222000000000009"), html.index(self.BANK_ACCOUNT)
        self.assertLess(new, before)
        self.assertEqual(html[new:before].count("<dt"), 1, "what was verified is right behind")

    @users("ticket_sales", "ticket_finance", "ticket_manager")
    def test_nobody_writes_a_verification(self):
        customer = self.customer.with_user(self.env.user)
        for values in (
            {"billing_verified_on": "2026-01-01 00:00:00"},
            {"billing_verified_by_id": self.env.uid},
            {"billing_verified_values": {"vat": "x"}},
            {"billing_confirmed_on": "2026-01-01 00:00:00"},
            {"billing_address_asked": True},
        ):
            with self.assertRaises(AccessError):
                customer.write(values)
            with self.assertRaises(AccessError):
                customer.create({"name": "New", **values})

    @users("ticket_sales", "ticket_auditor", "ticket_approver")
    def test_values_that_were_verified_are_for_finance(self):
        proven(self.customer)._mark_verified(self.finance)
        with self.assertRaises(AccessError):
            self.customer.with_user(self.env.user).read(["billing_verified_values"])

    # === WHOEVER CHANGES WHAT IS VERIFIED === #

    def _assertUnchecked(self, change):
        proven(self.customer)._mark_verified(self.finance)
        change()
        self.env.flush_all()
        self.assertEqual(self.customer.billing_state, "unverified")
        self.assertFalse(self.customer.billing_verified_by_id)

    def test_every_column_by_rpc_and_import(self):
        bank_account = self.env["res.partner.bank"].create(
            {"partner_id": self.customer.id, "acc_number": "6222000000000011"}
        )
        values = {
            "invoice_title": "Other",
            "vat": "91310115MA1K4LFD7T",
            "invoice_address": "Other Street",
            "invoice_phone": "021-1",
            "invoice_bank_account_id": bank_account.id,
        }
        self.assertEqual(set(values), set(BILLING_COLUMNS))
        for fname, value in values.items():
            with self.subTest(fname):
                self._assertUnchecked(lambda f=fname, v=value: self.customer.write({f: v}))
        xmlid = self.customer.export_data(["id"])["datas"][0][0]
        self._assertUnchecked(
            lambda: self.env["res.partner"].load(["id", "invoice_phone"], [[xmlid, "021-2"]])
        )

    def test_account_itself(self):
        self._assertUnchecked(lambda: self.bank_account.write({"acc_number": "6222000000000012"}))
        other = self.env["res.bank"].create({"name": "Other Bank"})
        self._assertUnchecked(lambda: self.bank_account.write({"bank_id": other.id}))
        self._assertUnchecked(self.bank_account.action_archive)

    def test_merge_takes_over_no_verification(self):
        other = self.env["res.partner"].create(
            {"name": "Twin", "is_company": True, "invoice_phone": "021-3"}
        )
        proven(other)._mark_verified(self.finance)
        other.business_licence = draw_picture()
        self.customer.invoice_phone = False
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (self.customer | other).ids, self.customer
        )
        self.assertEqual(self.customer.billing_state, "unverified")
        self.assertFalse(self.customer.billing_verified_values)

    # === WITHOUT A FLOW === #

    def _disable_flows(self):
        flows = self.env["invoice.approval.flow"].search([("res_model", "=", "res.partner")])
        flows.active = False

    def test_without_a_flow_the_system_verifies(self):
        self._disable_flows()
        self.customer.with_user(self.sales).action_submit_billing()
        self.assertEqual(self.customer.billing_state, "verified")
        self.assertEqual(self.customer.billing_verified_by_id, self.env.ref("base.user_root"))

    def test_company_has_it_checked(self):
        self._disable_flows()
        self.customer.vat = "91310115MA1K4LFD7T"
        self.company.billing_auto_review = "checked"
        self.customer.invoice_phone = False
        customer = self.customer.with_user(self.sales).with_company(self.company)
        with self.assertRaisesRegex(UserError, "Billing Phone"):
            customer.action_submit_billing()
        self.customer.invoice_phone = "010-1"
        with self.assertRaisesRegex(UserError, "phone"):
            customer.action_submit_billing()
        self.customer.invoice_phone = "010-12345678"
        self.customer.business_licence = draw_picture((200, 300))
        with self.assertRaises(UserError) as refusal:
            customer.action_submit_billing()
        self.assertIn("too small", str(refusal.exception))
        self.customer.business_licence = False
        customer.action_submit_billing()
        self.assertEqual(customer.billing_state, "verified")


@tagged("post_install", "-at_install")
class TestTicketPolicy(BillingReviewCommon):
    """What customers get whose billing data are not verified, or incomplete."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._disable = cls.env["invoice.approval.flow"].search(
            [("res_model", "=", "invoice.ticket")]
        )
        cls._disable.active = False
        cls.type = cls.type_ordinary

    def test_all_gives_a_hint_where_the_tax_number_counts(self):
        ticket = self._create_ticket().with_user(self.sales)
        self.assertIn("not verified", ticket.billing_hint)
        ticket.action_submit()
        self.assertEqual(ticket.state, "approved")
        self.assertFalse(self._create_ticket(type_id=self.type_receipt.id).billing_hint)
        proven(self.customer)._mark_verified(self.finance)
        self.assertFalse(self._create_ticket().billing_hint)

    def test_drafts_only(self):
        self.type.unverified_policy = "draft"
        ticket = self._create_ticket(type_id=self.type.id).with_user(self.sales)
        self.assertTrue(ticket.billing_hint)
        with self.assertRaisesRegex(UserError, "verified first"):
            ticket.action_submit()
        proven(self.customer)._mark_verified(self.finance)
        ticket.action_submit()
        self.assertEqual(ticket.state, "approved")

    def test_nothing(self):
        self.type.unverified_policy = "nothing"
        with self.assertRaisesRegex(ValidationError, "verified first"):
            self._create_ticket(type_id=self.type.id)
        ticket = self._create_ticket()
        with self.assertRaisesRegex(ValidationError, "verified first"):
            ticket.with_user(self.sales).type_id = self.type
        other = self.env["res.partner"].create({"name": "Other"})
        proven(self.customer)._mark_verified(self.finance)
        ticket.with_user(self.sales).type_id = self.type
        with self.assertRaisesRegex(ValidationError, "verified first"):
            ticket.with_user(self.sales).partner_id = other

    def test_form_says_it_while_typing(self):
        form = Form(self.env["invoice.ticket"].with_user(self.sales).with_company(self.company))
        form.partner_id = self.customer
        form.type_id = self.type_digital_special
        self.assertIn("not verified", form.billing_hint)

    def test_incomplete(self):
        proven(self.customer)._mark_verified(self.finance)
        self.type.write({"incomplete_policy": "draft", "billing_requirement": "all"})
        self.customer.invoice_phone = False
        proven(self.customer)._mark_verified(self.finance)
        ticket = self._create_ticket(type_id=self.type.id, buyer_phone="010-1").with_user(
            self.sales
        )
        self.assertIn("Phone", ticket.billing_hint)
        with self.assertRaisesRegex(UserError, "lack"):
            ticket.action_submit()
        self.type.incomplete_policy = "all"
        ticket.action_submit()

    def test_customer_changes_between_approval_and_issue(self):
        self.type.unverified_policy = "draft"
        proven(self.customer)._mark_verified(self.finance)
        ticket = self._create_ticket(type_id=self.type.id)
        ticket.with_user(self.sales).action_submit()
        ticket.write(self._prepare_fapiao_values(ticket))
        self.customer.invoice_phone = "010-7"
        self.assertTrue(ticket.billing_hint)
        with self.assertRaisesRegex(UserError, "verified first"):
            ticket.with_user(self.finance).action_issue()
        proven(self.customer)._mark_verified(self.finance)
        ticket.with_user(self.finance).action_issue()
        self.assertEqual(ticket.state, "issued")
        self.assertFalse(ticket.billing_hint)

    def test_contact_counts_as_its_company(self):
        self.type.unverified_policy = "nothing"
        proven(self.customer)._mark_verified(self.finance)
        contact = self.env["res.partner"].create({"name": "Ann", "parent_id": self.customer.id})
        self.assertTrue(self._create_ticket(type_id=self.type.id, partner_id=contact.id))

    def test_red_letter_is_never_refused(self):
        proven(self.customer)._mark_verified(self.finance)
        ticket = self._create_ticket()
        proven(ticket).write(dict(self._prepare_fapiao_values(ticket), state="issued"))
        ticket.type_id.unverified_policy = "nothing"
        self.customer.invoice_phone = "010-7"
        red = proven(ticket).copy({"red_of_id": ticket.id})
        self.assertFalse(red._get_policy_reason())

    def test_file_of_what_was_issued_is_read(self):
        """It is a fact, whatever the policy says: as a new ticket, and on one that waits."""
        self.env["invoice.ticket.type"].search([]).unverified_policy = "draft"
        proven(self.customer)._mark_verified(self.finance)
        waiting = self._create_ticket()
        waiting.with_user(self.sales).action_submit()
        self.customer.invoice_phone = "010-7"
        self.env["invoice.ticket.type"].search([]).unverified_policy = "nothing"
        seller = (self.company.name, self.company.vat)
        buyer = (self.customer.invoice_title, self.customer.vat)
        for number in ("26110000000000000001", "26110000000000000002"):
            attachment = (
                self.env["ir.attachment"]
                .with_user(self.finance)
                .create({"name": "x.xml", "raw": build_xml(number, seller, buyer)})
            )
            tickets = self.env["invoice.ticket"].with_user(self.finance)
            [result] = tickets.import_fapiao(attachment.ids)
            self.assertIn(result["outcome"], ("issued", "created"), result["message"])
            self.assertEqual(tickets.browse(result["ticket_id"]).state, "issued")

    def test_approver_reads_the_hint(self):
        self._create_flow("invoice.ticket", [self.approver])
        ticket = self._create_ticket()
        ticket.with_user(self.sales).action_submit()
        request = ticket.approval_request_id.with_user(self.approver)
        self.assertIn("not verified", str(request.facts_html))

    def test_hint_opens_the_customer(self):
        ticket = self._create_ticket().with_user(self.sales)
        self.assertEqual(ticket.action_view_customer()["res_id"], self.customer.id)
        with self.assertRaises(AccessError):
            ticket.with_user(self.sales2).action_view_customer()

    def test_lines_of_a_command_are_checked_too(self):
        self.type.unverified_policy = "nothing"
        with self.assertRaises(ValidationError):
            self.customer.write(
                {"ticket_ids": [Command.create(self._prepare_ticket_values(type_id=self.type.id))]}
            )
