from odoo import SUPERUSER_ID, api
from odoo.fields import Command
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from ...models.base.proof import proven
from ..settlement.bank_common import BankCommon
from ..threads import retry_soon, run_at_once
from .import_common import ImportCommon, make_number

MODULE = "invoice_crm_addon"
PARTNER, ACCOUNT = "res.partner", "res.partner.bank"
ACCOUNTS = {"customer": "6222000011112222", "double": "6222000033334444"}
# Names people, see test_contact_people.
OF_PEOPLE = {"res.partner.invoice_contact_id"}


def _merge(winner, losers):
    wizards = winner.env["base.partner.merge.automatic.wizard"]
    wizards._merge((winner | losers).ids, winner, extra_checks=False)


@tagged("post_install", "-at_install")
class TestMergeKeepsEverything(BankCommon, ImportCommon):
    """Each field of ours that names a customer is filled for both, and names who stays.

    The fields are asked of the registry: a new one fails here until it is filled.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.double = cls.env["res.partner"].create(
            {
                "name": "双份有限公司",
                "is_company": True,
                "vat": make_number(880),
                "invoice_address": "1 Nanjing Road, Shanghai",
                "invoice_phone": "021-62345678",
                "invoice_bank_name": cls.bank.name,
            }
        )
        cls.both = cls.customer | cls.double
        cls.customer.invoice_bank_acc_number = ACCOUNTS["customer"]
        cls.double.invoice_bank_acc_number = ACCOUNTS["double"]
        cls.double.with_company(
            cls.company
        ).property_account_receivable_id = cls.customer.with_company(
            cls.company
        ).property_account_receivable_id

    # === EVERYTHING === #

    def _get_fields(self, comodel):
        """Stored relations of ours to a model, in whatever model they stand."""
        for model in self.env.values():
            if model._abstract or not model._auto or model._transient:
                continue
            for field in model._fields.values():
                is_ours = MODULE in (field._modules or ()) or model._original_module == MODULE
                if (
                    is_ours
                    and field.store
                    and field.type in ("many2one", "many2many")
                    and field.comodel_name == comodel
                    and f"{model._name}.{field.name}" not in OF_PEOPLE
                ):
                    yield model.sudo().with_context(active_test=False), field.name

    def _get_named(self, comodel, target):
        """IDs of the records that name a record, by field."""
        self.env.flush_all()
        return {
            f"{model._name}.{fname}": set(model.search([(fname, "in", target.ids)]).ids)
            for model, fname in self._get_fields(comodel)
        }

    def _give_everything(self, customer):
        """Whatever of ours can name a customer, each once at least."""
        tickets = self._create_ticket(partner_id=customer.id)
        pending, voided, red, passed = (
            self._create_ticket(
                partner_id=customer.id,
                type_id=(self.type_ordinary if kind == "voided" else self.type_digital_special).id,
            )
            for kind in ("pending", "voided", "red", "passed")
        )
        self._issue(voided)
        self._issue(red)
        voided.with_user(self.finance).action_void("Mistake")
        red.with_user(self.finance).action_red("Goods returned")
        proven(passed).write({"quota_override_partner_id": customer.id})
        self._create_contract(partner_id=customer.id, billed_partner_ids=self.other)
        self._create_contract(partner_id=self.other.id, billed_partner_ids=customer)
        self._create_shipment(red)
        contact = self.env["res.partner"].create(
            {"name": f"Contact of {customer.name}", "parent_id": customer.id}
        )
        elsewhere = proven(self.env["res.partner"].create({"name": "Confirmed"}))
        elsewhere.billing_confirmed_by_id = customer
        for asked, by in ((customer, contact), (self.other, customer)):
            proven(self.env["invoice.billing.confirmation"]).create(
                {"partner_id": asked.id, "contact_id": by.id, "user_id": self.sales.id}
            )
        for one, other in ((customer, self.other), (self.other, customer)):
            proven(self.env["invoice.customer.distinct"]).create(
                {"partner_id": one.id, "other_id": other.id}
            )
        self.env["invoice.fapiao.batch"].create({"name": "x.pdf", "partner_id": customer.id})
        self._create_payment(partner_id=customer.id)
        self._create_invoice(77.0, customer)
        self._import_line(customer)
        self._bill_and_remind(customer)
        self._submit(pending)
        proven(pending.approval_request_id).partner_id = customer
        return tickets | pending | voided | red | red.red_ids | passed

    def _bill_and_remind(self, customer):
        """What is planned, stated, reminded of and agreed with a customer."""
        milestone = {"name": "First", "amount": 100.0, "date_due": "2026-11-02"}
        contract = self._create_contract(
            partner_id=customer.id, milestone_ids=[Command.create(milestone)]
        )
        proven(contract).state = "active"
        self._create_invoice(78.0, customer).invoice_contract_id = contract
        values = {
            "partner_id": customer.id,
            "contact_id": customer.id,
            "company_id": self.company.id,
            "sender_id": self.finance.id,
        }
        proven(self.env["invoice.account.statement"]).create(
            {**values, "date_from": "2026-10-01", "date_to": "2026-10-31"}
        )
        step = self.env["invoice.reminder.step"].search([], limit=1)
        proven(self.env["invoice.reminder"]).create(
            {
                **values,
                "step_id": step.id,
                "step_name": step.name,
                "channel": "email",
                "date": "2026-11-02",
            }
        )
        self.env["invoice.reminder.stop"].create(
            {
                "partner_id": customer.id,
                "company_id": self.company.id,
                "kind": "dispute",
                "reason": "Mistake",
            }
        )

    def _import_line(self, customer):
        number = customer.invoice_bank_account_id.acc_number
        serial = f"S{customer.id}"
        match = self._import(("2026-11-02", customer.name, number, 77.0, "货款", serial))
        match.partner_id = match.partner_id or customer
        return match

    @mute_logger("odoo.addons.base.partner.merge")
    def test_each_field_names_who_stays(self):
        self.other = self.env["res.partner"].create({"name": "第三家公司", "is_company": True})
        self._create_flow("invoice.ticket", [self.approver])
        for customer in self.both:
            self._give_everything(customer)
            run = ImportCommon._import(
                self,
                [["客户名称", "税号", "开票电话"], [customer.name, customer.vat, "010-62340000"]],
            )
            self.assertTrue(run.row_ids.partner_id, run.row_ids.message)
        before = [self._get_named(PARTNER, customer) for customer in self.both]
        for named, customer in zip(before, self.both, strict=True):
            empty = {field for field, ids in named.items() if not ids}
            self.assertFalse(empty, f"Fill these for {customer.name}")
        accounts = [self._get_named(ACCOUNT, c.bank_ids) for c in self.both]
        for named in accounts:
            self.assertTrue(all(named.values()), named)

        _merge(self.customer, self.double)

        after = self._get_named(PARTNER, self.customer)
        for field, ids in after.items():
            lost = (before[0][field] | before[1][field]) - ids - set(self.double.ids)
            if field.startswith("invoice.customer.distinct"):
                continue  # a pair is kept once
            self.assertFalse(lost, field)
        gone = {f: ids for f, ids in self._get_named(PARTNER, self.double).items() if ids}
        self.assertFalse(gone)
        self.assertLessEqual({*ACCOUNTS.values()}, {*self.customer.bank_ids.mapped("acc_number")})
        self._assert_computed()

    def _assert_computed(self):
        """What is computed and stored is what it would be, were it computed now."""
        self.env.flush_all()
        for model in self.env.values():
            if model._abstract or not model._auto or model._transient:
                continue
            if model._original_module != MODULE:
                continue
            records = model.sudo().with_context(active_test=False).search([])
            for field in model._fields.values():
                if not (field.store and field.compute) or not field.readonly:
                    continue
                stored = {record.id: record[field.name] for record in records}
                self.env.add_to_compute(field, records)
                records.invalidate_recordset([field.name], flush=False)
                for record in records:
                    self.assertEqual(stored[record.id], record[field.name], f"{record} {field}")

    # === WITHOUT A FOREIGN KEY === #

    def test_custom_fields(self):
        ticket_type = self.type_receipt.copy({"name": "With custom fields", "code": False})
        ticket_type.properties_definition = [
            {"name": "aaaa", "string": "Payer", "type": "many2one", "comodel": PARTNER},
            {"name": "bbbb", "string": "Seen by", "type": "many2many", "comodel": PARTNER},
            {"name": "cccc", "string": "Number", "type": "integer"},
        ]
        ticket = self._create_ticket(
            type_id=ticket_type.id,
            properties={
                "aaaa": self.double.id,
                "bbbb": [self.double.id, self.customer.id, self.lead.partner_id.id],
                "cccc": self.double.id,
            },
        )
        self.env.flush_all()
        _merge(self.customer, self.double)
        values = ticket.read(["properties"])[0]["properties"]
        values = {row["name"]: row["value"] for row in values}
        self.assertEqual(values["aaaa"][0], self.customer.id)
        self.assertEqual(
            [id_ for id_, _name in values["bbbb"]], [self.customer.id, self.lead.partner_id.id]
        )
        self.assertEqual(values["cccc"], self.double.id)

    def test_rejected_change_goes_back_to_who_stays(self):
        other = self.env["res.partner"].create({"name": "第三家公司", "is_company": True})
        self._create_flow(
            "invoice.contract",
            [self.approver],
            trigger_fields=["partner_id", "billed_partner_ids"],
        )
        contract = self._create_contract(
            partner_id=self.double.id, billed_partner_ids=self.double | other
        )
        self._approve(contract)
        contract.with_user(self.sales).write(
            {"partner_id": other.id, "billed_partner_ids": [Command.clear()]}
        )
        self.assertTrue(contract.approval_change_waits)
        _merge(self.customer, self.double)
        contract.approval_request_id.with_user(self.approver).action_reject("No")
        self.assertEqual(contract.partner_id, self.customer)
        self.assertEqual(contract.billed_partner_ids, self.customer | other)

    def test_archived_accounts(self):
        """One number of both, archived with one of them; and one that is archived alone."""
        accounts = self.env[ACCOUNT]
        for customer, number, active in (
            (self.customer, "6222000055556666", False),
            (self.double, "6222000055556666", True),
            (self.double, "6222000077778888", False),
        ):
            accounts += accounts.create(
                {"partner_id": customer.id, "acc_number": number, "active": active}
            )
        self.double.invoice_bank_account_id = accounts[1]
        _merge(self.customer, self.double)
        known = self.customer.with_context(active_test=False).bank_ids.mapped("acc_number")
        self.assertEqual(
            sorted(known),
            sorted([self.BANK_ACCOUNT, *ACCOUNTS.values(), "6222000055556666", "6222000077778888"]),
        )

    def test_licence(self):
        picture = self.env.company.logo
        self.double.business_licence = picture
        _merge(self.customer, self.double)
        self.assertEqual(self.customer.with_context(bin_size=False).business_licence, picture)

    def test_pair_of_the_merged(self):
        other = self.env["res.partner"].create({"name": "第三家公司", "is_company": True})
        pairs = self.env["invoice.customer.distinct"]
        for one, two in (
            (self.customer, self.double),
            (self.double, other),
            (other, self.customer),
        ):
            pairs += pairs.create({"partner_id": one.id, "other_id": two.id})
        _merge(self.customer, self.double)
        [pair] = pairs.exists()
        self.assertEqual(pair.partner_id | pair.other_id, self.customer | other)

    def test_contact_people(self):
        people = self.env["res.partner"].create(
            [{"name": f"Person {index}", "parent_id": self.customer.id} for index in range(2)]
        )
        self.customer.invoice_contact_id = people[0]
        _merge(people[1], people[0])
        self.assertEqual(self.customer.invoice_contact_id, people[1])

    # === IMPORTS === #

    def test_import_is_not_taken_back_after_a_merge(self):
        number = make_number(881)
        run = ImportCommon._import(self, [["客户名称", "税号"], ["导入有限公司", number]])
        new = self._find(number)
        old = self.env["res.partner"].create({"name": new.name, "is_company": True})
        _merge(new, old)
        run.action_undo()
        self.assertTrue(new.exists(), "The one of before is in it.")
        self.assertEqual(run.kept_count, 1)
        self.assertIn("merged", run.row_ids.message)

    def test_changed_customer_is_not_taken_back_after_a_merge(self):
        phone = "010-62340000"
        run = ImportCommon._import(self, [["客户名称", "开票电话"], [self.double.name, phone]])
        self.customer.invoice_phone = False
        _merge(self.customer, self.double)
        self.assertEqual(self.customer.invoice_phone, phone)
        run.action_undo()
        self.assertEqual(self.customer.invoice_phone, phone)
        self.assertIn("merged", run.row_ids.message)

    # === PORTAL === #

    def test_portal_users_see_what_moved(self):
        issued = self._create_ticket(partner_id=self.double.id)
        self._issue(issued)
        customer_of_portal = self.portal.partner_id.commercial_partner_id
        self.assertEqual(customer_of_portal, self.customer)
        _merge(self.customer, self.double)
        self.assertEqual(issued.partner_id, customer_of_portal)
        other = self.env["res.partner"].create({"name": "第三家公司", "is_company": True})
        _merge(other, self.customer)
        self.assertEqual(self.portal.partner_id.commercial_partner_id, other)
        self.assertEqual(issued.partner_id, other)


@tagged("post_install", "-at_install")
class TestMergeAtOnce(TransactionCase):
    """Two people merge the same customers at the same instant, in real transactions."""

    NAMES = [f"同时合并{i}公司" for i in range(3)]

    def setUp(self):
        super().setUp()
        self.addCleanup(self._clean_up)
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})
            partners = env["res.partner"].create(
                [{"name": name, "is_company": True} for name in self.NAMES]
            )
            self.ids = partners.ids
            env["res.partner.bank"].create(
                [{"partner_id": id_, "acc_number": f"62220000{id_:08d}"} for id_ in self.ids]
            )

    def _clean_up(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            partners = env["res.partner"].search([("name", "in", self.NAMES)])
            partners.bank_ids.unlink()
            partners.unlink()

    def _run(self, *merges):
        def make(winner, *losers):
            def run(env):
                partners = env["res.partner"].browse((winner, *losers)).exists()
                wizard = env["invoice.customer.merge.wizard"].create(
                    {"partner_ids": partners.ids, "partner_id": winner}
                )
                wizard.action_merge()
                return True

            return run

        with retry_soon(), mute_logger("odoo.sql_db", "odoo.service.model"):
            return run_at_once(self.registry, SUPERUSER_ID, [make(*merge) for merge in merges])

    def _assert_all_there(self, left):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            partners = env["res.partner"].browse(self.ids).exists()
            self.assertEqual(len(partners), left)
            self.assertEqual(len(partners.bank_ids), 3, "No account is lost.")

    def test_each_into_the_other(self):
        first, second, _third = self.ids
        outcomes = self._run((first, second), (second, first))
        self.assertEqual(outcomes.count(True), 1, outcomes)
        self._assert_all_there(2)

    def test_one_into_two(self):
        first, second, third = self.ids
        outcomes = self._run((first, third), (second, third))
        self.assertEqual(outcomes.count(True), 1, outcomes)
        self._assert_all_there(2)

    def test_in_a_chain(self):
        first, second, third = self.ids
        outcomes = self._run((first, second), (second, third))
        self.assertIn(True, outcomes)
        self._assert_all_there(3 - outcomes.count(True))
