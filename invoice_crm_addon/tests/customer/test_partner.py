from odoo import SUPERUSER_ID, api
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import TransactionCase, tagged, users
from odoo.tools import mute_logger

from ..common import TicketCommon
from ..threads import run_at_once

NUMBER = "91310115MA1K4LFD7T"


@tagged("post_install", "-at_install")
class TestTaxNumber(TicketCommon):
    """The normal form of tax numbers, and what is no tax number."""

    def _create_customer(self, vat, **values):
        return self.env["res.partner"].create({"name": "Customer", "vat": vat, **values})

    def test_tax_number_is_stored_in_its_normal_form(self):
        spellings = {
            "full width": "９１３１０１１５ＭＡ１Ｋ４ＬＦＤ７Ｔ",
            "lower case": "91310115ma1k4lfd7t",
            "spaces": " 9131 0115 MA1K 4LFD 7T ",
            "wide spaces": "91310115\u3000MA1K4LFD7T\u00a0",
            "hyphens": "91310115-MA1K4LFD7-T",
            "long hyphens": "91310115–MA1K4LFD7—T",
            "zero width": "\u200b91310115\u200dMA1K4LFD7T\ufeff",
        }
        for label, typed in spellings.items():
            with self.subTest(label):
                partner = self._create_customer(typed)
                self.assertEqual((partner.vat, partner.tax_number_key), (NUMBER, NUMBER))
                partner.vat = False
                partner.vat = typed
                self.assertEqual((partner.vat, partner.tax_number_key), (NUMBER, NUMBER))
                partner.unlink()

    def test_becoming_chinese_brings_the_number_into_its_normal_form(self):
        partner = self._create_customer(
            "9131 0115 ma1k4lfd7t", country_id=self.env.ref("base.us").id
        )
        self.assertFalse(partner.tax_number_key)
        partner.country_id = self.env.ref("base.cn")
        self.assertEqual((partner.vat, partner.tax_number_key), (NUMBER, NUMBER))

    def test_foreign_tax_number_is_nobodys_business(self):
        us = self.env.ref("base.us")
        first = self._create_customer("12-3456789", country_id=us.id)
        second = self._create_customer("12-3456789", country_id=us.id)
        self.assertRecordValues(
            first | second, [{"vat": "12-3456789", "tax_number_key": False}] * 2
        )

    def test_number_of_each_legal_length_is_possible(self):
        legal = (
            "310115123456789",  # 15 digits
            "11010519491231002",  # 17
            "91310115MA1K4LFD7T",  # 18, company
            "11010519491231002X",  # 18, sole trader
            "11010519491231002X01",  # 20, sole trader's business
            "91310115MA1K4LFD70",  # 18, wrong check digit: the bureau issued such numbers
            "91310115 ma1k4lfd7t",
        )
        for number in legal:
            with self.subTest(number):
                self.assertTrue(self.env["res.partner"].check_vat_cn(number))

    def test_other_number_is_impossible(self):
        illegal = (
            "1" * 14,
            "1" * 16,
            "1" * 19,
            "1" * 21,
            "91310115MA1K4LFD7*",
            "九1310115MA1K4LFD7T",
            "CN",
        )
        for number in illegal:
            with self.subTest(number):
                self.assertFalse(self.env["res.partner"].check_vat_cn(number))

    def test_wrong_check_digit_warns_and_does_not_block(self):
        partner = self._create_customer("91310115MA1K4LFD70")
        self.assertEqual(partner.vat, "91310115MA1K4LFD70")
        self.assertTrue(partner.billing_warnings)
        partner.vat = NUMBER
        self.assertFalse(partner.billing_warnings)

    def test_impossible_number_is_refused_and_named(self):
        partner = self._create_customer(False)
        self.assertFalse(partner.billing_warnings)
        for number, sentence in (
            ("ABC123", "this one has 6"),
            ("9131", "this one has 4"),
            ("1" * 19, "this one has 19"),
            ("91310115MA1K4LFD7*", "digits and capital letters only"),
        ):
            with self.subTest(number):
                with self.assertRaisesRegex(ValidationError, sentence):
                    partner.vat = number
                with self.assertRaisesRegex(ValidationError, "choose its country"):
                    self._create_customer(number)
        foreign = self._create_customer("ABC123", country_id=self.env.ref("base.us").id)
        with self.assertRaisesRegex(ValidationError, "this one has 6"):
            foreign.country_id = self.env.ref("base.cn")

    def test_contact_repeats_the_number_of_its_company_wherever_it_lives(self):
        us, cn = self.env.ref("base.us"), self.env.ref("base.cn")
        company = self._create_customer("DE123456789", country_id=us.id, is_company=True)
        contacts = self.env["res.partner"].create(
            [
                {"name": "Delivery", "parent_id": company.id, "country_id": cn.id},
                {"name": "Somebody", "parent_id": company.id},
            ]
        )
        self.assertEqual(set(contacts.mapped("vat")), {"DE123456789"})

    def test_number_may_come_as_a_number(self):
        partner = self._create_customer(310115123456789)
        self.assertEqual(partner.vat, "310115123456789")

    def test_import_refuses_impossible_numbers_row_by_row(self):
        result = self.env["res.partner"].load(
            ["name", "vat"], [["Good", NUMBER], ["Bad", "ABC123"], ["Cut", "9.14403E+17"]]
        )
        self.assertFalse(result["ids"])
        texts = [message["message"] for message in result["messages"]]
        self.assertTrue(any("ABC123" in text for text in texts), texts)
        self.assertTrue(any("spreadsheet" in text for text in texts), texts)

    def test_number_that_a_spreadsheet_cut_is_refused_as_what_it_is(self):
        for number in ("9.14403E+17", "9,14403e+17", "9.14403Ｅ+17", "6.22202E18"):
            with self.subTest(number), self.assertRaisesRegex(ValidationError, "spreadsheet"):
                self._create_customer(number)
            with self.subTest(number), self.assertRaisesRegex(ValidationError, "spreadsheet"):
                self.customer.invoice_bank_acc_number = number
            with self.subTest(number), self.assertRaisesRegex(ValidationError, "spreadsheet"):
                self.bank_account.acc_number = number

    def test_account_is_the_same_in_any_width(self):
        for typed in ("６２２２０２１００１１１６２４５７０２", "6222 0210 0111 6245 702"):
            self.customer.invoice_bank_acc_number = typed
            self.assertEqual(self.customer.invoice_bank_account_id, self.bank_account)
        other = self.env["res.partner.bank"].create(
            {"acc_number": "１２３４５６７８９０", "partner_id": self.customer.id}
        )
        self.assertEqual(other.acc_number, "1234567890")


@tagged("post_install", "-at_install")
class TestOneCustomer(TicketCommon):
    """One tax number, one customer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Partner = cls.env["res.partner"]
        cls.owner = cls.Partner.create({"name": "Owner", "vat": NUMBER, "is_company": True})

    @users("ticket_sales", "ticket_finance", "ticket_manager")
    def test_second_customer_with_the_number_is_refused(self):
        for typed in (NUMBER, "９１３１０１１５-ma1k 4lfd7t"):
            with self.assertRaisesRegex(ValidationError, "Owner"), self.cr.savepoint():
                self.env["res.partner"].create({"name": "Second", "vat": typed})
        second = self.env["res.partner"].create({"name": "Second"})
        with self.assertRaisesRegex(ValidationError, "Owner"), self.cr.savepoint():
            second.vat = NUMBER

    def test_batch_with_the_same_number_twice_is_refused(self):
        number = "91440300MA5EXAMP1F"
        with self.assertRaisesRegex(ValidationError, number):
            self.Partner.create([{"name": name, "vat": number} for name in "AB"])

    def test_import_reports_the_number_that_is_taken_and_writes_nothing(self):
        result = self.Partner.with_user(self.sales).load(
            ["name", "vat"],
            [["Imported", "91440300MA5EXAMP1F"], ["Clash", NUMBER.lower()]],
        )
        self.assertFalse(result["ids"])
        errors = {message["record"]: message["message"] for message in result["messages"]}
        self.assertIn("Owner", errors[1])
        self.assertFalse(self.Partner.search([("name", "in", ("Imported", "Clash"))]))

    def test_import_updates_the_owner_itself(self):
        result = self.Partner.with_user(self.sales).load(
            [".id", "name", "vat"], [[str(self.owner.id), "Renamed", f" {NUMBER} "]]
        )
        self.assertFalse(result["messages"])
        self.assertRecordValues(self.owner, [{"name": "Renamed", "vat": NUMBER}])

    def test_archived_customer_keeps_the_number(self):
        self.owner.active = False
        with self.assertRaisesRegex(ValidationError, "Owner"):
            self.Partner.create({"name": "Second", "vat": NUMBER})

    def test_number_given_up_is_free(self):
        self.owner.vat = "91440300MA5EXAMP1F"
        second = self.Partner.create({"name": "Second", "vat": NUMBER})
        self.assertEqual(second.tax_number_key, NUMBER)

    def test_number_of_another_company_is_taken_but_its_owner_stays_unnamed(self):
        self.owner.company_id = self.company_other
        with self.assertRaises(ValidationError) as refusal:
            self.Partner.with_user(self.sales).create({"name": "Second", "vat": NUMBER})
        self.assertIn(NUMBER, str(refusal.exception))
        self.assertNotIn("Owner", str(refusal.exception))
        with self.assertRaisesRegex(ValidationError, "Owner"):
            self.Partner.with_user(self.finance_other).create({"name": "Second", "vat": NUMBER})

    @users("ticket_sales", "ticket_manager")
    def test_nobody_sets_the_key_by_hand(self):
        owner = self.owner.with_env(self.env)
        with self.assertRaises(AccessError):
            owner.tax_number_key = False
        with self.assertRaises(AccessError):
            self.env["res.partner"].create({"name": "X", "tax_number_key": "X"})

    def test_contacts_share_the_number_of_their_company(self):
        contacts = self.Partner.create(
            [{"name": name, "parent_id": self.owner.id} for name in ("Ann", "Bob")]
        )
        self.assertRecordValues(contacts, [{"vat": NUMBER, "tax_number_key": False}] * 2)
        self.owner.vat = "91440300MA5EXAMP1F"
        self.assertEqual(set(contacts.mapped("vat")), {"91440300MA5EXAMP1F"})

    def test_person_who_joins_a_company_gives_their_number_up(self):
        person = self.Partner.create({"name": "Ann", "vat": "11010519491231002X"})
        person.parent_id = self.owner
        self.assertRecordValues(person, [{"vat": NUMBER, "tax_number_key": False}])
        trader = self.Partner.create({"name": "Trader", "vat": "11010519491231002X"})
        self.assertEqual(trader.tax_number_key, "11010519491231002X")

    def test_person_who_leaves_a_company_leaves_its_number(self):
        person = self.Partner.create({"name": "Ann", "parent_id": self.owner.id})
        person.parent_id = False
        self.assertRecordValues(person, [{"vat": False, "tax_number_key": False}])
        self.assertRecordValues(self.owner, [{"vat": NUMBER, "tax_number_key": NUMBER}])

    def test_person_who_changes_companies_carries_nothing_along(self):
        """Core would give the number of the former company to one that has none."""
        bare = self.env["res.partner"].create({"name": "New", "is_company": True})
        for target in (bare, self.owner):
            with self.subTest(target.name):
                contact = self.env["res.partner"].create(
                    {"name": "Wang", "parent_id": self.customer.id}
                )
                vat = target.vat
                contact.parent_id = target
                self.assertEqual((target.vat, contact.vat), (vat, vat))
                self.assertFalse(contact.invoice_title)
                self.assertFalse(contact.invoice_bank_account_id)
                self.assertTrue(self.customer.vat)

    def test_numbers_that_were_double_before_installation_keep_working(self):
        double = self.Partner.create({"name": "Double"})
        self.env.flush_all()
        self.cr.execute("UPDATE res_partner SET tax_number_key = NULL WHERE vat = %s", [NUMBER])
        self.cr.execute(
            "UPDATE res_partner SET vat = %s WHERE id = %s", [f" {NUMBER.lower()}", double.id]
        )
        self.env.invalidate_all()
        (self.owner | double)._claim_existing_tax_numbers()
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(self.owner.tax_number_key, NUMBER, "The oldest owns the number.")
        self.assertFalse(double.tax_number_key)
        double.write({"name": "Still double", "country_id": self.env.ref("base.cn").id})
        double.is_company = True
        with self.assertRaisesRegex(ValidationError, "Owner"):
            self.Partner.create({"name": "Third", "vat": NUMBER})


@tagged("post_install", "-at_install")
class TestPartnerMerge(TicketCommon):
    """Merging two customers loses nothing."""

    def _merge(self, source, target):
        self.env["base.partner.merge.automatic.wizard"].with_user(self.manager).create(
            {
                "partner_ids": [Command.set((source | target).ids)],
                "dst_partner_id": target.id,
                "state": "selection",
            }
        ).action_merge()
        self.assertFalse(source.exists())

    def test_target_takes_over_documents_number_and_billing_data(self):
        self._create_flow("res.partner", [self.approver])
        source = self.customer
        number = source.vat
        source.with_user(self.sales).action_submit_billing()
        request = source.approval_request_id
        request.with_user(self.approver).action_approve()
        ticket = self._create_ticket()
        self._issue(ticket)
        shipment = self._create_shipment(ticket)
        contract = self._create_contract()
        target = self.env["res.partner"].create({"name": "Target", "is_company": True})

        self._merge(source, target)

        self.assertEqual(ticket.partner_id | shipment.partner_id | contract.partner_id, target)
        self.assertRecordValues(request, [{"res_id": target.id, "state": "approved"}])
        self.assertEqual(target.approval_request_ids, request)
        self.assertRecordValues(
            target,
            [
                {
                    "vat": number,
                    "tax_number_key": number,
                    "invoice_title": "Beijing Example Trading Co., Ltd.",
                    "invoice_address": "1 Zhongguancun Street, Haidian, Beijing",
                    "invoice_phone": "010-62345678",
                    "invoice_bank_account_id": self.bank_account.id,
                    "billing_completeness": 100,
                }
            ],
        )
        self.assertEqual(self.bank_account.partner_id, target)

    def test_target_keeps_its_own_number(self):
        source = self.env["res.partner"].create({"name": "Source", "vat": NUMBER})
        number = self.customer.vat
        self._merge(source, self.customer)
        self.assertRecordValues(self.customer, [{"vat": number, "tax_number_key": number}])

    def test_old_doubles_merge_into_one_owner(self):
        for merge_owner in (True, False):
            with self.subTest(merge_owner=merge_owner):
                owner, double = self.env["res.partner"].create(
                    [{"name": "Owner", "vat": NUMBER}, {"name": "Double"}]
                )
                self.env.flush_all()
                self.cr.execute(
                    "UPDATE res_partner SET vat = %s WHERE id = %s", [NUMBER, double.id]
                )
                self.env.invalidate_all()
                source, target = (owner, double) if merge_owner else (double, owner)
                self._merge(source, target)
                self.assertRecordValues(target, [{"vat": NUMBER, "tax_number_key": NUMBER}])
                target.unlink()

    def test_merged_account_of_the_same_number_stays_the_billing_account(self):
        target = self.env["res.partner"].create({"name": "Target"})
        account = self.env["res.partner.bank"].create(
            {"partner_id": target.id, "acc_number": f" {self.BANK_ACCOUNT} "}
        )
        self._merge(self.customer, target)
        self.assertEqual(target.invoice_bank_account_id, account)

    def test_running_approval_goes_on_with_the_target(self):
        self._create_flow("res.partner", [self.approver])
        self.customer.with_user(self.sales).action_submit_billing()
        request = self.customer.approval_request_id
        target = self.env["res.partner"].create({"name": "Target"})
        self._merge(self.customer, target)
        self.assertEqual(target.billing_state, "pending")
        request.with_user(self.approver).action_approve()
        self.assertEqual(target.billing_state, "verified")

    def test_billing_data_come_from_the_customer_whose_request_goes_on(self):
        self._create_flow("res.partner", [self.approver])
        other, target = self.env["res.partner"].create(
            [{"name": "Other", "invoice_phone": "021-1", "vat": NUMBER}, {"name": "Target"}]
        )
        waiting, number = self.customer, self.customer.vat
        waiting.invoice_phone = False
        waiting.with_user(self.sales).action_submit_billing()
        self._merge(other | waiting, target)
        self.assertEqual((target.billing_state, target.vat), ("pending", number))
        self.assertFalse(target.invoice_phone, "it was not submitted")
        self.assertIn("not taken over", "".join(target.message_ids.mapped("body")))

    def test_data_that_wait_for_approval_are_not_filled(self):
        self._create_flow("res.partner", [self.approver])
        source = self.env["res.partner"].create(
            {"name": "Source", "invoice_phone": "021-1", "invoice_address": "Shanghai"}
        )
        self.customer.invoice_phone = False
        address = self.customer.invoice_address
        self.customer.with_user(self.sales).action_submit_billing()
        self._merge(source, self.customer)
        self.assertEqual(self.customer.billing_state, "pending")
        self.assertFalse(self.customer.invoice_phone)
        self.assertEqual(self.customer.invoice_address, address)

    def test_whoever_submitted_merges_into_a_customer_without_billing_data(self):
        self._create_flow("res.partner", [self.approver])
        self.customer.user_id = self.sales
        self.customer.invoice_bank_acc_number = "6222000011112222"
        number = self.customer.vat
        self.customer.with_user(self.sales).action_submit_billing()
        request = self.customer.approval_request_id
        target = self.env["res.partner"].create({"name": "Bare", "user_id": self.sales.id})
        wizard = self.env["invoice.customer.merge.wizard"].with_user(self.sales)
        values = {"partner_ids": (self.customer | target).ids, "partner_id": target.id}
        wizard.create(values).action_merge()
        self.assertEqual((target.billing_state, target.vat), ("pending", number))
        self.assertEqual(target.invoice_bank_account_id.acc_number, "6222000011112222")
        request.with_user(self.approver).action_approve()
        self.assertEqual(target.billing_state, "verified")


@tagged("post_install", "-at_install")
class TestOneCustomerAtOnce(TransactionCase):
    """Two users save the same number at the same instant, in real transactions."""

    NUMBERS = [f"91310115AT0NCE{i:02d}XX" for i in range(5)]

    def test_one_wins_and_the_other_is_told(self):
        self.addCleanup(self._clean_up)
        for number in self.NUMBERS:
            functions = [
                lambda env, name=name, number=number: env["res.partner"].create(
                    {"name": name, "vat": number, "country_id": env.ref("base.cn").id}
                )
                for name in ("First", "Second")
            ]
            with mute_logger("odoo.sql_db", "odoo.service.model"):
                outcomes = run_at_once(self.registry, SUPERUSER_ID, functions)
            refused = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
            self.assertEqual(len(refused), 1, outcomes)
            self.assertIsInstance(refused[0], UserError)
            with self.registry.cursor() as cr:
                cr.execute("SELECT count(*) FROM res_partner WHERE vat = %s", [number])
                self.assertEqual(cr.fetchone()[0], 1)

    def _clean_up(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            env["res.partner"].search([("vat", "in", self.NUMBERS)]).unlink()
