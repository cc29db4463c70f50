from odoo.tests import tagged

from ..common import TicketCommon

DOCUMENTS = ("invoice.ticket", "invoice.contract", "invoice.approval.request")


@tagged("post_install", "-at_install")
class TestRulePlans(TicketCommon):
    """Who may read a document is found by indexes of its own table."""

    def test_no_rule_looks_into_another_table(self):
        """PostgreSQL uses no index for what it has to look up inside of an OR."""
        people = (self.sales, self.lead, self.finance, self.auditor, self.approver)
        for model in DOCUMENTS:
            for user in people:
                with self.subTest(model=model, user=user.login):
                    query = self.env[model].with_user(user)._search([])
                    self.assertEqual(query.select().code.count("SELECT"), 1)

    def test_who_was_asked_is_found_on_the_document(self):
        self._create_flow("invoice.ticket", [self.approver, self.lead])
        ticket, other = self._create_ticket(), self._create_ticket()
        self._submit(ticket)
        mine = self.env["invoice.ticket"].with_user(self.approver)
        found = mine.search([("id", "in", (ticket | other).ids)])
        self.assertEqual(found, ticket)
        self.assertTrue(found.is_approval_reader)
        self.assertEqual(ticket.approval_reader_ids, self.approver.ids)
        request = ticket.approval_request_id
        self.assertEqual(request.approval_reader_ids, self.approver.ids)
        self.assertEqual(mine.search_count([("is_approval_reader", "=", False)]), 0)
        found.action_approve()
        asked = sorted((self.approver | self.lead).ids)
        self.assertEqual(ticket.approval_reader_ids, asked)
        self.assertEqual(request.approval_reader_ids, asked)
        self.assertTrue(ticket.with_user(self.lead).is_approval_reader)
        self.assertFalse(ticket.copy().approval_reader_ids)

    def test_rights_follow_the_tree_of_departments_at_once(self):
        Department = self.env["hr.department"]
        ticket = self._create_ticket(user_id=self.outsider.id)
        below = Department.create({"name": "Below", "company_id": self.company.id})
        ticket.department_id = below
        mine = self.env["invoice.ticket"].with_user(self.lead)
        self.assertFalse(mine.search([("id", "=", ticket.id)]))
        below.parent_id = self.department_a
        self.assertEqual(mine.search([("id", "=", ticket.id)]), ticket)
        below.parent_id = False
        self.assertFalse(mine.search([("id", "=", ticket.id)]))
        new = Department.create({"name": "New", "parent_id": self.department_a.id})
        ticket.department_id = new
        self.assertEqual(mine.search([("id", "=", ticket.id)]), ticket)
