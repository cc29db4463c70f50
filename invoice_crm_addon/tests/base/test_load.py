from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ... import hooks
from ...models.base import load_mixin
from ..common import TicketCommon

ROWS = 600


@tagged("post_install", "-at_install")
class TestLoad(TicketCommon):
    """Core's import finds bad rows among many without writing each row alone."""

    def setUp(self):
        super().setUp()
        self.Partner = (
            self.env["res.partner"]
            .with_user(self.finance)
            .with_context(import_file=True, tracking_disable=True)
        )

    def _prepare_rows(self, name, count=ROWS):
        return [[f"{name} {index}", "1", "base.cn"] for index in range(count)]

    def _load(self, rows):
        """:return: what the import says, and its queries"""
        fields = ["name", "is_company", "country_id/id", "vat"]
        self.env.flush_all()
        self.env.transaction.reset()
        before = self.cr.sql_log_count
        result = self.Partner.load(fields, rows)
        return result, self.cr.sql_log_count - before

    def _number(self, rows, numbers):
        return [[*row, numbers.get(index, "")] for index, row in enumerate(rows)]

    def _count(self, name):
        return self.Partner.search_count([("name", "=like", f"{name} %")])

    def _spy(self, Model=None):
        """Count what is written together from now on."""
        written, Model = [], self.Partner if Model is None else Model
        create = type(Model)._load_records_create

        def count(partners, vals_list):
            written.append(len(vals_list))
            return create(partners, vals_list)

        self.patch(type(Model), "_load_records_create", count)
        return written

    def test_a_row_that_is_too_short(self):
        rows = self._number(self._prepare_rows("Short", 2), {})
        with self.assertRaisesRegex(UserError, "Row 2 has fewer cells"):
            self._load([rows[0], rows[1][:2]])

    def test_one_bad_row_near_the_end(self):
        written = self._spy()
        rows = self._number(self._prepare_rows("Bad"), {ROWS - 8: self.customer.vat})
        result, _queries = self._load(rows)
        self.assertFalse(result["ids"])
        errors = [message for message in result["messages"] if message["type"] == "error"]
        self.assertEqual({error["record"] for error in errors}, {ROWS - 8})
        self.assertEqual(self._count("Bad"), 0)
        self.assertLess(sum(written), 2 * ROWS)
        self.assertLess(len(written), 25, "not each row alone")

    def test_a_number_twice_in_the_file(self):
        number = "91310000MA1FTWICE8"
        rows = self._number(self._prepare_rows("Twice", 40), {3: number, 37: number})
        result, _queries = self._load(rows)
        self.assertFalse(result["ids"])
        errors = [message for message in result["messages"] if message["type"] == "error"]
        self.assertIn(37, {error["record"] for error in errors})
        self.assertEqual(self._count("Twice"), 0)

    def _load_carriers(self, codes):
        """:return: which rows errors name, and how many carriers were written together"""
        Carrier = self.env["invoice.carrier"].with_user(self.manager)
        written = self._spy(Carrier)
        with mute_logger("odoo.sql_db"):
            result = Carrier.load(["name", "code"], [[f"Carrier {code}", code] for code in codes])
        self.assertFalse(result["ids"])
        return {message["record"] for message in result["messages"]}, written

    def test_row_that_an_error_tells_of_is_not_written_again(self):
        codes = [f"carrier{index}" for index in range(40)]
        codes[33] = codes[5]
        self.assertEqual(self._load_carriers(codes), ({33}, [40, 39]))

    def test_each_row_that_errors_tell_of_is_named(self):
        codes = [f"carrier{index}" for index in range(40)]
        codes[33], codes[36] = codes[5], codes[6]
        named, written = self._load_carriers(codes)
        self.assertEqual(named, {33, 36})
        self.assertLess(sum(written), 3 * len(codes))

    def test_a_file_of_bad_rows_is_given_up(self):
        numbers = dict.fromkeys(range(300), self.customer.vat)
        result, queries = self._load(self._number(self._prepare_rows("All", 300), numbers))
        self.assertFalse(result["ids"])
        self.assertLess(len(result["messages"]), 15)
        self.assertLess(queries, 2000)
        self.assertEqual(self._count("All"), 0)

    def test_after_an_import_that_failed_the_same_rows_can_be_imported(self):
        rows = self._prepare_rows("Again", 20)
        result, _queries = self._load(self._number(rows, {7: self.customer.vat}))
        self.assertFalse(result["ids"])
        result, _queries = self._load(self._number(rows, {}))
        self.assertEqual(len(result["ids"]), 20)
        self.assertEqual(self._count("Again"), 20)

    def test_many_bad_rows_far_apart(self):
        """Ten are named; what is written again is no more than the file, and the rest waits."""
        self.patch(load_mixin, "CHUNK", 40)
        written = self._spy()
        numbers = dict.fromkeys(range(0, ROWS, 20), self.customer.vat)
        result, _queries = self._load(self._number(self._prepare_rows("Far"), numbers))
        self.assertFalse(result["ids"])
        errors = [message for message in result["messages"] if message["type"] == "error"]
        *named, last = errors
        self.assertGreater(len(named), 9)
        for error in named:
            self.assertIn(error["record"], numbers)
        self.assertIn("nothing was checked", last["message"])
        self.assertLess(sum(written), 3 * ROWS)
        self.assertEqual(self._count("Far"), 0)

    def test_what_is_missing_is_named_where_it_is_missing(self):
        """Of the contract itself, and of a row of its plan, which has a name as well."""
        Contract = self.env["invoice.contract"].with_user(self.sales)
        Contract = Contract.with_context(import_file=True)
        fields = ["name", "partner_id/.id", "milestone_ids/name", "milestone_ids/amount"]
        good = ["Missing", str(self.customer.id), "First", "5"]
        for column, label in ((0, "“Subject” of Contract"), (2, "“Milestone” of ")):
            rows = [list(good) for _number in range(5)]
            rows[3][column] = ""
            with self.subTest(label), mute_logger("odoo.sql_db"):
                result = Contract.load(fields, rows)
                [message] = result["messages"]
                self.assertIn(label, message["message"])
                self.assertEqual(message["rows"]["from"], 3)
        self.assertFalse(Contract.search([("name", "=", "Missing")]))

    def test_what_a_constraint_refuses_is_found_among_the_records(self):
        """Nothing is written again, as all of it is taken back."""
        Level = self.env["invoice.customer.level"].with_user(self.manager)
        written = self._spy(Level)
        rows = [[f"Refused {index}", "5"] for index in range(60)]
        rows[50][1] = "-5"
        result = Level.load(["name", "ticket_quota"], rows)
        self.assertFalse(result["ids"])
        self.assertEqual({message["record"] for message in result["messages"]}, {50})
        self.assertEqual(sum(written), 60)
        self.assertFalse(Level.search([("name", "=like", "Refused %")]))

    def test_what_a_constraint_refuses_of_a_row_in_a_row(self):
        Contract = self.env["invoice.contract"].with_user(self.sales)
        Contract = Contract.with_context(import_file=True)
        fields = ["name", "partner_id/.id", "milestone_ids/name", "milestone_ids/percent"]
        rows = [[f"Nested {n}", str(self.customer.id), "First", "5"] for n in range(20)]
        rows[17][3] = "500"
        result = Contract.load(fields, rows)
        self.assertFalse(result["ids"])
        self.assertEqual({message["record"] for message in result["messages"]}, {17})
        self.assertFalse(Contract.search([("name", "=like", "Nested %")]))

    def test_an_error_that_tells_of_a_good_row(self):
        """What is tried because of it is no more than a few rows, and the bad one is named."""
        create = type(self.Partner)._load_records_create
        written = []

        def mislead(partners, vals_list):
            written.append(len(vals_list))
            if any(vals["name"] == "Misled 33" for vals in vals_list):
                raise ValidationError(f"Look at {vals_list[0]['name']}.")
            return create(partners, vals_list)

        self.patch(type(self.Partner), "_load_records_create", mislead)
        result, _queries = self._load(self._number(self._prepare_rows("Misled", 40), {}))
        self.assertFalse(result["ids"])
        self.assertEqual({message["record"] for message in result["messages"]}, {33})
        self.assertLess(len(written), 20)

    def test_rows_that_fail_together_only_are_written_apart(self):
        """And whatever was halved, the ids stand as the rows do in the file."""
        create = type(self.Partner)._load_records_create

        def refuse_many(partners, vals_list):
            if len(vals_list) > 3:
                raise ValidationError("Not so many at once.")
            return create(partners, vals_list)

        self.patch(type(self.Partner), "_load_records_create", refuse_many)
        rows = self._prepare_rows("Apart", 20)
        result, _queries = self._load(self._number(rows, {}))
        self.assertFalse(result["messages"])
        self.assertEqual(
            self.Partner.browse(result["ids"]).mapped("name"), [name for name, *_others in rows]
        )

    def test_uninstallation_leaves_no_activity(self):
        """Of none of our types, neither open nor done: whatever type comes with the next module."""
        data = self.env["ir.model.data"].search(
            [("module", "=", "invoice_crm_addon"), ("model", "=", "mail.activity.type")]
        )
        types = self.env["mail.activity.type"].browse(data.mapped("res_id"))
        self.assertGreater(len(types), 8)
        todo = self.env.ref("mail.mail_activity_data_todo")
        activities = self.env["mail.activity"].create(
            [
                {
                    "activity_type_id": kind.id,
                    "res_model_id": self.env["ir.model"]._get_id("res.partner"),
                    "res_id": self.customer.id,
                    "active": active,
                }
                for kind in types | todo
                for active in (True, False)
            ]
        )
        self.env.flush_all()
        hooks._forget_activities(self.env)
        self.env.invalidate_all()
        self.assertEqual(activities.exists().activity_type_id, todo)
