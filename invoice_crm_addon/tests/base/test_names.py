import re
from collections import Counter
from unittest.mock import patch

from lxml import etree

from odoo.api import Environment
from odoo.models import BaseModel
from odoo.tests import tagged
from odoo.tools.safe_eval import safe_eval

from ...models.base import names_mixin
from ...models.base.names_mixin import InvoiceNamesMixin, fetch_names
from ...models.base.words import say, words
from ..common import TicketCommon

NAME = {"fields": {"display_name": {}}}


@tagged("post_install", "-at_install")
class TestNames(TicketCommon):
    """Lists read the names of what their rows refer to, and no other columns."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other_customer = cls.customer.copy(
            {"name": "Other Customer", "vat": "91110108MA00ABCD1U"}
        )
        cls.contracts = cls._create_contract(user_id=cls.sales.id) + cls._create_contract(
            partner_id=cls.other_customer.id, user_id=cls.sales.id
        )
        cls._create_flow("invoice.ticket", [cls.approver])
        partners = cls.customer + cls.other_customer
        cls.tickets = cls.env["invoice.ticket"].concat(
            *(cls._create_ticket(partner_id=partner.id) for partner in partners)
        )
        for ticket in cls.tickets:
            cls._issue(ticket)
        cls.env.flush_all()

    def _get_models(self):
        return [
            model
            for name, model in sorted(self.env.items())
            if isinstance(model, InvoiceNamesMixin) and (model._auto or model._table_query)
        ]

    def _as(self, user, model):
        context = {"lang": "en_US", "allowed_company_ids": self.company.ids}
        return self.env[model].with_user(user).with_context(**context)

    def _forget(self):
        self.env.flush_all()
        self.env.transaction.reset()

    def _count(self, function):
        before = self.env.cr.sql_log_count
        function()
        return self.env.cr.sql_log_count - before

    def test_names_need_nothing_more(self):
        """Of whatever a document refers to, what is read for the name is what it is made of."""
        comodels = {
            field.comodel_name
            for model in self._get_models()
            for field in model._fields.values()
            if field.type == "many2one" and field.store
        }
        named = set()
        for name in sorted(comodels):
            found = self.env[name].sudo().with_context(active_test=False).search([], limit=5)
            if not found:
                continue
            self._forget()
            plain = self._count(lambda found=found: found.mapped("display_name"))
            self._forget()
            fetched = self._count(
                lambda found=found: (fetch_names(found), found.mapped("display_name"))
            )
            named.add(name)
            with self.subTest(name):
                self.assertLessEqual(fetched, plain)
        self.assertLessEqual(
            {"res.partner", "res.users", "res.company", "invoice.ticket.type", "invoice.contract"},
            named,
        )

    def test_a_list_reads_names_alone(self):
        self._forget()
        Contract = self._as(self.finance, "invoice.contract")
        rows = Contract.web_search_read(
            [("id", "in", self.contracts.ids)], {"partner_id": NAME, "user_id": NAME}
        )["records"]
        partners = self.customer + self.other_customer
        self.assertEqual(
            {row["partner_id"]["display_name"] for row in rows},
            set(partners.mapped("display_name")),
        )
        phone = partners._fields["phone"]
        self.assertEqual(set(phone._cache_missing_ids(partners)), set(partners.ids))

    def test_a_list_reads_names_of_rows_alone(self):
        shipments = self.env["invoice.shipment"].concat(
            *(self._create_shipment(ticket) for ticket in self.tickets)
        )
        self._forget()
        rows = (
            self._as(self.finance, "invoice.shipment")
            .browse(shipments.ids)
            .web_read({"ticket_ids": {**NAME, "limit": 40}})
        )
        self.assertEqual(
            [row["ticket_ids"][0]["display_name"] for row in rows],
            self._as(self.finance, "invoice.ticket")
            .browse(self.tickets.ids)
            .mapped("display_name"),
        )
        content = self.tickets._fields["content"]
        self.assertEqual(set(content._cache_missing_ids(self.tickets)), set(self.tickets.ids))

    def test_each_kind_of_record_is_read_once(self):
        """Users are called as their contacts are, and stand in columns of one and of several."""
        waiting = self._create_ticket() | self._create_ticket()
        self._submit(waiting)
        execute, read = Environment.execute_query, Counter()

        def note(env, query):
            read.update(re.findall(r'FROM "(\w+)"', query.code)[:1])
            return execute(env, query)

        for records, fnames in (
            (self.contracts, ("partner_id", "user_id")),
            (waiting.approval_request_id, ("partner_id", "requester_id", "waiting_user_ids")),
        ):
            Model = self._as(self.finance, records._name)
            self._forget()
            read.clear()
            with patch.object(Environment, "execute_query", note):
                Model.web_search_read([("id", "in", records.ids)], dict.fromkeys(fnames, NAME))
            with self.subTest(model=records._name):
                self.assertEqual(read[records._table], 1)
                self.assertEqual(read["res_partner"], 1)
                self.assertLessEqual(read["res_users"], 2, "one is the user who reads")

    def test_what_rules_look_at_comes_with_the_rows(self):
        def read():
            self._forget()
            self.finance.mapped("tz")
            Contract = self._as(self.finance, "invoice.contract")
            self.assertTrue(Contract.web_search_read([], {"name": {}})["records"])

        read()
        ours = self._count(read)
        with patch.object(names_mixin, "get_rule_fields", lambda Model: []):
            self.assertEqual(self._count(read), ours + 1)

    def test_lists_give_what_core_gives(self):
        compared = set()
        for model in self._get_models():
            Model = self._as(self.finance, model._name)
            if not Model.has_access("read"):
                continue
            shown = {
                name: NAME if field.type == "many2one" else {}
                for name, field in Model._fields.items()
                # What dialogs work out is for whoever opened them.
                if (field.store or field.related or not Model._transient)
                and field.type not in ("one2many", "many2many", "properties", "binary")
                and Model._has_field_access(field, "read")
            }
            with self.subTest(model=model._name):
                self._forget()
                ours = Model.web_search_read([], shown, limit=5)
                if len(ours["records"]) > 1:
                    compared.add(model._name)
                self._forget()
                with (
                    patch.object(InvoiceNamesMixin, "_fetch_shown", lambda *_args: None),
                    patch.object(InvoiceNamesMixin, "_get_plain_column", lambda *_args: {}),
                    patch.object(names_mixin, "get_rule_fields", lambda Model: []),
                ):
                    self.assertEqual(Model.web_search_read([], shown, limit=5), ours)
        self.assertLessEqual(
            {"invoice.ticket", "invoice.contract", "invoice.receivable.item", "res.partner"},
            compared,
        )

    def test_plain_columns_are_read_as_core_reads_them(self):
        """Also what waits to be written, whose values the database never had."""
        self.contracts.write({"amount_total": -0.0, "number": "", "date_end": False})
        shown = dict.fromkeys(("amount_total", "number", "date_end", "has_tickets", "state"), {})
        ours = self.contracts.web_read(shown)
        with patch.object(InvoiceNamesMixin, "_get_plain_column", lambda *_args: {}):
            self.assertEqual(repr(ours), repr(self.contracts.web_read(shown)))
        self.assertNotIn("-0.0", repr(ours))

    def test_a_text_that_somebody_wrote_into_the_database(self):
        """A list opens all the same, and shows it as it stands there."""
        requests = self.tickets.approval_request_ids
        self.assertEqual(len(requests), 2)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE invoice_approval_request SET summary = %s WHERE id = %s",
            ["\x1f{broken", requests[0].id],
        )
        self._forget()
        rows = requests.sudo().web_read({"summary": {}})
        self.assertEqual(rows[0]["summary"], "\x1f{broken")


@tagged("post_install", "-at_install")
class TestEveryList(TicketCommon):
    """Each list of the add-on, with all its columns, on the demo data."""

    # Lists of core's documents, and settings, whose few rows may be read whole.
    LEFT_OUT = {
        "invoice.approval.flow",
        "invoice.check",
        "account.payment",
        "product.template",
        "sale.order",
    }
    # Pictures of contacts are core's.
    CORE = {"res.partner.commercial_partner_id", "res.partner.create_date"}
    # What grows: nobody may read a whole row of it for one column.
    GROWING = ("invoice.", "res.partner", "res.users", "res.company", "account.move", "sale.order")
    # Lists of which the demo data have several rows.
    LOOKED_AT = {
        "invoice.approval.request",
        "invoice.approval.statistics",
        "invoice.check.finding",
        "invoice.contract",
        "invoice.correction.register",
        "invoice.customer.insight",
        "invoice.fapiao.file",
        "invoice.planned.bill",
        "invoice.receivable.item",
        "invoice.shipment",
        "invoice.ticket",
        "invoice.ticket.analysis",
        "res.partner",
    }

    def _get_users(self):
        company = self.env.ref("invoice_crm_addon.demo_company")
        return self.env["res.users"].search([("company_id", "=", company.id)])

    def _get_views(self, user):
        """Action, model, what the client knows of fields, and arch of each list of the user."""
        actions = self.env["ir.model.data"].search(
            [("module", "=", "invoice_crm_addon"), ("model", "=", "ir.actions.act_window")]
        )
        for action in self.env["ir.actions.act_window"].browse(actions.mapped("res_id")):
            if "list" not in action.view_mode.split(","):
                continue
            context = {"lang": "zh_CN", "allowed_company_ids": user.company_id.ids}
            Model = self.env[action.res_model].with_user(user).with_context(**context)
            if not Model.has_access("read"):
                continue
            [view_id] = [id_ for id_, mode in action.views if mode == "list"]
            views = Model.get_views([(view_id, "list")])
            arch = etree.fromstring(views["views"]["list"]["arch"])
            yield action, Model, views["models"][Model._name]["fields"], arch

    def _get_lists(self, user):
        """Name of the action, model, domain and columns of each list that the user may read."""
        for action, Model, names, arch in self._get_views(user):
            shown = {
                node.get("name"): NAME
                if names[node.get("name")]["type"].startswith("many2")
                else {}
                for node in arch.iterchildren("field")
                if names[node.get("name")]["type"] != "properties"
            }
            domain = safe_eval(action.domain or "[]", {"uid": user.id, "active_id": 1})
            yield action.xml_id, Model, domain, shown

    def _read(self, Model, domain, shown):
        self.env.flush_all()
        self.env.transaction.reset()
        return Model.web_search_read(domain, shown, limit=80, count_limit=10001)["records"]

    def test_opens_for_whoever_may_read_its_model(self):
        opened = set()
        for user in self._get_users():
            for name, Model, domain, shown in self._get_lists(user):
                with self.subTest(name, user=user.login):
                    self._read(Model, domain, shown)
                    opened.add(user.login)
        self.assertLessEqual({"sales", "lead", "finance", "manager", "auditor"}, opened)

    def test_works_out_nothing_that_nobody_sees(self):
        """The client reads hidden columns, too: each says something to another one."""
        for user in self._get_users():
            for action, Model, _names, arch in self._get_views(user):
                fields = [Model._fields[node.get("name")] for node in arch.iter("field")]
                needed = {
                    field.get_currency_field(Model) for field in fields if field.type == "monetary"
                } | {field.definition_record for field in fields if field.type == "properties"}
                text = etree.tostring(arch, encoding="unicode")
                for node in arch.iterchildren("field"):
                    name = node.get("name")
                    if node.get("column_invisible") not in ("1", "True"):
                        continue
                    if Model._fields[name].store or name in needed:
                        continue
                    with self.subTest(action.xml_id, user=user.login, column=name):
                        self.assertGreater(len(re.findall(rf"\b{name}\b", text)), 1)

    def test_reads_no_row_whole_for_a_column(self):
        fetch_field = BaseModel._fetch_field
        fetched, looked_at = Counter(), set()

        def note(records, field):
            if field.prefetch and records._name.startswith(self.GROWING):
                fetched[str(field)] += len(records)
            return fetch_field(records, field)

        [finance] = self._get_users().filtered(lambda user: user.login == "finance")
        for name, Model, domain, shown in self._get_lists(finance):
            if Model._name in self.LEFT_OUT:
                continue
            fetched.clear()
            with self.subTest(name), patch.object(BaseModel, "_fetch_field", note):
                if len(self._read(Model, domain, shown)) < 2:
                    continue
                looked_at.add(Model._name)
                # One row alone is mostly the user, or the company.
                whole = {fname for fname, count in fetched.items() if count > 1}
                self.assertFalse(whole - self.CORE)
        self.assertLessEqual(self.LOOKED_AT, looked_at)


@tagged("post_install", "-at_install")
class TestKeptNames(TicketCommon):
    """Names in a text that is kept are worded in the language of the reader."""

    def _get_named_models(self):
        """Models that a change for approval names: of watched fields, and of watched rows."""
        for model in self.env["invoice.approval.flow"]._get_approvable_models():
            Model = self.env[model]
            rows = Model._get_approval_row_fields()
            for fname in Model._get_approval_trigger_fields():
                field = Model._fields[fname]
                if fname in rows:
                    columns = self.env[field.comodel_name]._fields
                    yield from (columns[name].comodel_name for name in rows[fname])
                elif field.type != "one2many":
                    yield field.comodel_name

    def test_each_model_that_a_change_names(self):
        self.env["res.lang"]._activate_lang("en_US")
        translated = set()
        for model in sorted(set(filter(None, self._get_named_models()))):
            record = self.env[model].with_context(active_test=False).search([], limit=1)
            name = record._fields.get(record._rec_name or "")
            if not record or not getattr(name, "translate", False):
                continue
            translated.add(model)
            for lang, said in {"en_US": "Called So", "zh_CN": "叫这个"}.items():
                record.with_context(lang=lang)[name.name] = said
                self.env.flush_all()
            for lang, said in {"zh_CN": "叫这个", "en_US": "Called So"}.items():
                self.env.flush_all()
                self.env.transaction.reset()
                with self.subTest(model, lang=lang):
                    own = self.env(context={"lang": lang})
                    text = words(own).names(own[model].browse(record.id))
                    self.assertEqual(text, said)
                    self.assertEqual(say(own, text.kept), said)
                    other = "en_US" if lang == "zh_CN" else "zh_CN"
                    theirs = self.env(context={"lang": other})
                    self.assertNotEqual(say(theirs, text.kept), said)
                    self.env.transaction.reset()
                    self.assertEqual(say(own, text.kept), said)
        self.assertLessEqual({"account.tax", "product.product"}, translated)
