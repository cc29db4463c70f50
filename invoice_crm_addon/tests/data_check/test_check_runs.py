from unittest.mock import patch

from odoo import fields
from odoo.exceptions import ConcurrencyError, UserError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from ...models.data_check.check_tools import data_check
from .common import CheckCommon

NOT_SENT, TOTALS = "not_sent", "totals_unlike_lines"
LOGGER = "odoo.addons.invoice_crm_addon.models.data_check.check_result"


@tagged("post_install", "-at_install")
class TestCheckRuns(CheckCommon):
    """From run to run: new, still there, accepted, gone."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ticket = cls._create_ticket()
        cls.total = cls.ticket.amount_total
        cls._break(cls.ticket, amount_total=cls.total + 1)

    def _get_finding(self):
        return self.Finding.search(
            [("check_id", "=", self._get_check(TOTALS).id), ("res_id", "=", self.ticket.id)]
        )

    def _accept(self, finding, reason="Known"):
        self.env["invoice.check.accept.wizard"].with_user(self.finance).create(
            {"finding_ids": finding.ids, "reason": reason}
        ).action_confirm()

    def test_new_still_there_gone_and_there_again(self):
        run = self._look(TOTALS)
        finding = self._get_finding()
        self.assertEqual((finding.state, finding.run_id), ("new", run))
        self.assertEqual((run.state, run.found_count, run.new_count), ("done", 1, 1))
        first = finding.found_on
        run = self._look(TOTALS)
        self.assertEqual((finding.state, finding.found_on), ("open", first))
        self.assertEqual((run.found_count, run.new_count, run.gone_count), (1, 0, 0))
        self._break(self.ticket, amount_total=self.total)
        run = self._look(TOTALS)
        self.assertEqual(finding.state, "gone")
        self.assertTrue(finding.gone_on)
        self.assertEqual((run.found_count, run.gone_count), (0, 1))
        self.assertEqual(self._look(TOTALS).gone_count, 0, "it went once")
        self._break(self.ticket, amount_total=self.total + 2)
        run = self._look(TOTALS)
        self.assertEqual((finding.state, finding.gone_on, run.new_count), ("new", False, 1))

    def test_accepted_stays_while_the_facts_are_the_same(self):
        self._look(TOTALS)
        finding = self._get_finding()
        self._accept(finding)
        self.assertEqual((finding.state, finding.accepted_by_id), ("accepted", self.finance))
        run = self._look(TOTALS)
        self.assertEqual((finding.state, finding.reason), ("accepted", "Known"))
        self.assertEqual((run.found_count, run.accepted_count), (0, 1))
        self._break(self.ticket, amount_total=self.total + 5)
        run = self._look(TOTALS)
        self.assertEqual((finding.state, run.new_count), ("new", 1))
        self.assertFalse(finding.reason, "it was said of other facts")
        self.assertFalse(finding.accepted_by_id)
        self.assertFalse(finding.accepted_on)

    def test_only_the_latest_run_shows_what_it_found(self):
        before = self._look(TOTALS)
        self.assertTrue(before.can_view_findings)
        after = self._look(TOTALS)
        before.invalidate_recordset()
        self.assertFalse(before.can_view_findings)
        with self.assertRaisesRegex(UserError, "later check"):
            before.action_view_findings()
        domain = after.action_view_findings()["domain"]
        self.assertEqual(self.Finding.search(domain), self._get_finding())
        self.assertNotIn(self.ticket.name, text := self._print(before))
        self.assertIn("A later check", text)

    def test_what_is_over_is_forgotten_after_a_year(self):
        runs = [self._look(TOTALS)]
        self._break(self.ticket, amount_total=self.total)
        runs += [self._look(TOTALS) for _place in range(2)]
        finding = self._get_finding()
        self._break(finding, gone_on=fields.Datetime.subtract(fields.Datetime.now(), days=300))
        self._break(runs[0] | runs[2], done_on="2020-01-01 10:00:00")
        self.Finding._gc_gone()
        self.Run._gc_old()
        self.assertTrue(finding.exists())
        self.assertEqual([bool(run.exists()) for run in runs], [False, True, True])
        self._break(finding, gone_on="2020-01-01 10:00:00")
        self.assertEqual(self.Finding._gc_gone(), (1, False))
        self.assertFalse(finding.exists())

    def test_time_that_passes_is_no_new_fact(self):
        self._issue(ticket := self._create_ticket())
        self._break(ticket, issue_date=fields.Date.subtract(self.today, days=100))
        self._look(NOT_SENT)
        finding = self._get_findings(NOT_SENT, ticket)
        before = finding.detail
        self._accept(finding)
        later = fields.Date.add(self.today, days=50)
        with patch.object(type(self.company), "_get_today", lambda company: later):
            self._look(NOT_SENT)
        self.assertEqual((finding.state, finding.detail), ("accepted", before))

    def test_accepting_is_taken_back(self):
        self._look(TOTALS)
        finding = self._get_finding()
        with self.assertRaisesRegex(UserError, "not accepted"):
            finding.with_user(self.finance).action_take_back()
        self._accept(finding)
        with self.assertRaisesRegex(UserError, "accepted already"):
            self._accept(finding)
        finding.with_user(self.finance).action_take_back()
        self.assertEqual((finding.state, finding.reason), ("open", False))
        with self.assertRaisesRegex(UserError, "Say why"):
            self._accept(finding, "   ")

    def test_idle_job_is_named_to_whoever_may_not_read_it(self):
        job = self.env.ref("invoice_crm_addon.ir_cron_data_check")
        self._break(job, nextcall="2020-01-01 10:00:00", active=True)
        self._look("idle_jobs")
        self.assertIn(
            job.name, self._get_findings("idle_jobs", job).with_user(self.finance).message
        )

    # === CHECKS OF OTHERS === #

    def _add_check(self, method, **values):
        """A check as another module brings it."""
        Model = type(self.env["invoice.checks.tickets"])
        name = f"_find_{method.__name__}"
        patcher = patch.object(Model, name, method, create=True)
        patcher.start()
        self.addCleanup(patcher.stop)
        return self.env["invoice.check"].create(
            {
                "name": "Of others",
                "category": "ticket",
                "sentence": "It says %(word)s.",
                "remedy": "Mend it.",
                "res_model": "invoice.ticket",
                "model": "invoice.checks.tickets",
                "method": name,
                **values,
            }
        )

    def _run(self, *checks):
        run = self._start(*checks)
        self._run_all(run)
        self.env.invalidate_all()
        return run

    def test_check_of_another_module_in_batches(self):
        ids = [self.ticket.id, self._create_ticket().id]

        @data_check
        def batches(model, scope):
            for id_ in ids:
                yield [(id_, {"word": scope.company.name})]

        check = self._add_check(batches)
        run = self._run(check)
        self.assertEqual(run.found_count, 2)
        finding = self.Finding.search([("check_id", "=", check.id)], limit=1)
        self.assertEqual(finding.message, f"It says {self.company.name}.")

    def test_a_check_that_fails_stops_nobody(self):
        @data_check
        def works(model, scope):
            return SQL('SELECT %s AS res_id, \'{"word": "x"}\'::jsonb AS detail', self.ticket.id)

        @data_check
        def raises(model, scope):
            raise ZeroDivisionError

        @data_check
        def wrong(model, scope):
            return SQL("SELECT nothing FROM nowhere")

        @data_check
        def refuses(model, scope):
            raise UserError("Not today.")

        kept = self._add_check(works)
        self._run(kept)
        finding = self.Finding.search([("check_id", "=", kept.id)])
        checks = [self._add_check(raises), self._add_check(wrong), self._add_check(refuses)]
        with mute_logger(LOGGER, "odoo.sql_db"):
            run = self._run(*checks, kept)
        self.assertEqual(run.result_ids.mapped("state"), ["failed"] * 3 + ["done"])
        self.assertEqual((run.state, run.failed_count, run.check_count), ("done", 3, 1))
        self.assertTrue(all(run.result_ids[:3].mapped("error")))
        self.assertEqual(run.result_ids[2].error, "Not today.")
        self.assertEqual(finding.state, "open")

    def test_what_failed_is_not_gone(self):
        self._look(TOTALS)
        check = self._get_check(TOTALS)

        @data_check
        def raises(model, scope):
            raise ZeroDivisionError

        Model = type(self.env["invoice.checks.tickets"])
        with patch.object(Model, check.method, raises), mute_logger(LOGGER):
            self._look(TOTALS)
        self.assertEqual(self._get_finding().state, "new")

    @mute_logger(LOGGER)
    def test_only_what_is_marked_is_called(self):
        """Whoever writes a record of a check cannot have any method called by it."""
        called = []

        def unmarked(model, scope):
            called.append(scope)

        run = self._run(self._add_check(unmarked))
        self.assertEqual((run.failed_count, called), (1, []))
        check = self._add_check(data_check(unmarked))
        for values in ({"model": "res.users", "method": "unlink"}, {"model": "nothing.at.all"}):
            check.write(values)
            self.assertEqual(self._run(check).failed_count, 1)

    # === JOB === #

    def test_job_runs_what_was_asked_for(self):
        action = self.Run.with_user(self.finance).action_check_now()
        run = self.Run.browse(action["res_id"])
        self.assertEqual((run.state, run.user_id), ("waiting", self.finance))
        again = self.Run.with_user(self.manager).action_check_now()
        self.assertEqual(again["res_id"], run.id, "one at a time")
        progress = run.with_user(self.finance).get_progress()
        self.assertEqual((progress["done"], progress["is_over"]), (0, False))
        self.assertGreater(progress["total"], 40)
        with self.enter_registry_test_mode():
            self.env.ref("invoice_crm_addon.ir_cron_data_check").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual((run.state, run.failed_count), ("done", 0), run.result_ids.mapped("error"))
        self.assertEqual(self._get_finding().state, "new")
        self.assertTrue(run.get_progress()["is_over"])

    def test_two_who_ask_at_the_same_instant(self):
        """The later one is run again, and finds the run of the first; the calendar goes on."""
        self.Run.search([("state", "=", "waiting")]).unlink()
        run = self.Run._start(self.company)
        with mute_logger("odoo.sql_db"):
            with self.assertRaises(ConcurrencyError):
                self.Run._start(self.company)
            with patch.object(type(self.Run), "search_count", lambda *args, **kwargs: 0):
                self.Run._cron_start()
        waiting = [("company_id", "=", self.company.id), ("state", "=", "waiting")]
        self.assertEqual(self.Run.search(waiting), run)

    def test_each_quarter_every_company_with_tickets(self):
        self.Run.search([]).unlink()
        with self.enter_registry_test_mode():
            self.env.ref("invoice_crm_addon.ir_cron_data_check_start").method_direct_trigger()
        runs = self.Run.search([])
        self.assertIn(self.company, runs.company_id)
        self.assertNotIn(self.company_other, runs.company_id)
        self.assertTrue(all(runs.mapped("is_automatic")))
        self.assertFalse(runs.user_id)

    # === SETTINGS === #

    def test_company_chooses_checks_and_limits(self):
        check = self._get_check(NOT_SENT).with_user(self.manager)
        check.write({"is_on": False, "days": 30})
        here = check.with_company(self.company)
        self.assertEqual((here.is_off, here.days), (True, 30))
        there = self._get_check(NOT_SENT).with_company(self.company_other)
        self.assertEqual((there.is_off, there.days), (False, there.days_default))
        run = self.Run._start(self.company)
        self.assertNotIn(check.sudo(), run.result_ids.check_id)
        self.assertEqual(check.sudo()._get_scope(self.company).days, 30)
        check.days = check.days_default
        self.assertFalse(here.days_own)

    def test_what_is_switched_off_is_gone(self):
        self._look(TOTALS)
        self._get_check(TOTALS).with_company(self.company).is_on = False
        self._look(NOT_SENT)
        self.assertEqual(self._get_finding().state, "gone")

    # === OWNERS === #

    def _get_activities(self, user):
        return self.env["mail.activity"].search(
            [
                (
                    "activity_type_id",
                    "=",
                    self.env.ref("invoice_crm_addon.mail_activity_type_data_check").id,
                ),
                ("user_id", "=", user.id),
            ]
        )

    def test_owner_is_who_is_in_charge_or_the_caretaker(self):
        orphan = self._create_ticket()
        self._break(orphan, user_id=None, amount_total=1.0)
        self._look(TOTALS)
        finding = self._get_finding()
        self.assertEqual(finding.user_id, self.sales)
        self.assertEqual(finding.department_id, self.department_a)
        self.assertEqual(self._get_findings(TOTALS, orphan).user_id, self.finance)
        self.company.ticket_check_user_id = self.manager
        self._break(self.ticket, user_id=self.finance_other.id)
        self._look(TOTALS)
        self.assertEqual((finding | self._get_findings(TOTALS, orphan)).user_id, self.manager)

    def test_one_activity_an_owner(self):
        self._break(self._create_ticket(), amount_total=1.0)
        self._issue(unsent := self._create_ticket())
        self._break(unsent, issue_date="2020-01-01")
        self._look(TOTALS, NOT_SENT)
        activity = self._get_activities(self.sales)
        self.assertEqual(len(activity), 1)
        self.assertIn("3", activity.summary)
        self._look(TOTALS, NOT_SENT)
        self.assertEqual(self._get_activities(self.sales), activity)
        self.assertRegex(activity.summary, r"3\D+0(?!\d)")
        self.assertFalse(self._get_activities(self.sales2))
        tickets = self.env["invoice.ticket"].search([("company_id", "=", self.company.id)])
        for ticket in tickets:
            self._break(ticket, amount_total=sum(ticket.line_ids.mapped("amount_total")))
        self._break(unsent, sent_on=SQL("NOW()"))
        self._look(TOTALS, NOT_SENT)
        self.assertFalse(self._get_activities(self.sales))

    # === QUERIES === #

    def test_a_check_costs_the_same_however_much_it_finds(self):
        def count():
            self.env.flush_all()
            run = self._start(self._get_check(TOTALS))
            self.env.flush_all()
            self.env.transaction.reset()
            before = self.env.cr.sql_log_count
            self._run_all(run)
            return self.env.cr.sql_log_count - before

        count()
        few = count()
        tickets = self.env["invoice.ticket"].create(
            [self._prepare_ticket_values() for _place in range(40)]
        )
        self._break(tickets, amount_total=1.0)
        count()
        self.assertLessEqual(count(), few)

    def _print(self, run):
        report = self.env["ir.actions.report"].with_user(self.finance)
        html, _kind = report._render_qweb_html("invoice_crm_addon.data_check", run.ids)
        return html.decode()

    def test_report(self):
        text = self._print(self._look(TOTALS))
        for word in (self.company.name, self._get_check(TOTALS).name, self.ticket.name):
            self.assertIn(word, text)
