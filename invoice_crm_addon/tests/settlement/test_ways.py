from odoo.fields import Command
from odoo.tests import Form, tagged

from .test_making import MakingCommon

# What is of each ticket itself: its number, its history, the part of the money that it is of.
OWN = {
    "id",
    "name",
    "display_name",
    "create_date",
    "write_date",
    "access_token",
    "access_url",
    "message_ids",
    "message_follower_ids",
    "message_partner_ids",
    "website_message_ids",
    "line_ids",
    "allocation_ids",
    "__last_update",
}
LINE_FIELDS = ("product_id", "name", "quantity", "price_unit", "tax_id", "tax_treatment")
LINE_FIELDS += ("amount_untaxed", "amount_tax", "amount_total", "tax_code", "uom_name")


@tagged("post_install", "-at_install")
class TestWays(MakingCommon):
    """Whichever way a ticket is made, it is the one that the form of the single way saves."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._sell(cls.sales, cls.finance)
        cls.finance.group_ids |= cls.env.ref("sales_team.group_sale_manager")
        cls.finance.group_ids |= cls.env.ref("account.group_account_invoice")
        cls.customer.property_payment_term_id = cls.env["account.payment.term"].create(
            {"name": "20 days", "line_ids": [Command.create({"value_amount": 100, "nb_days": 20})]}
        )
        cls.type_special.default_tax_id = cls.tax_6

    def _create_template(self, name, **values):
        return self.env["invoice.ticket.template"].create(
            {
                "name": name,
                "type_id": self.type_ordinary.id,
                "content": f"{name} {{contract number}}",
                "note": f"{name}: {{customer}}, {{contract}}, {{period}}",
                "line_ids": [
                    Command.create({"name": f"{name} goods", "tax_id": self.tax_6.id}),
                    Command.create({"name": f"{name} more", "price_unit": 5.0}),
                ],
                **values,
            }
        )

    def _create_sources(self):
        """One of each kind, none of them on the path of another, and who makes its tickets."""
        chain = self._create_chain()
        contract = self._create_active_contract(
            1130.0, milestone_ids=[Command.create({"name": "Rest", "amount": 1130.0})]
        )
        account = self._create_payment(amount=1130.0, memo="Deposit")
        contract_payment = self._create_payment(
            amount=1130.0, invoice_contract_id=self._create_active_contract(5000.0).id
        )
        bare_order = self._create_order(client_order_ref="PO 7")
        order_payment = self._create_payment(amount=1130.0, sale_order_id=self._create_order().id)
        return {
            "order": (bare_order, self.finance),
            "order of a contract": (chain["order"], self.finance),
            "invoice": (self._create_invoice(), self.finance),
            "invoice of an order": (chain["invoice"], self.finance),
            "payment of an invoice": (chain["payment"], self.finance),
            "payment on account": (account, self.finance),
            "payment of a contract": (contract_payment, self.finance),
            "payment of an order": (order_payment, self.finance),
            "contract": (contract, self.sales),
        }

    def _read(self, ticket):
        """All that is stored of a ticket and of its rows, whatever fields there are."""
        fnames = [
            fname
            for fname, field in ticket._fields.items()
            if field.store and fname not in OWN and not field.inherited
        ]
        [values] = ticket.sudo().read(fnames, load=None)
        values["lines"] = [
            {fname: line[fname] for fname in LINE_FIELDS if fname in line._fields}
            for line in ticket.sudo().line_ids
        ]
        values["allocations"] = [
            (row.move_id, row.payment_id, row.amount) for row in ticket.sudo().allocation_ids
        ]
        del values["id"]
        return values

    def _make_each(self, source, user):
        action = source.with_user(user).action_create_tickets()
        return self.env["invoice.ticket"].browse(action["res_id"])

    def _split(self, source, user):
        action = source.with_user(user).action_split_ticket()
        Wizard = self.env["invoice.ticket.split.wizard"].with_user(user)
        action = Wizard.with_context(**action["context"]).create({}).action_confirm()
        return self.env["invoice.ticket"].search(action["domain"], order="id")

    def _assert_same(self, made, expected, left_out=()):
        made, expected = self._read(made), self._read(expected)
        for fname in made:
            if fname not in left_out:
                self.assertEqual(made[fname], expected[fname], fname)

    def _undo(self, function, *args):
        """What a way of making results in, which is undone again for the next one."""
        savepoint = self.cr.savepoint()
        result = function(*args)
        self.env.flush_all()
        return result, savepoint

    def _compare(self):
        for kind, (source, user) in self._create_sources().items():
            with self.subTest(kind):
                single = self._make(source, user)
                each = self._make_each(source, user)
                self._assert_same(each, single)
                for part in self._split(source, user):
                    # A part has its share of the lines; all else is the same.
                    amounts = {f for f in part._fields if f.startswith("amount_")}
                    own = amounts | {"lines", "allocations", "template_filled", "tax_included"}
                    own |= {"currency_id", "lacks_tax"}
                    if not single.line_ids:
                        # What is made of a contract without a template is not due yet.
                        own.add("date_due")
                    self._assert_same(part, single, own)

    # === ALL WAYS === #

    def test_without_template(self):
        self._compare()

    def test_template_of_the_customer(self):
        self.customer.ticket_template_id = self._create_template("Customer")
        self._compare()

    def test_template_of_the_level(self):
        level = self.env["invoice.customer.level"].create(
            {
                "name": "Gold",
                "template_id": self._create_template("Level", type_id=False).id,
                "type_id": self.type_special.id,
            }
        )
        self.customer.customer_level_id = level
        self._compare()
        ticket = self._make_each(self._create_invoice(), self.finance)
        self.assertEqual(ticket.type_id, self.type_special)
        self.assertIn("Level: Beijing", ticket.note)

    def test_template_of_the_contract_goes_before(self):
        self.customer.ticket_template_id = self._create_template("Customer")
        template = self._create_template("Contract", type_id=self.type_voucher.id)
        sources = self._create_sources()
        for kind in ("order of a contract", "invoice of an order", "payment of an invoice"):
            source, user = sources[kind]
            contract = source._get_making_contracts()
            contract.ticket_template_id = template
            with self.subTest(kind):
                single, each = self._make(source, user), self._make_each(source, user)
                self.assertEqual(single.template_id, template)
                self._assert_same(each, single)

    def test_template_of_the_order_is_that_of_its_invoice_and_payment(self):
        self.customer.ticket_template_id = self._create_template("Customer")
        template = self._create_template("Order", type_id=self.type_voucher.id)
        chain = self._create_chain()
        chain["order"].ticket_template_id = template
        on_account = self._create_payment(amount=10.0, sale_order_id=chain["order"].id)
        for source in (chain["order"], chain["invoice"], chain["payment"], on_account):
            with self.subTest(source._name):
                for ticket in (
                    self._make(source, self.finance),
                    self._make_each(source, self.finance),
                    *self._split(source, self.finance),
                ):
                    self.assertEqual(ticket.template_id, template)
                    self.assertEqual(ticket.type_id, self.type_voucher)
                    self.assertIn("Order: Beijing", ticket.note)

    # === MANY, AND PARTS === #

    def test_many_on_one_are_filled_like_one(self):
        self.customer.ticket_template_id = self._create_template("Customer")
        invoices = self._create_invoice() | self._create_invoice()
        together, alone = self._make(invoices), self._make(invoices[:1])
        for fname in ("template_id", "type_id", "note", "partner_id", "user_id", "company_id"):
            self.assertEqual(together[fname], alone[fname], fname)
        self.assertEqual(together.date_due, max(invoices.mapped("invoice_date_due")))

    def test_milestone_is_filled_like_its_contract(self):
        template = self._create_template("Contract")
        contract = self._create_active_contract(
            1130.0,
            ticket_template_id=template.id,
            milestone_ids=[Command.create({"name": "Rest", "amount": 500.0})],
        )
        of_contract = self._make(contract, self.sales)
        of_milestone = self._make(contract.milestone_ids, self.sales)
        for fname in ("template_id", "type_id", "note", "partner_id", "contract_id", "user_id"):
            self.assertEqual(of_milestone[fname], of_contract[fname], fname)
        self.assertRecordValues(
            of_milestone.line_ids,
            [{"name": "Contract goods", "tax_id": self.tax_6.id, "amount_total": 500.0}],
        )

    def test_another_template_replaces_what_the_first_one_filled(self):
        """As in the form: the note of the first one goes, what somebody typed stays."""
        self.customer.ticket_template_id = self._create_template("First")
        other = self._create_template("Second")
        ticket = self._make_each(self._create_invoice(), self.finance)
        with Form(ticket.with_user(self.finance)) as form:
            form.template_id = other
        self.assertIn("Second", ticket.note)
        self.assertNotIn("First", ticket.note)

    def test_queries_do_not_grow_with_templates(self):
        self.customer.ticket_template_id = self._create_template("Customer")

        def count(number):
            invoices = self.env["account.move"].union(
                *(self._create_invoice(10.0 + index) for index in range(number))
            )
            self.env.flush_all()
            self.env.transaction.reset()
            before = self.cr.sql_log_count
            invoices.with_user(self.finance).action_create_tickets()
            self.env.flush_all()
            return (self.cr.sql_log_count - before) / number

        count(2)
        self.assertLessEqual(count(20), count(4))
