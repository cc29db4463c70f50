from odoo.fields import Domain
from odoo.tests import tagged

from ...models.settlement.bank_proposer import Proposer
from ..common import TicketCommon


@tagged("post_install", "-at_install")
class TestBranches(TicketCommon):
    """A branch works by the rules of the company that it belongs to, and with its customers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.branch = cls.env["res.company"].create(
            {"name": "Branch", "parent_id": cls.company.id, "country_id": cls.env.ref("base.cn").id}
        )
        for user in cls.sales | cls.approver | cls.finance | cls.manager:
            user.company_ids += cls.branch

    def _submit_of_branch(self):
        ticket = self._create_ticket(company_id=self.branch.id)
        self._submit(ticket)
        return ticket

    def test_flow_of_the_company_holds_for_the_branch(self):
        self._create_flow("invoice.ticket", [self.approver])
        ticket = self._submit_of_branch()
        self.assertEqual(ticket.state, "pending")
        self.assertEqual(ticket.approval_request_id.sudo().waiting_user_ids, self.approver)

    def test_user_of_the_company_issues_for_the_branch(self):
        """Whichever of both is the current one; with the branch switched off it is not there."""
        Ticket = self.env["invoice.ticket"]
        for allowed in (self.company | self.branch, self.branch | self.company):
            with self.subTest(first=allowed[0].name):
                ticket = self._create_ticket(company_id=self.branch.id)
                self._approve(ticket)
                as_finance = Ticket.with_user(self.finance).with_context(
                    allowed_company_ids=allowed.ids
                )
                as_finance = as_finance.browse(ticket.id)
                as_finance.write(self._prepare_fapiao_values(ticket))
                as_finance.action_issue()
                self.assertEqual(ticket.state, "issued")
                self.assertEqual(ticket.company_id, self.branch)
                self.assertEqual(ticket.line_ids.tax_id, self.tax_13)
        alone = Ticket.with_user(self.finance).with_context(allowed_company_ids=self.company.ids)
        self.assertFalse(alone.search([("id", "=", ticket.id)]), "the branch is switched off")

    def test_flow_of_the_branch_comes_first_and_holds_for_it_alone(self):
        self._create_flow("invoice.ticket", [self.approver])
        self._create_flow("invoice.ticket", [self.manager], company_id=self.branch.id, sequence=100)
        ticket = self._submit_of_branch()
        self.assertEqual(ticket.approval_request_id.sudo().waiting_user_ids, self.manager)
        ticket = self._create_ticket()
        self._submit(ticket)
        self.assertEqual(ticket.approval_request_id.sudo().waiting_user_ids, self.approver)

    def test_nearest_flow_comes_first_and_shared_ones_last(self):
        below = self.env["res.company"].create({"name": "Below", "parent_id": self.branch.id})
        self.sales.company_ids += below
        of_company = self._create_flow("invoice.ticket", [self.approver], sequence=50)
        shared = self._create_flow("invoice.ticket", [self.lead], company_id=False, sequence=1)
        ticket = self._create_ticket(company_id=below.id)
        flows = (of_company | shared).sorted()._match(ticket, self.sales)
        self.assertEqual(flows[ticket], of_company)
        of_branch = self._create_flow(
            "invoice.ticket", [self.manager], company_id=self.branch.id, sequence=99
        )
        flows = (of_company | shared | of_branch).sorted()._match(ticket, self.sales)
        self.assertEqual(flows[ticket], of_branch)
        ticket = self._create_ticket()
        flows = (of_company | shared | of_branch).sorted()._match(ticket, self.sales)
        self.assertEqual(flows[ticket], shared, "a company orders its own and shared ones")

    def test_reminder_plan_of_the_company(self):
        Plan = self.env["invoice.reminder.plan"]
        Plan.search([("company_id", "in", (self.company | self.branch).ids)]).active = False
        shared = Plan._get_plan(self.branch)
        self.assertFalse(shared.company_id)
        plan = Plan.create({"name": "Company", "company_id": self.company.id, "sequence": 99})
        self.assertEqual(Plan._get_plan(self.branch), plan)
        own = Plan.create({"name": "Branch", "company_id": self.branch.id, "sequence": 100})
        self.assertEqual(Plan._get_plan(self.branch), own)
        self.assertEqual(Plan._get_plan(self.company), plan)

    def test_customers_of_the_company_are_found_for_the_branch(self):
        customer = self.env["res.partner"].create(
            {"name": "Nearby Trading", "is_company": True, "company_id": self.company.id}
        )
        find_buyer = self.env["res.partner"]._find_buyer
        self.assertEqual(find_buyer("", "Nearby Trading", self.branch), customer)
        self.assertFalse(find_buyer("", "Nearby Trading", self.company_other))
        own = Domain("id", "=", customer.id)
        for company, found in ((self.branch, customer), (self.company_other, customer.browse())):
            proposer = Proposer(self.env, company)
            self.assertEqual(customer.search(proposer.of_company & own), found)
