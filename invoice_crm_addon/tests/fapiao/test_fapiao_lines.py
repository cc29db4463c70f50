from importlib.util import module_from_spec, spec_from_file_location

from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools.misc import file_path

from ...models.base.proof import proven
from .common import FapiaoCommon

UNTAXED = {"tax": "0.00", "total": "1000.00"}


@tagged("post_install", "-at_install")
class TestFapiaoLines(FapiaoCommon):
    """What a line of a file says of its tax, quantity and price becomes the ticket's."""

    def _approved_line(self, **values):
        line = {"name": "Consulting", "price_unit": 1000.0, **values}
        return self._approved(tax_included=False, line_ids=[Command.create(line)])

    def test_file_says_how_a_line_is_taxed(self):
        self.tax_3 = self._create_tax(3)
        cases = (
            ("免税", UNTAXED, "exempt", False),
            ("不征税", UNTAXED, "not_taxable", False),
            ("0%", UNTAXED, "zero", False),
            ("0", UNTAXED, "zero", False),
            ("***", UNTAXED, "exempt", False),
            ("免税", {**UNTAXED, "tax": "***"}, "exempt", False),
            # A tax on a part of the price: the rate is not printed, the tax is.
            ("***", {"tax": "30.00", "total": "1030.00"}, "taxed", False),
            ("3%", {"tax": "30.00", "total": "1030.00"}, "taxed", self.tax_3.id),
            # No tax record has this rate.
            ("5%", {"tax": "50.00", "total": "1050.00"}, "taxed", False),
        )
        for index, (rate, amounts, treatment, tax_id) in enumerate(cases, start=1):
            with self.subTest(rate, **amounts):
                content = self._build(f"261100000000000001{index:02d}", rate=rate, **amounts)
                _result, ticket = self._import_one(content)
                self.assertRecordValues(
                    ticket.line_ids, [{"tax_treatment": treatment, "tax_id": tax_id}]
                )
                self.assertEqual(ticket.amount_total, float(amounts["total"]))

    def test_rate_that_nobody_knows_is_asked_for_when_the_ticket_is_issued_again(self):
        content = self._build(rate="5%", tax="50.00", total="1050.00")
        _result, ticket = self._import_one(content)
        self.assertFalse(ticket.line_ids._get_missing())
        copy = ticket.copy()
        self.assertEqual(copy.line_ids._get_missing(), ["tax of Consulting"])
        self.assertIn("tax of Consulting", copy._get_missing())

    def test_same_treatment_is_no_difference(self):
        for number, (rate, treatment) in enumerate(
            (("免税", "exempt"), ("不征税", "not_taxable"), ("***", "not_taxable"), ("0%", "zero"))
        ):
            with self.subTest(rate):
                ticket = self._approved_line(tax_treatment=treatment)
                content = self._build(f"2611000000000000020{number}", rate=rate, **UNTAXED)
                self.assertRecordValues(
                    self._drop(content), [{"outcome": "issued", "ticket_id": ticket.id}]
                )

    def test_other_treatment_is_a_difference(self):
        ticket = self._approved_line(tax_treatment="exempt")
        self._drop(self._build(rate="不征税", **UNTAXED), ticket_id=ticket.id)
        self.assertEqual(ticket.state, "approved")
        action = ticket.with_user(self.finance).action_compare_fapiao()
        wizards = self.env[action["res_model"]].with_user(self.finance)
        wizard = wizards.with_context(**action["context"]).create({})
        self.assertRecordValues(
            wizard.difference_ids,
            [
                {
                    "ticket_value": "Consulting × 1: 1000.00 Exempt",
                    "document_value": "Consulting × 1: 1000.00 Not Taxable",
                }
            ],
        )
        wizard.action_accept()
        self.assertRecordValues(ticket.line_ids, [{"tax_treatment": "not_taxable"}])

    def test_digits_of_the_file_are_those_of_the_ticket(self):
        amounts = {"untaxed": "123456.79", "tax": "16049.38", "total": "139506.17"}
        content = self._build(price="0.0012345678901", quantity="100000000", **amounts)
        _result, ticket = self._import_one(content)
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertRecordValues(ticket.line_ids, [{"price_unit": 0.0012345678901, "quantity": 1e8}])
        self.assertIn("0.0012345678901", ticket.with_user(self.finance).fapiao_html)
        self.assertRecordValues(ticket.copy(), [{"amount_total": 139506.17}])

    def test_ticket_with_all_digits_fits_its_file(self):
        line = {"quantity": 1e-8, "price_unit": 1e11, "tax_id": self.tax_13.id}
        ticket = self._approved_line(**line)
        file = self._drop(self._build(price="100000000000", quantity="0.00000001"))
        self.assertRecordValues(file, [{"outcome": "issued", "ticket_id": ticket.id}])

    def test_quantities_that_differ_in_the_last_digit_are_shown_as_they_are(self):
        ticket = self._approved_line(quantity=1.0000001, tax_id=self.tax_13.id)
        self._drop(self._build(quantity="1.0000002"), ticket_id=ticket.id)
        action = ticket.with_user(self.finance).action_compare_fapiao()
        wizards = self.env[action["res_model"]].with_user(self.finance)
        wizard = wizards.with_context(**action["context"]).create({})
        self.assertRecordValues(
            wizard.difference_ids,
            [
                {
                    "ticket_value": "Consulting × 1.0000001: 1000.00",
                    "document_value": "Consulting × 1.0000002: 1000.00",
                }
            ],
        )

    def test_price_longer_than_a_number_holds_leaves_the_amounts_alone(self):
        """18 digits: the nearest number is kept, and the amounts are those of the file."""
        amounts = {"untaxed": "123456.78", "tax": "16049.38", "total": "139506.16"}
        content = self._build(price="17636.6828571428571", quantity="7", **amounts)
        _result, ticket = self._import_one(content)
        self.assertAlmostEqual(ticket.line_ids.price_unit, 17636.682857142857, 11)
        self.assertRecordValues(ticket, [{"amount_untaxed": 123456.78, "amount_total": 139506.16}])

    def test_update_asks_the_files_about_lines_without_tax(self):
        _result, ticket = self._import_one(self._build(rate="不征税", **UNTAXED))
        proven(ticket.line_ids).tax_treatment = "exempt"
        self.env.flush_all()
        path = file_path("invoice_crm_addon/migrations/19.0.5.0.0/post-lines.py")
        spec = spec_from_file_location("post_lines", path)
        script = module_from_spec(spec)
        spec.loader.exec_module(script)
        script.migrate(self.env.cr, "19.0.4.0.0")
        self.env.invalidate_all()
        self.assertEqual(ticket.line_ids.tax_treatment, "not_taxable")
