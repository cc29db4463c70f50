from importlib.util import module_from_spec, spec_from_file_location

from odoo import SUPERUSER_ID, fields
from odoo.exceptions import AccessError
from odoo.tests import TransactionCase, tagged
from odoo.tools import file_path, mute_logger
from odoo.tools.sql import column_exists

from ...models.base.proof import proven
from ..common import TicketCommon
from ..threads import retry_soon, run_at_once

DOCUMENT_PATH = "approval_request_ids."
DOCUMENTS = (
    "invoice.ticket",
    "invoice.contract",
    "invoice.approval.request",
    "invoice.approval.step",
    "invoice.approval.decision",
    "invoice.account.statement",
    "invoice.reminder",
)


@tagged("post_install", "-at_install")
class TestRulePlans(TicketCommon):
    """Who may read a document is found by indexes of its own table."""

    def test_no_rule_looks_into_another_table(self):
        """PostgreSQL uses no index for what it has to look up inside of an OR."""
        people = (self.sales, self.lead, self.finance, self.auditor, self.approver)
        for model in DOCUMENTS:
            for user in people:
                Model = self.env[model].with_user(user)
                if not Model.has_access("read"):
                    continue
                with self.subTest(model=model, user=user.login):
                    self.assertEqual(Model._search([]).select().code.count("SELECT"), 1)

    def test_who_was_asked_is_found_on_the_document(self):
        self._create_flow("invoice.ticket", [self.approver, self.lead])
        ticket, other = self._create_ticket(), self._create_ticket()
        self._submit(ticket)
        mine = self.env["invoice.ticket"].with_user(self.approver)
        found = mine.search([("id", "in", (ticket | other).ids)])
        self.assertEqual(found, ticket)
        self.assertTrue(found.is_approval_reader)
        self.assertEqual(ticket.approval_audience_id.user_ids, self.approver.ids)
        request = ticket.approval_request_id
        self.assertEqual(request.approval_audience_id, ticket.approval_audience_id)
        self.assertEqual(mine.search_count([("is_approval_reader", "=", False)]), 0)
        others = self.env["invoice.ticket"].with_user(self.finance)
        asked_others = [("id", "in", (ticket | other).ids), ("is_approval_reader", "=", False)]
        self.assertEqual(others.search_count(asked_others), 2)
        found.action_approve()
        asked = sorted((self.approver | self.lead).ids)
        self.assertEqual(ticket.approval_audience_id.user_ids, asked)
        self.assertEqual(request.approval_audience_id, ticket.approval_audience_id)
        self.assertTrue(ticket.with_user(self.lead).is_approval_reader)
        self.assertFalse(ticket.copy().approval_audience_id)

    def test_who_was_asked_together_is_kept_once(self):
        self._create_flow("invoice.ticket", [self.approver, self.lead])
        tickets = self._create_ticket() | self._create_ticket()
        self._submit(tickets)
        records = (*tickets, *tickets.approval_request_id)
        [first] = {record.approval_audience_id for record in records}
        self.assertEqual(first.user_ids, self.approver.ids)
        tickets[0].with_user(self.approver).action_approve()
        self.assertEqual(tickets[1].approval_audience_id, first)
        second = tickets[0].approval_audience_id
        self.assertEqual(second.user_ids, sorted((self.approver | self.lead).ids))
        self.assertEqual(tickets[0].approval_request_id.approval_audience_id, second)
        tickets[1].with_user(self.approver).action_approve()
        self.assertEqual(tickets[1].approval_audience_id, second)
        self.env.flush_all()
        self.env.invalidate_all()
        asked = self.env["invoice.ticket"].search([("approval_audience_id", "=", second.id)])
        self.assertEqual(asked & tickets, tickets)
        for user in self.approver | self.lead:
            self.assertEqual(
                self.env["invoice.ticket"].with_user(user).search([]) & tickets, tickets
            )

    def test_audience_that_was_taken_back_is_made_again(self):
        Audience, group = self.env["invoice.approval.audience"], (999001, 999002)
        with self.assertRaises(ZeroDivisionError), self.cr.savepoint():
            lost = Audience._get_audiences([group])[group]
            raise ZeroDivisionError
        made = Audience._get_audiences([group])[group]
        self.assertNotEqual(made, lost)
        self.assertEqual(made.exists().user_ids, list(group))
        self.env.invalidate_all()
        self.assertEqual(Audience._get_audiences([group])[group], made)

    def test_more_people_than_fit_into_an_index(self):
        group = tuple(range(900_000, 905_000))
        Audience = self.env["invoice.approval.audience"]
        made = Audience._get_audiences([group])[group]
        ticket = self._create_ticket()
        proven(ticket).approval_audience_id = made
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertTrue(ticket._is_approval_reader(904_999))
        self.assertIn(made.id, Audience._get_ids_of(904_999))

    def test_nobody_calls_or_reads_audiences(self):
        for user in (self.finance, self.manager, self.auditor, self.approver):
            self.assertFalse(
                self.env["invoice.approval.audience"].with_user(user).has_access("read")
            )
            with self.assertRaises(AccessError):
                self.env["invoice.ticket"].with_user(user).search(
                    [("approval_audience_id", ">", 0)]
                )

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

    def test_migration_rewrites_the_rules_that_are_as_we_wrote_them(self):
        data = self.env["ir.model.data"].search(
            [("module", "=", "invoice_crm_addon"), ("model", "=", "ir.rule")]
        )
        rules = self.env["ir.rule"].browse(data.mapped("res_id"))
        new = {rule: rule.domain_force for rule in rules}
        changed = set()
        for rule, domain in new.items():
            old = domain.replace(
                "'in', user._get_readable_departments().ids)",
                "'child_of', user.employee_ids.department_id.ids)",
            )
            path = "" if rule.model_id.model.startswith("invoice.approval") else DOCUMENT_PATH
            old = old.replace(
                "is_approval_reader', '=', True)", f"{path}approver_ids', 'in', [user.id])"
            )
            if old != domain:
                rule.domain_force = old
                changed.add(rule)
        self.assertGreater(len(changed), 30)
        own = self.env.ref("invoice_crm_addon.invoice_ticket_rule_user")
        own.domain_force = "[('user_id', '=', user.id), ('department_id', 'child_of', 3)]"
        self.env.flush_all()
        self._migrate("19.0.10.0.0/pre-record_rules")
        self.env.invalidate_all()
        for rule in changed:
            self.assertEqual(rule.domain_force, new[rule], rule.name)
        self.assertIn("child_of", own.domain_force, "what somebody changed stays")

    def test_migration_says_who_was_asked(self):
        self._create_flow("invoice.ticket", [self.approver, self.lead])
        ticket = self._create_ticket()
        self._submit(ticket)
        ticket.with_user(self.approver).action_approve()
        records = (ticket, ticket.approval_request_id)
        audiences = [record.approval_audience_id for record in records]
        people = audiences[0].user_ids
        self.env.flush_all()
        for record in records:
            self.cr.execute(f"UPDATE {record._table} SET approval_audience_id = NULL")
        # Releases before had the people themselves on each record.
        self._migrate("19.0.10.0.0/pre-approval_readers")
        for record in records:
            self.cr.execute(
                f"SELECT approval_reader_ids FROM {record._table} WHERE id = %s", record.ids
            )
            self.assertEqual(self.cr.fetchall(), [(people,)])
        self._migrate("19.0.12.0.0/pre-approval_audience")
        self.env.invalidate_all()
        self.assertEqual([record.approval_audience_id for record in records], audiences)
        # And neither numbers nor a table of them.
        for table in ("invoice_approval_request", "invoice_ticket", "invoice_contract"):
            self.assertFalse(column_exists(self.cr, table, "approval_reader_ids"))
            self.cr.execute(f"ALTER TABLE {table} DROP COLUMN approval_audience_id")
        self.cr.execute("DROP TABLE invoice_approval_audience")
        self._migrate("19.0.10.0.0/pre-approval_readers")
        self._migrate("19.0.12.0.0/pre-approval_audience")
        self.cr.execute(
            """SELECT user_ids FROM invoice_approval_audience audience
                 JOIN invoice_ticket ticket ON ticket.approval_audience_id = audience.id
                WHERE ticket.id = %s""",
            ticket.ids,
        )
        self.assertEqual(self.cr.fetchall(), [(people,)])

    # === LETTERS === #

    def _create_letters(self, customer, **values):
        """A statement of account and a reminder of a customer."""
        values |= {
            "partner_id": customer.id,
            "company_id": self.company.id,
            "sender_id": self.finance.id,
        }
        step = self.env["invoice.reminder.step"].search([], limit=1)
        days = {"date_from": "2026-10-01", "date_to": "2026-10-31"}
        statement = proven(self.env["invoice.account.statement"]).create({**values, **days})
        reminder = proven(self.env["invoice.reminder"]).create(
            {
                **values,
                "step_id": step.id,
                "step_name": step.name,
                "channel": "email",
                "date": "2026-11-02",
            }
        )
        return statement, reminder

    def test_letters_hold_the_salesperson_of_their_customer(self):
        customer = self.env["res.partner"].create({"name": "客户", "user_id": self.sales.id})
        for letter in self._create_letters(customer):
            with self.subTest(model=letter._name):
                customer.user_id = self.sales
                mine, others = (letter.with_user(user) for user in (self.sales, self.sales2))
                self.assertTrue(mine.has_access("read"))
                self.assertFalse(others.has_access("read"))
                customer.user_id = self.sales2
                self.assertEqual(letter.customer_user_id, self.sales2)
                self.assertTrue(others.has_access("read"))
                self.assertFalse(mine.has_access("read"))

    @mute_logger("odoo.addons.base.partner.merge")
    def test_letters_of_a_merged_customer_are_those_of_who_stays(self):
        stays, goes = self.env["res.partner"].create(
            [
                {"name": "一号", "is_company": True, "user_id": self.sales.id},
                {"name": "二号", "is_company": True, "user_id": self.sales2.id},
            ]
        )
        letters = self._create_letters(goes)
        self.env.flush_all()
        wizards = self.env["base.partner.merge.automatic.wizard"]
        wizards._merge((stays | goes).ids, stays, extra_checks=False)
        for letter in letters:
            self.assertEqual(letter.partner_id, stays)
            self.assertEqual(letter.customer_user_id, self.sales)

    def test_migration_says_whose_customer_it_is(self):
        customer = self.env["res.partner"].create({"name": "客户", "user_id": self.sales.id})
        letters = self._create_letters(customer)
        self.env.flush_all()
        for letter in letters:
            self.cr.execute(f"UPDATE {letter._table} SET customer_user_id = NULL")
        self._migrate("19.0.11.0.0/pre-customer_user")
        self.env.invalidate_all()
        for letter in letters:
            self.assertEqual(letter.customer_user_id, self.sales)

    def test_migration_of_a_release_that_had_no_letters(self):
        for table in ("invoice_account_statement", "invoice_reminder"):
            self.cr.execute(f"ALTER TABLE {table} RENAME TO {table}_later")
        self._migrate("19.0.11.0.0/pre-customer_user")

    def test_migration_plans_what_is_not_issued(self):
        draft, issued = self._create_ticket(), self._create_ticket()
        self._issue(issued)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE invoice_ticket SET create_date = '2026-01-31 20:00:00' WHERE id IN %s",
            [(draft.id, issued.id)],
        )
        self.env.cr.execute(
            """UPDATE res_partner SET tz = 'Asia/Shanghai'
               FROM res_users WHERE partner_id = res_partner.id AND res_users.id = %s""",
            [draft.create_uid.id],
        )
        self.env.cr.execute(
            "ALTER TABLE invoice_ticket DROP COLUMN date_planned, DROP COLUMN date_calendar"
        )
        self._migrate("19.0.12.0.0/pre-planned_date")
        self.env.invalidate_all()
        day = fields.Date.to_date("2026-02-01")
        self.assertEqual((draft.date_planned, draft.date_calendar), (day, day))
        self.assertFalse(issued.date_planned)
        self.assertEqual(issued.date_calendar, issued.issue_date)

    def _migrate(self, name):
        path = file_path(f"invoice_crm_addon/migrations/{name}.py")
        spec = spec_from_file_location("migration", path)
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        module.migrate(self.cr, "19.0.9.0.0")


@tagged("post_install", "-at_install")
class TestAudienceAtOnce(TransactionCase):
    """Two approvals ask the same people for the first time at the same instant."""

    GROUP = (999_003, 999_004)

    def test_there_is_one(self):
        self.addCleanup(self._clean_up)

        def make(env):
            return env["invoice.approval.audience"]._get_audiences([self.GROUP])[self.GROUP].id

        with retry_soon():
            first, second = run_at_once(self.registry, SUPERUSER_ID, [make, make])
        self.assertIsInstance(first, int)
        self.assertEqual(first, second)

    def _clean_up(self):
        with self.registry.cursor() as cr:
            cr.execute(
                "DELETE FROM invoice_approval_audience WHERE user_ids = %s::jsonb",
                [str(list(self.GROUP))],
            )
