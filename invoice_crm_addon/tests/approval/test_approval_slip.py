import re
import shutil
from unittest import skipUnless

from lxml import html

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from .test_approval import ApprovalCommon

REPORT = "invoice_crm_addon.approval_slip_report"


class SlipCommon(ApprovalCommon):
    """Slips as pages, without wkhtmltopdf."""

    def _print(self, requests, user, timezone="UTC"):
        """The page with the slips, as the user gets it in English."""
        self.env.flush_all()
        self.env.invalidate_all()
        Report = self.env["ir.actions.report"].with_user(user)
        Report = Report.with_context(lang="en_US", tz=timezone)
        content, _kind = Report._render_qweb_html(REPORT, requests.ids)
        return html.fromstring(content.decode())

    def _select(self, page, hasclass):
        """Text of each element of a class, with single spaces."""
        nodes = page.xpath(f"//*[contains(concat(' ', @class, ' '), ' {hasclass} ')]")
        return [re.sub(r"\s+", " ", node.text_content()).strip() for node in nodes]

    def _get_text(self, page):
        return re.sub(r"\s+", " ", page.xpath("//main")[0].text_content())

    def _alter(self, records, **values):
        """Change rows behind the back of the ORM."""
        self.env.flush_all()
        for fname, value in values.items():
            self.env.cr.execute(
                SQL(
                    "UPDATE %s SET %s = %s WHERE id IN %s",
                    SQL.identifier(records._table),
                    SQL.identifier(fname),
                    value,
                    tuple(records.ids),
                )
            )
        self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestApprovalSlip(SlipCommon):
    """The slip says all that happened, to those who may read it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.flow = cls._create_flow(
            "invoice.ticket",
            [
                {"name": "Head", "user_ids": [Command.set(cls.lead.ids)], "deadline_hours": 8.0},
                {
                    "name": "Books",
                    "rule": "all",
                    "user_ids": [Command.set((cls.approver | cls.manager).ids)],
                },
            ],
            name="Flow of big tickets",
            trigger_fields=["content"],
        )
        cls.ticket = cls._create_ticket(content="Advice in June")

    def _go_through_three_rounds(self):
        """Rejected, then approved, then a change that waits."""
        self._submit(self.ticket)
        self.ticket.approval_request_id.with_user(self.lead).action_reject("Wrong month")
        self._submit(self.ticket)
        second = self.ticket.approval_request_id
        second.with_user(self.lead).action_approve("Looks right")
        second.with_user(self.manager).action_approve()
        second.with_user(self.approver).action_transfer(self.colleague.id, "On leave")
        second.with_user(self.colleague).action_approve()
        self.assertEqual(self.ticket.state, "approved")
        self.ticket.with_user(self.sales).content = "Advice in July"
        return self.ticket.approval_request_ids.sorted("id")

    # === CONTENT === #

    def test_head(self):
        self._submit(self.ticket)
        page = self._print(self.ticket.approval_request_id, self.finance)
        [facts] = self._select(page, "o_slip_facts")
        for expected in (
            self.ticket.display_name,
            "Ticket",
            self.customer.name,
            "Advice in June",
            "1,130.00",
            self.sales.name,
            self.department_a.name,
        ):
            self.assertIn(expected, facts)
        self.assertEqual(self._select(page, "o_slip_company"), [self.company.name])
        self.assertEqual(self._select(page, "o_slip_stamp"), ["Waiting for approval"])

    def test_all_rounds_in_order(self):
        rounds = self._go_through_three_rounds()
        page = self._print(rounds[0], self.finance)
        titles = [re.sub(r"\s+", " ", h2.text_content()).strip() for h2 in page.xpath("//h2")]
        self.assertEqual(
            titles,
            [
                "Round 1: Flow of big tickets version 1",
                "Round 2: Flow of big tickets version 1",
                "Round 3: Flow of big tickets version 1 change of an approved document",
            ],
        )
        ends = self._select(page, "o_slip_end")
        self.assertRegex(ends[0], r"^Result: Rejected · .*\d\d:\d\d:\d\d$")
        self.assertRegex(ends[1], r"^Result: Approved · .*\d\d:\d\d:\d\d$")
        self.assertEqual(ends[2], f"Result: Waiting for approval · Waiting for: {self.lead.name}")

    def test_changes_of_a_round(self):
        rounds = self._go_through_three_rounds()
        [changes] = self._select(self._print(rounds, self.finance), "o_slip_changes")
        self.assertRegex(changes, "Advice in June.*Advice in July")

    def test_steps_with_people_state_and_rule(self):
        rounds = self._go_through_three_rounds()
        steps = self._select(self._print(rounds[:2], self.finance), "o_slip_step")
        self.assertEqual(len(steps), 6)
        self.assertRegex(steps[0], rf"^1 Head Rejected Approvers: {self.lead.name} · Deadline: ")
        self.assertRegex(steps[1], r"^2 Books Cancelled Approvers: .* · All of them$")
        self.assertRegex(steps[3], r"^2 Books Approved Approvers: .* · All of them ")
        self.assertIn(self.colleague.name, steps[3])

    def test_decisions_with_words_and_people(self):
        rounds = self._go_through_three_rounds()
        steps = self._select(self._print(rounds, self.finance), "o_slip_step")
        self.assertRegex(steps[0], rf"{self.lead.name} Rejected .* Wrong month$")
        self.assertRegex(steps[2], rf"{self.lead.name} Approved .* Looks right$")
        self.assertRegex(
            steps[3],
            rf"{self.approver.name} Transferred → {self.colleague.name} .* On leave "
            rf"{self.colleague.name} Approved ",
        )

    def test_delegate_decides_for_somebody(self):
        self.env["invoice.approval.delegation"].create(
            {
                "user_id": self.lead.id,
                "delegate_id": self.colleague.id,
                "date_from": "2020-01-01",
                "date_to": "2999-01-01",
            }
        )
        self._submit(self.ticket)
        self._decide(self.ticket.approval_request_id, self.colleague)
        who = self._select(self._print(self.ticket.approval_request_id, self.finance), "o_slip_who")
        self.assertEqual(who[-1], f"{self.colleague.name} for {self.lead.name}")

    def test_moments_in_the_timezone_of_the_reader(self):
        self._submit(self.ticket)
        request = self.ticket.approval_request_id
        self._decide(request, self.lead)
        approval = request.decision_ids[-1]
        self._alter(approval, date="2026-03-01 20:30:00")
        for timezone, expected in (
            ("Asia/Shanghai", "04:30:00"),
            ("America/New_York", "15:30:00"),
        ):
            with self.subTest(timezone=timezone):
                page = self._print(request, self.finance, timezone)
                self.assertRegex(self._select(page, "o_slip_when")[-1], f" {expected}$")
                self.assertIn(timezone, self._select(page, "o_slip_seal")[0])

    def test_hours_waited(self):
        self._submit(self.ticket)
        request = self.ticket.approval_request_id
        self._decide(request, self.lead)
        for hours, expected in ((0.0, ""), (0.5, "waited 30 min"), (26.26, "waited 26.3 h")):
            with self.subTest(hours=hours):
                self._alter(request.decision_ids[-1], hours_waited=hours)
                page = self._print(request, self.finance)
                self.assertEqual(self._select(page, "o_slip_waited"), ["", expected])

    def test_comment_is_text(self):
        self._submit(self.ticket)
        request = self.ticket.approval_request_id
        request.with_user(self.lead).action_approve("<b>Fine</b> & good")
        page = self._print(request, self.finance)
        self.assertEqual(self._select(page, "o_slip_comment"), ["<b>Fine</b> & good"])

    def test_several_requests_of_a_document_are_one_slip(self):
        rounds = self._go_through_three_rounds()
        other = self._create_ticket()
        self._submit(other)
        contract = self._create_contract()
        self._create_flow("invoice.contract", [self.approver])
        self._submit(contract)
        requests = rounds | other.approval_request_id | contract.approval_request_id
        page = self._print(requests, self.finance)
        self.assertEqual(len(self._select(page, "o_approval_slip")), 3)
        # Without patched Qt, wkhtmltopdf takes one document only.
        self.assertEqual(len(self._select(page, "article")), 1)

    def test_no_step_is_torn_apart(self):
        self._submit(self.ticket)
        page = self._print(self.ticket.approval_request_id, self.finance)
        self.assertRegex(
            page.xpath("//style")[-1].text, r"o_slip_block \{ page-break-inside: avoid"
        )
        for step in page.find_class("o_slip_step"):
            self.assertIn("o_slip_block", step.classes)

    # === SEAL === #

    def test_seal_and_verified_history(self):
        rounds = self._go_through_three_rounds()
        [foot] = self._select(self._print(rounds[0], self.finance), "o_slip_seal")
        self.assertIn("History verified", foot)
        for request in rounds:
            self.assertIn(f"Seal of round {request.cycle}: {request.last_seal[-16:]}", foot)

    def test_altered_history_is_said(self):
        rounds = self._go_through_three_rounds()
        self._alter(rounds[0].decision_ids[-1], comment="All fine")
        [foot] = self._select(self._print(rounds[1], self.finance), "o_slip_seal")
        self.assertNotIn("verified", foot)
        self.assertRegex(foot, "The history was altered: .* round 1: row 2")

    # === RIGHTS === #

    def test_who_may_read_the_request_prints_it(self):
        self._submit(self.ticket)
        request = self.ticket.approval_request_id
        for role in ("sales", "lead", "finance", "manager", "auditor"):
            with self.subTest(role=role):
                page = self._print(request, getattr(self, role))
                self.assertIn(self.ticket.display_name, self._get_text(page))

    def test_others_are_refused(self):
        self._submit(self.ticket)
        request = self.ticket.approval_request_id
        strangers = ("colleague", "sales2", "approver", "outsider", "finance_other", "portal")
        for role in (*strangers, "public"):
            with self.subTest(role=role), self.assertRaises(AccessError):
                self._print(request, getattr(self, role))

    def test_one_foreign_request_among_them_is_refused(self):
        own, foreign = self._create_ticket(), self._create_ticket(user_id=self.sales2.id)
        self._submit(own | foreign)
        with self.assertRaises(AccessError):
            self._print((own | foreign).approval_request_id, self.sales)

    def test_rounds_that_one_may_not_read_are_left_out(self):
        """An approver of the second round was asked neither in the first nor in the third."""
        rounds = self._go_through_three_rounds()
        text = self._get_text(self._print(rounds[1], self.approver))
        self.assertIn("Looks right", text)
        self.assertNotIn("Wrong month", text)
        self.assertNotIn("Advice in July", text)
        self.assertIn("Rounds that are left out because you may not read them: 2", text)
        with self.assertRaises(AccessError):
            self._print(rounds, self.approver)

    def test_nothing_to_print(self):
        with self.assertRaises(UserError):
            self._print(self.env["invoice.approval.request"], self.finance)

    # === PRINT MENUS === #

    def _print_from(self, documents, user, action):
        """Run the server action of the document's Print menu."""
        return (
            self.env.ref(f"invoice_crm_addon.approval_slip_action_{action}")
            .with_user(user)
            .with_context(active_model=documents._name, active_ids=documents.ids)
            .run()
        )

    def test_print_menus(self):
        names = [
            self.env.ref("invoice_crm_addon.approval_slip_report").name,
            *self.env["ir.actions.server"].search([("name", "=", "Approval Slip")]).mapped("name"),
        ]
        self.assertEqual(len(names), 4)
        for model in (
            "invoice.approval.request",
            "invoice.ticket",
            "invoice.contract",
            "res.partner",
        ):
            with self.subTest(model=model):
                Actions = self.env["ir.actions.actions"].with_user(self.outsider)
                bound = Actions.get_bindings(model)["report"]
                self.assertIn("Approval Slip", [action["name"] for action in bound])

    def test_print_from_documents(self):
        """The latest readable request of each document stands for it."""
        rounds = self._go_through_three_rounds()
        other, draft = self._create_ticket(), self._create_ticket()
        self._submit(other)
        documents = other | self.ticket | draft
        action = self._print_from(documents, self.finance, "ticket")
        self.assertEqual(action["type"], "ir.actions.report")
        self.assertEqual(
            action["context"]["active_ids"], [other.approval_request_id.id, rounds[2].id]
        )
        # The approver may write no ticket, and read one round of one.
        action = self._print_from(documents, self.approver, "ticket")
        self.assertEqual(action["context"]["active_ids"], rounds[1].ids)

    def test_print_from_contract_and_customer(self):
        self._create_flow("invoice.contract", [self.approver])
        self._create_flow("res.partner", [self.approver])
        contract = self._create_contract()
        self._submit(contract)
        self.customer.with_user(self.sales).action_submit_billing()
        for documents, name in ((contract, "contract"), (self.customer, "partner")):
            with self.subTest(model=documents._name):
                action = self._print_from(documents, self.approver, name)
                self.assertEqual(action["context"]["active_ids"], documents.approval_request_id.ids)
                page = self._print(documents.approval_request_id, self.approver)
                self.assertIn(documents.display_name, self._get_text(page))

    def test_document_without_readable_approval(self):
        for ticket, user in ((self._create_ticket(), self.finance), (self.ticket, self.outsider)):
            self._submit(self.ticket.filtered(lambda t: t.state == "draft"))
            with self.subTest(user=user.login), self.assertRaisesRegex(UserError, "no approval"):
                self._print_from(ticket, user, "ticket")

    # === PERFORMANCE === #

    def test_no_query_per_request(self):
        tickets = self.env["invoice.ticket"].create(
            [self._prepare_ticket_values(content=str(index)) for index in range(20)]
        )
        self._submit(tickets)
        for ticket in tickets:
            self._decide(ticket.approval_request_id, self.lead)
        requests = tickets.approval_request_id

        def count(requests):
            self.env.flush_all()
            self.env.transaction.reset()
            before = self.cr.sql_log_count
            self._print(requests, self.finance)
            return self.cr.sql_log_count - before

        count(requests)
        self.assertLessEqual(count(requests), count(requests[:2]))


@tagged("post_install", "-at_install")
class TestApprovalSlipPdf(SlipCommon):
    """The slip as a file."""

    @skipUnless(shutil.which("wkhtmltopdf"), "wkhtmltopdf is not installed")
    @mute_logger("odoo.addons.base.models.ir_actions_report")
    def test_two_documents_in_one_file(self):
        self._create_flow("invoice.ticket", [self.approver], name="大额票据审批")
        tickets = self._create_ticket() | self._create_ticket()
        self._submit(tickets)
        Report = self.env["ir.actions.report"].with_user(self.finance)
        with self.allow_pdf_render():
            content, kind = Report.with_context(force_report_rendering=True)._render_qweb_pdf(
                REPORT, tickets.approval_request_id.ids
            )
        self.assertEqual(kind, "pdf")
        self.assertTrue(content.startswith(b"%PDF"))
        self.assertEqual(len(re.findall(rb"/Type\s*/Page\b", content)), 2)
