from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import LedgerCommon


@tagged("post_install", "-at_install")
class TestBilledTo(LedgerCommon):
    """A contract or an order that is billed to another company than its customer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.head_office = cls.env["res.partner"].create(
            {
                "name": "示例集团总部有限公司",
                "is_company": True,
                "invoice_title": "示例集团总部有限公司",
                "vat": "91310115MA1K4LFD7T",
                "invoice_address": "示例路 1 号",
                "invoice_phone": "021-12345678",
                "invoice_bank_name": "示例银行",
                "invoice_bank_acc_number": "1100220033004400",
            }
        )

    def _name_head_office(self, contract):
        contract.with_user(self.sales).billed_partner_ids = self.head_office

    def _name_nobody(self, contract):
        return lambda: contract.write({"billed_partner_ids": False})

    def _assert_names(self, ticket, change):
        """A change is refused, with the ticket that stands against it, and taken back."""
        with self.assertRaises(ValidationError) as caught:
            change()
        self.assertIn(ticket.name, str(caught.exception))

    # === FROM THE TICKET === #

    def test_a_company_that_the_contract_names_gets_its_tickets(self):
        contract = self._create_active_contract(3000.0)
        self._name_head_office(contract)
        ticket = self._create_ticket(contract_id=contract.id, partner_id=self.head_office.id)
        self.assertEqual(ticket.buyer_name, self.head_office.invoice_title)
        self._issue(ticket)
        self._assert_figures(contract, ticketed=1130.0, in_progress=0.0, to_ticket=1870.0)
        self.assertEqual(self.head_office.ticket_count, 1)

    def test_the_ticket_finds_the_contract_and_both_customers_show_it(self):
        contract = self._create_active_contract(3000.0)
        self._name_head_office(contract)
        as_sales = self.env(user=self.sales)
        form = Form(as_sales["invoice.ticket"])
        form.partner_id = self.head_office.with_env(as_sales)
        form.contract_id = contract.with_env(as_sales)
        for partner in self.customer | self.head_office:
            partner = partner.with_env(as_sales)
            domain = partner.action_view_invoice_contracts()["domain"]
            self.assertIn(contract, self.env["invoice.contract"].search(domain))
            self.assertEqual(
                partner.invoice_contract_count, len(as_sales["invoice.contract"].search(domain))
            )

    def test_an_order_bills_whom_its_invoice_address_names(self):
        contract = self._create_active_contract(3000.0)
        order = self._create_order(
            partner_invoice_id=self.head_office.id, invoice_contract_id=contract.id
        )
        ticket = self._create_ticket(
            sale_order_id=order.id, contract_id=contract.id, partner_id=self.head_office.id
        )
        self._issue(ticket)
        self._assert_figures(order, ticketed=1130.0, in_progress=0.0, to_ticket=0.0)
        with self.assertRaisesRegex(ValidationError, "another customer"):
            order.partner_invoice_id = self.customer

    def test_nobody_else_gets_them(self):
        contract = self._create_active_contract(3000.0)
        with self.assertRaisesRegex(ValidationError, "billed to"):
            self._create_ticket(contract_id=contract.id, partner_id=self.head_office.id)

    def test_an_order_of_somebody_else_is_refused(self):
        order = self._create_order()
        with self.assertRaisesRegex(ValidationError, "another customer"):
            self._create_ticket(sale_order_id=order.id, partner_id=self.head_office.id)

    def test_the_money_of_one_is_ticketed_to_the_other(self):
        contract = self._create_active_contract(3000.0)
        payment = self._create_payment(invoice_contract_id=contract.id)
        values = {
            "contract_id": contract.id,
            "partner_id": self.head_office.id,
            "allocation_ids": [Command.create({"payment_id": payment.id, "amount": 1130.0})],
        }
        with self.assertRaisesRegex(ValidationError, "another customer"):
            self._create_ticket(**values)
        self._name_head_office(contract)
        ticket = self._create_ticket(**values)
        self._issue(ticket)
        self.assertEqual(ticket.payment_state, "paid")
        self._assert_figures(payment, ticketed=1130.0, in_progress=0.0, to_ticket=0.0)

    def test_ledger_is_held_for_all_together(self):
        contract = self._create_active_contract(2000.0)
        self._name_head_office(contract)
        tickets = self._create_ticket(contract_id=contract.id)
        self._submit(tickets)
        late = self._create_ticket(contract_id=contract.id, partner_id=self.head_office.id)
        with self.assertRaises(UserError):
            self._submit(late)

    # === FROM THE CONTRACT === #

    def test_who_has_tickets_stays_named(self):
        contract = self._create_active_contract(3000.0)
        self._name_head_office(contract)
        ticket = self._create_ticket(contract_id=contract.id, partner_id=self.head_office.id)
        with self.assertRaisesRegex(ValidationError, "another customer"):
            contract.billed_partner_ids = False
        ticket.unlink()
        contract.billed_partner_ids = False

    def test_an_order_that_leaves_takes_nobody_away(self):
        """Whom its invoice goes to has tickets of the contract, which do not name the order."""
        contract = self._create_active_contract(3000.0)
        order = self._create_order(
            partner_invoice_id=self.head_office.id, invoice_contract_id=contract.id
        )
        ticket = self._create_ticket(contract_id=contract.id, partner_id=self.head_office.id)
        other = self._create_active_contract(3000.0)
        for change in (
            {"invoice_contract_id": False},
            {"invoice_contract_id": other.id},
            {"partner_invoice_id": self.customer.id},
            {"state": "cancel"},
        ):
            with self.subTest(change=change):
                self._assert_names(ticket, lambda change=change: order.write(change))
        self._name_head_office(contract)
        order.invoice_contract_id = other

    def test_who_has_tickets_of_an_order_stays_named(self):
        """Such a ticket need not name the contract of its order."""
        contract = self._create_active_contract(3000.0)
        self._name_head_office(contract)
        order = self._create_order(invoice_contract_id=contract.id)
        ticket = self._create_ticket(sale_order_id=order.id, partner_id=self.head_office.id)
        self._submit(ticket)
        self._assert_names(ticket, self._name_nobody(contract))
        self._assert_names(ticket, lambda: order.write({"invoice_contract_id": False}))

    def test_whose_money_is_ticketed_stays_named(self):
        contract = self._create_active_contract(3000.0)
        self._name_head_office(contract)
        payment = self._create_payment()
        ticket = self._create_ticket(
            contract_id=contract.id,
            partner_id=self.head_office.id,
            allocation_ids=[Command.create({"payment_id": payment.id, "amount": 1130.0})],
        )
        self._assert_names(ticket, lambda: ticket.write({"contract_id": False}))
        self._assert_names(ticket, self._name_nobody(contract))

    def test_a_rejection_brings_a_ticket_back_to_who_is_billed(self):
        """While a ticket waits to leave the contract, or its customer, both stay as they were."""
        self._create_flow(
            "invoice.ticket", [self.approver], trigger_fields=["contract_id", "partner_id"]
        )
        other = self._create_active_contract(3000.0)
        self._name_head_office(other)
        for change in ({"contract_id": other.id}, {"partner_id": self.customer.id}):
            contract = self._create_active_contract(3000.0)
            self._name_head_office(contract)
            ticket = self._create_ticket(contract_id=contract.id, partner_id=self.head_office.id)
            self._submit(ticket)
            ticket.approval_request_ids.with_user(self.approver).action_approve()
            ticket.with_user(self.sales).write(change)
            self.assertTrue(ticket.approval_change_waits)
            with self.subTest(change=change):
                self._assert_names(ticket, self._name_nobody(contract))
            waiting = ticket.approval_request_ids.filtered(lambda r: r.state == "pending")
            waiting.with_user(self.approver).action_reject("No")
            self.assertRecordValues(
                ticket, [{"contract_id": contract.id, "partner_id": self.head_office.id}]
            )

    def test_naming_somebody_is_approved_again(self):
        self._create_flow(
            "invoice.contract", [self.approver], trigger_fields=["billed_partner_ids"]
        )
        contract = self._create_contract()
        self._submit(contract)
        contract.approval_request_ids.with_user(self.approver).action_approve()
        self._name_head_office(contract)
        self.assertTrue(contract.approval_change_waits)
        requests = contract.approval_request_ids.filtered(lambda r: r.state == "pending")
        requests.with_user(self.approver).action_reject("No")
        self.assertFalse(contract.billed_partner_ids)

    def test_merged_customers_stay_named(self):
        contract = self._create_active_contract(3000.0)
        self._name_head_office(contract)
        ticket = self._create_ticket(contract_id=contract.id, partner_id=self.head_office.id)
        twin = self.env["res.partner"].create({"name": "示例集团总部", "is_company": True})
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (self.head_office | twin).ids, twin, extra_checks=False
        )
        self.assertEqual((contract.billed_partner_ids, ticket.partner_id), (twin, twin))
