from datetime import date, timedelta

from lxml import etree

from odoo.tests import tagged
from odoo.tools import mute_logger

from ...fapiao import uscc_check_digit
from ..common import TicketCommon

ROWS = 120
BAD = ROWS - 9
# The number of a row that is there already.
THERE = 900
# What a file with a bad row takes beside all that is written once more: savepoints, and the name of
# what is missing.
FEW_QUERIES = 3

# Who imports what: the columns of each model, and a value of each. In it {n} is the number of the
# row, {day} a day of its own, and {vat} a tax number of its own; after "!" it is unique.
FILES = """
res.partner              finance  name=Customer {n}    country_id=China  vat=!{vat}  customer_level_id={level}
invoice.ticket           finance  partner_id={customer}  type_id={kind}  fapiao_number=!2611{n:016}  issue_date=2026-11-01  line_ids/name=Service  line_ids/price_unit=100
invoice.contract         sales    name=Contract {n}    number=!HT{n}  partner_id={customer}  amount_total=1000  date_signed=2026-01-01  milestone_ids/name=First  milestone_ids/amount=500
invoice.shipment         finance  partner_id={customer}  carrier_id={carrier}  tracking_number=!SF{n:013}  date_shipped=2026-11-01
invoice.ticket.type      manager  name=Kind {n}        code=!K{n}  sequence=5
invoice.ticket.template  manager  name=Template {n}    type_id={kind}  line_ids/name=Service {n}  line_ids/price_unit=100
invoice.customer.level   manager  name=!Level {n}      ticket_quota=1000
invoice.carrier          manager  name=Carrier {n}     code=!carrier{n}  sequence=5
invoice.goods.code       finance  name=Goods {n}       code=!{n:019}
invoice.print.template   manager  name=Layout {n}      sequence=5
invoice.reminder.plan    manager  name=Plan {n}        active=1  step_ids/name=Step  step_ids/days=5  step_ids/by_email=0  step_ids/by_alert=1
invoice.approval.flow    manager  name=Flow {n}        fallback_user_id={person}  stage_ids/name=Stage  stage_ids/user_ids={person}
invoice.approval.delegation  sales  delegate_id={person}  date_from={day}  date_to={day}
"""  # noqa: E501

# What fits no row, by column: beside what follows from the type of a field.
IMPOSSIBLE = {
    "vat": "91XYZ",
    "fapiao_number": "12A",
    "ticket_quota": "-5",
    "amount_total": "-5",
    "customer_level_id": "Nobody",
}
WRONG_TYPES = {
    "many2one": "Nobody",
    "date": "2026-13-45",
    "integer": "abc",
    "float": "abc",
    "monetary": "abc",
}


def one_test_for_each_file(test_class):
    """Class decorator: each line of the table becomes a test."""
    for line in FILES.strip().splitlines():
        (model, role), columns = line.split()[:2], line.split("  ")
        columns = dict(cell.strip().split("=", 1) for cell in columns if "=" in cell)

        # pylint: disable-next=dangerous-default-value
        def test(self, model=model, role=role, columns=columns):
            self._check_file(model, role, columns)

        test.__name__ = f"test_{model.replace('.', '_')}"
        setattr(test_class, test.__name__, test)
    return test_class


@tagged("post_install", "-at_install")
@one_test_for_each_file
class TestLoadEveryModel(TicketCommon):
    """A bad row near the end of a file costs no more than the good rows, whatever is imported."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._speak_english()
        cls.words = {
            "customer": cls.customer.name,
            "kind": cls.type_digital_special.name,
            "carrier": cls.env.ref("invoice_crm_addon.carrier_sf").name,
            "level": cls.env.ref("invoice_crm_addon.customer_level_vip").name,
            "person": cls.manager.name,
        }

    def test_all_that_can_be_imported_is_here(self):
        """That is what has a list in which one of our people can create."""
        found = set()
        for name, Model in self.env.registry.items():
            is_ours = Model._original_module == "invoice_crm_addon" and Model._auto
            if not is_ours or Model._abstract or Model._transient:
                continue
            rights = self.env["ir.model"]._get(name).access_ids
            lists = self.env["ir.ui.view"].search(
                [("model", "=", name), ("type", "=", "list"), ("mode", "=", "primary")]
            )
            if any(rights.mapped("perm_create")) and any(map(self._can_import, lists)):
                found.add(name)
                self.assertTrue(hasattr(Model, "_load_part"), f"{name} takes no load mixin")
        self.assertEqual(
            found, {line.split()[0] for line in FILES.strip().splitlines()} - {"res.partner"}
        )

    def _can_import(self, view):
        root = etree.fromstring(self.env[view.model].get_view(view.id, "list")["arch"])
        return not {root.get("create"), root.get("import")} & {"0", "false", "False"}

    def _make_row(self, columns, number):
        body = f"9144030{number:010d}"
        words = {
            **self.words,
            "n": number,
            "day": date(2027, 1, 1) + timedelta(number),
            "vat": body + uscc_check_digit(body),
        }
        return [value.lstrip("!").format_map(words) for value in columns.values()]

    def _load(self, Model, columns, rows):
        """:return: what the import says, and its queries"""
        self.env.flush_all()
        self.env.transaction.reset()
        before = self.cr.sql_log_count
        with mute_logger("odoo.sql_db"):
            result = Model.load(list(columns), rows)
        return result, self.cr.sql_log_count - before

    def _list_mistakes(self, Model, columns):
        """:return: columns, each with a value that makes a row bad"""
        there = dict(zip(columns, self._make_row(columns, THERE), strict=True))
        twice = dict(zip(columns, self._make_row(columns, 5), strict=True))
        for column, value in columns.items():
            Row = Model
            for fname in column.split("/"):
                field = Row._fields[fname]
                Row = self.env.get(field.comodel_name)
            # No number is zero.
            if field.required and field.type not in ("integer", "float", "monetary"):
                yield column, ""
            if wrong := WRONG_TYPES.get(field.type):
                yield column, wrong
            if impossible := IMPOSSIBLE.get(column):
                yield column, impossible
            if value.startswith("!"):
                yield column, there[column]
                yield column, twice[column]

    def _check_file(self, model, role, columns):
        Model = self.env[model].with_user(getattr(self, role))
        Model = Model.with_context(import_file=True, tracking_disable=True)
        result, _queries = self._load(Model, columns, [self._make_row(columns, THERE)])
        self.assertTrue(result["ids"], result["messages"])
        rows = [self._make_row(columns, number) for number in range(ROWS)]
        with self.env.cr.savepoint() as savepoint:
            result, good = self._load(Model, columns, rows)
            self.assertEqual(len(result["ids"] or ()), ROWS, result["messages"])
            savepoint.rollback()
        before = Model.search_count([])
        names = list(columns)
        for column, value in self._list_mistakes(Model, columns):
            wrong = [list(row) for row in rows]
            wrong[BAD][names.index(column)] = value
            with self.subTest(f"{column}: {value or 'nothing'}"):
                # Again if it is much: an import that fails lets the registry forget what it knows.
                for _try in range(2):
                    result, queries = self._load(Model, columns, wrong)
                    if queries <= 2 * good + FEW_QUERIES:
                        break
                self.assertFalse(result["ids"])
                self.assertEqual({m["rows"]["from"] for m in result["messages"]}, {BAD})
                self.assertLessEqual(queries, 2 * good + FEW_QUERIES, f"{good} of a good file")
                self.assertEqual(Model.search_count([]), before)
