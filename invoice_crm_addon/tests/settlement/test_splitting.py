from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .test_making import MakingCommon


@tagged("post_install", "-at_install")
class TestSplitting(MakingCommon):
    """One document among several tickets: they come to exactly what is left of it."""

    def _open(self, source, user=None, **values):
        source = source.with_user(user or self.finance)
        self.env.invalidate_all()
        action = source.action_split_ticket()
        Wizard = self.env["invoice.ticket.split.wizard"].with_user(user or self.finance)
        wizard = Wizard.with_context(**action["context"]).create(values)
        self.env.flush_all()
        return wizard

    def _confirm(self, wizard):
        action = wizard.action_confirm()
        return self.env["invoice.ticket"].search(action["domain"], order="id")

    def _assert_whole(self, source, tickets):
        """Drafts of nothing less and nothing more, that can be submitted one after the other."""
        left = source.amount_to_ticket
        self.assertAlmostEqual(sum(tickets.mapped("amount_total")), left, places=6)
        for ticket in tickets:
            self._assert_total(ticket, ticket.amount_total)
        self._approve(tickets)
        self.assertEqual(source.amount_to_ticket, 0.0)

    def test_thirds_of_each_kind(self):
        """Also of what is ticketed in part already: the last one takes the cents."""
        for kind in self.KINDS:
            chain = self._create_chain()
            self._ticket(chain[kind], 130.03)
            for mode in ("amount", "percent"):
                with self.subTest(kind, mode=mode), self.cr.savepoint() as savepoint:
                    source = chain[kind]
                    user = self.sales if kind == "contract" else self.finance
                    if kind == "order":
                        self._sell(self.sales)
                        user = self.sales
                    wizard = self._open(source, user, mode=mode, ticket_count=3)
                    amounts = wizard.part_ids.mapped("amount")
                    self.assertEqual(amounts, [333.32, 333.32, 333.33])
                    tickets = self._confirm(wizard)
                    self.assertEqual(tickets.mapped("amount_total"), amounts)
                    self._assert_whole(source, tickets)
                    savepoint.rollback()

    def test_quantities_add_up(self):
        invoice = self._create_invoice(33.33, quantity=7)
        tickets = self._confirm(self._open(invoice, ticket_count=3))
        self.assertAlmostEqual(sum(tickets.line_ids.mapped("quantity")), 7.0, places=9)
        self.assertEqual(tickets.allocation_ids.mapped("amount"), tickets.mapped("amount_total"))
        self._assert_whole(invoice, tickets)

    def test_many_parts_keep_their_tax(self):
        invoice = self._create_invoice(9.99, quantity=13)
        self._assert_whole(invoice, self._confirm(self._open(invoice, ticket_count=17)))

    def test_by_line(self):
        invoice = self._create_invoice(
            invoice_line_ids=[
                Command.create(
                    {
                        "product_id": self.product.id,
                        "price_unit": price,
                        "tax_ids": [Command.set(self.tax_13.ids)],
                    }
                )
                for price in (100.0, 200.0, 55.55)
            ]
        )
        wizard = self._open(invoice, mode="line")
        for row, number in zip(wizard.line_ids, (2, 1, 2), strict=True):
            row.ticket_number = number
        self.assertEqual(wizard.part_ids.mapped("amount"), [226.0, 175.77])
        tickets = self._confirm(wizard)
        self.assertEqual(tickets.mapped("amount_total"), [226.0, 175.77])
        self._assert_whole(invoice, tickets)

    def test_amounts_that_are_typed(self):
        invoice = self._create_invoice()
        action = invoice.with_user(self.finance).action_split_ticket()
        Wizard = self.env["invoice.ticket.split.wizard"].with_user(self.finance)
        form = Form(Wizard.with_context(**action["context"]))
        form.ticket_count = 3
        with form.part_ids.edit(0) as part:
            part.amount = 1000.0
        with form.part_ids.edit(1) as part:
            part.amount = 99.99
        wizard = form.save()
        self.assertEqual(wizard.part_ids.mapped("amount"), [1000.0, 99.99, 30.01])
        self._assert_whole(invoice, self._confirm(wizard))

    def test_percents_that_are_typed(self):
        invoice = self._create_invoice(99.99)
        action = invoice.with_user(self.finance).action_split_ticket()
        Wizard = self.env["invoice.ticket.split.wizard"].with_user(self.finance)
        form = Form(Wizard.with_context(**action["context"]))
        form.mode = "percent"
        with form.part_ids.edit(0) as part:
            part.percent = 30.0
        wizard = form.save()
        self.assertEqual(wizard.part_ids.mapped("amount"), [33.90, 79.09])
        self._assert_whole(invoice, self._confirm(wizard))

    def test_what_does_not_come_to_the_rest(self):
        invoice = self._create_invoice()
        for values in (
            {"part_ids": [Command.create({"amount": 500.0}), Command.create({"amount": 600.0})]},
            {"part_ids": [Command.create({"amount": 1130.0}), Command.create({"amount": 0.0})]},
            {"part_ids": [Command.create({"amount": 1230.0}), Command.create({"amount": -100.0})]},
            {
                "mode": "percent",
                "part_ids": [Command.create({"percent": 50.0}), Command.create({"percent": 49.0})],
            },
            {"part_ids": []},
            {"ticket_count": 1},
            {"ticket_count": 1000000},
            {"ticket_count": -3},
            {"mode": "line"},
            {"mode": "line", "line_ids": []},
        ):
            with self.subTest(values), self.assertRaises(UserError), self.cr.savepoint():
                wizard = self._open(invoice)
                if "part_ids" in values:
                    wizard.part_ids.unlink()
                if "line_ids" in values:
                    wizard.line_ids.unlink()
                wizard.write(values)
                wizard.action_confirm()
        self.assertFalse(invoice.has_tickets)

    def test_who_may_not_read_it(self):
        invoice = self._create_invoice()
        Wizard = self.env["invoice.ticket.split.wizard"].with_user(self.sales)
        with self.assertRaises(AccessError):
            Wizard.create({"move_id": invoice.id})

    def test_nothing_is_left(self):
        invoice = self._create_invoice()
        wizard = self._open(invoice)
        self._ticket(invoice)
        with self.assertRaisesRegex(UserError, "Nothing"):
            wizard.action_confirm()
