from datetime import date
from importlib.util import module_from_spec, spec_from_file_location
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools.misc import file_path

from ...models.base.proof import proven
from .common import PlanCommon


@tagged("post_install", "-at_install")
class TestPlanMaking(PlanCommon):
    """Milestones and recurring bills become tickets and invoices, each of them once."""

    def test_stopped_job(self):
        """After weeks without the job, what became due is made, each once, with the reason."""
        self._run()
        self._run()
        tickets = self.contract.ticket_ids.sorted("id")
        self.assertEqual(tickets.mapped("amount_total"), [1000.0] * 3)
        self.assertEqual(set(tickets.mapped("state")), {"draft"})
        self.assertEqual(tickets.user_id, self.sales)
        self.assertIn("Service 2026-01-01", tickets[0].message_ids.mapped("body")[0])
        with freeze_time("2026-06-20 04:00:00"):
            self._run()
        self.assertEqual(len(self.contract.ticket_ids), 6)

    def test_the_day_where_the_company_works(self):
        self.company.partner_id.tz = "Asia/Shanghai"
        self._run()
        with freeze_time("2026-03-31 15:59:00"):
            self._run()
            self.assertEqual(len(self.contract.ticket_ids), 3)
        with freeze_time("2026-03-31 16:00:00"):
            self._run()
            self.assertEqual(len(self.contract.ticket_ids), 4)

    def test_only_with_a_click(self):
        self.company.billing_plan_mode = "manual"
        self._run()
        self.assertFalse(self.contract.ticket_ids)
        bill = self._get_bills("planned")[:1].with_user(self.sales)
        action = bill.action_make()
        self.assertEqual(action["res_id"], self.contract.ticket_ids.id)
        with self.assertRaisesRegex(UserError, "already"):
            bill.action_make()

    def test_switched_on_today(self):
        """What was planned before the company let its plans bill is for a person to make."""
        self.company.billing_plan_mode = "manual"
        self.assertFalse(self.company.billing_plan_since)
        self.company.billing_plan_mode = "draft"
        self.assertEqual(self.company.billing_plan_since, date(2026, 3, 10))
        self._run()
        self.assertFalse(self.contract.ticket_ids)
        with freeze_time("2026-04-02"):
            self._run()
        self.assertEqual(len(self.contract.ticket_ids), 1)

    def test_submitted(self):
        self.company.billing_plan_mode = "submit"
        self._create_flow("invoice.ticket", [self.approver])
        self._run()
        self.assertEqual(set(self.contract.ticket_ids.mapped("state")), {"pending"})
        self.assertEqual(self.contract.ticket_ids.approval_request_ids.requester_id, self.sales)

    def test_issued_and_sent(self):
        """What needs no number is issued by itself; it is mailed if there is a file of it."""
        self._let_people_read_english()
        self.company.billing_plan_mode = "send"
        self.customer.email = "customer@example.com"
        level = self.env["invoice.customer.level"].create({"name": "Vouchers"})
        level.type_id = self.type_voucher
        self.customer.customer_level_id = level
        self._run()
        tickets = self.contract.ticket_ids
        self.assertEqual(tickets.type_id, self.type_voucher)
        self.assertEqual(set(tickets.mapped("state")), {"issued"})
        self.assertFalse(tickets.mailing_ids)
        for ticket in tickets:
            notes = "".join(ticket.message_ids.mapped("body"))
            self.assertIn("no e-invoice file", notes, "the log says why it is not mailed")

    def test_fapiao_waits_for_its_number(self):
        self.company.billing_plan_mode = "send"
        self._run()
        self.assertEqual(set(self.contract.ticket_ids.mapped("state")), {"approved"})

    def test_one_bad_contract_stops_nobody(self):
        poor = self._create_plan(amount_total=1500.0, name="Poor")
        self._run()
        self.assertEqual(len(self.contract.ticket_ids), 3)
        self.assertEqual(sorted(poor.ticket_ids.mapped("amount_total")), [500.0, 1000.0])
        failed = self._get_bills("failed", poor)
        self.assertIn("is left to ticket", failed.error)
        self.assertEqual(len(poor.activity_ids), 1)
        self.assertEqual(poor.activity_ids.user_id, self.sales)
        self._run()
        self.assertEqual(len(poor.activity_ids), 1)
        proven(poor).amount_total = 12000.0
        self._run()
        self.assertFalse(self._get_bills("failed", poor))
        self.assertFalse(poor.activity_ids)

    def test_invoices_of_the_order(self):
        self.contract.billing_output = "both"
        self.contract.billing_rule_ids.amount = 1130.0
        order = self._create_order(quantity=10, invoice_contract_id=self.contract.id)
        self._run()
        moves = order.invoice_ids
        self.assertEqual(moves.mapped("amount_total"), [1130.0] * 3)
        self.assertEqual(set(moves.mapped("state")), {"draft"})
        self.assertFalse(self.contract.ticket_ids)
        self.assertEqual(len(self._get_bills("begun")), 3)
        moves[0].action_post()
        self._run()
        self.assertEqual(self.contract.ticket_ids.allocation_ids.move_id, moves[0])
        self.assertEqual(self.contract.ticket_ids.amount_total, 1130.0)
        self.assertEqual(len(self._get_bills("done")), 1)

    def test_order_is_invoiced_already(self):
        self.contract.billing_output = "invoice"
        self._invoice(self._create_order(quantity=1, invoice_contract_id=self.contract.id))
        self._run()
        self.assertEqual(len(self._get_bills("failed")), 3)
        self.assertIn("No confirmed order", self._get_bills("failed")[0].error)

    # === INVOICES WITHOUT AN ORDER === #

    def test_invoices_of_the_contract(self):
        self.contract.billing_output = "invoice"
        self._run()
        bills = self._get_bills("done")
        moves = bills.move_id
        self.assertEqual(len(moves), 3)
        self.assertEqual(moves.invoice_contract_id, self.contract)
        self.assertEqual(set(moves.mapped("state")), {"draft"})
        self.assertEqual(moves.mapped("amount_total"), [1000.0] * 3)
        self.assertEqual(moves.partner_id, self.contract.partner_id)
        self.assertIn("Service", moves[0].invoice_line_ids.name)
        self._run()
        self.assertEqual(self.contract.move_ids, moves)

    def test_invoices_of_the_contract_and_their_tickets(self):
        self.contract.billing_output = "both"
        self.company.billing_plan_mode = "submit"
        self._run()
        bills = self._get_bills("done")
        self.assertEqual(set(bills.move_id.mapped("state")), {"posted"})
        tickets = self.contract.ticket_ids
        self.assertEqual(tickets.allocation_ids.move_id, bills.move_id)
        self.assertEqual(tickets.mapped("amount_total"), [1000.0] * 3)
        self.assertEqual(self.contract.amount_in_progress, 3000.0)

    def test_to_the_cent_with_any_tax(self):
        for rate, included in ((13.0, False), (6.0, False), (6.0, True), (1.0, False)):
            tax = self.tax_13.copy(
                {
                    "name": f"{rate} {included}",
                    "amount": rate,
                    "price_include_override": "tax_included" if included else "tax_excluded",
                }
            )
            for amount in (0.01, 0.03, 99.99, 1000.07, 1234.56):
                contract = self._create_plan(rule={"amount": amount}, billing_tax_id=tax.id)
                contract.billing_output = "invoice"
                bill = contract.planned_bill_ids[0]
                bill._make(self.env.user, "submit")
                self.assertEqual(bill.move_id.amount_total, amount, (rate, included))
                self.assertEqual(bill.move_id.invoice_line_ids.tax_ids, tax)
                self.assertEqual(bill.move_id.amount_residual, amount)

    def test_product_and_tax(self):
        tax = self.tax_13.copy({"name": "6%", "amount": 6.0})
        self.contract.write({"billing_output": "invoice", "billing_product_id": self.product.id})
        bill = self.contract.planned_bill_ids.sorted("date")[0]
        bill._make(self.env.user, "draft")
        line = bill.move_id.invoice_line_ids
        self.assertEqual((line.product_id, line.tax_ids), (self.product, self.tax_13))
        self.contract.billing_tax_id = tax
        bill = self.contract.planned_bill_ids.sorted("date")[1]
        bill._make(self.env.user, "draft")
        self.assertEqual(bill.move_id.invoice_line_ids.tax_ids, tax)

    def test_product_and_tax_of_each_row(self):
        """A row says its own; what it leaves open is that of the contract."""
        tax_6 = self.tax_13.copy({"name": "6%", "amount": 6.0})
        tax_9 = self.tax_13.copy({"name": "9%", "amount": 9.0})
        service = self.env["product.product"].create(
            {"name": "Support", "type": "service", "taxes_id": [Command.set(tax_9.ids)]}
        )
        own = (
            {},
            {"tax_id": self.tax_13.id},
            {"product_id": service.id},
            {"product_id": service.id, "tax_id": self.tax_13.id},
        )
        for output in ("ticket", "invoice"):
            contract = self._create_plan(
                rule={"tax_id": tax_9.id},
                billing_output=output,
                billing_product_id=self.product.id,
                billing_tax_id=tax_6.id,
            )
            planned = {"contract_id": contract.id, "amount": 100.0, "date_due": "2026-03-01"}
            milestones = self.env["invoice.contract.milestone"].create(
                [{**planned, "name": f"Stage {n}", **values} for n, values in enumerate(own)]
            )
            found = []
            for row in (*milestones, contract.billing_rule_ids):
                bill = row.bill_ids.sorted("date")[0]
                bill._make(self.env.user, "draft")
                document, line = bill._get_document(), bill.ticket_ids.line_ids
                self.assertEqual(document.amount_total, bill.amount)
                if output == "ticket":
                    self.assertEqual(line.name, line.product_id.name)
                    found.append((line.product_id, line.tax_id))
                else:
                    line = document.invoice_line_ids
                    found.append((line.product_id, line.tax_ids))
            expected = [
                (self.product, tax_6),
                (self.product, self.tax_13),
                (service, tax_9),
                (service, self.tax_13),
                (self.product, tax_9),
            ]
            self.assertEqual(found, expected, output)

    def test_ticket_speaks_as_the_company_and_is_taxed_as_the_invoice(self):
        """Whoever's language the job bills in, and whatever position the customer has."""
        self.env["res.lang"]._activate_lang("zh_CN")
        self.product.with_context(lang="zh_CN").name = "咨询服务"
        self.company.partner_id.lang = "zh_CN"
        position = self.env["account.fiscal.position"].create(
            {"name": "Reduced", "company_id": self.company.id}
        )
        tax_6 = self.tax_13.copy({"name": "6%", "amount": 6.0})
        tax_6.write(
            {
                "fiscal_position_ids": [Command.set(position.ids)],
                "original_tax_ids": [Command.set(self.tax_13.ids)],
            }
        )
        self.customer.with_company(self.company).property_account_position_id = position
        self.contract.write(
            {"billing_product_id": self.product.id, "billing_tax_id": self.tax_13.id}
        )
        first, second = self.contract.planned_bill_ids.sorted("date")[:2]
        first._make(self.sales, "draft")
        line = first.ticket_ids.line_ids
        self.assertEqual((line.name, line.tax_id), ("咨询服务", tax_6))
        self.contract.billing_output = "invoice"
        second._make(self.sales, "draft")
        self.assertEqual(second.move_id.invoice_line_ids.tax_ids, tax_6)

    def test_update_empties_what_the_form_hid(self):
        billed = self._create_plan(billing_output="both", billing_tax_id=self.tax_13.id)
        self.contract.write(
            {"billing_product_id": self.product.id, "billing_tax_id": self.tax_13.id}
        )
        self.env.flush_all()
        path = file_path("invoice_crm_addon/migrations/19.0.11.0.0/post-billed_as.py")
        spec = spec_from_file_location("billed_as", path)
        script = module_from_spec(spec)
        spec.loader.exec_module(script)
        script.migrate(self.env.cr, "19.0.10.0.0")
        self.env.invalidate_all()
        self.assertFalse(self.contract.billing_product_id or self.contract.billing_tax_id)
        self.assertEqual(billed.billing_tax_id, self.tax_13)

    def test_product_and_tax_stay_with_the_row(self):
        """Through a change of the price, and where a change of the rows is rejected."""
        self.contract.billing_rule_ids.write(
            {"product_id": self.product.id, "tax_id": self.tax_13.id}
        )
        rule = self.contract.billing_rule_ids
        bill = rule.bill_ids.sorted("date_from")[3]
        wizard = self.env["invoice.billing.price.wizard"].create(
            {"rule_id": rule.id, "bill_id": bill.id, "amount": 1100.0}
        )
        wizard.action_confirm()
        rules = self.contract.billing_rule_ids
        self.assertEqual(len(rules), 2)
        for row in rules:
            self.assertEqual((row.product_id, row.tax_id), (self.product, self.tax_13))
        other = self.env["res.company"].create({"name": "Other"})
        product = self.env["product.product"].create({"name": "Other", "company_id": other.id})
        with self.assertRaises(UserError):
            rules[0].product_id = product

    def test_no_more_than_the_contract_is_invoiced(self):
        self.contract.billing_output = "invoice"
        self._create_invoice(9500.0 / 1.13, invoice_contract_id=self.contract.id)
        self._run()
        self.assertEqual(len(self._get_bills("done")), 2)
        self.assertIn("500.00 is not invoiced yet", self._get_bills("failed").error)

    def test_order_that_comes_after_an_invoice_of_the_contract(self):
        contract = self._create_plan(2260.0, rule={"amount": 1130.0}, billing_output="invoice")
        self._create_invoice(1000.0, invoice_contract_id=contract.id)
        order = self._create_order(quantity=2, invoice_contract_id=contract.id)
        self._run()
        self.assertEqual(order.invoice_ids.mapped("amount_total"), [1130.0])
        failed = self._get_bills("failed", contract)
        self.assertEqual(len(failed), 2)
        self.assertIn("is not invoiced yet", failed[0].error)

    def test_quotation_is_decided_first(self):
        self.contract.billing_output = "invoice"
        order = self.env["sale.order"].create(
            {"partner_id": self.customer.id, "invoice_contract_id": self.contract.id}
        )
        self._run()
        self.assertFalse(self.contract.move_ids)
        self.assertIn(order.name, self._get_bills("failed")[0].error)
        order._action_cancel()
        self._run()
        self.assertEqual(len(self.contract.move_ids), 3)

    def test_what_is_left_to_invoice(self):
        contract = self.contract
        other = self._create_active_contract(5000.0)
        order = self._create_order(invoice_contract_id=contract.id)
        self._invoice(order)
        order._action_cancel()
        self.assertEqual(order.state, "cancel")
        self.assertEqual(contract._get_amount_to_invoice(), 10870.0)
        orders = self._create_order(invoice_contract_id=contract.id)
        orders |= self._create_order(quantity=2, invoice_contract_id=other.id)
        moves = orders._create_invoices()
        self.assertEqual(len(moves), 1)
        self.assertEqual(contract._get_amount_to_invoice(), 9740.0)
        self.assertEqual(other._get_amount_to_invoice(), 2740.0)
        moves.button_cancel()
        self.assertEqual(other._get_amount_to_invoice(), 5000.0)

    def test_invoiced_in_a_currency_without_a_rate(self):
        currency = self._enable_currency("ISK")
        currency.rate_ids.unlink()
        self._create_invoice(
            100.0, post=False, currency_id=currency.id, invoice_contract_id=self.contract.id
        )
        with self.assertRaisesRegex(UserError, "no exchange rate of ISK"):
            self.contract._get_amount_to_invoice()

    def test_taxes_that_do_not_let_it_come_to_the_amount(self):
        self.contract.billing_output = "invoice"
        Contract = self.env.registry["invoice.contract"]
        prepare = Contract._prepare_invoice_values
        bill = self._get_bills("planned")[0]
        for taxes in (self.tax_13, self.tax_13.browse()):

            def prepare_wrongly(contract, amount, title, row, taxes=taxes):
                values = prepare(contract, amount, title, row)
                line = values["invoice_line_ids"][0][2]
                line.update(price_unit=1200.0, tax_ids=[Command.set(taxes.ids)])
                return values

            with (
                patch.object(Contract, "_prepare_invoice_values", prepare_wrongly),
                self.assertRaisesRegex(UserError, "would come to"),
            ):
                bill._make(self.env.user, "draft")

    def test_update_invoices_nothing_by_itself(self):
        self.contract.billing_output = "invoice"
        failed = self._get_bills("planned")[:3]
        proven(failed).error = "No confirmed order"
        ordered = self._create_plan(billing_output="invoice", name="Ordered")
        self._create_order(quantity=10, invoice_contract_id=ordered.id)
        kept = self._get_bills("planned", ordered)[0]
        proven(kept).error = "No confirmed order"
        self.env.flush_all()
        path = file_path("invoice_crm_addon/migrations/19.0.10.0.0/post-planned_bills.py")
        spec = spec_from_file_location("post_planned_bills", path)
        script = module_from_spec(spec)
        spec.loader.exec_module(script)
        script.migrate(self.env.cr, "19.0.9.1.0")
        self.env.invalidate_all()
        self.assertEqual(set(failed.mapped("state")), {"skipped"})
        self.assertEqual(kept.state, "failed")
        self._run()
        self.assertFalse(self.contract.move_ids)
        failed[0].with_user(self.sales).action_take_back()
        self._run()
        self.assertEqual(self.contract.move_ids, failed[0].move_id)
