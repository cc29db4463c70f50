from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged, users

from ..common import TicketCommon

MODULE = "invoice_crm_addon"
SECRET = "Top Secret"
UNREADABLE = 2**30
CORE = ("res.partner", "sale.order", "account.move", "account.payment")


@tagged("post_install", "-at_install")
class TestReadable(TicketCommon):
    """Nobody ties a document to what they may not read, nor learns of it by trying."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._create_contract(user_id=cls.sales2.id, name=SECRET)
        cls._approve(cls.contract)
        cls.order = cls.env["sale.order"].create(
            {
                "name": SECRET,
                "partner_id": cls.customer.id,
                "company_id": cls.company.id,
                "user_id": cls.sales2.id,
            }
        )
        cls.payment = cls._create_payment(memo=SECRET)
        journal = cls._setup_books(cls.company).filtered(lambda j: j.type == "sale")
        cls.invoice = (
            cls.env["account.move"]
            .with_company(cls.company)
            .create(
                {
                    "move_type": "out_invoice",
                    "name": SECRET,
                    "partner_id": cls.customer.id,
                    "journal_id": journal.id,
                }
            )
        )
        cls.ticket = cls._create_ticket()
        for xmlid in ("sales_team.group_sale_salesman",):
            cls.sales.group_ids |= cls.env.ref(xmlid)

    # === INTROSPECTION === #

    def _get_models(self):
        return [
            self.env[name]
            for name, model in self.env.registry.items()
            if not model._abstract
            and model._auto
            and (name in CORE or model._original_module == MODULE)
        ]

    def _get_relations(self, model):
        """Relations that a caller may give: of core's models those that this module adds."""
        return [
            field
            for field in model._fields.values()
            if field.relational
            and (model._name not in CORE or MODULE in field._modules)
            and field.name not in ("create_uid", "write_uid")
        ]

    def _is_written_by_somebody(self, model):
        access = self.env["ir.model.access"].search([("model_id.model", "=", model._name)])
        return any(access.mapped("perm_write")) or any(access.mapped("perm_create"))

    @staticmethod
    def _lacks_unreadable(model, targets):
        return UNREADABLE not in targets.ids

    def _get_ways(self, field):
        """Values that name a record in each way the field understands."""
        if field.type == "many2one":
            return [UNREADABLE, {"id": UNREADABLE}]
        link, update = Command.link(UNREADABLE), Command.update(UNREADABLE, {})
        return [[link], [Command.set([UNREADABLE])], [update], [UNREADABLE]]

    def test_every_relation_that_a_caller_may_set_is_looked_at(self):
        """For each field: no right on the target, and each way to name it is refused."""
        looked_at = set()
        for model in self._get_models():
            if not self._is_written_by_somebody(model):
                continue
            model = model.with_user(self.outsider)
            self.assertTrue(hasattr(model, "_get_unreadable"), model._name)
            self.patch(type(model), "_are_readable", self._lacks_unreadable)
            for field in self._get_relations(model):
                for value in self._get_ways(field):
                    with self.subTest(model=model._name, field=field.name, value=value):
                        values = {field.name: value}
                        self.assertEqual(model._get_unreadable(values), [field.name])
                        with self.assertRaises(AccessError):
                            model.onchange(dict(values), [], {})
                        # Only a form that is not saved yet knows a record as a dict.
                        if not isinstance(value, dict):
                            with self.assertRaises(AccessError):
                                model.create(dict(values))
                            with self.assertRaises(AccessError):
                                model.browse().write(dict(values))
                        looked_at.add((model._name, field.name))
        for known in (
            ("invoice.ticket", "sale_order_id"),
            ("invoice.ticket", "contract_id"),
            ("invoice.ticket.allocation", "move_id"),
            ("invoice.ticket.allocation", "payment_id"),
            ("invoice.ticket.cancel.wizard", "ticket_ids"),
            ("invoice.contract", "sale_order_ids"),
            ("sale.order", "invoice_contract_id"),
            ("account.payment", "invoice_contract_id"),
            ("res.partner", "ticket_ids"),
        ):
            self.assertIn(known, looked_at)

    # === THE SAME ON REAL RECORDS === #

    def _get_attempts(self):
        """Model, field and value: what sales may write, naming what they may not read."""
        allocation = {"ticket_id": self.ticket.id, "amount": 1.0}
        return [
            (self.ticket, {"contract_id": self.contract.id}),
            (self.ticket, {"sale_order_id": self.order.id}),
            (
                self.ticket,
                {"allocation_ids": [Command.create({"move_id": self.invoice.id, "amount": 1.0})]},
            ),
            (
                self.ticket,
                {"allocation_ids": [Command.create({"payment_id": self.payment.id})]},
            ),
            (
                self.env["invoice.ticket.allocation"],
                {**allocation, "move_id": self.invoice.id},
            ),
            (
                self.env["invoice.ticket.allocation"],
                {**allocation, "payment_id": self.payment.id},
            ),
            (self._create_contract(), {"sale_order_ids": [Command.link(self.order.id)]}),
            (self._create_contract(), {"payment_ids": [Command.link(self.payment.id)]}),
            (
                self.env["sale.order"].create(
                    {"partner_id": self.customer.id, "user_id": self.sales.id}
                ),
                {"invoice_contract_id": self.contract.id},
            ),
        ]

    def _try(self, function, *args):
        """Nothing happens, and what is said says nothing."""
        with self.assertRaises(AccessError) as refused:
            function(*args)
        self.assertNotIn(SECRET, str(refused.exception))
        self.assertNotIn(self.customer.name, str(refused.exception))
        return str(refused.exception)

    def _prepare(self, document):
        return {
            "invoice.ticket": {"partner_id": self.customer.id, "company_id": self.company.id},
            "invoice.contract": {
                "name": "X",
                "partner_id": self.customer.id,
                "company_id": self.company.id,
            },
            "sale.order": {"partner_id": self.customer.id, "company_id": self.company.id},
        }.get(document._name, {})

    def test_documents_of_others_cannot_be_tied(self):
        for document, values in self._get_attempts():
            as_sales = document.with_user(self.sales)
            given = {**self._prepare(document), **values}
            with self.subTest(model=document._name, values=values):
                self._try(as_sales.browse().create, [given])
                self._try(as_sales.browse().onchange, dict(given), [*given], {f: {} for f in given})
                if document:
                    self._try(as_sales.write, values)
                    self._try(as_sales.web_save, values, {"display_name": {}})
                    self._try(as_sales.onchange, dict(values), [*values], {f: {} for f in values})

    def test_what_is_not_there_looks_the_same(self):
        text = self._try(self.ticket.with_user(self.sales).write, {"sale_order_id": self.order.id})
        gone = self.order.copy()
        gone.unlink()
        self.assertEqual(
            self._try(self.ticket.with_user(self.sales).write, {"sale_order_id": gone.id}), text
        )

    @users("ticket_sales")
    def test_defaults_that_name_documents_of_others_are_ignored(self):
        field = {"contract_id": self.contract, "sale_order_id": self.order}
        for fname, target in field.items():
            Ticket = self.env["invoice.ticket"]
            tickets = Ticket.with_context(**{f"default_{fname}": target.id})
            self.assertNotIn(fname, tickets.default_get([fname]))
            self.env["ir.default"].sudo().set("invoice.ticket", fname, target.id)
            self.assertNotIn(fname, Ticket.default_get([fname]))
            created = Ticket.create({"partner_id": self.customer.id})
            self.assertFalse(created[fname])
        rows = [Command.create({"move_id": self.invoice.id})]
        tickets = self.env["invoice.ticket"].with_context(default_allocation_ids=rows)
        self.assertNotIn("allocation_ids", tickets.default_get(["allocation_ids"]))

    def test_what_is_tied_already_stays(self):
        self.ticket.sudo().sale_order_id = self.order
        as_sales = self.ticket.with_user(self.sales)
        as_sales.write({"sale_order_id": self.order.id, "content": "X"})
        self.assertEqual(self.ticket.sale_order_id, self.order)

    def test_import_names_nothing_of_others(self):
        result = (
            self.env["invoice.ticket"]
            .with_user(self.sales)
            .load(
                ["partner_id/.id", "sale_order_id/.id"],
                [[str(self.customer.id), str(self.order.id)]],
            )
        )
        self.assertFalse(result["ids"])
        self.assertNotIn(SECRET, str(result["messages"]))
