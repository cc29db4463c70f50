from ast import literal_eval

from lxml import etree

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...fapiao import uscc_check_digit
from ..common import TicketCommon

NUMBER = "91310115MA1K4LFD7T"


class DuplicateCommon(TicketCommon):
    @classmethod
    def _create_customer(cls, name, **values):
        return cls.env["res.partner"].create({"name": name, "is_company": True, **values})

    @classmethod
    def _make_double(cls, owner, spelling=str):
        """A customer with the number of another, from before doubles were refused."""
        name = f"Double of before {next(cls.numbers)}"
        double = cls._create_customer(name, user_id=owner.user_id.id)
        cls.env.flush_all()
        cls.env.cr.execute(
            "UPDATE res_partner SET vat = %s WHERE id = %s", [spelling(owner.vat), double.id]
        )
        cls.env.invalidate_all()
        return double

    def _get_groups(self, user, *partners):
        """Customers of each group that one of the partners is in."""
        Duplicate = self.env["invoice.customer.duplicate"].with_user(user)
        rows = Duplicate.search([])
        groups = rows.grouped(lambda row: (row.kind, row.group_key)).items()
        ids = {partner.id for partner in partners}
        return [(kind, rows) for (kind, _key), rows in groups if ids & set(rows.partner_id.ids)]


@tagged("post_install", "-at_install")
class TestCustomerDuplicate(DuplicateCommon):
    """Customers that are there twice stand side by side."""

    def test_number_that_was_double_before_installation(self):
        double = self._make_double(self.customer, lambda vat: f" {vat.lower()[:8]}-{vat[8:]}")
        double.active = False
        (self.customer | double)._claim_existing_tax_numbers()
        [(kind, rows)] = self._get_groups(self.sales, double)
        self.assertEqual(kind, "number")
        self.assertEqual(rows.partner_id, self.customer + double)
        self.assertRecordValues(
            rows.sorted("is_archived"),
            [{"is_archived": False, "group_size": 2}, {"is_archived": True, "group_size": 2}],
        )

    def test_same_name_with_a_misspelt_number(self):
        """Neither number is a double: the name tells, on the screen as in the form."""
        number = "91350200MA2EXMPL0"
        twins = self._create_customer("厦门示例科技有限公司", vat=f"{number}1")
        twins += self._create_customer("厦门示例科技有限公司", vat=f"{number}2")
        [(kind, rows)] = self._get_groups(self.sales, twins[1])
        self.assertEqual((kind, rows.partner_id), ("name", twins))
        self.assertIn("same name", twins[1].duplicate_warning)

    def test_name_but_for_form_and_width(self):
        twins = self._create_customer("示例贸易有限公司") + self._create_customer(
            "示例贸易　股份有限公司", invoice_title=False
        )
        self._create_customer("示例科技有限公司")
        [(kind, rows)] = self._get_groups(self.sales, twins[0])
        self.assertEqual((kind, rows.partner_id), ("name", twins))

    def test_list_opens_grouped_and_searches_nothing(self):
        context = self.env.ref("invoice_crm_addon.invoice_customer_duplicate_action").context
        arch = etree.fromstring(
            self.env["invoice.customer.duplicate"].get_view(view_type="search")["arch"]
        )
        names = {key.removeprefix("search_default_") for key in literal_eval(context)}
        for name in names:
            self.assertTrue(arch.xpath(f"//filter[@name='{name}']"))
            self.assertFalse(arch.xpath(f"/search/field[@name='{name}']"))

    def test_account_is_masked(self):
        other = self._create_customer("Other")
        self.env["res.partner.bank"].create(
            {"partner_id": other.id, "acc_number": f" {self.BANK_ACCOUNT} "}
        )
        [(kind, rows)] = self._get_groups(self.sales, other)
        self.assertEqual((kind, rows.partner_id), ("account", self.customer + other))
        self.assertNotIn(self.BANK_ACCOUNT, rows[0].group_key)
        self.assertIn(self.BANK_ACCOUNT[-4:], rows[0].group_key)

    def test_contacts_own_companies_and_colleagues_are_none(self):
        contact = self.env["res.partner"].create(
            {"name": "Beijing Example Trading", "parent_id": self.customer.id}
        )
        company_twin = self._create_customer(self.company.name)
        colleague_twin = self._create_customer(self.colleague.name)
        self.assertFalse(
            self._get_groups(self.manager, contact, company_twin, colleague_twin, self.customer)
        )

    def test_documents_of_each_customer(self):
        self._create_ticket()
        self._create_contract()
        self._make_double(self.customer)
        [(_kind, rows)] = self._get_groups(self.sales, self.customer)
        row = rows.filtered(lambda r: r.partner_id == self.customer)
        self.assertRecordValues(row, [{"ticket_count": 1, "contract_count": 1}])
        self.assertTrue(row.last_ticket_date)

    def test_customers_of_other_companies_stay_unnamed(self):
        double = self._make_double(self.customer)
        double.company_id = self.company_other
        [(_kind, rows)] = self._get_groups(self.sales, self.customer)
        self.assertEqual(rows.partner_id, self.customer)
        self.assertEqual(rows.group_size, 2)
        with self.assertRaisesRegex(UserError, "may not see"):
            rows.action_open_merge()

    def test_dismissed_group_stays_away(self):
        self.customer.user_id = self.sales
        double = self._make_double(self.customer)
        third = self._make_double(self.customer)
        [(_kind, rows)] = self._get_groups(self.sales, double)
        rows.filtered(lambda r: r.partner_id != third).action_dismiss()
        [(_kind, rows)] = self._get_groups(self.sales, double)
        self.assertEqual(len(rows), 3, "Each of them may still be the third.")
        rows[0].action_dismiss()
        self.assertFalse(self._get_groups(self.sales, double, third, self.customer))
        self._make_double(self.customer)
        self.assertTrue(self._get_groups(self.sales, self.customer), "A new double is news.")

    def test_sales_dismiss_their_own_only(self):
        self.customer.user_id = self.colleague
        self._make_double(self.customer)
        [(_kind, rows)] = self._get_groups(self.sales, self.customer)
        with self.assertRaisesRegex(UserError, "salesperson"):
            rows.action_dismiss()
        self._get_groups(self.finance, self.customer)[0][1].action_dismiss()

    def test_auditor_reads_and_decides_nothing(self):
        self.customer.user_id = self.auditor
        self._make_double(self.customer)
        [(_kind, rows)] = self._get_groups(self.auditor, self.customer)
        for action in (rows.action_dismiss, rows.action_open_merge):
            with self.assertRaises(UserError), self.cr.savepoint():
                action()
        with self.assertRaises(AccessError):
            self.env["invoice.customer.duplicate"].with_user(self.outsider).search([])

    def test_pairs_of_another_company_stay_unread(self):
        double = self._make_double(self.customer)
        self._get_groups(self.finance, double)[0][1].action_dismiss()
        pair = self.env["invoice.customer.distinct"].search([("other_id", "=", double.id)])
        self.assertEqual(pair.with_user(self.manager).partner_id, self.customer)
        double.company_id = self.company_other
        with self.assertRaises(AccessError):
            pair.with_user(self.manager).read(["partner_id"])

    def test_rows_of_two_groups_are_not_merged(self):
        self._make_double(self.customer)
        other = self._create_customer("Other", vat=NUMBER)
        self._make_double(other)
        groups = self._get_groups(self.finance, self.customer, other)
        rows = groups[0][1] + groups[1][1]
        with self.assertRaisesRegex(UserError, "one group"):
            rows.action_open_merge()


@tagged("post_install", "-at_install")
class TestCustomerMerge(DuplicateCommon):
    """Who stays has all that the others had."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.user_id = cls.sales
        cls.double = cls._make_double(cls.customer)

    def _open(self, user, partners=None):
        wizard = self.env["invoice.customer.merge.wizard"].with_user(user)
        partners = partners or self.customer + self.double
        return wizard.create({"partner_ids": [Command.set(partners.ids)]})

    def test_letter_for_a_digit_is_the_same_number(self):
        body = "91440300MA5FBQC54"
        number = body + uscc_check_digit(body)
        typed, other = self.env["res.partner"].create(
            [{"name": "Typed", "user_id": self.sales.id}, {"name": "Other", "vat": number}]
        )
        # As it was saved before letters were repaired.
        self.env.cr.execute(
            "UPDATE res_partner SET vat = %s WHERE id = %s", [number.replace("0", "O"), typed.id]
        )
        self.env.invalidate_all()
        rows = self.env["invoice.customer.duplicate"].search([("partner_id", "=", typed.id)])
        self.assertIn(number, rows.filtered(lambda row: row.kind == "number").group_key)
        self.assertTrue(other.tax_number_key)

    def test_proposed_is_the_owner_of_the_number(self):
        wizard = self._open(self.sales)
        self.assertEqual(wizard.partner_id, self.customer)
        self.assertFalse(wizard.refusal)

    def test_what_moves_is_counted_before(self):
        self._create_ticket(partner_id=self.double.id)
        self.assertIn("Tickets: 1", self._open(self.sales).summary)

    @mute_logger("odoo.addons.base.partner.merge")
    def test_roles_who_merge(self):
        for user in (self.sales, self.finance, self.manager):
            with self.subTest(user=user.login):
                double = self._make_double(self.customer)
                double.email = "another@example.com"
                wizard = self._open(user, self.customer + double)
                self.assertFalse(wizard.refusal)
                wizard.action_merge()
                self.assertFalse(double.exists())
                self.assertRecordValues(
                    self.customer, [{"tax_number_key": self.customer.vat, "company_id": False}]
                )

    def test_sales_merge_their_own_only(self):
        self.double.user_id = self.colleague
        wizard = self._open(self.sales)
        self.assertIn("Double of before", wizard.refusal)
        with self.assertRaisesRegex(UserError, "salesperson"):
            wizard.action_merge()
        core = self.env["base.partner.merge.automatic.wizard"].with_user(self.sales)
        with self.assertRaisesRegex(UserError, "salesperson"):
            core.create(
                {
                    "partner_ids": [Command.set((self.customer + self.double).ids)],
                    "dst_partner_id": self.customer.id,
                    "state": "selection",
                }
            ).action_merge()
        self.assertTrue(self.double.exists())

    def test_own_company_and_colleagues_are_not_merged_away(self):
        for kept in (self.company.partner_id, self.colleague.partner_id):
            wizard = self._open(self.manager, self.customer + kept)
            wizard.partner_id = self.customer
            with self.assertRaisesRegex(UserError, "never"):
                wizard.action_merge()

    def test_customers_of_two_companies(self):
        third = self._make_double(self.customer)
        self.double.company_id = self.company
        third.company_id = self.company_other
        self.manager.company_ids += self.company_other
        wizard = self._open(self.manager, self.double + third)
        wizard = wizard.with_context(allowed_company_ids=self.manager.company_ids.ids)
        with self.assertRaisesRegex(UserError, "several companies"):
            wizard.action_merge()

    def test_shared_customer_stays_shared(self):
        self.double.company_id = self.company
        self._open(self.manager).action_merge()
        self.assertFalse(self.customer.company_id)

    def test_more_than_three(self):
        doubles = self.double
        for _index in range(4):
            doubles += self._make_double(self.customer)
        self._open(self.sales, self.customer + doubles).action_merge()
        self.assertFalse(doubles.exists())

    def test_both_have_everything(self):
        self._create_flow("res.partner", [self.approver])
        both = self.customer + self.double
        self.env.cr.execute("UPDATE res_partner SET vat = NULL WHERE id = %s", [self.double.id])
        self.env.invalidate_all()
        self.double.write(
            {
                "vat": NUMBER,
                "invoice_title": "Double Co., Ltd.",
                "invoice_address": "Shanghai",
                "invoice_phone": "021-62345678",
                "invoice_bank_name": "ICBC",
                "invoice_bank_acc_number": "6222021001116245711",
            }
        )
        documents = self._give_everything(both)
        requests = self.env["invoice.approval.request"]
        for customer in both:
            customer.with_user(self.sales).action_submit_billing()
            requests += customer.approval_request_id
        requests[1].with_user(self.approver).action_reject("Not legible")
        accounts = both.bank_ids
        messages = self.env["mail.message"].search(
            [("model", "=", "res.partner"), ("res_id", "=", self.double.id)]
        )
        before = self._count_relations(self.double)

        self._open(self.sales).action_merge()

        self.assertTrue(before)
        self.assertFalse(self._count_relations(self.double))
        for records in documents:
            self.assertEqual(records.exists(), records)
            self.assertEqual(records.partner_id, self.customer)
        self.assertEqual(set(requests.mapped("res_id")), {self.customer.id})
        self.assertEqual(requests[1].state, "rejected")
        self.assertEqual(accounts.exists().partner_id, self.customer)
        self.assertEqual(len(accounts.exists()), 2)
        self.assertEqual(set(messages.exists().mapped("res_id")), {self.customer.id})
        self.assertRecordValues(
            self.customer,
            [{"tax_number_key": self.customer.vat, "billing_state": "pending"}],
        )
        self.assertIn("Double of before", "".join(self.customer.message_ids[:3].mapped("body")))

    def _give_everything(self, customers):
        tickets, contracts, shipments = (
            self.env[model] for model in ("invoice.ticket", "invoice.contract", "invoice.shipment")
        )
        for customer in customers:
            issued = self._create_ticket(partner_id=customer.id)
            self._issue(issued)
            contract = self._create_contract(partner_id=customer.id)
            shipments += self._create_shipment(issued)
            tickets += issued + self._create_ticket(partner_id=customer.id)
            contracts += contract
            customer.activity_schedule("mail.mail_activity_data_todo", user_id=self.sales.id)
            customer.message_subscribe(self.lead.partner_id.ids)
            self.env["ir.attachment"].create(
                {"name": "licence", "res_model": "res.partner", "res_id": customer.id}
            )
        return tickets, contracts, shipments

    def _count_relations(self, partner):
        """Everything stored that points to a partner, of whatever model of ours."""
        found = {}
        self.env.flush_all()
        for model in self.env.values():
            if model._abstract or not model._auto or model._transient:
                continue
            for field in model._fields.values():
                points = (
                    field.type == "many2one"
                    and field.comodel_name == "res.partner"
                    and field.store
                    and not field.company_dependent
                )
                if points:
                    domain = [(field.name, "=", partner.id)]
                elif field.type == "many2one_reference" and field.store:
                    domain = [
                        (field.model_field, "=", "res.partner"),
                        (field.name, "=", partner.id),
                    ]
                    if not model._fields[field.model_field].store:
                        continue
                else:
                    continue
                records = model.sudo().with_context(active_test=False).search_count(domain)
                if records:
                    found[str(field)] = records
        # Nobody keeps what a partner is for itself.
        found.pop("res.partner.commercial_partner_id", None)
        return found


@tagged("post_install", "-at_install")
class TestManyCustomers(DuplicateCommon):
    """Ten thousand customers are searched and compared in no time."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.flush_all()
        cls.env.cr.execute(
            """
            INSERT INTO res_partner (name, complete_name, vat, tax_number_key, billing_name_key,
                                     billing_near_key, active, is_company, type, partner_share,
                                     autopost_bills)
            SELECT name, name, number, number, name, name, TRUE, TRUE, 'contact', TRUE, 'ask'
              FROM generate_series(1, 10000) AS i,
                   LATERAL (SELECT '客户' || i || '号贸易' AS name,
                                   '9144030' || LPAD(i::text, 11, '0') AS number) AS made
            """
        )
        cls.env.cr.execute(
            "UPDATE res_partner SET commercial_partner_id = id WHERE vat LIKE '9144030%'"
        )
        cls.env.cr.execute("ANALYZE res_partner")

    def test_search_is_bounded(self):
        Partner = self.env["res.partner"].with_user(self.sales)
        Partner = Partner.with_context(invoice_customer_search=True)
        Partner.name_search("客户77号贸易有限公司", limit=8)
        for typed in ("客户77号贸易有限公司", "91440300000000077", "客户", "贸易客户77号"):
            with self.subTest(typed=typed), self.assertQueryCount(12):
                self.env.invalidate_all()
                self.assertLessEqual(len(Partner.name_search(typed, limit=8)), 8)
        [(_id, name), *_more] = Partner.name_search("客户77号贸易有限公司", limit=8)
        self.assertEqual(name, "客户77号贸易")

    def test_keys_are_indexed(self):
        self.env.cr.execute(
            "EXPLAIN SELECT id FROM res_partner WHERE billing_near_key IN ('客户77号贸易', '甲乙')"
        )
        plan = "\n".join(line for (line,) in self.env.cr.fetchall())
        self.assertRegex(plan, "Index .*billing_near_key")

    def test_list_is_one_query(self):
        self._make_double(self.customer)
        Duplicate = self.env["invoice.customer.duplicate"].with_user(self.finance)
        Duplicate.search([], limit=1)
        with self.assertQueryCount(1):
            rows = Duplicate.search([], limit=80)
        self.assertIn(self.customer, rows.partner_id)
