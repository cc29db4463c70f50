from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, tagged, users

from ..common import TicketCommon

FULL = ("ticket_finance", "ticket_manager")
MASKED = ("ticket_sales", "ticket_lead", "ticket_auditor", "ticket_approver")
OWN_MODELS = (
    "invoice.ticket",
    "invoice.ticket.line",
    "invoice.ticket.allocation",
    "invoice.contract",
    "invoice.contract.milestone",
    "invoice.shipment",
    "invoice.shipment.event",
    "invoice.approval.request",
    "invoice.approval.step",
    "invoice.approval.decision",
    "invoice.ticket.type",
    "invoice.ticket.type.field",
    "invoice.carrier",
    "invoice.approval.flow",
    "invoice.approval.stage",
    "invoice.approval.flow.version",
    "invoice.approval.fast.lane",
    "invoice.customer.level",
    "invoice.approval.delegation",
)


@tagged("post_install", "-at_install")
class TestBankAccountNumbers(TicketCommon):
    """Finance and managers see whole account numbers, the others the last four digits."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for role in ("sales", "lead", "auditor", "approver"):
            # Whoever exports needs this right of core; it must show no more than the screen.
            getattr(cls, role).group_ids |= cls.env.ref("base.group_allow_export")
        cls.number = cls.BANK_ACCOUNT
        cls.mask = f"**** {cls.number[-4:]}"
        cls._create_flow("invoice.ticket", [cls.approver])
        cls.ticket = cls._create_ticket(type_id=cls.type_special.id)
        cls._submit(cls.ticket)
        cls.own_account = cls.bank_account.create(
            {"acc_number": "110906001", "partner_id": cls.company.partner_id.id}
        )
        cls.env.flush_all()
        cls.env.invalidate_all()

    def _as_user(self, record):
        return record.with_env(self.env)

    @users(*FULL)
    def test_finance_and_managers_see_whole_numbers(self):
        customer, account = self._as_user(self.customer), self._as_user(self.bank_account)
        ticket = self._as_user(self.ticket)
        self.assertEqual(customer.invoice_bank_acc_number, self.number)
        self.assertIn(self.number, account.display_name)
        self.assertEqual(account.read(["acc_number"])[0]["acc_number"], self.number)
        self.assertEqual(account.search([("acc_number", "=", self.number)]), account)
        self.assertEqual(ticket.buyer_bank_account, self.number)

    @users(*MASKED)
    def test_customer_form_shows_the_last_four_digits(self):
        customer = self._as_user(self.customer)
        self.assertEqual(customer.invoice_bank_acc_number, self.mask)
        [values] = customer.web_read(
            {
                "invoice_bank_acc_number": {},
                "invoice_bank_account_id": {"fields": {"display_name": {}}},
                "bank_ids": {"fields": {"display_name": {}}},
            }
        )
        self.assertNotIn(self.number, str(values))
        self.assertNotIn(self.number, str(customer.export_data(["invoice_bank_acc_number"])))

    @users(*MASKED)
    def test_number_of_a_bank_account_cannot_be_read(self):
        account = self._as_user(self.bank_account)
        for fname in ("acc_number", "sanitized_acc_number"):
            with self.subTest(field=fname), self.assertRaises(AccessError):
                account.read([fname])
            with self.subTest(export=fname), self.assertRaises(AccessError):
                account.export_data([fname])
        fnames = [*account.fields_get(), "display_name"]
        self.assertNotIn("acc_number", fnames)
        self.assertNotIn(self.number, account.display_name)
        self.assertNotIn(self.number, str(account.search_read([], ["display_name", "bank_id"])))
        self.assertNotIn(self.number, str(account.name_search("")))

    @users(*MASKED)
    def test_links_to_a_bank_account_show_the_last_four_digits(self):
        customer = self._as_user(self.customer)
        values = customer.read(["invoice_bank_account_id"])
        values += customer.search_read([("id", "=", customer.id)], ["invoice_bank_account_id"])
        values += customer.formatted_read_group(
            [("id", "=", customer.id)], ["invoice_bank_account_id"], ["__count"]
        )
        values += customer.export_data(["invoice_bank_account_id", "bank_ids"])["datas"]
        self.assertIn(self.mask, str(values))
        self.assertNotIn(self.number, str(values))

    @users("ticket_sales")
    def test_account_cannot_be_moved_to_see_its_number(self):
        for partner in (self.sales.partner_id, self.company.partner_id):
            with self.subTest(partner=partner.name), self.assertRaises(AccessError):
                self._as_user(self.bank_account).write({"partner_id": partner.id})

    @users(*MASKED)
    def test_account_of_the_own_company_is_printed_on_invoices(self):
        account = self._as_user(self.own_account)
        self.assertEqual(account.display_name, "110906001")
        self.assertEqual(account.acc_number, "110906001")

    @users(*MASKED)
    def test_number_of_a_bank_account_cannot_be_guessed_by_searching(self):
        customer, account = self._as_user(self.customer), self._as_user(self.bank_account)
        guess = self.number[:6]
        attempts = {
            "domain": lambda: account.search([("acc_number", "=like", f"{guess}%")]),
            "sanitized": lambda: account.search([("sanitized_acc_number", "=", self.number)]),
            "path": lambda: customer.search([("bank_ids.acc_number", "=like", f"{guess}%")]),
            "any": lambda: customer.search(
                [("invoice_bank_account_id", "any", [("acc_number", "=like", f"{guess}%")])]
            ),
            "count": lambda: account.search_count([("acc_number", "=", self.number)]),
            "group": lambda: account.formatted_read_group([], ["acc_number"], ["__count"]),
            "having": lambda: account._read_group([], ["acc_number"]),
            "name": lambda: account.name_search(self.number),
            "display name": lambda: account.search([("display_name", "ilike", guess)]),
            "name of a relation": lambda: customer.search([("bank_ids", "ilike", self.number)]),
            "partner field": lambda: customer.search(
                [("invoice_bank_acc_number", "=", self.number)]
            ),
            "export": lambda: customer.export_data(["bank_ids/acc_number"])["datas"],
        }
        for way, attempt in attempts.items():
            with self.subTest(way=way):
                try:
                    found = attempt()
                except (UserError, ValueError):
                    continue
                self.assertFalse(found, f"{way} tells whether the number is right")

    @users(*MASKED)
    def test_account_of_a_ticket_is_masked(self):
        ticket = self._as_user(self.ticket)
        self.assertEqual(ticket.buyer_bank_account_masked, self.mask)
        with self.assertRaises(AccessError):
            ticket.read(["buyer_bank_account"])
        with self.assertRaises(AccessError):
            ticket.search([("buyer_bank_account", "=like", "6222%")])
        with self.assertRaises(AccessError):
            ticket.formatted_read_group([], ["buyer_bank_account"], ["__count"])
        with self.assertRaises(AccessError):
            ticket.export_data(["buyer_bank_account"])
        self.assertNotIn(self.number, str(ticket.read()))

    @users("ticket_sales")
    def test_saving_the_mask_keeps_the_number(self):
        self._as_user(self.customer).write(
            {"invoice_bank_acc_number": self.mask, "invoice_bank_name": "Bank of China"}
        )
        self.assertRecordValues(
            self.customer.invoice_bank_account_id,
            [{"id": self.bank_account.id, "acc_number": self.number}],
        )
        self.assertEqual(self.bank_account.bank_id.name, "Bank of China")

    @users("ticket_sales")
    def test_sales_can_enter_a_new_number(self):
        customer = self._as_user(self.customer)
        customer.invoice_bank_acc_number = "6217000010012345678"
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(self.customer.invoice_bank_account_id.acc_number, "6217000010012345678")
        self.assertEqual(customer.invoice_bank_acc_number, "**** 5678")
        self.assertEqual(self.bank_account.acc_number, self.number, "Payments refer to the old one")

    @users("ticket_sales")
    def test_ticket_of_sales_takes_the_whole_number_over(self):
        with Form(self.env["invoice.ticket"]) as form:
            form.type_id = self._as_user(self.type_special)
            form.partner_id = self._as_user(self.customer)
        ticket_sudo = form.record.sudo()
        self.assertEqual(ticket_sudo.buyer_bank_account, self.number)
        self.assertEqual(form.record.buyer_bank_account_masked, self.mask)


@tagged("post_install", "-at_install")
class TestApproverRights(TicketCommon):
    """An approver reads what they must decide on, and no more."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for model in ("invoice.ticket", "invoice.contract"):
            cls._create_flow(model, [cls.manager, cls.approver])
        cls.ticket = cls._create_ticket()
        cls.contract = cls._create_contract(
            milestone_ids=[Command.create({"name": "First", "amount": 1.0})]
        )
        cls.documents = [cls.ticket, cls.contract]
        cls.strangers = [cls._create_ticket(), cls._create_contract()]
        for document in cls.documents:
            cls._submit(document)
        cls.env.flush_all()
        cls.env.invalidate_all()

    def _agree_as_manager(self):
        for document in self.documents:
            document.approval_request_id.with_user(self.manager).action_approve()
        self.env.flush_all()
        self.env.invalidate_all()

    @users("ticket_approver")
    def test_approver_reads_nothing_before_their_step(self):
        for model in OWN_MODELS[:10]:
            self.assertFalse(self.env[model].search([]), model)
        for document in self.documents:
            with self.assertRaises(AccessError):
                document.with_env(self.env).read(["state"])

    @users("ticket_approver")
    def test_approver_reads_the_document_and_its_rows_from_their_step_on(self):
        self._agree_as_manager()
        visible = {
            "invoice.ticket": self.ticket,
            "invoice.ticket.line": self.ticket.line_ids,
            "invoice.contract": self.contract,
            "invoice.contract.milestone": self.contract.milestone_ids,
            "invoice.approval.request": self.ticket.approval_request_ids
            | self.contract.approval_request_ids,
        }
        for model in OWN_MODELS[:8]:
            expected = visible.get(model, self.env[model])
            self.assertEqual(self.env[model].search([]), expected.with_env(self.env), model)
        for document in self.strangers:
            with self.assertRaises(AccessError):
                document.with_env(self.env).read(["state"])

    @users("ticket_approver")
    def test_approver_opens_the_form_of_what_they_decide_on(self):
        self._agree_as_manager()
        for document in self.documents:
            document_as_user = document.with_env(self.env)
            form = Form(document_as_user)
            self.assertTrue(form.can_decide_approval, document._name)

    @users("ticket_approver")
    def test_approver_still_reads_what_they_decided_on(self):
        self._agree_as_manager()
        self.ticket.with_env(self.env).action_approve()
        self.assertEqual(self.ticket.with_env(self.env).state, "approved")
        with self.assertRaises(AccessError):
            self.ticket.with_env(self.env).note = "Changed"


@tagged("post_install", "-at_install")
class TestAuditorRights(TicketCommon):
    """The auditor reads everything of the company and writes nothing."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        payment = cls._create_payment()
        allocation = {"payment_id": payment.id, "amount": 1130.0}
        milestone = {"name": "First", "amount": 1.0}
        contract = cls._create_contract(milestone_ids=[Command.create(milestone)])
        cls.issued = cls._create_ticket(allocation_ids=[Command.create(allocation)])
        cls._issue(cls.issued)
        shipment = cls._create_shipment(cls.issued, event_ids=[Command.create({})])
        level = cls.env["invoice.customer.level"].create({"name": "Fast"})
        flow = cls._create_flow(
            "invoice.ticket",
            [cls.approver],
            fast_lane_ids=[Command.create({"level_id": level.id, "amount": 1.0})],
        )
        cls.asked = cls._create_ticket()
        cls._submit(cls.asked)
        request = cls.asked.approval_request_id
        records = (
            cls.asked,
            cls.asked.line_ids,
            cls.issued.allocation_ids,
            contract,
            contract.milestone_ids,
            shipment,
            shipment.event_ids,
            request,
            request.step_ids,
            request.decision_ids,
            cls.type_receipt,
            cls.env["invoice.ticket.type.field"].create(
                {"name": "Project", "type_id": cls.type_receipt.id}
            ),
            shipment.carrier_id,
            flow,
            flow.stage_ids,
            flow.version_ids,
            flow.fast_lane_ids,
            flow.fast_lane_ids.level_id,
            cls.env["invoice.approval.delegation"].create(
                {
                    "user_id": cls.approver.id,
                    "delegate_id": cls.lead.id,
                    "date_from": "2090-01-01",
                    "date_to": "2090-01-31",
                }
            ),
        )
        cls.records = dict(zip(OWN_MODELS, records, strict=True))
        cls.env.flush_all()
        cls.env.invalidate_all()

    @users("ticket_auditor")
    def test_auditor_reads_every_model_of_the_module(self):
        for model, record in self.records.items():
            record_as_user = record.with_env(self.env)
            self.assertEqual(record_as_user.search([("id", "in", record.ids)]), record_as_user)
            self.assertTrue(record_as_user.read(["display_name", "create_date"]), model)

    @users("ticket_auditor")
    def test_auditor_opens_the_forms(self):
        for model in ("invoice.ticket", "invoice.contract", "invoice.shipment"):
            form = Form(self.records[model].with_env(self.env))
            self.assertEqual(form.id, self.records[model].id)

    @users("ticket_auditor")
    def test_auditor_reads_nothing_of_another_company(self):
        strange = self._create_ticket(
            company_id=self.company_other.id, user_id=self.finance_other.id
        )
        with self.assertRaises(AccessError):
            strange.with_env(self.env).read(["state"])

    @users("ticket_auditor")
    def test_auditor_writes_nothing(self):
        for model, record in self.records.items():
            record_as_user = record.with_env(self.env)
            ways = {
                "create": lambda r=record_as_user: r.create({}),
                "write": lambda r=record_as_user: r.write({"create_uid": self.auditor.id}),
                "unlink": lambda r=record_as_user: r.unlink(),
                "copy": lambda r=record_as_user: r.copy(),
                "form": lambda r=record_as_user: r.web_save({"display_name": "X"}, {}),
                "import": lambda r=record_as_user: self._import(r),
                "attachment": lambda r=record_as_user: self.env["ir.attachment"].create(
                    {"name": "x.txt", "raw": b"x", "res_model": r._name, "res_id": r.id}
                ),
                "activity": lambda r=record_as_user: self.env["mail.activity"].create(
                    {
                        "res_model_id": self.env["ir.model"]._get_id(r._name),
                        "res_id": r.id,
                        "summary": "X",
                    }
                ),
            }
            if "message_ids" in record:
                ways["message"] = lambda r=record_as_user: r.message_post(body="X")
            for way, attempt in ways.items():
                with self.subTest(model=model, way=way), self.assertRaises(UserError):
                    attempt()

    def _import(self, record):
        result = record.load([".id", "display_name"], [[str(record.id), "X"]])
        if not result["ids"]:
            raise UserError(str(result["messages"]))

    @users("ticket_auditor")
    def test_auditor_opens_no_dialog_that_writes(self):
        wizards = {
            "invoice.ticket.cancel.wizard": {
                "ticket_ids": [Command.set(self.issued.ids)],
                "action": "void",
            },
            "invoice.fapiao.compare.wizard": {"ticket_id": self.asked.id},
        }
        for model, values in wizards.items():
            with self.subTest(model=model), self.assertRaises(AccessError):
                self.env[model].create(values)
        actions = self.env["invoice.approval.decision.wizard"]._fields["action"]
        for action in actions.get_values(self.env):
            dialog = self.env["invoice.approval.decision.wizard"].create(
                {
                    "request_ids": [Command.set(self.asked.approval_request_id.ids)],
                    "action": action,
                    "comment": "X",
                    "user_id": self.auditor.id,
                }
            )
            with self.subTest(action=action), self.assertRaises(UserError):
                dialog.action_confirm()
