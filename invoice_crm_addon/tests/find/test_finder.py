from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ...models.find.finder import MANY, MOST_VALUES
from ..common import GROUP, TicketCommon

# Digits as a Chinese keyboard types them.
WIDE = {ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"}


@tagged("post_install", "-at_install")
class TestFinder(TicketCommon):
    """Many numbers or names at once, and what a list adds up to."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Of both companies.
        cls.reader = cls._create_user("find_reader", ["base.group_user", GROUP("auditor")])
        cls.reader.company_ids |= cls.company_other

    def _drop_rates(self, currency):
        self.env["res.currency.rate"].search([("currency_id", "=", currency.id)]).unlink()

    @classmethod
    def _create_numbered(cls, *numbers, **values):
        tickets = cls.env["invoice.ticket"]
        for number in numbers:
            ticket = cls._create_ticket(**values)
            cls._issue(ticket, number)
            tickets |= ticket
        return tickets

    def _find(self, path, *values, user=None, model="invoice.ticket"):
        Finder = self.env["invoice.finder"].with_user(user or self.finance)
        answer = Finder.find_many(model, path, list(values))
        found = Finder.env[model].search(answer["domain"]) if answer["domain"] else None
        self.assertEqual(answer["count"], len(found or ()))
        return found or self.env[model], answer

    # === MANY VALUES === #

    def test_numbers_of_all_spellings(self):
        first, second = self._create_numbered("25312000000000000001", "25312000000000000002")
        found, answer = self._find(
            "fapiao_number",
            "25312000000000000001".translate(WIDE),
            " 2531 2000 0000 0000 0002 ",
            "25312000000000000002",
            "25312000000000000009",
            "",
        )
        self.assertEqual(found, first | second)
        self.assertEqual(answer["missing"], ["25312000000000000009"])
        self.assertEqual(answer["found"], 2)

    def test_what_a_pattern_means_is_taken_as_it_stands(self):
        self._create_numbered("25312000000000000001")
        found, answer = self._find("fapiao_number", "%", "2531200000000000000_", "\\")
        self.assertFalse(found)
        self.assertEqual(len(answer["missing"]), 3)

    def test_references_in_any_case(self):
        ticket = self._create_ticket()
        found, _answer = self._find("name", ticket.name.lower())
        self.assertEqual(found, ticket)

    def test_customers_by_names_and_tax_numbers(self):
        ticket = self._create_ticket()
        name, vat = self.customer.invoice_title or self.customer.name, self.customer.vat
        self.assertEqual(self._find("partner_id.billing_name_key", f" {name}　")[0], ticket)
        self.assertEqual(self._find("partner_id.vat", vat.lower())[0], ticket)
        self.customer.invoice_title = "Another Title Test Ltd."
        self.assertEqual(
            self._find("partner_id.billing_name_key", self.customer.name)[1]["missing"], []
        )
        customers, _answer = self._find("vat", vat, model="res.partner")
        self.assertIn(self.customer, customers)

    def test_customer_without_tickets_is_not_found_among_tickets(self):
        nobody = self.env["res.partner"].create(
            {"name": "Nobody Bought Test Ltd.", "is_company": True}
        )
        _found, answer = self._find("partner_id.billing_name_key", nobody.name)
        self.assertEqual(answer["missing"], [nobody.name])

    def test_custom_fields(self):
        """Of every type of ticket, and of customers; numbers as well as texts."""
        Field = self.env["invoice.ticket.type.field"]
        project, lot = Field.create(
            [
                {"type_id": self.type_digital_special.id, "name": "Project", "kind": "char"},
                {"type_id": self.type_digital_special.id, "name": "Lot", "kind": "integer"},
            ]
        )
        Field.create({"type_id": self.type_receipt.id, "name": "Project", "kind": "char"})
        first, second, third = (self._create_ticket() for _index in range(3))
        for ticket, code, number in (
            (first, "P-07　a", 7),
            (second, "p-08", 8),
            (third, "P-09", 7),
        ):
            ticket.properties = {project._get_key(): code, lot._get_key(): number}
        finder = self.env["invoice.finder"].with_user(self.finance)
        offered = {row["path"]: row["label"] for row in finder.get_many_fields("invoice.ticket")}
        path = f"properties.{project._get_key()}"
        self.assertIn("Project", offered[path])
        self.assertNotEqual(offered[path], "Project", "two types have one of that name")
        self.assertEqual(offered[f"properties.{lot._get_key()}"], "Lot")
        found, answer = self._find(path, "P-07 A", "P-08", "P-99")
        self.assertEqual((found, answer["missing"]), (first | second, ["P-99"]))
        found, _answer = self._find(f"properties.{lot._get_key()}", "7")
        self.assertEqual(found, first | third)
        with self.assertRaises(UserError):
            self._find("properties.whatever", "7")

    def test_custom_fields_of_customers(self):
        partner_field = self.env["ir.model.fields"]._get("res.partner", "properties")
        definition = self.env["properties.base.definition"].search(
            [("properties_field_id", "=", partner_field.id)], limit=1
        ) or self.env["properties.base.definition"].create(
            {"properties_field_id": partner_field.id}
        )
        definition.properties_definition = [{"name": "erp", "string": "ERP Code", "type": "char"}]
        self.customer.properties = {"erp": "C-100"}
        found, answer = self._find("properties.erp", "c-100", model="res.partner")
        self.assertEqual((found, answer["label"]), (self.customer, "ERP Code"))

    def test_parcels(self):
        ticket = self._create_numbered("25312000000000000001")
        shipment = self._create_shipment(ticket)
        shipment.tracking_number = "SF1234567890"
        found, answer = self._find("shipment_ids.tracking_number", "sf 123456 7890", "SF99")
        self.assertEqual(found, ticket)
        self.assertEqual(answer["missing"], ["SF99"])
        self.assertEqual(
            self._find("tracking_number", "sf1234567890", model="invoice.shipment")[0], shipment
        )

    def test_what_shares_a_record_with_what_was_found_is_not_found(self):
        first, second = self._create_numbered("25312000000000000001", "25312000000000000002")
        receipt = self._create_ticket(type_id=self.type_receipt.id)
        self._issue(receipt)
        self._create_shipment(first, tracking_number="SF1000000000001")
        shared = self._create_shipment(first | second | receipt, tracking_number="SF1000000000002")
        found, answer = self._find("shipment_ids.tracking_number", "SF1000000000001")
        self.assertEqual((found, answer["found"]), (first, 1))
        # The receipt in the parcel has no such number at all.
        found, answer = self._find(
            "ticket_ids.fapiao_number", "25312000000000000002", model="invoice.shipment"
        )
        self.assertEqual((found, answer["found"]), (shared, 1))

    def test_texts_as_a_chinese_keyboard_types_them(self):
        contract = self._create_contract(number="ＨＴ 2027　001", name="年度服务（华东）Ａ")
        ticket = self._create_ticket(content="技术服务（二季度）", contract_id=contract.id)
        for path, model, record, value in (
            ("number", "invoice.contract", contract, "HT 2027 001"),
            ("number", "invoice.contract", contract, "ht2027001"),
            ("number", "invoice.contract", contract, "ＨＴ 2027　001"),
            ("name", "invoice.contract", contract, "年度服务(华东)a"),
            ("name", "invoice.contract", contract, " 年度服务（华东）Ａ"),
            ("contract_id.number", "invoice.ticket", ticket, "HT2027001"),
            ("content", "invoice.ticket", ticket, "技术服务(二季度)"),
        ):
            with self.subTest(path=path, value=value):
                found, answer = self._find(path, value, model=model)
                self.assertEqual((found, answer["missing"]), (record, []))
        contract.number = "2027 001"
        self.assertEqual(self._find("number", "2027001", model="invoice.contract")[0], contract)

    def test_customer_by_a_name_beside_its_title(self):
        self.customer.write({"name": "晨光（测试）公司", "invoice_title": "北京晨光科技有限公司"})
        ticket = self._create_ticket()
        for value in ("晨光(测试)公司", "晨光（测试）公司", "北京晨光科技有限公司"):
            found, answer = self._find("partner_id.billing_name_key", value)
            self.assertEqual((found, answer["missing"]), (ticket, []))

    def test_others_documents_are_not_found(self):
        ticket = self._create_ticket()
        found, answer = self._find("name", ticket.name, user=self.sales2)
        self.assertFalse(found)
        self.assertEqual(answer["missing"], [ticket.name])

    def test_each_field_of_each_model(self):
        Finder = self.env["invoice.finder"].with_user(self.finance)
        for model, fields in MANY.items():
            rows = Finder.get_many_fields(model)
            paths = [row["path"] for row in rows]
            self.assertEqual(paths[: len(fields)], [many.path for many in fields])
            labels = [row["label"] for row in rows]
            self.assertCountEqual(labels, set(labels), "which one is meant?")
            for path in paths:
                with self.subTest(model, path=path):
                    answer = Finder.find_many(model, path, ["no such value 0815"])
                    self.assertEqual(answer["missing"], ["no such value 0815"])

    def test_any_text_of_a_ticket(self):
        ticket = self._create_ticket(content="Service, Second Quarter")
        found, answer = self._find("content", " service,  second quarter", "Third")
        self.assertEqual(found, ticket)
        self.assertEqual(answer["missing"], ["Third"])

    def test_texts_that_one_may_not_read_are_not_offered(self):
        paths = {
            row["path"]
            for row in self.env["invoice.finder"]
            .with_user(self.sales)
            .get_many_fields("invoice.ticket")
        }
        self.assertIn("content", paths)
        visible = self.env["invoice.ticket"].with_user(self.sales).fields_get()
        self.assertLessEqual({path for path in paths if "." not in path}, set(visible))

    def test_queries_do_not_grow_with_values(self):
        tickets = self._create_numbered(*(f"2531200000000000{n:04}" for n in range(4)))
        numbers = tickets.mapped("fapiao_number")
        Finder = self.env["invoice.finder"].with_user(self.finance)

        def count_queries(values):
            self.env.flush_all()
            self.env.transaction.reset()
            start = self.env.cr.sql_log_count
            answer = Finder.find_many("invoice.ticket", "fapiao_number", values)
            self.assertEqual(answer["count"], len(set(values) & set(numbers)))
            return self.env.cr.sql_log_count - start

        count_queries(numbers[:1])
        few = count_queries(numbers[:1])
        self.assertLessEqual(count_queries(numbers + [f"9{n:019}" for n in range(1500)]), few)

    def test_refusals(self):
        Finder = self.env["invoice.finder"].with_user(self.finance)
        with self.assertRaisesRegex(UserError, "cannot be searched"):
            Finder.find_many("res.users", "password", ["x"])
        with self.assertRaisesRegex(UserError, str(MOST_VALUES)):
            Finder.find_many("invoice.ticket", "name", ["x"] * (MOST_VALUES + 1))
        self.assertEqual(Finder.get_many_fields("res.users"), [])
        self.assertEqual(
            self.env["invoice.finder"].with_user(self.portal).get_many_fields("invoice.ticket"),
            [],
        )

    # === TOTALS === #

    def _get_totals(self, user=None, domain=()):
        Finder = self.env["invoice.finder"].with_user(user or self.finance)
        if user == self.reader:
            companies = self.company | self.company_other
            Finder = Finder.with_context(allowed_company_ids=companies.ids)
        return Finder.get_totals(list(domain))

    def test_totals_count_what_is_issued(self):
        self._create_ticket()
        ordinary = self._create_numbered(
            "25312000000000000001", "25312000000000000002", type_id=self.type_digital_ordinary.id
        )
        special = self._create_numbered("25312000000000000003")
        totals = self._get_totals()
        self.assertEqual((totals["count"], totals["issued"]), (4, 3))
        self.assertEqual(totals["amount"], 3390.0)
        self.assertAlmostEqual(totals["tax"], 390.0)
        self.assertEqual(
            [(part["key"], part["count"], part["amount"]) for part in totals["parts"]],
            [("special", 1, 1130.0), ("ordinary", 2, 2260.0)],
        )
        self.assertEqual(totals["amount"], sum((ordinary | special).mapped("amount_issued")))
        only = self._get_totals(domain=[("id", "in", special.ids)])
        self.assertEqual((only["count"], only["amount"]), (1, 1130.0))

    def test_receipts_and_red_letters(self):
        ticket = self._create_numbered("25312000000000000001")
        ticket.with_user(self.finance).action_red("Returned", red_reason="02", amount=113.0)
        self._issue(ticket.red_ids)
        self._issue(self._create_ticket(type_id=self.type_receipt.id))
        totals = self._get_totals()
        self.assertEqual((totals["issued"], totals["amount"]), (3, 1017.0))
        [other] = [part for part in totals["parts"] if part["key"] == "other"]
        self.assertEqual((other["count"], other["amount"]), (1, 0.0))

    def test_totals_of_what_one_may_read(self):
        self._create_numbered("25312000000000000001")
        self.assertEqual(self._get_totals(self.sales)["count"], 1)
        self.assertEqual(self._get_totals(self.sales2)["count"], 0)
        self.assertEqual(self._get_totals(self.outsider)["count"], 0)
        with self.assertRaises(AccessError):
            self._get_totals(self.portal)

    def test_totals_of_another_currency_are_converted(self):
        dollar = self._enable_currency("USD")
        self.company_other.currency_id = dollar
        self.env["res.currency.rate"].create(
            {"currency_id": dollar.id, "company_id": self.company.id, "rate": 0.125}
        )
        self._create_numbered("25312000000000000001")
        self._create_numbered(
            "25312000000000000002", company_id=self.company_other.id, user_id=self.finance_other.id
        )
        totals = self._get_totals(self.reader)
        self.assertEqual(totals["currency_id"], self.company.currency_id.id)
        self.assertEqual((totals["amount"], totals["note"]), (10170.0, ""))
        [part] = totals["parts"]
        self.assertEqual((part["count"], part["amount"]), (2, 10170.0))

    def test_totals_without_a_rate_say_what_is_missing(self):
        self.company_other.currency_id = self._enable_currency("CHF")
        self._drop_rates(self.company_other.currency_id)
        self._create_numbered("25312000000000000001")
        self._create_numbered(
            "25312000000000000002", company_id=self.company_other.id, user_id=self.finance_other.id
        )
        totals = self._get_totals(self.reader)
        self.assertEqual((totals["issued"], totals["amount"]), (2, 1130.0))
        self.assertIn("CHF", totals["note"])
        rates = self.env["invoice.finder"].with_user(self.reader)
        rates = rates.with_context(allowed_company_ids=(self.company | self.company_other).ids)
        companies = self.company | self.company_other | self.env.company
        answer = {row["company_id"]: row["rate"] for row in rates.get_company_rates(companies.ids)}
        self.assertEqual(answer, {self.company.id: 1.0, self.company_other.id: None})

    def test_queries_of_totals_do_not_grow(self):
        def count_queries():
            self.env.flush_all()
            self.env.transaction.reset()
            start = self.env.cr.sql_log_count
            self._get_totals()
            return self.env.cr.sql_log_count - start

        ordinary = {"type_id": self.type_digital_ordinary.id}
        self._create_numbered("25312000000000000001")
        self._create_numbered("25312000000000000002", **ordinary)
        count_queries()
        few = count_queries()
        self._create_numbered("25312000000000000003", "25312000000000000004")
        self._create_numbered("25312000000000000005", **ordinary)
        self.assertLessEqual(count_queries(), few)
