from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import SQL

from .check_tools import Scope

CATEGORIES = [
    ("rule", "Rules of the Ledger"),
    ("approval", "Approvals"),
    ("customer", "Customers"),
    ("ticket", "Tickets"),
    ("money", "Money"),
    ("delivery", "Delivery and Files"),
]
# By the key, so that the database sorts by it.
SEVERITIES = [("1", "Hint"), ("2", "Warning"), ("3", "Error")]
# What a company chooses; all else comes with the module that brings the check.
CHOSEN = {"is_off", "days_own", "is_on", "days"}
# Records of a batch of pairs that a method gives.
BATCH = 2000


class InvoiceCheck(models.Model):
    """Something that can be wrong with the data, and the method that finds where it is.

    Each is a record of data of some module. ``model`` and ``method`` name a private method with
    the mark of :func:`data_check`; it answers with SQL, which selects the records of ``res_model``
    that are at fault and the facts. ``sentence`` says what is wrong, with the facts in it
    (``%(since)s``), ``remedy`` how to mend it. Managers switch checks off and set limits, each
    for their company.
    """

    _name = "invoice.check"
    _inherit = ["invoice.readable.mixin"]
    _description = "Data Check"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    category = fields.Selection(selection=CATEGORIES, required=True)
    severity = fields.Selection(selection=SEVERITIES, default="2", required=True)
    sentence = fields.Text(string="What Is Wrong", required=True, translate=True)
    remedy = fields.Text(string="How To Mend It", required=True, translate=True)
    res_model = fields.Char(string="Checked Model", required=True)
    model = fields.Char(string="Model of the Method", required=True)
    method = fields.Char(required=True)
    days_default = fields.Integer(string="Days Unless Chosen")
    is_off = fields.Boolean(string="Switched Off", company_dependent=True)
    days_own = fields.Integer(string="Days Chosen", company_dependent=True)
    is_on = fields.Boolean(
        string="Switched On",
        compute="_compute_is_on",
        inverse="_inverse_is_on",
        help="Whether it is looked for in the current company.",
    )
    days = fields.Integer(
        compute="_compute_days",
        inverse="_inverse_days",
        help="After so many days it counts, in the current company.",
    )
    open_count = fields.Integer(string="To Be Mended", compute="_compute_open_count")

    # === COMPUTE METHODS === #

    @api.depends("is_off")
    @api.depends_context("company")
    def _compute_is_on(self):
        for check in self:
            check.is_on = not check.is_off

    def _inverse_is_on(self):
        for check in self:
            check.is_off = not check.is_on

    @api.depends("days_own", "days_default")
    @api.depends_context("company")
    def _compute_days(self):
        for check in self:
            check.days = check.days_default and (check.days_own or check.days_default)

    def _inverse_days(self):
        for check in self:
            check.days_own = 0 if check.days == check.days_default else check.days

    @api.depends_context("company", "uid")
    def _compute_open_count(self):
        counts = dict(
            self.env["invoice.check.finding"]._read_group(
                [
                    ("check_id", "in", self.ids),
                    ("company_id", "=", self.env.company.id),
                    ("state", "in", ("new", "open")),
                ],
                ["check_id"],
                ["__count"],
            )
        )
        for check in self:
            check.open_count = counts.get(check, 0)

    # === CONSTRAINT METHODS === #

    @api.constrains("days_own")
    def _check_days(self):
        for check in self:
            if not 0 <= check.days_own <= 3650:
                raise ValidationError(self.env._("Enter a limit between 1 and 3650 days."))

    # === CRUD METHODS === #

    def write(self, vals):
        if not self.env.su and (strange := vals.keys() - CHOSEN):
            raise AccessError(
                self.env._(
                    "%s of a check come with the module that brings it. Switch it off if it is "
                    "not for you.",
                    ", ".join(self._fields[f]._description_string(self.env) for f in strange),
                )
            )
        return super().write(vals)

    # === ACTION METHODS === #

    def action_view_findings(self):
        """Open what the check found."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "invoice_crm_addon.invoice_check_finding_action"
        )
        action["domain"] = [("check_id", "=", self.id)]
        action["context"] = {"search_default_unsolved": 1}
        return action

    # === CHECK === #

    def _find(self, scope):
        """What the method of the check answers.

        :param Scope scope:
        :return: SQL that selects ``res_id`` and ``detail``, or an iterable of lists of pairs
        :raise ValueError: if it names no method with the mark
        """
        self.ensure_one()
        method = getattr(type(self.env.get(self.model)), self.method, None)
        if not getattr(method, "_is_data_check", False):
            raise ValueError(f"{self.model}.{self.method} is no data check")
        return getattr(self.env[self.model], self.method)(scope)

    def _get_scope(self, company):
        """:rtype: Scope"""
        return Scope(company, self.with_company(company).days, company._get_today())

    def _run(self, run):
        """Look for what the check is about, and keep what is found.

        :param run: ``invoice.check.run``, of whose company
        :return: how many findings there are of each state: new, open, accepted, gone
        :rtype: dict[str, int]
        """
        self.ensure_one()
        Finding = self.env["invoice.check.finding"]
        self.env.flush_all()
        answer = self._find(self._get_scope(run.company_id))
        if isinstance(answer, SQL):
            counts = Finding._keep_query(self, run, answer)
        else:
            counts = Finding._keep_batches(self, run, answer)
        counts["gone"] = Finding._keep_gone(self, run)
        Finding.invalidate_model(flush=False)
        return counts

    @api.model
    def _count_checked(self, res_model, company):
        """How many records of a model there are to look at.

        :rtype: int
        """
        Model = self.env[res_model].with_context(active_test=False)
        domain = []
        if "company_id" in Model._fields:
            companies = [company.id]
            if not Model._fields["company_id"].required:
                companies.append(False)
            domain.append(("company_id", "in", companies))
        if res_model == "res.partner":
            domain.append(("parent_id", "=", False))
        return Model.search_count(domain)
