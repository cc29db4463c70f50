import inspect
from contextlib import suppress
from random import Random
from unittest.mock import patch

import psycopg2

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.service.model import call_kw
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...models.base import input_faults
from ...models.base.names_mixin import InvoiceNamesMixin
from ..common import TicketCommon
from .random_calls import HOSTILE, SEED

VALUES = ("vals", "vals_list", "values", "default")
NO_NUMBERS = (float("nan"), float("inf"), float("-inf"), "nan", "Infinity", 1e300)
random = Random(SEED)


@tagged("post_install", "-at_install")
class TestAnyInput(TicketCommon):
    """What comes in is named if it is at fault; what is not the caller's fault is not hidden."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ticket = cls._create_ticket(user_id=cls.finance.id)
        cls.as_finance = cls.ticket.with_user(cls.finance)

    def _get_own_models(self):
        for name, model_class in self.env.registry.items():
            if model_class._original_module == "invoice_crm_addon":
                yield self.env[name]

    def _is_made_by_people(self, model):
        return not model._abstract and model.with_user(self.manager).has_access("create")

    # === NUMBERS === #

    def test_no_number_of_our_documents_is_infinite(self):
        tried = 0
        for model in self._get_own_models():
            for name, field in model._fields.items():
                if field.type not in ("float", "monetary") or not self._is_made_by_people(model):
                    continue
                for value in random.sample(NO_NUMBERS, 2):
                    with self.subTest(model=model._name, field=name, value=value):
                        with self.assertRaises(UserError):
                            model.create({name: value})
                        with self.assertRaises(UserError):
                            model.browse(1).write({name: value})
                        with self.assertRaises(UserError):
                            model.with_context(**{f"default_{name}": value}).create({})
                        tried += 1
        self.assertGreater(tried, 30)

    def test_no_row_of_a_document_is_infinite(self):
        line = {"name": "Consulting", "price_unit": float("nan")}
        for command in (Command.create(line), Command.update(self.ticket.line_ids.id, line)):
            with self.assertRaisesRegex(UserError, "“price_unit” must be a number"):
                self.as_finance.write({"line_ids": [command]})

    def test_long_numbers_are_refused(self):
        with self.assertRaisesRegex(UserError, "too large"):
            self.as_finance.line_ids.write({"price_unit": 1e15})

    # === VALUES === #

    @mute_logger("odoo.sql_db")
    def test_any_value_of_any_field_is_a_sentence_or_taken(self):
        """Each field of a ticket, its lines and its contract is given everything."""
        contract = self._create_contract(user_id=self.finance.id)
        for record in (self.ticket, self.ticket.line_ids, contract):
            for name in record._fields:
                for value in random.sample(HOSTILE, 3):
                    with self.subTest(model=record._name, field=name, value=ascii(value)[:40]):
                        self._write(record.with_user(self.finance), {name: value})

    def _write(self, record, vals):
        self.env.invalidate_all()
        savepoint = self.env.cr.savepoint()
        try:
            # Core puts what the database refuses into words for remote callers.
            with suppress(psycopg2.IntegrityError):
                record.write(vals)
                self.env.flush_all()
        except UserError as error:
            self.assertTrue(str(error).strip())
        finally:
            savepoint.close(rollback=True)

    @mute_logger("odoo.sql_db")
    def test_defaults_are_named_whatever_creates(self):
        """The method that is called may create by another name, or deep inside."""
        hostile = {"default_bank_ids": [[6, 0, ["a"]]]}
        partner = self.env["res.partner"].with_user(self.finance).with_context(**hostile)
        for create in (
            lambda: partner.name_create("Because"),
            lambda: partner.create({"name": "Because"}),
            lambda: self._make_within(partner),
        ):
            with self.assertRaisesRegex(UserError, "cannot be entered in “bank_ids”"):
                with self.env.cr.savepoint():
                    create()

    def _make_within(self, partner):
        """Have a public method of ours create a partner on its way."""
        with patch.object(
            type(self.as_finance),
            "_submit_for_approval",
            lambda ticket: partner.create({"name": "B"}),
        ):
            self.as_finance.action_submit()

    def test_new_row_does_not_know_its_document(self):
        """As a form sends it: the document that the row belongs to has no ID yet."""
        line = {"ticket_id": False, "name": "Consulting", "price_unit": 1.0}
        values = self._prepare_ticket_values(user_id=self.finance.id)
        values["line_ids"] = [[0, "virtual_1", line]]
        ticket = self.env["invoice.ticket"].with_user(self.finance).create(values)
        self.assertEqual(ticket.line_ids.name, "Consulting")

    def test_sentences_name_the_field(self):
        for vals, sentence in (
            ({"no_such_field": 1}, "There is no field “no_such_field”."),
            ({"partner_id": "abc"}, "“abc” cannot be entered in “partner_id”."),
            ({"note": "nul\0"}, "“note” contains characters that cannot be stored."),
            ({"line_ids": [[0, 0, {"quantity": "many"}]]}, "“many” is no number."),
            ({"type_id": False}, "“Type” is required."),
            ({"line_ids": "abc"}, "“abc” cannot be entered in “line_ids”."),
            ({"message_ids": [[0, 0, {}]]}, "Messages are posted, and not written"),
        ):
            with self.subTest(vals=vals), self.assertRaisesRegex(UserError, sentence):
                self.as_finance.write(vals)

    def test_values_that_are_right_have_no_fault(self):
        """Else an error of ours would be blamed on the caller."""
        for model in self._get_own_models():
            for name, field in model._fields.items():
                if field.type in ("one2many", "many2many", "properties"):
                    good = [[], [Command.clear()], [Command.set([1])], [(4, 1)], [1]]
                else:
                    good = {
                        "many2one": [1, False],
                        "char": ["Text", "", False, "票据"],
                        "float": [0.1, "0.1", 0],
                        "monetary": [-1, 1e9],
                        "integer": [1, "1"],
                        "date": ["2026-01-31", False],
                        "datetime": ["2026-01-31 08:00:00"],
                    }.get(field.type, [False])
                for value in good:
                    with self.subTest(model=model._name, field=name, value=value):
                        self.assertFalse(input_faults.find_fault_in_values(model, {name: value}))

    # === ARGUMENTS === #

    def _get_public_methods(self):
        """Methods of our classes that are called from outside, on any model that has them."""
        for model_name, model_class in self.env.registry.items():
            for name, function in inspect.getmembers(model_class, inspect.isfunction):
                if (
                    not name.startswith("_")
                    and "invoice_crm_addon" in function.__module__
                    and not getattr(function, "_api_private", False)
                ):
                    yield self.env[model_name], name, function

    def test_public_methods_say_what_their_arguments_are(self):
        """By type; of values of fields the ORM knows it. Who takes records is not called from
        outside.
        """
        tried, unknown = 0, set()
        for model, name, function in self._get_public_methods():
            for parameter in list(inspect.signature(function).parameters.values())[1:]:
                tried += 1
                is_known = parameter.annotation is not parameter.empty or parameter.name in VALUES
                if not is_known and parameter.kind is parameter.POSITIONAL_OR_KEYWORD:
                    unknown.add(f"{model._name}.{name}: {parameter.name}")
        self.assertGreater(tried, 200)
        self.assertFalse(unknown, "annotate them, or mark the method @api.private")

    def test_arguments_have_their_types(self):
        """Every annotated parameter of a public method is given everything."""
        tried = 0
        for model, name, function in self._get_public_methods():
            for parameter in getattr(function, "__annotations__", {}):
                for value in random.sample(HOSTILE, 8):
                    with self.subTest(model=model._name, method=name, value=ascii(value)[:40]):
                        tried += self._call(model, function, {parameter: value})
        self.assertGreater(tried, 200)

    def _call(self, model, function, arguments):
        records = model.with_user(self.outsider)
        for parameter in list(inspect.signature(function).parameters.values())[1:]:
            if parameter.default is parameter.empty:
                arguments.setdefault(parameter.name, False)
        savepoint = self.env.cr.savepoint()
        try:
            function(records, **arguments)
        except (UserError, AccessError, psycopg2.IntegrityError):
            return True  # core says what a constraint of the database is about
        except Exception as error:
            if not any(
                "invoice_crm_addon/models" in frame.filename
                for frame in inspect.getinnerframes(error.__traceback__)[2:]
            ):
                return False
            raise
        finally:
            savepoint.close(rollback=True)
        return False

    def test_wrong_calls_are_sentences(self):
        for call in (
            lambda: self.as_finance.action_void(1, 2, 3),
            lambda: self.as_finance.action_void(because="x"),
            lambda: self.as_finance.browse("abc").action_submit(),
            lambda: self.as_finance.browse([2**40]).action_submit(),
            lambda: self.customer.with_user(self.finance).name_search(operator="2026-02-30"),
        ):
            with self.assertRaises(UserError):
                call()

    def test_a_number_of_rows_that_is_none(self):
        """Whatever asks for it, as above."""
        for model in (self.ticket, self.customer):
            for name, value in (("limit", -1), ("offset", -3), ("limit", 10**30), ("limit", "x")):
                for method in ("search_read", "name_search"):
                    if method == "name_search" and name == "offset":
                        continue
                    with (
                        self.subTest(model=model._name, method=method, value=value),
                        self.assertRaisesRegex(UserError, f"“{name}” must be a whole number"),
                        mute_logger("odoo.sql_db"),
                        self.env.cr.savepoint(),
                    ):
                        call_kw(model.with_user(self.finance), method, [], {name: value})

    def test_an_order_that_is_none(self):
        for model in (self.ticket, self.customer, self.env["invoice.goods.code.wizard"]):
            for order in ("Because", "name asc, no_such_field", "id sideways", "id; DROP TABLE x"):
                for method in ("search_read", "web_search_read", "search"):
                    arguments = {"domain": [], "order": order}
                    if method == "web_search_read":
                        arguments["specification"] = {}
                    with (
                        self.subTest(model=model._name, method=method, order=order),
                        self.assertRaises(UserError),
                    ):
                        call_kw(model.with_user(self.manager), method, [], arguments)

    def test_wrong_calls_of_methods_of_core(self):
        """They take whatever comes as an ID or argument, and run methods of ours on it."""
        vals = {"vat": "Text", "invoice_title": "Text"}
        for model, method, ids, arguments in (
            ("invoice.ticket", "read", [[]], {"fields": ["name", "amount_due"]}),
            ("invoice.ticket", "read", [[]], {"fields": ["name"], "load": None}),
            ("invoice.billing.paste.wizard", "write", ["%s"], {"vals": vals}),
            ("invoice.billing.paste.wizard", "write", "abc", {"vals": vals}),
            ("invoice.ticket.analysis", "read", [[6, 0, ["a"]]], {"fields": ["date"]}),
            ("invoice.ticket.analysis", "export_data", [0], {"fields_to_export": "%s"}),
            ("invoice.ticket.analysis", "export_data", [0], {"fields_to_export": [""]}),
            ("invoice.ticket", "search_read", None, {"fields": ["name"], "unknown": 1}),
            (
                "invoice.approval.decision.wizard",
                "onchange",
                [],
                {"values": {"request_ids": [[6, 0, [1]]]}, "field_names": [], "fields_spec": {}},
            ),
        ):
            with (
                self.subTest(model=model, method=method, ids=ids),
                self.assertRaises(UserError),
                mute_logger("odoo.sql_db"),
                self.env.cr.savepoint(),
            ):
                args = [] if ids is None else [ids]
                call_kw(self.env[model].with_user(self.finance), method, args, arguments)

    def test_a_file_that_is_no_base64(self):
        own = self.env["ir.attachment"].with_user(self.finance).create({"name": "x", "raw": b"x"})
        with self.assertRaisesRegex(UserError, "cannot be entered in “datas”"):
            call_kw(own.browse(), "write", [own.ids], {"vals": {"datas": "00000"}})

    def test_a_document_of_a_file_that_cannot_be(self):
        vals = {"name": "x", "res_model": "invoice.ticket", "res_id": 2**31}
        Attachment = self.env["ir.attachment"].with_user(self.finance)
        with self.assertRaisesRegex(UserError, "“res_id” is too large"):
            call_kw(Attachment, "create", [[vals]], {})

    def test_a_condition_whose_values_are_of_no_use(self):
        """Whatever asks for it: core's own methods that search call ours."""
        conditions = (
            [("id", "any", 1e308)],
            ["!", ("create_date", "=ilike", {"a": 1})],
            [("id", "<", [[0, 0, {}]])],
            [("display_name", "any", "\ud800")],
            [("no_such_field", "=", 1)],
            [("id", "in", "abc")],
            [("create_uid", ">=", [[9, 9, 9]])],
        )
        tried = 0
        for model in self._get_own_models():
            if model._abstract or not isinstance(model, InvoiceNamesMixin):
                continue
            for condition in conditions:
                tried += 1
                with (
                    self.subTest(model=model._name, condition=condition),
                    self.assertRaises(UserError),
                    mute_logger("odoo.sql_db"),
                    self.env.cr.savepoint(),
                ):
                    call_kw(model.with_user(self.manager), "search_read", [condition, ["id"]], {})
        self.assertGreater(tried, 100)

    def test_an_error_of_ours_is_not_blamed_on_the_caller(self):
        for error in (ValueError("ours"), KeyError("ours"), TypeError("ours")):
            with (
                patch.object(type(self.ticket), "_check_can", side_effect=error),
                self.assertRaises(type(error)),
            ):
                self.as_finance.action_void("Wrong title")

    def test_an_error_of_our_query_is_not_blamed_on_its_condition(self):
        domain = [("company_id", "=", self.company.id)]
        for error in (psycopg2.errors.DivisionByZero("ours"), psycopg2.errors.SyntaxError("ours")):
            with (
                patch.object(type(self.ticket), "_fetch_query", side_effect=error),
                self.assertRaises(type(error)),
            ):
                call_kw(self.as_finance, "search_read", [domain, ["name"]], {})

    def test_values_of_the_document_come_with_a_row(self):
        Field = self.env["invoice.ticket.type.field"]
        values = {"type_id": {"id": self.type_ordinary.id, "name": "Name"}}
        self.assertFalse(input_faults.find_fault_in_values(Field, values, is_form=True))
        self.assertTrue(input_faults.find_fault_in_values(Field, values))
        values["type_id"]["no_such_field"] = 1
        self.assertTrue(input_faults.find_fault_in_values(Field, values, is_form=True))

    # === MODELS WITHOUT RECORDS === #

    @mute_logger("odoo.addons.base.models.ir_model")
    def test_abstract_models_answer_in_sentences(self):
        """They have no table: whatever is asked of their records over RPC, nothing of ours runs."""
        administrator = self._create_user("administrator", ["base.group_system"])
        tried = 0
        for model in self._get_own_models():
            if not model._abstract:
                continue
            for name in model._fields:
                for user in (self.sales, self.manager, administrator):
                    for ids in ([1], [0], [False], ["abc"], [None, 1]):
                        tried += 1
                        with self.subTest(model=model._name, field=name, ids=ids):
                            self._read_remotely(model.with_user(user), ids, name)
            for call in (("search", []), ("search_count", []), ("name_search", "x")):
                with self.subTest(model=model._name, call=call), self.assertRaises(AccessError):
                    call_kw(model.with_user(administrator), call[0], [call[1]], {})
            with self.subTest(model=model._name), self.assertRaises(UserError):
                call_kw(model.with_user(administrator), "create", [{}], {})
        self.assertGreater(tried, 500)

    def _read_remotely(self, model, ids, name):
        for method, fields in (("read", [name]), ("web_read", {name: {}}), ("export_data", [name])):
            try:
                call_kw(model, method, [ids, fields], {})
            except UserError as error:
                self.assertTrue(str(error).strip())
            except Exception as error:
                frames = inspect.getinnerframes(error.__traceback__)[2:]
                if any("invoice_crm_addon/" in frame.filename for frame in frames):
                    raise

    # === RECORDS WITHOUT VALUES === #

    def test_every_field_can_be_read_before_anything_is_entered(self):
        for model in self._get_own_models():
            for name, field in model._fields.items():
                for record in (model.new({}), model.browse(0), model):
                    if model._abstract and record:
                        continue
                    with self.subTest(model=model._name, field=name, record=record):
                        with suppress(UserError):  # a dialog without a document says so
                            field.__get__(record, type(record))
