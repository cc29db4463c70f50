from datetime import timedelta

from lxml import etree

from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged

from ...models.base.proof import proven
from ..common import TicketCommon

# What of a ticket may be added up, and is nothing but issued.
MEASURES = {
    "amount_issued",
    "amount_issued_untaxed",
    "amount_issued_tax",
    "amount_open",
    "amount_red",
}
SUMS = ("sum", "avg", "max", "min")


@tagged("post_install", "-at_install")
class TestTicketFigures(TicketCommon):
    """No total of tickets holds a draft, one on its way, or a voided one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.context_today(cls.env.user)
        cls.Ticket = cls.env["invoice.ticket"]

    @classmethod
    def _create_issued(cls, days_late=None, **values):
        ticket = cls._create_ticket(**values)
        if days_late is not None:
            ticket.date_due = cls.today - timedelta(days=days_late)
        cls._issue(ticket)
        return ticket

    def _sum(self, measure, domain=()):
        domain = [("company_id", "=", self.company.id), *domain]
        [[amount]] = self.Ticket._read_group(domain, [], [f"{measure}:sum"])
        return amount or 0.0

    # === AMOUNTS === #

    def test_only_issued_tickets_count(self):
        self._create_ticket()
        self._approve(self._create_ticket())
        self._create_flow("invoice.ticket", [self.approver])
        self._submit(waiting := self._create_ticket())
        self.assertEqual(waiting.state, "pending")
        self.assertEqual(self._sum("amount_issued"), 0)
        receipt = self._create_ticket(type_id=self.type_voucher.id)
        self._approve(receipt)
        receipt.with_user(self.finance).action_issue()
        self.assertRecordValues(
            receipt,
            [
                {
                    "amount_issued": 1130.0,
                    "amount_issued_untaxed": 1000.0,
                    "amount_issued_tax": 130.0,
                    "amount_open": 1130.0,
                }
            ],
        )
        receipt.with_user(self.finance).action_void("Wrong name")
        self.assertEqual(receipt.state, "voided")
        for measure in MEASURES:
            self.assertEqual(self._sum(measure), 0, measure)

    def test_red_letters_are_negative_and_not_due(self):
        ticket = self._create_issued()
        letter = self._write_red_letter(ticket, 113.0)
        self.assertRecordValues(
            letter,
            [{"amount_issued": -113.0, "amount_issued_tax": -13.0, "amount_open": 0.0}],
        )
        self.assertEqual(ticket.amount_open, 1017.0)
        self.assertEqual(self._sum("amount_issued"), 1017.0)
        self.assertEqual(self._sum("amount_open"), 1017.0)
        self._write_red_letter(ticket, 1017.0)
        self.assertEqual(self._sum("amount_issued"), 0.0)
        self.assertEqual(self._sum("amount_open"), 0.0)

    def _write_red_letter(self, ticket, amount):
        before = ticket.red_ids
        ticket.with_user(self.finance).action_red("Returned", red_reason="02", amount=amount)
        letter = ticket.red_ids - before
        self._issue(letter)
        return letter

    def test_other_currency_counts_in_that_of_the_company(self):
        currency = self._enable_currency("USD")
        self.env["res.currency.rate"].create(
            {
                "currency_id": currency.id,
                "company_id": self.company.id,
                "name": "2020-01-01",
                "rate": 0.2,
            }
        )
        ticket = self._create_issued(currency_id=currency.id)
        self.assertRecordValues(
            ticket,
            [
                {
                    "amount_total": 1130.0,
                    "amount_issued": 5650.0,
                    "amount_issued_untaxed": 5000.0,
                    "amount_open": 5650.0,
                }
            ],
        )

    def test_what_is_paid_is_not_open(self):
        payment = self._create_payment(amount=130.0)
        ticket = self._create_issued()
        ticket.with_user(self.finance).allocation_ids = [
            Command.create({"payment_id": payment.id, "amount": 130.0})
        ]
        self.assertEqual(ticket.amount_due, 1000.0)
        self.assertEqual(self._sum("amount_open"), 1000.0)

    # === EVERY VIEW === #

    def _iter_view_nodes(self, node, model):
        """Nodes of a view with the model that they are about, rows of tickets among them."""
        yield node, model
        for child in node:
            if not isinstance(child.tag, str):
                continue
            inner = model
            if node.tag == "field" and child.tag in ("list", "kanban", "graph", "pivot"):
                inner = self.env[model]._fields[node.get("name")].comodel_name
            elif node.tag == "field" and child.tag == "form":
                inner = self.env[model]._fields[node.get("name")].comodel_name
            yield from self._iter_view_nodes(child, inner)

    def _get_summed_field(self, node):
        if node.tag == "progressbar":
            return node.get("sum_field")
        is_summed = node.get("type") == "measure" or any(node.get(word) for word in SUMS)
        return node.tag == "field" and is_summed and node.get("name")

    def test_no_view_adds_up_what_is_not_issued(self):
        count = 0
        for view in self.env["ir.ui.view"].search([("model", "!=", False)]):
            if view.model not in self.env or "ticket" not in (view.arch_db or ""):
                continue
            if view.mode == "extension" and view.inherit_id:
                continue
            arch = etree.fromstring(view.get_combined_arch())
            for node, model in self._iter_view_nodes(arch, view.model):
                fname = model == "invoice.ticket" and self._get_summed_field(node)
                if fname:
                    self.assertIn(fname, MEASURES, f"{view.xml_id} adds up {fname}")
                    count += 1
        self.assertGreater(count, 8)

    def test_no_measure_but_of_what_is_issued(self):
        """Pivot, graph and groups offer whatever field has an aggregator."""
        described = self.Ticket.fields_get(attributes=["type", "aggregator"])
        offered = {
            fname
            for fname, field in described.items()
            if field["type"] in ("monetary", "float") and field.get("aggregator")
        }
        self.assertEqual(offered, MEASURES)

    # === OVERDUE === #

    def test_days_overdue(self):
        late = self._create_issued(days_late=12)
        self._create_issued(days_late=0)
        self._create_issued()
        draft = self._create_ticket(date_due=self.today - timedelta(days=40))
        self.assertEqual(late.days_overdue, 12)
        self.assertEqual(draft.days_overdue, 0)
        own = [("company_id", "=", self.company.id)]
        for operator, value, expected in (
            (">", 0, late),
            (">=", 12, late),
            ("=", 12, late),
            (">", 12, self.Ticket),
            ("<", 0, self.Ticket),
            ("in", [11, 12], late),
        ):
            found = self.Ticket.search([*own, ("days_overdue", operator, value)])
            self.assertEqual(found, expected, f"{operator} {value}")
        rest = self.Ticket.search([*own, ("days_overdue", "=", 0)])
        self.assertEqual(len(rest), 3)
        self.assertEqual(self.Ticket.search([*own, ("days_overdue", "!=", 12)]), rest)
        proven(late).write({"date_due": False})
        self.assertFalse(self.Ticket.search([*own, ("days_overdue", ">", 0)]))

    def test_days_overdue_are_sorted_and_grouped(self):
        late = self._create_issued(days_late=3)
        later = self._create_issued(days_late=30)
        own = [("company_id", "=", self.company.id)]
        found = self.Ticket.search(own, order="days_overdue desc")
        self.assertEqual(found, later | late)
        [[most]] = self.Ticket._read_group(own, [], ["days_overdue:max"])
        self.assertEqual(most, 30)

    def test_paid_is_not_overdue(self):
        payment = self._create_payment()
        ticket = self._create_issued(days_late=3)
        ticket.with_user(self.finance).allocation_ids = [
            Command.create({"payment_id": payment.id, "amount": 1130.0})
        ]
        self.assertEqual(ticket.days_overdue, 0)
