import logging

from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import AccessError, ConcurrencyError
from odoo.tools import format_datetime

from .check_finding import KEPT
from .check_result import COLLISIONS, JOB

_logger = logging.getLogger(__name__)

# So many findings stand in a printed report.
PRINTED = 500
FINANCE = "invoice_crm_addon.group_ticket_finance"


class InvoiceCheckRun(models.Model):
    """One look at the data of a company: what was checked, what was found, by whom.

    State     Meaning                                      Next
    =====================================================================================
    waiting   a job looks, one check after the other       done
    done      every check was run or failed                –
    =====================================================================================

    Finance and managers ask for one; each quarter a job does, for companies that have tickets or
    contracts. Checks are independent: each is kept by itself, one that fails is named and stops
    nobody, and a run that was stopped goes on where it was.

    ``invoice.check.result`` holds a row a check. A finding stands with the run that found it
    last, so that only the latest run of a company can show what it found; those before it show
    their counts, and are forgotten after a year.
    """

    _name = "invoice.check.run"
    _inherit = ["invoice.action.mixin"]
    _description = "Check of the Data"
    _order = "id desc"

    name = fields.Char(compute="_compute_name")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    user_id = fields.Many2one(
        "res.users", string="Asked For By", readonly=True, ondelete="restrict"
    )
    is_automatic = fields.Boolean(string="Quarterly", readonly=True)
    state = fields.Selection(
        selection=[("waiting", "Looking"), ("done", "Checked")],
        default="waiting",
        required=True,
        readonly=True,
    )
    done_on = fields.Datetime(readonly=True)
    caretaker_id = fields.Many2one(
        "res.users",
        readonly=True,
        help="Owner of findings at records that nobody is in charge of.",
    )
    result_ids = fields.One2many("invoice.check.result", "run_id", string="Checks", readonly=True)
    check_count = fields.Integer(string="Checks Run", compute="_compute_counts", store=True)
    failed_count = fields.Integer(string="Failed", compute="_compute_counts", store=True)
    found_count = fields.Integer(string="Found", compute="_compute_counts", store=True)
    new_count = fields.Integer(string="New", compute="_compute_counts", store=True)
    accepted_count = fields.Integer(string="Accepted", compute="_compute_counts", store=True)
    gone_count = fields.Integer(string="Gone", compute="_compute_counts", store=True)

    can_view_findings = fields.Boolean(compute="_compute_rights")

    _waiting_uniq = models.UniqueIndex("(company_id) WHERE state = 'waiting'")

    # === COMPUTE METHODS === #

    @api.depends("create_date")
    @api.depends_context("lang", "tz")
    def _compute_name(self):
        for run in self:
            run.name = run._get_name()

    def _get_name(self):
        moment = format_datetime(self.env, self.create_date) if self.create_date else ""
        return self.env._("Data check of %s", moment)

    @api.depends(
        "result_ids.state",
        "result_ids.found_count",
        "result_ids.new_count",
        "result_ids.accepted_count",
        "result_ids.gone_count",
    )
    def _compute_counts(self):
        for run in self:
            results = run.result_ids
            run.check_count = len(results.filtered(lambda r: r.state == "done"))
            run.failed_count = len(results.filtered(lambda r: r.state == "failed"))
            for fname in ("found_count", "new_count", "accepted_count", "gone_count"):
                run[fname] = sum(results.mapped(fname))

    @api.depends("company_id")
    def _compute_rights(self):
        self._compute_can("view_findings")

    # === CRUD METHODS === #

    @api.autovacuum
    def _gc_old(self):
        """Forget runs that were done more than a year ago; the latest one of a company stays."""
        groups = self._read_group([], ["company_id"], ["id:max"])
        self.search(
            [
                ("state", "=", "done"),
                ("done_on", "<", fields.Datetime.now() - KEPT),
                ("id", "not in", [latest for _company, latest in groups]),
            ]
        ).unlink()

    # === ACTION METHODS === #

    def get_progress(self):
        """How far the job is, for the panel; see ``invoice.customer.import``."""
        self.ensure_one()
        self.check_access("read")
        results = self.result_ids
        names = ("found_count", "new_count", "gone_count", "failed_count")
        labels = [(self._fields[name]._description_string(self.env), self[name]) for name in names]
        return {
            "name": self.name,
            "state": self.state,
            "is_over": self.state == "done",
            "done": len(results.filtered(lambda result: result.state != "waiting")),
            "total": len(results),
            "counts": labels if self.state == "done" else [],
        }

    def action_check_now(self):
        """Have the data of the current company checked by a job, and open the run.

        :raise AccessError: if the user is not finance
        """
        if not self.env.user.has_group(FINANCE):
            raise AccessError(self.env._("The data are checked by finance."))
        company = self.env.company
        run = self.search([("company_id", "=", company.id), ("state", "=", "waiting")], limit=1)
        run = run or self._start(company)
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": run.id,
            "views": [(False, "form")],
            "target": "current",
        }

    def action_view_findings(self):
        """Open what the run found.

        :raise UserError: if a later run looked at the data again
        """
        self.ensure_one()
        self._check_can("view_findings")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "invoice_crm_addon.invoice_check_finding_action"
        )
        action["domain"] = [("run_id", "=", self.id)]
        action["context"] = {"search_default_unsolved": 1}
        return action

    def _get_cannot_view_findings_reason(self):
        later = [("company_id", "=", self.company_id.id), ("id", ">", self.id)]
        if self.search_count(later, limit=1):
            return self.env._("A later check looked at the data again: what is found stands there.")
        return False

    # === REPORT === #

    def _get_printed_findings(self):
        """What the printed report names: the most severe ones that the reader may read.

        :return: none for a run that is not the latest one
        :rtype: recordset
        """
        self.ensure_one()
        if not self.can_view_findings:
            return self.env["invoice.check.finding"]
        return self.env["invoice.check.finding"].search(
            [("run_id", "=", self.id), ("state", "!=", "gone")], limit=PRINTED
        )

    def _has_more_findings(self, findings):
        """Whether the run found more than those that are printed."""
        return len(findings) < self.found_count + self.accepted_count

    # === JOB === #

    @api.model
    def _start(self, company, is_automatic=False):
        """Ask for a run; a job makes it.

        :param bool is_automatic: whether nobody asked but the calendar
        :raise ConcurrencyError: if somebody else asks for one at the same instant
        """
        checks = self.env["invoice.check"].with_company(company).search([("active", "=", True)])
        # sudo: users have no right to write here but by this
        Run_sudo = self.sudo()
        values = {
            "company_id": company.id,
            "user_id": not is_automatic and self.env.uid,
            "is_automatic": is_automatic,
            "caretaker_id": company._get_check_caretaker().id,
            "result_ids": [
                fields.Command.create({"check_id": check.id, "sequence": place})
                for place, check in enumerate(checks.filtered("is_on"))
            ],
        }
        try:
            run_sudo = Run_sudo.create(values)
        except UniqueViolation as error:
            if error.diag.constraint_name != f"{self._table}_waiting_uniq":
                raise
            raise ConcurrencyError(*error.args) from error
        self.env.ref(JOB)._trigger()
        return run_sudo.with_env(self.env)

    @api.model
    def _cron_start(self):
        """Each quarter: ask for a run of every company that works with tickets."""
        companies = self.env["res.company"].browse()
        for model in ("invoice.ticket", "invoice.contract"):
            # sudo: invoice.ticket, invoice.contract - only whether a company has any
            for [company] in self.env[model].sudo()._read_group([], ["company_id"]):
                companies |= company
        for company in companies.filtered("active"):
            if self.search_count(
                [("company_id", "=", company.id), ("state", "=", "waiting")], limit=1
            ):
                continue
            try:
                with self.env.cr.savepoint():
                    self._start(company, is_automatic=True)
            except ConcurrencyError:
                # Somebody asks for one at the same instant: there it is.
                continue

    @api.model
    def _cron_run(self):
        """Run the checks that wait, one after the other, each kept by itself."""
        cron = self.env["ir.cron"]
        waiting = self.env["invoice.check.result"].search(
            [("run_id.state", "=", "waiting"), ("state", "=", "waiting")], order="run_id, sequence"
        )
        cron._commit_progress(remaining=len(waiting))
        for result in waiting:
            if not result._run_in_background():
                return
            self.env.invalidate_all()
            if not cron._commit_progress(1):
                break
        for run in self.search([("state", "=", "waiting")]):
            if all(result.state != "waiting" for result in run.result_ids):
                run._finish()
                cron._commit_progress()

    def _finish(self):
        """Tell the owners, and say that it is over."""
        try:
            with self.env.cr.savepoint():
                self._forget_unchecked()
                self._tell_owners()
        except COLLISIONS:
            self.env.ref(JOB)._trigger()
            return
        except Exception:
            _logger.exception("Data check %s: the owners were not told", self.id)
        self.write({"state": "done", "done_on": fields.Datetime.now()})
        _logger.info(
            "Data of %s checked: %s found, %s new, %s gone, %s checks failed",
            self.company_id.name,
            self.found_count,
            self.new_count,
            self.gone_count,
            self.failed_count,
        )

    def _forget_unchecked(self):
        """What checks found that the company has switched off since is gone."""
        checks = self.env["invoice.check"].with_company(self.company_id)
        checks = checks.search([("active", "in", (True, False))])
        for check in checks.filtered(lambda check: not (check.active and check.is_on)):
            self.env["invoice.check.finding"]._keep_gone(check, self)
        self.env["invoice.check.finding"].invalidate_model(flush=False)
