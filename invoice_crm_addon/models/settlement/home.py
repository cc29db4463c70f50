from typing import NamedTuple

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..ledger.account_payment import RECEIVED_STATES
from .worklist import READERS

MANAGER = "invoice_crm_addon.group_ticket_manager"
#: So many months are shown, this one included.
MONTHS = 6


class Reading(NamedTuple):
    """A figure of each month, and the list that it counts."""

    name: str
    model: str
    domain: list
    # Of a field of rows: one of them is of the month and of the domain.
    date_field: str
    # Values of the months, by the names of their parts.
    series: dict
    # Of the last month, what its days up to the one of today came to.
    same: float
    is_amount: bool = True
    # Which amounts are missing, and which are converted.
    note: str = ""


class InvoiceHome(models.AbstractModel):
    """The home page: what waits, this month against the same days of the last, the months before,
    first steps.

    Role        Shows
    =====================================================================================
    employee    what they are to approve, and how many requests they decided on
    user        and worklists and figures of their own documents
    department  those of the department
    finance     those of the company; auditor too
    manager     and the first steps, until they are done or put away
    =====================================================================================

    One call reads it all, with a number of queries that does not depend on what there is. Every
    figure comes with the list that it counts.
    """

    _name = "invoice.home"
    _description = "Home Page"

    @api.model
    @api.readonly
    def get_home(self):
        """What the home page shows to the caller.

        :return: what ``get_overview`` of the worklists answers, and

            * ``figures``: dicts with ``key``, ``name``, ``value`` of this month, ``before`` of the
              last, ``same`` of its days up to that of today, ``is_amount``, ``note`` (which
              amounts are missing or converted), ``action`` and ``action_before``
            * ``charts``: dicts with ``key``, ``name``, ``months`` (first days), ``is_amount``,
              ``series`` (dicts with ``name`` and ``values``) and ``actions``, one a month
            * ``steps``: dicts with ``key``, ``name``, ``hint``, ``is_done`` and ``action``
        :rtype: dict
        :raise AccessError: if the caller is no employee
        """
        overview = self.env["invoice.worklist"].get_overview()
        today = fields.Date.context_today(self)
        first = today.replace(day=1)
        # Months end on different days: the whole of one is compared with the whole of the other.
        is_last = (today + relativedelta(days=1)).day == 1
        until = first - relativedelta(days=1) if is_last else today - relativedelta(months=1)
        months = [first - relativedelta(months=back) for back in range(MONTHS - 1, -1, -1)]
        figures, charts = [], []
        for key, reader in self._get_readers().items():
            if (found := reader(months, until)) is not None:
                actions = [self._get_list(found, month) for month in months]
                sums = [sum(values) for values in zip(*found.series.values(), strict=True)]
                figures.append(
                    {
                        "key": key,
                        "name": found.name,
                        "value": sums[-1],
                        "before": sums[-2],
                        "same": found.same,
                        "is_amount": found.is_amount,
                        "note": found.note,
                        "action": actions[-1],
                        "action_before": actions[-2],
                    }
                )
                if any(sums):
                    charts.append(
                        {
                            "key": key,
                            "name": found.name,
                            "is_amount": found.is_amount,
                            "months": [fields.Date.to_string(month) for month in months],
                            "series": [
                                {"name": label, "values": values}
                                for label, values in found.series.items()
                                if any(values)
                            ],
                            "actions": actions,
                        }
                    )
        return {**overview, "figures": figures, "charts": charts, "steps": self._get_steps()}

    # === FIGURES === #

    @api.model
    def _get_readers(self):
        """Of each figure, the method that reads its months, and of the last but one its days until
        one; it answers None where there is none.
        """
        return {
            "ticketed": self._read_ticketed,
            "collected": self._read_collected,
            "signed": self._read_signed,
            "decided": self._read_decided,
        }

    @api.model
    def _get_list(self, reading, month):
        """Action that opens the records of a month."""
        start, end = fields.Date.to_string(month), month + relativedelta(months=1)
        end = fields.Date.to_string(end)
        rows, _dot, fname = reading.date_field.rpartition(".")
        span = [*reading.domain, (fname, ">=", start), (fname, "<", end)]
        return {
            "type": "ir.actions.act_window",
            "name": reading.name,
            "res_model": reading.model,
            "views": [(False, "list"), (False, "form")],
            "domain": [(rows, "any", span)] if rows else span,
        }

    @api.model
    def _sum_months(self, months, until, parts):
        """Amounts of months in the currency of the current company, at today's rate.

        :param date until: see ``_get_readers``
        :param dict parts: by the name of a part its rows: of a currency, a day and an amount
        :return: values of the months by the names of the parts, the value of the last but one
            until the day, and which amounts are missing or converted
        :rtype: tuple[dict, float, str]
        """
        own = self.env.company.currency_id
        rows = [row for part in parts.values() for row in part]
        currencies = own.union(*{currency for currency, _day, amount in rows if amount})
        rates = currencies._get_rates_of_today(self.env.company)
        series, same = {}, 0.0
        for name, part in parts.items():
            sums = dict.fromkeys(months, 0.0)
            for currency, day, amount in part:
                month = day.replace(day=1)
                if month in sums:
                    converted = amount * rates.get(currency, 0.0)
                    sums[month] += converted
                    same += converted if months[-2] <= day <= until else 0.0
            series[name] = [own.round(amount) for amount in sums.values()]
        unrated = currencies.filtered(lambda currency: currency not in rates)
        notes = [unrated._say_missing_rates()]
        if converted := currencies - unrated - own:
            notes.append(
                self.env._(
                    "%(currencies)s at today's rate of %(company)s.",
                    currencies=", ".join(converted.mapped("name")),
                    company=self.env.company.name,
                )
            )
        return series, own.round(same), " ".join(filter(None, notes))

    @api.model
    def _can_read(self, model):
        return self.env.user.has_groups(READERS) and self.env[model].has_access("read")

    @api.model
    def _read_ticketed(self, months, until):
        if not self._can_read("invoice.ticket"):
            return None
        domain = [("state", "=", "issued")]
        rows = self.env["invoice.ticket"]._read_group(
            [*domain, ("issue_date", ">=", months[0])],
            ["company_id", "type_id", "issue_date:day"],
            ["amount_issued:sum"],
        )
        labels = {
            "special": self.env._("Special VAT"),
            "ordinary": self.env._("Ordinary"),
            "other": self.env._("Others"),
        }
        parts = {label: [] for label in labels.values()}
        for company, ticket_type, day, amount in rows:
            part = self.env["invoice.finder"]._get_part(ticket_type)
            parts[labels[part]].append((company.currency_id, day, amount))
        series, same, note = self._sum_months(months, until, parts)
        name = self.env._("Ticketed")
        return Reading(name, "invoice.ticket", domain, "issue_date", series, same, note=note)

    @api.model
    def _read_collected(self, months, until):
        """What customers paid, less what was paid back to them."""
        if not self._can_read("account.payment"):
            return None
        domain = [("partner_type", "=", "customer"), ("state", "in", RECEIVED_STATES)]
        rows = self.env["account.payment"]._read_group(
            [*domain, ("date", ">=", months[0])],
            ["currency_id", "payment_type", "date:day"],
            ["amount:sum"],
        )
        name = self.env._("Collected")
        part = [
            (currency, day, amount if payment_type == "inbound" else -amount)
            for currency, payment_type, day, amount in rows
        ]
        series, same, note = self._sum_months(months, until, {name: part})
        return Reading(name, "account.payment", domain, "date", series, same, note=note)

    @api.model
    def _read_signed(self, months, until):
        if not self._can_read("invoice.contract"):
            return None
        domain = [("state", "in", ("active", "closed"))]
        rows = self.env["invoice.contract"]._read_group(
            [*domain, ("date_signed", ">=", months[0])],
            ["currency_id", "date_signed:day"],
            ["amount_total:sum"],
        )
        name = self.env._("Contracts Signed")
        series, same, note = self._sum_months(months, until, {name: rows})
        return Reading(name, "invoice.contract", domain, "date_signed", series, same, note=note)

    @api.model
    def _read_decided(self, months, until):
        """Requests that the caller decided on, who need not be a reader of tickets."""
        domain = [
            ("user_id", "=", self.env.uid),
            ("decision", "in", ("approve", "reject", "return")),
        ]
        # Months begin where the caller is, as those of the lists do.
        Decision = self.env["invoice.approval.decision"].with_context(tz=str(self.env.tz))
        rows = Decision._read_group(
            [*domain, ("date", ">=", fields.Date.to_string(months[0]))],
            ["date:day"],
            ["request_id:array_agg_distinct"],
        )
        # One request may be decided on several days.
        found, same = {month: set() for month in months}, set()
        for moment, request_ids in rows:
            day = fields.Date.to_date(moment)
            found.get(day.replace(day=1), set()).update(request_ids)
            if months[-2] <= day <= until:
                same.update(request_ids)
        if not any(found.values()) and self.env.user.has_groups(READERS):
            return None
        name = self.env._("Decided by Me")
        series = {name: [len(ids) for ids in found.values()]}
        fname = "decision_ids.date"
        return Reading(
            name, "invoice.approval.request", domain, fname, series, len(same), is_amount=False
        )

    # === FIRST STEPS === #

    @api.model
    def _get_steps(self):
        """First steps of the current company, each done or not; none once all are, or put away."""
        if not self.env.user.has_group(MANAGER) or self.env.company.ticket_steps_hidden:
            return []
        company = self.env.company
        samples = self.env["invoice.samples"]._get_samples("res.partner")
        steps = [
            {
                "key": "company",
                "name": self.env._("Billing data of your company"),
                "hint": self.env._("With the tax number, e-invoice files are known as yours."),
                "is_done": bool(company.vat),
                "action": company.partner_id._get_records_action(
                    name=company.partner_id.display_name
                ),
            },
            {
                "key": "types",
                "name": self.env._("Ticket types"),
                "hint": self.env._("Choose the tax of new lines on the types that you use."),
                "is_done": self._has_records(
                    "invoice.ticket.type", [("default_tax_id", "!=", False)]
                ),
                "action": "invoice_crm_addon.invoice_ticket_type_action",
            },
            {
                "key": "flow",
                "name": self.env._("Approval flow"),
                "hint": self.env._("Who approves tickets. Without one, they are approved at once."),
                "is_done": self._has_records("invoice.approval.flow", []),
                "action": "invoice_crm_addon.invoice_approval_flow_action",
            },
            {
                "key": "customer",
                "name": self.env._("First customer"),
                "hint": self.env._("Paste the billing data that a customer sent."),
                "is_done": self._has_records(
                    "res.partner",
                    [("is_billing_customer", "=", True), ("id", "not in", samples.ids)],
                ),
                "action": "invoice_crm_addon.invoice_billing_paste_wizard_action_new",
            },
            {
                "key": "file",
                "name": self.env._("First e-invoice file"),
                "hint": self.env._("Drop XML, OFD or PDF files: they become issued tickets."),
                "is_done": self._has_records(
                    "invoice.fapiao.file", [("company_id", "=", company.id)]
                ),
                "action": "invoice_crm_addon.invoice_fapiao_file_action",
            },
        ]
        return [] if all(step["is_done"] for step in steps) else steps

    @api.model
    def _has_records(self, model, domain):
        Model = self.env[model]
        if "company_id" in Model._fields:
            # What its parents have, a branch works with.
            companies = (False, *self.env.company.parent_ids.ids)
            domain = [*domain, ("company_id", "in", companies)]
        # sudo: only whether there is one, and those of a parent are not the branch's to read
        return bool(Model.sudo().search(domain, limit=1))

    @api.model
    def hide_steps(self):
        """Put the first steps of the current company away, for all its managers.

        :raise AccessError: if the caller is no manager
        """
        if not self.env.user.has_group(MANAGER):
            raise AccessError(self.env._("Only managers put the first steps away."))
        # sudo: res.company - this one mark, of the caller's company
        self.env.company.sudo().ticket_steps_hidden = True
        return True
