from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import SQL

from .common import CheckCommon

OLD = 400
PREFIX = "invoice_crm_addon.check_"


class FaultsOfRules:
    """For each check a method of its name: one record at fault, and its clean twin."""

    def _fault_issued_without_proof(self):
        fault, clean = self._create_issued(2)
        self._break(fault, issue_user_id=None)
        return fault, clean

    def _fault_voided_without_reason(self):
        fault, clean = self._create_voided(2)
        self._break(fault, void_reason=None)
        return fault, clean

    def _fault_voided_digital(self):
        fault = self._create_issued()
        self._break(
            fault,
            state="voided",
            void_reason="x",
            void_user_id=self.finance.id,
            void_date=SQL("NOW()"),
        )
        return fault, self._create_voided()

    def _fault_excess_contracts(self):
        return self._create_excess("contract")

    def _fault_excess_orders(self):
        return self._create_excess("order")

    def _fault_excess_invoices(self):
        return self._create_excess("invoice")

    def _fault_excess_payments(self):
        return self._create_excess("payment")

    def _fault_false_contract_figures(self):
        return self._create_false("contract")

    def _fault_false_order_figures(self):
        return self._create_false("order")

    def _fault_false_invoice_figures(self):
        return self._create_false("invoice")

    def _fault_false_payment_figures(self):
        return self._create_false("payment")

    def _fault_double_fapiao(self):
        fault, twin, clean = self._create_issued(3)
        # The same number in full width passes the index.
        number = twin.fapiao_number.translate({48 + n: 0xFF10 + n for n in range(10)})
        self._break(fault, fapiao_number=number)
        return fault, clean

    def _fault_file_on_two_tickets(self):
        one, two = self._create_issued(2)
        fault = self._create_file(sha256="a" * 64, outcome="issued", ticket_id=one.id)
        self._create_file(sha256="a" * 64, outcome="attached", ticket_id=two.id)
        clean = self._create_file(sha256="b" * 64, outcome="issued", ticket_id=one.id)
        return fault, clean

    def _fault_mixed_tickets(self):
        fault, clean = self._create_ticket(), self._create_ticket()
        contract = self._create_contract(
            company_id=self.company_other.id, user_id=self.finance_other.id
        )
        self._break(fault, contract_id=contract.id)
        return fault, clean

    def _fault_mixed_contracts(self):
        fault, clean = self._create_contract(), self._create_contract()
        stranger = self.env["res.partner"].create(
            {"name": "Stranger", "company_id": self.company_other.id}
        )
        self._break(fault, partner_id=stranger.id)
        return fault, clean

    def _fault_read_unlike_ticket(self):
        ticket = self._create_issued()
        values = {"outcome": "issued", "ticket_id": ticket.id, "number": ticket.fapiao_number}
        fault = self._create_file(**values, amount_total=ticket.amount_total + 1)
        return fault, self._create_file(**values, amount_total=ticket.amount_total)

    def _fault_idle_jobs(self):
        fault = self.env.ref("invoice_crm_addon.ir_cron_data_check")
        clean = self.env.ref("invoice_crm_addon.ir_cron_data_check_start")
        self._break(fault, nextcall=self._ago(OLD), active=True)
        self._break(clean, nextcall=self._ago(-10), active=True)
        return fault, clean


class FaultsOfApprovals:
    def _fault_waiting_tickets(self):
        return self._create_waiting(self._create_ticket(), self._create_ticket())

    def _fault_waiting_contracts(self):
        return self._create_waiting(self._create_contract(), self._create_contract())

    def _create_waiting(self, fault, clean):
        self._create_flow(fault._name, [self.approver])
        self._submit(clean)
        self._break(fault, state="pending")
        return fault, clean

    def _fault_requests_without_document(self):
        fault, clean = self._create_requests()
        self._break(self.env["invoice.ticket"].browse(fault.res_id), state="draft")
        return fault, clean

    def _fault_changed_after_approval(self):
        fault, clean = self._create_issued(2)
        self._break(fault, amount_total=fault.amount_total + 1)
        return fault, clean

    def _fault_approved_without_decisions(self):
        fault, clean = self._create_requests(approve=True)
        self._break(fault.decision_ids, decision="submit")
        return fault, clean

    def _fault_broken_seals(self):
        fault, clean = self._create_requests(approve=True)
        self._break(fault.decision_ids[-1:], comment="I never said so")
        return fault, clean

    def _fault_own_approvals(self):
        fault, clean = self._create_requests(approve=True)
        self._break(fault.decision_ids, user_id=fault.requester_id.id)
        return fault, clean

    def _fault_late_requests(self):
        fault, clean = self._create_requests()
        self._break(fault, create_date=self._ago(OLD))
        return fault, clean

    def _fault_flows_without_people(self):
        leaver = self._create_user("leaver", ["base.group_user"])
        fault = self._create_flow("invoice.ticket", [leaver])
        self._break(leaver, active=False)
        return fault, self._create_flow("invoice.contract", [self.approver])


class FaultsOfCustomers:
    def _fault_incomplete_customers(self):
        fault, clean = self._create_customers()
        fault.invoice_phone = False
        return fault, clean

    def _fault_unverified_customers(self):
        fault, clean = self._create_customers()
        self._break(clean, billing_state="verified")
        return fault, clean

    def _fault_stale_customers(self):
        self.company.billing_confirm_months = 12
        fault, clean = self._create_customers()
        self._break(fault, billing_checked_on=self._ago(OLD))
        return fault, clean

    def _fault_double_numbers(self):
        fault, clean = self._create_customers()
        twin = self.env["res.partner"].create({"name": "Twin", "is_company": True})
        self._break(twin, vat=fault.vat)
        return fault, clean

    def _fault_double_names(self):
        fault, clean = self._create_customers()
        twin = self.env["res.partner"].create({"name": "Twin", "is_company": True})
        self._break(twin, billing_near_key=fault.billing_near_key or "customer 1")
        return fault, clean

    def _fault_double_accounts(self):
        fault, clean = self._create_customers()
        twin = self.env["res.partner"].create({"name": "Twin", "is_company": True})
        account = fault.bank_ids[:1].acc_number
        self.env["res.partner.bank"].create({"acc_number": account, "partner_id": twin.id})
        return fault, clean

    def _create_customers(self):
        """Two customers of the company, with all billing data."""
        customers = self.env["res.partner"].create(
            [
                {
                    "name": f"Customer {name}",
                    "is_company": True,
                    "country_id": self.env.ref("base.cn").id,
                    "vat": vat,
                    "invoice_title": f"{name} Co., Ltd.",
                    "invoice_address": "1 Street",
                    "invoice_phone": "010-62345678",
                    "invoice_bank_name": self.bank.name,
                    "invoice_bank_acc_number": f"62220210011162457{place}",
                }
                for place, (name, vat) in enumerate(
                    {"Fault": "91310115MA1K4LFD7T", "Clean": "91110108551385082Q"}.items()
                )
            ]
        )
        for customer in customers:
            self._create_ticket(partner_id=customer.id)
        return customers[0], customers[1]


class FaultsOfTickets:
    def _fault_totals_unlike_lines(self):
        fault, clean = self._create_ticket(), self._create_ticket()
        self._break(fault, amount_tax=fault.amount_tax + 1, amount_total=fault.amount_total + 1)
        return fault, clean

    def _fault_tax_unlike_rate(self):
        fault, clean = self._create_ticket(), self._create_ticket()
        line = fault.line_ids
        self._break(line, amount_tax=line.amount_tax + 1, amount_untaxed=line.amount_untaxed - 1)
        return fault, clean

    def _fault_paid_unlike_paths(self):
        fault, clean = self._create_issued(2)
        self._break(fault, amount_paid=1.0, amount_due=fault.amount_total - 1)
        return fault, clean

    def _fault_without_contract(self):
        contract = self._create_contract()
        self._approve(contract)
        kind = self.type_digital_special.copy({"contract_required": True})
        fault, clean = (
            self._create_ticket(type_id=kind.id, contract_id=contract.id) for _place in range(2)
        )
        self._approve(fault | clean)
        self._break(fault, contract_id=None)
        return fault, clean

    def _fault_buyer_unlike_customer(self):
        fault, clean = self._create_issued(2)
        self._break(fault, buyer_name="Before Co., Ltd.")
        return fault, clean

    def _fault_forgotten_drafts(self):
        fault, clean = self._create_ticket(), self._create_ticket()
        self._break(fault, write_date=self._ago(OLD))
        return fault, clean

    def _fault_not_issued(self):
        fault, clean = self._create_ticket(), self._create_ticket()
        self._approve(fault | clean)
        self._break(fault, create_date=self._ago(OLD))
        self._break(fault.approval_request_ids, date_decided=self._ago(OLD))
        return fault, clean

    def _fault_unusual_rates(self):
        code = "3040201010000000000"
        line = {"name": "Consulting", "price_unit": 100.0, "tax_code": code}
        taxes = [self.tax_6] * 19 + [self.tax_13]
        tickets = [
            self._create_ticket(line_ids=[Command.create({**line, "tax_id": tax.id})])
            for tax in taxes
        ]
        # Of before the rate changed.
        self._break(old := tickets[-1].copy(), create_date=self._ago(OLD))
        return tickets[-1], tickets[0] | old

    def _fault_not_sent(self):
        fault, clean = self._create_issued(2)
        self._break(fault, issue_date=self.today - timedelta(days=OLD))
        return fault, clean

    def _fault_unticketed_payments(self):
        old = self.today - timedelta(days=OLD)
        return self._create_payment(date=old), self._create_payment()

    def _fault_uneven_contracts(self):
        fault, clean = self._create_ticketed("contract"), self._create_ticketed("contract")
        self._break(fault, state="closed", amount_received=130.0)
        self._break(clean, state="closed", amount_received=1130.0)
        return fault, clean | self._create_active_contract(1130.0)

    def _fault_silent_shipments(self):
        fault, clean = (self._create_shipment(ticket) for ticket in self._create_issued(2))
        prepared = self._create_shipment(self._create_issued(), tracking_number=False)
        self._break(fault | prepared, date_shipped=self.today - timedelta(days=OLD))
        return fault, clean | prepared

    def _fault_forgotten_files(self):
        ticket = self._create_issued()
        number = {"outcome": "refused", "number": ticket.fapiao_number}
        fault = self._create_file(**number, code="011002600111")  # of another roll of paper
        clean = self._create_file(**number)
        self._break(fault | clean, create_date=self._ago(OLD))
        return fault, clean | self._create_file(outcome="refused")


@tagged("post_install", "-at_install")
class TestCheckFaults(
    FaultsOfRules, FaultsOfApprovals, FaultsOfCustomers, FaultsOfTickets, CheckCommon
):
    """Each check finds its fault, and leaves the clean twin alone."""

    # === MAKERS === #

    def _ago(self, days):
        return fields.Datetime.now() - timedelta(days=days)

    def _create_issued(self, number=1):
        tickets = self.env["invoice.ticket"].browse()
        for _place in range(number):
            ticket = self._create_ticket()
            self._issue(ticket)
            tickets |= ticket
        return tickets

    def _create_voided(self, number=1):
        tickets = self.env["invoice.ticket"].browse()
        for _place in range(number):
            ticket = self._create_ticket(type_id=self.type_receipt.id)
            self._issue(ticket)
            ticket.with_user(self.finance).action_void("Wrong title")
            tickets |= ticket
        return tickets

    def _create_ticketed(self, kind):
        """A document of which one ticket takes all.

        :return: the document
        """
        if kind == "contract":
            document = self._create_active_contract(1130.0)
            ticket = self._create_ticket(contract_id=document.id)
        elif kind == "order":
            document = self._create_order()
            ticket = self._create_ticket(sale_order_id=document.id)
        else:
            fname = "move_id" if kind == "invoice" else "payment_id"
            document = (
                self._invoice(self._create_order()) if kind == "invoice" else self._create_payment()
            )
            ticket = self._create_ticket(
                allocation_ids=[Command.create({fname: document.id, "amount": 1130.0})]
            )
        self._issue(ticket)
        self.assertEqual(document.amount_ticketed, 1130.0)
        return document

    def _create_excess(self, kind):
        fault, clean = self._create_ticketed(kind), self._create_ticketed(kind)
        self._break(fault, amount_ticketable=130.0, ticketing_state="excess")
        return fault, clean

    def _create_false(self, kind):
        fault, clean = self._create_ticketed(kind), self._create_ticketed(kind)
        self._break(fault, amount_ticketed=130.0)
        return fault, clean

    def _create_requests(self, approve=False):
        self._create_flow("invoice.ticket", [self.approver])
        tickets = self._create_ticket() | self._create_ticket()
        self._submit(tickets)
        if approve:
            self._approve(tickets)
        requests = tickets.approval_request_ids
        self.assertEqual(len(requests), 2)
        return requests[0], requests[1]

    def _create_file(self, **values):
        batch = self.env["invoice.fapiao.batch"].create(
            {"user_id": self.finance.id, "company_id": self.company.id}
        )
        return self.env["invoice.fapiao.file"].create(
            {"batch_id": batch.id, "name": "x.xml", "company_id": self.company.id, **values}
        )

    # === TESTS === #

    def _get_names(self):
        names = self.env["ir.model.data"].search(
            [("module", "=", "invoice_crm_addon"), ("model", "=", "invoice.check")]
        )
        return [name.removeprefix("check_") for name in names.mapped("name")]

    def test_every_check_has_its_fault(self):
        names = self._get_names()
        self.assertGreater(len(names), 40)
        lacking = [name for name in names if not hasattr(self, f"_fault_{name}")]
        self.assertFalse(lacking, "write how the fault comes about, with a clean twin")
        faults = {n.removeprefix("_fault_") for n in dir(self) if n.startswith("_fault_")}
        self.assertEqual(faults, set(names))

    def _test_fault(self, name):
        fault, clean = getattr(self, f"_fault_{name}")()
        run = self._look(name)
        result = run.result_ids
        self.assertEqual(result.state, "done", result.error)
        finding = self._get_findings(name, fault)
        self.assertEqual(len(finding), 1, "the fault is found")
        self.assertFalse(self._get_findings(name, clean), "the clean twin is not")
        self.assertEqual(fault._name, finding.res_model)
        self.assertNotEqual(finding.message, finding.check_id.name, finding.detail)
        self.assertNotIn("%(", finding.message)
        self.assertTrue(finding.user_id)
        self.assertGreaterEqual(result.checked_count, 2)

    def test_rates_of_the_company_list_come_before_those_of_most_lines(self):
        fault, clean = self._fault_unusual_rates()
        code = clean[0].line_ids.tax_code
        Codes = type(self.env["invoice.checks.codes"])
        with patch.object(Codes, "_get_listed_rates", lambda model, company: {code: ["13"]}):
            self._look("unusual_rates")
        self.assertFalse(self._get_findings("unusual_rates", fault))
        self.assertIn("6", self._get_findings("unusual_rates", clean).message)

    def test_every_sentence_names_what_the_method_gives(self):
        """In Chinese as well: a name that is mistyped would hide the facts."""
        for check in self.env["invoice.check"].search([]):
            for lang in ("en_US", "zh_CN"):
                with self.subTest(check=check.name, lang=lang):
                    text = check.with_context(lang=lang).sentence
                    self.assertEqual(
                        set(self._find_names(text)),
                        set(self._find_names(check.with_context(lang="en_US").sentence)),
                    )

    @staticmethod
    def _find_names(text):
        class Names(dict):
            def __missing__(self, key):
                self[key] = key
                return key

        names = Names()
        return (text % names) and list(names)


def _add_tests():
    """A test for each fault, so that a failure names it."""
    for fault in (n for n in dir(TestCheckFaults) if n.startswith("_fault_")):
        name = fault.removeprefix("_fault_")

        def test(self, name=name):
            self._test_fault(name)

        setattr(TestCheckFaults, f"test_finds_{name}", test)


_add_tests()
