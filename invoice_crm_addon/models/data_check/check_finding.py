from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..base.proof import proven
from ..base.words import KeptText, say
from .check import CATEGORIES, SEVERITIES

FINANCE = "invoice_crm_addon.group_ticket_finance"
UNSOLVED = ("new", "open")
# So long it stays after it is gone; and so many are deleted at once.
KEPT = relativedelta(years=1)
CLEARED = 10_000


class InvoiceCheckFinding(models.Model):
    """A record at which a check found something, from run to run.

    State     Meaning                                        Next
    =====================================================================================
    new       found by the last run, and not by that before  open, accepted, gone
    open      still there                                    accepted, gone
    accepted  finance says why it may stay                   new (the facts changed), gone
    gone      the last run found it no more                  new (it is there again)
    =====================================================================================

    Action     Group    Restriction
    =====================================================================================
    Accept     Finance  new or open, with a reason
    Take back  Finance  accepted
    Open       User     who may read the record
    =====================================================================================

    Role        Reads
    =====================================================================================
    user        findings that are theirs: those of records of which they are in charge
    department  and those of the department
    finance     all of the allowed companies; manager and auditor too
    =====================================================================================

    What a finding keeps are facts, no names: the record is named to whoever may read it.
    """

    _name = "invoice.check.finding"
    _inherit = ["invoice.guard.mixin", "invoice.action.mixin"]
    _description = "Finding"
    _order = "severity desc, check_id, id desc"

    check_id = fields.Many2one("invoice.check", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    category = fields.Selection(selection=CATEGORIES, required=True, readonly=True)
    severity = fields.Selection(selection=SEVERITIES, required=True, readonly=True)
    res_model = fields.Char(string="Model", required=True, readonly=True)
    res_id = fields.Many2oneReference(
        string="Record", model_field="res_model", required=True, readonly=True
    )
    detail = fields.Json(string="Facts", readonly=True)
    record_name = fields.Char(string="Found At", compute="_compute_record")
    document_type = fields.Char(compute="_compute_document_type")
    message = fields.Text(string="What Is Wrong", compute="_compute_message")
    remedy = fields.Text(related="check_id.remedy")
    state = fields.Selection(
        selection=[
            ("new", "New"),
            ("open", "Still There"),
            ("accepted", "Accepted"),
            ("gone", "Gone"),
        ],
        default="new",
        required=True,
        readonly=True,
        group_expand=True,
    )
    user_id = fields.Many2one(
        "res.users",
        string="Owner",
        readonly=True,
        index="btree_not_null",
        help="Who is in charge of the record; else the one whom the settings name.",
    )
    department_id = fields.Many2one("hr.department", readonly=True, index="btree_not_null")
    found_on = fields.Datetime(string="First Found", readonly=True)
    seen_on = fields.Datetime(string="Last Found", readonly=True)
    gone_on = fields.Datetime(readonly=True)
    run_id = fields.Many2one(
        "invoice.check.run",
        string="Last Found By",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    reason = KeptText(string="Why It May Stay", readonly=True)
    accepted_by_id = fields.Many2one("res.users", readonly=True)
    accepted_on = fields.Datetime(readonly=True)
    can_accept = fields.Boolean(compute="_compute_rights")
    can_take_back = fields.Boolean(compute="_compute_rights")
    can_open = fields.Boolean(compute="_compute_record")

    _place_uniq = models.UniqueIndex("(check_id, company_id, res_id)")
    _list_idx = models.Index("(company_id, state, severity DESC)")
    _record_idx = models.Index("(res_model, res_id)")
    _found_idx = models.Index("(company_id, found_on)")

    # === COMPUTE METHODS === #

    @api.depends("res_model", "res_id")
    @api.depends_context("uid")
    def _compute_record(self):
        readable = self._get_readable_records()
        for finding in self:
            record = readable.get((finding.res_model, finding.res_id))
            finding.record_name = record.display_name if record else "…"
            finding.can_open = bool(record)

    @api.depends("res_model")
    @api.depends_context("lang")
    def _compute_document_type(self):
        models = self.mapped("res_model")
        # sudo: ir.model - what a kind of documents is called
        named = (
            self.env["ir.model"].sudo().search_fetch([("model", "in", models)], ["model", "name"])
        )
        names = {model.model: model.name for model in named}
        for finding in self:
            finding.document_type = names.get(finding.res_model)

    @api.depends("detail", "check_id.sentence")
    @api.depends_context("lang", "tz")
    def _compute_message(self):
        self.check_id.fetch(["name", "sentence"])
        for finding in self:
            # A fact that is no text is a kept one: an amount, a day, a choice, see ``words``.
            facts = {
                name: say(self.env, value) if isinstance(value, dict) else value
                for name, value in (finding.detail or {}).items()
            }
            try:
                finding.message = finding.check_id.sentence % facts
            except (KeyError, TypeError, ValueError):
                # A translation, or an update of the check, names facts that are not there.
                finding.message = finding.check_id.name

    @api.depends("state")
    @api.depends_context("uid")
    def _compute_rights(self):
        for finding in self:
            finding.can_accept = not finding._get_cannot_accept_reason()
            finding.can_take_back = not finding._get_cannot_take_back_reason()

    @api.depends("check_id", "record_name")
    def _compute_display_name(self):
        for finding in self:
            finding.display_name = f"{finding.check_id.name} · {finding.record_name}"

    def _get_readable_records(self):
        """Of the records, those that the user may read, with a few queries a model.

        :rtype: dict[tuple[str, int], recordset]
        """
        found = {}
        for res_model, findings in self.grouped("res_model").items():
            if res_model not in self.env or not self.env[res_model].has_access("read"):
                continue
            Model = self.env[res_model].sudo(False).with_context(active_test=False)
            domain = [("id", "in", findings.mapped("res_id"))]
            records = Model.search_fetch(domain, ["display_name"], order="id")
            found.update({(res_model, record.id): record for record in records})
        return found

    # === CRUD METHODS === #

    @api.model
    def _get_guarded_fields(self):
        # Whatever it says, a run wrote it.
        return {name for name, field in self._fields.items() if field.store and name not in ("id",)}

    @api.autovacuum
    def _gc_gone(self):
        """Forget what has been gone for a year."""
        long_ago = fields.Datetime.now() - KEPT
        gone = self.search([("state", "=", "gone"), ("gone_on", "<", long_ago)], limit=CLEARED)
        gone.unlink()
        return len(gone), len(gone) == CLEARED  # done, and whether there are more

    # === ACTION METHODS === #

    def action_open_record(self):
        """Open the record at which it was found.

        :raise AccessError: if the user may not read it
        """
        self.ensure_one()
        self.check_access("read")
        if reason := self._get_cannot_open_reason():
            raise AccessError(reason)
        record = self.env[self.res_model].browse(self.res_id)
        return {**record.get_formview_action(), "target": "current"}

    def _get_cannot_open_reason(self):
        if self._get_readable_records():
            return False
        return self.env._("It is gone, or you may not read it. Ask finance to look at it.")

    def action_open_accept(self):
        """Ask why the findings may stay.

        :raise UserError: if one is gone or accepted, or the user is not finance
        """
        self._check_can("accept")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Accept Findings"),
            "res_model": "invoice.check.accept.wizard",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_finding_ids": self.ids},
        }

    def action_take_back(self):
        """Let accepted findings count again.

        :raise UserError: if one is not accepted, or the user is not finance
        """
        self._check_can("take_back", claim=True)
        proven(self).write(
            {"state": "open", "reason": False, "accepted_by_id": False, "accepted_on": False}
        )
        return True

    def _accept(self, reason):
        """Say why the findings may stay, as long as the facts are the same.

        :param str reason:
        """
        self._check_can("accept", claim=True)
        proven(self).write(
            {
                "state": "accepted",
                "reason": reason,
                "accepted_by_id": self.env.uid,
                "accepted_on": fields.Datetime.now(),
            }
        )

    def _get_cannot_accept_reason(self):
        if not self.env.user.has_group(FINANCE):
            return self.env._("What may stay is for finance to say.")
        if self.state not in UNSOLVED:
            return self.env._("It is gone, or accepted already.")
        return False

    def _get_cannot_take_back_reason(self):
        if not self.env.user.has_group(FINANCE):
            return self.env._("What may stay is for finance to say.")
        return self.state != "accepted" and self.env._("It is not accepted.")
