from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged

from ...models.base.proof import proven
from ..common import TicketCommon


@tagged("post_install", "-at_install")
class TestTicketLineTax(TicketCommon):
    """0 %, exempt and not taxable are three things; what was said of a line's tax stays."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tax_0 = cls._create_tax(0)
        for ticket_type in (cls.type_digital_special, cls.type_receipt):
            ticket_type.with_company(cls.company).default_tax_id = cls.tax_13
        cls.product = cls.env["product.product"].create(
            {"name": "Server", "taxes_id": [Command.set(cls.tax_6.ids)]}
        )
        nothing = cls.env["account.tax"]
        # What is given, and what a line says then.
        cls.cases = (
            ({"tax_id": cls.tax_13.id}, cls.tax_13, "taxed"),
            ({"tax_id": cls.tax_6.id}, cls.tax_6, "taxed"),
            ({"tax_id": cls.tax_0.id}, cls.tax_0, "zero"),
            ({"tax_id": False}, nothing, "exempt"),
            ({"tax_treatment": "exempt"}, nothing, "exempt"),
            ({"tax_treatment": "not_taxable"}, nothing, "not_taxable"),
            ({"tax_treatment": "zero"}, nothing, "zero"),
            ({"tax_id": False, "tax_treatment": "not_taxable"}, nothing, "not_taxable"),
            ({"tax_id": cls.tax_0.id, "tax_treatment": "zero"}, cls.tax_0, "zero"),
            ({"tax_id": cls.tax_13.id, "tax_treatment": False}, cls.tax_13, "taxed"),
        )

    def _prepare_line(self, **values):
        return {"name": "Part", "price_unit": 100.0, **values}

    def _create_line(self, **values):
        commands = [Command.create(self._prepare_line(**values))]
        return self._create_ticket(tax_included=False, line_ids=commands).line_ids

    def _prepare_cases(self):
        return [Command.create(self._prepare_line(**given)) for given, *_expected in self.cases]

    def _create_cases(self, **values):
        return self._create_ticket(line_ids=self._prepare_cases(), **values)

    def _check_cases(self, ticket):
        self.assertRecordValues(
            ticket.line_ids,
            [{"tax_id": tax.id, "tax_treatment": said} for _given, tax, said in self.cases],
        )

    # === HOW LINES COME TO BE === #

    def test_what_a_caller_gives_stays(self):
        ticket = self._create_cases()
        self._check_cases(ticket)
        for given, *expected in self.cases:
            values = self._prepare_line(ticket_id=ticket.id, product_id=self.product.id, **given)
            line = self.env["invoice.ticket.line"].with_user(self.sales).create(values)
            self.assertEqual([line.tax_id, line.tax_treatment], expected)

    def test_what_the_context_gives_stays(self):
        """As the buttons of orders and invoices open a ticket."""
        form = Form(
            self.env["invoice.ticket"]
            .with_user(self.sales)
            .with_context(
                default_partner_id=self.customer.id, default_line_ids=self._prepare_cases()
            )
        )
        form.type_id = self.type_receipt
        form.tax_included = True
        self._check_cases(form.save())

    def test_copies_say_the_same(self):
        ticket = self._create_cases()
        self._issue(ticket)
        self._check_cases(ticket.copy())
        red = proven(ticket)._do_red("Wrong buyer", False)
        self._check_cases(red)
        self._issue(red)
        self._check_cases(proven(ticket)._do_reissue())

    def test_changes_of_the_ticket_change_no_tax_that_was_said(self):
        ticket = self._create_cases()
        ticket.with_user(self.sales).type_id = self.type_receipt
        self._check_cases(ticket)
        with Form(ticket.with_user(self.sales)) as form:
            form.type_id = self.type_digital_special
            form.content = "More"
        self._check_cases(ticket)

    def test_import_tells_an_empty_cell_from_no_column(self):
        ticket = self._create_line().ticket_id
        fnames = ["ticket_id/.id", "name", "price_unit", "tax_id/.id", "tax_treatment"]
        rows = [
            [str(ticket.id), "Part", "100", str(given.get("tax_id") or ""), said]
            for given, _tax, said in self.cases
        ]
        Line = self.env["invoice.ticket.line"].with_user(self.sales)
        result = Line.load(fnames, rows)
        self.assertFalse(result["messages"])
        for line, (_given, tax, said) in zip(Line.browse(result["ids"]), self.cases, strict=True):
            self.assertEqual((line.tax_id, line.tax_treatment), (tax, said))
        for count, tax in ((4, self.env["account.tax"]), (3, self.tax_13)):
            row = [str(ticket.id), "Part", "100", ""]
            line = Line.browse(Line.load(fnames[:count], [row[:count]])["ids"])
            self.assertEqual(line.tax_id, tax)

    def test_rejected_change_puts_back_what_was_said(self):
        self._create_flow("invoice.ticket", [self.approver], trigger_fields=["line_ids"])
        ticket = self._create_cases()
        self._approve(ticket)
        ticket.with_user(self.sales).line_ids = [
            *(Command.update(line.id, {"tax_id": self.tax_13.id}) for line in ticket.line_ids[:6]),
            *(Command.delete(line.id) for line in ticket.line_ids[6:]),
        ]
        self.assertEqual(ticket.line_ids.tax_id, self.tax_13)
        ticket.approval_request_id.with_user(self.approver).action_reject("As agreed")
        self._check_cases(ticket)

    def test_approvers_see_a_change_of_the_treatment(self):
        self._create_flow("invoice.ticket", [self.approver], trigger_fields=["line_ids"])
        line = self._create_line(tax_treatment="exempt")
        self._approve(line.ticket_id)
        line.with_user(self.sales).tax_treatment = "not_taxable"
        request = line.ticket_id.approval_request_id
        self.assertEqual(
            [(r["old"], r["new"]) for r in request.changes], [("Exempt", "Not Taxable")]
        )

    # === BY HAND === #

    def test_line_that_says_nothing_takes_the_proposed_tax(self):
        line = self._create_line()
        self.assertRecordValues(line, [{"tax_id": self.tax_13.id, "tax_treatment": "taxed"}])
        line = self._create_line(product_id=self.product.id)
        self.assertRecordValues(line, [{"tax_id": self.tax_6.id, "tax_treatment": "taxed"}])

    def _open_form(self):
        form = Form(self.env["invoice.ticket"].with_user(self.sales))
        form.partner_id = self.customer
        form.type_id = self.type_ordinary
        return form

    def test_form_proposes_a_tax_until_something_is_said(self):
        form = self._open_form()
        with form.line_ids.new() as line:
            line.name = "By type"
            self.assertFalse(line.tax_treatment)
        with form.line_ids.new() as line:
            line.product_id = self.product
            self.assertEqual((line.tax_id, line.tax_treatment), (self.tax_6, "taxed"))
        with form.line_ids.new() as line:
            line.name = "Exempt"
            line.tax_id = self.tax_13
            line.tax_id = self.env["account.tax"]
            self.assertEqual(line.tax_treatment, "exempt")
        with form.line_ids.new() as line:
            line.name = "Not taxable"
            line.tax_treatment = "not_taxable"
        form.type_id = self.type_digital_special
        self.assertRecordValues(
            form.save().line_ids,
            [
                {"tax_id": self.tax_13.id, "tax_treatment": "taxed"},
                {"tax_id": self.tax_6.id, "tax_treatment": "taxed"},
                {"tax_id": False, "tax_treatment": "exempt"},
                {"tax_id": False, "tax_treatment": "not_taxable"},
            ],
        )

    def test_saved_line_without_proposal_is_exempt(self):
        form = self._open_form()
        with form.line_ids.new() as line:
            line.name = "Part"
        self.assertEqual(form.save().line_ids.tax_treatment, "exempt")

    def test_choice_of_a_treatment_chooses_the_tax(self):
        with Form(self._create_line().ticket_id.with_user(self.sales)) as form:
            with form.line_ids.edit(0) as line:
                for treatment, tax in (
                    ("exempt", self.env["account.tax"]),
                    ("taxed", self.tax_13),
                    ("zero", self.tax_0),
                    ("not_taxable", self.env["account.tax"]),
                ):
                    line.tax_treatment = treatment
                    self.assertEqual((line.tax_id, line.tax_treatment), (tax, treatment))
                line.tax_id = self.tax_6
                self.assertEqual(line.tax_treatment, "taxed")

    def test_zero_percent_needs_no_tax_record(self):
        self.tax_0.active = False
        with Form(self._create_line().ticket_id.with_user(self.sales)) as form:
            with form.line_ids.edit(0) as line:
                line.tax_treatment = "zero"
                self.assertFalse(line.tax_id)
        self.assertEqual(form.record.line_ids.tax_treatment, "zero")

    def test_product_changes_the_tax_in_the_form_only(self):
        line = self._create_line(tax_treatment="exempt")
        line.product_id = self.product
        self.assertRecordValues(line, [{"tax_id": False, "tax_treatment": "exempt"}])
        with Form(line.ticket_id.with_user(self.sales)) as form:
            with form.line_ids.edit(0) as row:
                row.product_id = self.env["product.product"]
                row.product_id = self.product
                self.assertEqual((row.tax_id, row.tax_treatment), (self.tax_6, "taxed"))

    # === ONE WRITES, THE OTHER FOLLOWS === #

    def test_tax_and_treatment_go_together(self):
        line = self._create_line()
        for values, expected in (
            ({"tax_id": False}, "exempt"),
            ({"tax_treatment": "not_taxable"}, "not_taxable"),
            ({"tax_id": False}, "not_taxable"),
            ({"tax_id": self.tax_0.id}, "zero"),
            ({"tax_id": self.tax_6.id}, "taxed"),
            ({"tax_treatment": "exempt"}, "exempt"),
        ):
            line.write(values)
            self.assertEqual(line.tax_treatment, expected)
        self.assertFalse(line.tax_id)
        self.assertEqual(line.amount_tax, 0.0)

    def test_contradiction_is_refused(self):
        for treatment, tax in (
            ("exempt", self.tax_13),
            ("not_taxable", self.tax_0),
            ("zero", self.tax_6),
            ("taxed", self.tax_0),
        ):
            with self.subTest(treatment), self.assertRaisesRegex(ValidationError, "Change one of"):
                self._create_line(tax_treatment=treatment, tax_id=tax.id)

    def test_tax_that_is_no_percentage_is_refused(self):
        self.tax_6.amount_type = "fixed"
        with self.assertRaisesRegex(ValidationError, "no percentage"):
            self._create_line(tax_id=self.tax_6.id)

    def test_other_company_has_its_own_tax_of_the_same_rate(self):
        ticket = self._create_ticket(line_ids=[Command.create(self._prepare_line())])
        ticket.company_id = self.company_other
        self.assertRecordValues(
            ticket.line_ids, [{"tax_id": self.tax_other.id, "tax_treatment": "taxed"}]
        )
        ticket = self._create_ticket(
            line_ids=[Command.create(self._prepare_line(tax_id=self.tax_6.id))]
        )
        ticket.company_id = self.company_other
        self.assertRecordValues(ticket.line_ids, [{"tax_id": False, "tax_treatment": "taxed"}])
        self.assertIn("tax of Part", ticket._get_missing())
