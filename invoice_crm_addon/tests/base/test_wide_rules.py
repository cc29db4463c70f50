from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.service.model import call_kw
from odoo.tests import tagged, users

from ...models.base.proof import proven
from ..common import TicketCommon


@tagged("post_install", "-at_install")
class TestWideRules(TicketCommon):
    """Rights that reached further than what they are for."""

    def _merge(self, user, source, target):
        self.env["base.partner.merge.automatic.wizard"].with_user(user).create(
            {
                "partner_ids": [Command.set((source | target).ids)],
                "dst_partner_id": target.id,
                "state": "selection",
            }
        ).action_merge()

    def _publish(self, attachment):
        """Ways to serve a file to whoever has the address, or to read it elsewhere."""
        partner = self.env["res.partner"].create({"name": "Mine"})
        return {
            "public": lambda: attachment.write({"public": True}),
            "token": lambda: attachment.write({"access_token": "x" * 32}),
            "generate": attachment.generate_access_token,
            "model": lambda: attachment.write({"res_model": "res.partner", "res_id": partner.id}),
            "field": lambda: attachment.write({"res_field": "image_1920"}),
        }

    # === PAYMENTS === #

    def test_rules_on_core_models_reach_no_further_than_collections(self):
        vendor = self._create_payment(
            post=False, partner_type="supplier", payment_type="outbound", amount=5.0
        )
        collection = self._create_payment(post=False)
        for user in (self.finance, self.manager, self.auditor):
            with self.subTest(user=user.login):
                payments = self.env["account.payment"].with_user(user)
                found = payments.search([("id", "in", (vendor | collection).ids)])
                self.assertEqual(found, collection)
                with self.assertRaises(AccessError):
                    vendor.with_user(user).read(["amount"])

    def test_no_rule_of_ours_opens_all_of_a_core_model(self):
        rules = self.env["ir.model.data"].search(
            [("module", "=", "invoice_crm_addon"), ("model", "=", "ir.rule")]
        )
        everything = (
            self.env["ir.rule"]
            .browse(rules.mapped("res_id"))
            .filtered(
                lambda rule: (
                    rule.domain_force == "[(1, '=', 1)]"
                    and not rule.model_id.model.startswith("invoice.")
                )
            )
        )
        bookkeepers = self.env.ref("account.group_account_readonly")
        bookkeepers |= self.env.ref("account.group_account_invoice")
        self.assertLessEqual(everything.groups, bookkeepers)

    # === BILLING DATA === #

    def test_who_is_in_charge_is_told_of_verified_data_that_change(self):
        for fname, value in (
            ("invoice_title", "Other"),
            ("invoice_address", "Other"),
            ("invoice_phone", "000"),
            ("vat", "91110108MA00TEST3K"),
            ("invoice_bank_acc_number", "6222021001116245703"),
        ):
            with self.subTest(field=fname):
                self.customer.user_id = self.sales
                proven(self.customer).billing_state = "verified"
                self.customer.with_user(self.sales2).write({fname: value})
                self.assertEqual(self.customer.billing_state, "unverified")
                message = self.customer.message_ids.filtered("partner_ids")[:1]
                self.assertEqual(message.partner_ids, self.sales.partner_id)
                self.assertEqual(message.author_id, self.sales2.partner_id)
                self.assertIn(self.sales2.name, message.body)
                self.assertNotIn("6222021001116245703", message.body)
                self.customer.message_ids.unlink()

    def test_billing_data_are_tracked(self):
        for fname in ("invoice_title", "invoice_address", "invoice_phone", "vat"):
            self.assertTrue(self.customer._fields[fname].tracking, fname)

    # === DEPARTMENT === #

    def test_sales_do_not_take_documents_out_of_the_sight_of_their_lead(self):
        issued = self._create_ticket(type_id=self.type_receipt.id)
        self._issue(issued)
        contract = self._create_contract()
        self._approve(contract)
        drafts = [self._create_ticket(), self._create_contract()]
        for document in [issued, contract, *drafts]:
            as_sales = document.with_user(self.sales)
            for values in (
                {"department_id": False},
                {"department_id": self.department_b.id},
                {"user_id": self.sales2.id},
            ):
                if "user_id" in values and document in drafts:
                    continue
                with self.subTest(document=document, values=values):
                    with self.assertRaises(UserError):
                        as_sales.write(values)
                    self.assertTrue(document.with_user(self.lead).has_access("read"))
            self.assertIn("department_id", as_sales.locked_fields)
            document.with_user(self.finance).write({"department_id": self.department_b.id})

    @users("ticket_sales")
    def test_new_documents_are_in_the_department_of_who_is_in_charge(self):
        for model in ("invoice.ticket", "invoice.contract"):
            for values, context in (
                ({"department_id": False}, {}),
                ({"department_id": self.department_b.id}, {}),
                ({}, {"default_department_id": self.department_b.id}),
            ):
                with self.subTest(model=model, values=values, context=context):
                    document = (
                        self.env[model]
                        .with_context(**context)
                        .create(
                            {
                                "partner_id": self.customer.id,
                                "company_id": self.company.id,
                                **({"name": "X"} if model == "invoice.contract" else {}),
                                **values,
                            }
                        )
                    )
                    self.assertEqual(document.department_id, self.department_a)

    # === FILES === #

    def test_e_invoice_files_are_never_published_nor_moved(self):
        for user in (self.finance, self.manager, self.env.ref("base.user_admin")):
            values = {"name": "a.xml", "raw": b"<a/>", "public": True, "access_token": "t" * 32}
            attachment = self.env["ir.attachment"].with_user(self.finance).create(values)
            self.env["invoice.ticket"].with_user(self.finance).import_fapiao(attachment.ids)
            files = self.env["invoice.fapiao.file"].search([], limit=1)
            attachment = files.attachment_id
            self.assertRecordValues(attachment, [{"public": False, "access_token": False}])
            for way, publish in self._publish(attachment.with_user(user)).items():
                with self.subTest(user=user.login, way=way), self.assertRaises(UserError):
                    publish()
            for way in ("public", "token", "generate"):
                with self.subTest(way=way), self.assertRaises(UserError):
                    self._publish(attachment.sudo())[way]()

    def test_a_file_that_one_may_not_change_is_not_named(self):
        attachment = self.env["ir.attachment"].create({"name": "Secret.xml", "raw": b"<a/>"})
        ticket = self._create_ticket()
        attachment.write({"res_model": ticket._name, "res_id": ticket.id})
        proven(ticket).fapiao_attachment_id = attachment
        for publish in self._publish(attachment.with_user(self.sales2)).values():
            with self.assertRaises(AccessError) as refused:
                publish()
            self.assertNotIn("Secret", str(refused.exception))

    # === SETTINGS === #

    def test_settings_are_set_by_who_may_change_them(self):
        alias = self.env.ref("invoice_crm_addon.mail_alias_fapiao")
        before = alias.read(["alias_name", "alias_domain_id"])
        for user in (self.sales, self.finance, self.manager, self.auditor, self.portal):
            settings = self.env["res.config.settings"].with_user(user)
            with self.subTest(user=user.login):
                with self.assertRaises(AccessError):
                    call_kw(settings, "set_values", [[]], {})
                self.assertNotIn("fapiao_alias_name", settings.get_values())
                self.assertEqual(alias.read(["alias_name", "alias_domain_id"]), before)

    # === MERGE === #

    def test_sales_merge_customers_and_it_is_logged_on_both(self):
        source, target = self.env["res.partner"].create(
            [
                {
                    "name": name,
                    "is_company": True,
                    "email": "a@example.com",
                    "user_id": self.sales.id,
                }
                for name in "ST"
            ]
        )
        proven(source).write({"billing_state": "verified", "invoice_title": "S Ltd."})
        self._setup_books(self.company)
        account = self.customer.with_company(self.company).property_account_receivable_id
        source.with_company(self.company).property_account_receivable_id = account
        payment = self._create_payment(partner_id=source.id)
        ticket = self._create_ticket(
            partner_id=source.id,
            type_id=self.type_receipt.id,
            allocation_ids=[Command.create({"payment_id": payment.id, "amount": 1130.0})],
        )
        self._issue(ticket)
        contract = self._create_contract(partner_id=source.id)
        self._merge(self.sales, source, target)
        self.assertFalse(source.exists())
        self.assertEqual(ticket.partner_id | contract.partner_id, target)
        for record in (ticket, contract, target):
            bodies = " ".join(record.message_ids.mapped("body"))
            self.assertIn(self.sales.name, bodies)
            self.assertIn("merged the customer S", bodies)
        self.assertIn(ticket.name, " ".join(target.message_ids.mapped("body")))

    def test_merging_needs_the_right_to_change_each_of_them(self):
        source, target = self.env["res.partner"].create([{"name": "S"}, {"name": "T"}])
        reader = self._create_user("reader", ["base.group_user"])
        wizard = self.env["base.partner.merge.automatic.wizard"].with_user(reader)
        for user in (reader, self.auditor):
            with self.assertRaises(AccessError):
                wizard.with_user(user)._merge((source | target).ids, target)
