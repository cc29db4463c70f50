import hashlib
import json
from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...bureau_list import find_gaps
from ..base.proof import proven, unproven
from ..base.public_methods import Text
from ..base.words import KeptText, words

ACTIVITY = "invoice_crm_addon.mail_activity_type_bureau"


class InvoiceBureauMonth(models.Model):
    """Months are closed when nothing is open, and open again when something changes."""

    _inherit = "invoice.bureau.month"

    # === ACTION METHODS === #

    def action_close(self):
        """Freeze and seal the figures of months.

        :raise UserError: if one is not over, or something of it is still to be settled
        """
        self._check_can("close", claim=True)
        for month in self:
            proven(month)._do_close()
        return True

    def action_close_empty(self):
        """Seal months in which nobody issued a fapiao, and of which there is no list therefore.

        Whoever closes them states that the tax bureau lists none either.

        :raise UserError: if one is not over, or there are fapiao of it
        """
        self._check_can("close_empty", claim=True)
        for month in self:
            proven(month)._do_close(is_stated=True)
        return True

    def action_open_reopen(self):
        """Ask why a closed month is opened again."""
        self.ensure_one()
        self._check_can("open_reopen")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Open Again"),
            "res_model": "invoice.bureau.reopen.wizard",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_month_id": self.id},
        }

    def action_reopen(self, reason: Text = None):
        """Open closed months again.

        :param str reason: kept with the closing
        :raise UserError: if one is not closed, or there is no reason
        """
        self._check_can("reopen", claim=True)
        if not (reason or "").strip():
            raise UserError(self.env._("Say in a few words why it is opened again."))
        by = words(self.env)._("%s opened it again.", self.env.user.name)
        proven(self)._do_reopen(words(self.env).join(" ", [by, reason.strip()]))
        return True

    # === CAN === #

    def _get_cannot_reason(self, action):
        translator = self.env["invoice.fapiao.translator"]
        if (
            action in ("close", "close_empty", "reopen", "open_reopen")
            and translator._get_not_finance_reason()
        ):
            return self.env._("This is for finance to do.")
        return super()._get_cannot_reason(action)

    def _get_cannot_close_reason(self):
        if reason := self._get_not_over_reason():
            return reason
        if not self.list_count:
            return self._get_no_list_reason()
        if self.open_count:
            return self.env._(
                "%(count)s rows of %(month)s are still to be settled.",
                count=self.open_count,
                month=self.name,
            )
        return False

    def _get_cannot_close_empty_reason(self):
        if reason := self._get_not_over_reason():
            return reason
        if self.list_count:
            return self.env._("A list names %s: close it with that.", self.name)
        if self.agreed_count or self.open_count or self.explained_count:
            return self._get_no_list_reason()
        return False

    def _get_not_over_reason(self):
        if self.state == "closed" or not self.date:
            return self.env._("%s is closed already.", self.name)
        if self._get_last_day() >= self.company_id._get_today():
            return self.env._("%s is not over yet.", self.name)
        return False

    def _get_no_list_reason(self):
        return self.env._(
            "No list of the tax bureau names %s. Export it there, and drop it on a list of "
            "tickets.",
            self.name,
        )

    def _get_cannot_open_rows_reason(self):
        if not self.open_count:
            return self.env._("Nothing of it is to be settled.")
        return False

    def _get_cannot_export_reason(self):
        if not self.date:
            return self.env._("Nothing of it is to be settled.")
        return False

    def _get_cannot_reopen_reason(self):
        if self.state != "closed":
            return self.env._("%s is not closed.", self.name)
        return False

    _get_cannot_open_reopen_reason = _get_cannot_reopen_reason

    def _get_last_day(self):
        return self.date + relativedelta(months=1) - timedelta(days=1)

    # === CLOSE === #

    def _do_close(self, is_stated=False):
        """:param bool is_stated: whether only the user says that the bureau lists nothing"""
        self.ensure_one()
        figures = {**self._get_figures(), "is_stated": is_stated}
        now = fields.Datetime.now()
        before = self.closing_ids.sorted("id")[-1:].seal or ""
        values = {
            "month_id": self.id,
            "user_id": self.env.uid,
            "closed_on": now,
            "figures": figures,
        }
        closing = self.env["invoice.bureau.closing"].create(
            {**values, "seal": _seal(before, self, self.env.uid, now, figures)}
        )
        self.write({"state": "closed", "closing_id": closing.id})
        self.activity_feedback([ACTIVITY])
        self._message_log(body=self.env._("Closed. Seal %s", closing.seal))

    def _do_reopen(self, reason):
        for month in proven(self):
            month.closing_id.write(
                {"reopened_on": fields.Datetime.now(), "reopened_reason": reason}
            )
            user = month.closing_id.user_id
            month.write({"state": "open", "closing_id": False})
            month._message_log(body=month.env._("Open again: %s", reason))
            month._ask_for_closing(user, reason)

    def _ask_for_closing(self, user, reason):
        """Give whoever closed the month something to do; or somebody else of finance."""
        finance = self.env.ref("invoice_crm_addon.group_ticket_finance")
        if not user.active or finance not in user.all_group_ids:
            candidates = finance.all_user_ids.filtered(
                lambda u: u.active and self.company_id in u.company_ids
            )
            user = candidates.sorted("id")[:1] or user
        month = unproven(self).with_context(lang=user.lang or self.env.lang)
        month.activity_schedule(
            ACTIVITY,
            user_id=user.id,
            summary=month.env._("%s is open again", month.name),
            note=str(reason),
        )

    # === FIGURES === #

    def _get_figures(self):
        """All that is frozen, as JSON holds it.

        :rtype: dict
        """
        first, last = self.date, self._get_last_day()
        company = self.company_id
        sheet = self.env["invoice.vat.sheet"].with_context(
            vat_month=str(first),
            tz=company._get_zone(),
            allowed_company_ids=company.ids,
        )
        vat = sheet._get_figures(company)
        counts = self._count_rows().get((company.id, first), {})
        return {
            "vat": sorted(
                [list(key) if isinstance(key, tuple) else key, *amounts]
                for key, amounts in vat.items()
                if isinstance(key, tuple)
            )
            + sorted([key, *amounts] for key, amounts in vat.items() if isinstance(key, str)),
            "rates": self._sum_by_rate(first, last),
            "bureau": self._sum_bureau(),
            "results": sorted(
                [result, bool(explained), *figures]
                for (result, explained), figures in counts.items()
            ),
            "gaps": [[gap.code, gap.first, gap.last, gap.count] for gap in self._find_gaps()],
        }

    def _sum_by_rate(self, first, last):
        """Fapiao of ours that count in the month, by kind and rate, in the company's currency."""
        analysis = self.env["invoice.ticket.analysis"]
        self.env["invoice.ticket"].flush_model()
        self.env["invoice.ticket.line"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT COALESCE(type.fapiao_kind, 'other'),
                       COALESCE(
                           CASE WHEN line.tax_treatment IN ('exempt', 'not_taxable', 'zero')
                                THEN line.tax_treatment END,
                           trim_scale(tax.amount::numeric)::text, ''),
                       COUNT(DISTINCT ticket.id),
                       SUM(%(untaxed)s), SUM(%(tax)s)
                  FROM invoice_ticket ticket
                  JOIN invoice_ticket_type type ON type.id = ticket.type_id AND type.is_fapiao
                  JOIN invoice_ticket_line line ON line.ticket_id = ticket.id
                  LEFT JOIN account_tax tax ON tax.id = line.tax_id
                 WHERE ticket.company_id = %(company)s AND ticket.state = 'issued'
                   AND ticket.issue_date BETWEEN %(first)s AND %(last)s
              GROUP BY 1, 2 ORDER BY 1, 2
                """,
                untaxed=analysis._get_company_amount_sql(SQL("line.amount_untaxed")),
                tax=analysis._get_company_amount_sql(SQL("line.amount_tax")),
                company=self.company_id.id,
                first=first,
                last=last,
            )
        )
        return [[kind, rate, count, _cents(u), _cents(t)] for kind, rate, count, u, t in rows]

    def _sum_bureau(self):
        """What the bureau lists of the month, by kind and status."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT COALESCE(kind, 'other'), status, COUNT(*), SUM(amount_untaxed),
                       SUM(amount_tax)
                  FROM invoice_bureau_fapiao
                 WHERE company_id = %s AND month = %s
              GROUP BY 1, 2 ORDER BY 1, 2
                """,
                self.company_id.id,
                self.date,
            )
        )
        return [[kind, status, count, _cents(u), _cents(t)] for kind, status, count, u, t in rows]

    def _find_gaps(self):
        """Numbers of paper fapiao that neither the bureau nor we know, in whatever month.

        A gap stands in the month of the fapiao behind it: once, and not before that is issued.

        :rtype: list[Gap]
        """
        self.ensure_one()
        if not self.date:
            return []
        self.env["invoice.ticket"].flush_model(
            ["company_id", "fapiao_code", "fapiao_number", "issue_date", "state"]
        )
        known = self.env.execute_query(
            SQL(
                """
                WITH known AS (
                    SELECT code, number, month = %(first)s AS is_here
                      FROM invoice_bureau_fapiao
                     WHERE company_id = %(company)s AND is_paper
                     UNION ALL
                    SELECT ticket.fapiao_code, ticket.fapiao_number,
                           COALESCE(ticket.issue_date BETWEEN %(first)s AND %(last)s, FALSE)
                      FROM invoice_ticket ticket
                     WHERE ticket.company_id = %(company)s
                       AND ticket.state IN ('issued', 'voided')
                       AND ticket.fapiao_number IS NOT NULL
                       AND ticket.fapiao_code IN (
                           SELECT code FROM invoice_bureau_fapiao
                            WHERE company_id = %(company)s AND is_paper)
                ), last_here AS (
                    SELECT code, MAX(number) AS number FROM known WHERE is_here GROUP BY code
                )
                SELECT known.code, known.number, BOOL_OR(known.is_here)
                  FROM known
                  JOIN last_here ON last_here.code = known.code
                               AND last_here.number >= known.number
              GROUP BY known.code, known.number
                """,
                company=self.company_id.id,
                first=self.date,
                last=self._get_last_day(),
            )
        )
        here = {(code, number) for code, number, is_here in known if is_here}
        return [
            gap
            for gap in find_gaps([(code, number) for code, number, _is_here in known])
            if (gap.code, f"{int(gap.last) + 1:08d}") in here
        ]


class InvoiceBureauClosing(models.Model):
    """Figures of a month as they were when it was closed; nobody changes or deletes one.

    The seal covers them with the month, who closed it and when, and the seal of the closing
    before: what is altered later in the database does not fit it.
    """

    _name = "invoice.bureau.closing"
    _description = "Closing of a Month"
    _inherit = ["invoice.guard.mixin"]
    _order = "id desc"

    month_id = fields.Many2one(
        "invoice.bureau.month", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="month_id.company_id", store=True, index=True)
    user_id = fields.Many2one(
        "res.users", string="Month Closed By", required=True, ondelete="restrict"
    )
    closed_on = fields.Datetime(string="Month Closed On", required=True)
    figures = fields.Json(string="Frozen", groups="base.group_system")
    seal = fields.Char(string="Seal (SHA-256)", required=True)
    reopened_on = fields.Datetime(string="Open Again On")
    reopened_reason = KeptText(string="Why Open Again")
    is_sealed = fields.Boolean(string="Seal Intact", compute="_compute_is_sealed")
    figures_html = fields.Html(
        string="Frozen Figures", compute="_compute_figures_html", sanitize=False
    )

    @api.model
    def _get_guarded_fields(self):
        return set(self._fields)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_never(self):
        raise UserError(self.env._("Closings are history: they stay."))

    def _compute_is_sealed(self):
        # sudo: the seal covers figures that nobody reads
        for closing in self.sudo():
            before = closing.month_id.closing_ids.filtered(lambda c, this=closing: c.id < this.id)
            closing.is_sealed = closing.seal == _seal(
                before.sorted("id")[-1:].seal or "",
                closing.month_id,
                closing.user_id.id,
                closing.closed_on,
                closing.figures,
            )

    @api.depends("figures")
    @api.depends_context("lang")
    def _compute_figures_html(self):
        for closing in self:
            closing.figures_html = self.env["ir.qweb"]._render(
                "invoice_crm_addon.bureau_closing_figures", closing._get_tables()
            )

    def _get_tables(self):
        """The figures with their labels.

        :return: ``rates`` and ``bureau``: rows of two labels, a number, amount and tax; and
            ``is_stated`` if nobody saw a list of the bureau
        :rtype: dict
        """
        # sudo: the field is for the program; its readers may know the figures
        figures = self.sudo().figures or {}
        Fapiao = self.env["invoice.bureau.fapiao"]
        kinds = dict(Fapiao._fields["kind"]._description_selection(self.env))
        statuses = dict(Fapiao._fields["status"]._description_selection(self.env))
        rates = {
            "exempt": self.env._("Exempt"),
            "not_taxable": self.env._("Not taxable"),
            "zero": "0 %",
            "": "–",
        }
        return {
            "is_stated": figures.get("is_stated", False),
            "rates": [
                [kinds.get(kind, kind), rates.get(rate, f"{rate} %"), *more]
                for kind, rate, *more in figures.get("rates", [])
            ],
            "bureau": [
                [kinds.get(kind, kind), statuses.get(status, status), *more]
                for kind, status, *more in figures.get("bureau", [])
            ],
        }

    def _get_vat_figures(self):
        """What the sheet of the VAT return is drawn from.

        :rtype: dict
        """
        figures = self.sudo().figures  # sudo: readers of the sheet may know them
        return {
            tuple(key) if isinstance(key, list) else key: (untaxed, tax)
            for key, untaxed, tax in figures["vat"]
        }


def _cents(amount):
    return round(float(amount or 0), 2)


def _seal(before, month, user_id, closed_on, figures):
    content = [
        before,
        month.company_id.id,
        str(month.date),
        user_id,
        fields.Datetime.to_string(closed_on),
        figures,
    ]
    text = json.dumps(content, ensure_ascii=True, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
