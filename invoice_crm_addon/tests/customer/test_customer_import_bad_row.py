from unittest.mock import patch

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .import_common import ImportCommon, make_number

ROWS = 200
BAD = ROWS - 9


@tagged("post_install", "-at_install")
class TestImportBadRow(ImportCommon):
    """One bad row near the end of a file costs no more than the others, which are written."""

    HEADINGS = ("名称", "税号", "开票地址", "等级")

    def setUp(self):
        super().setUp()
        self._import(self._make_table(900, 1))

    def _make_table(self, first, count):
        rows = [
            [f"示例{index}公司", make_number(index), f"某路{index}号", ""]
            for index in range(first, first + count)
        ]
        return [self.HEADINGS, *rows]

    def _measure(self, table):
        """:return: the import, and what checking and writing it asked the database"""
        self.env.flush_all()
        self.env.transaction.reset()
        before = self.cr.sql_log_count
        run = self._import(table)
        self.env.flush_all()
        return run, self.cr.sql_log_count - before

    def _measure_good(self):
        with self.env.cr.savepoint() as savepoint:
            run, queries = self._measure(self._make_table(1, ROWS))
            self.assertEqual(run.applied_count, ROWS)
            savepoint.rollback()
        return queries

    def _check(self, table, good):
        run, queries = self._measure(table)
        self.assertEqual(run.applied_count, ROWS - 1)
        self.assertEqual(run.problem_row_ids.number, BAD + 1)
        self.assertLessEqual(queries, 2 * good)

    def test_row_that_is_wrong(self):
        good = self._measure_good()
        for column, value in ((0, ""), (1, "91XYZ"), (1, make_number(5)), (3, "没有的等级")):
            table = self._make_table(1, ROWS)
            table[BAD][column] = value
            with self.subTest(value or "no name"), self.env.cr.savepoint() as savepoint:
                self._check(table, good)
                savepoint.rollback()

    def test_row_that_cannot_be_written(self):
        """As another add-on refuses it, or as somebody else entered it in between."""
        good = self._measure_good()
        Partner = type(self.env["res.partner"])
        create, check = Partner.create, Partner._validate_fields

        def refuse_values(partners, vals_list):
            for vals in vals_list:
                if vals.get("vat") == make_number(BAD):
                    raise UserError(f"Not {vals['name']}.")
            return create(partners, vals_list)

        def refuse_record(partners, *args):
            for partner in partners:
                if partner.vat == make_number(BAD):
                    raise ValidationError(f"Not {partner.name}.")
            return check(partners, *args)

        for name, refuse in (("create", refuse_values), ("_validate_fields", refuse_record)):
            refusing = patch.object(Partner, name, refuse)
            with self.subTest(name), self.env.cr.savepoint() as savepoint, refusing:
                self._check(self._make_table(1, ROWS), good)
                savepoint.rollback()
