from typing import NamedTuple

from odoo import api, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools.safe_eval import safe_eval

READERS = "invoice_crm_addon.group_ticket_user,invoice_crm_addon.group_ticket_auditor"
FINANCE = "invoice_crm_addon.group_ticket_finance,invoice_crm_addon.group_ticket_auditor"


class Worklist(NamedTuple):
    """A window action whose records wait for somebody, and how they are counted."""

    section: str
    action: str
    menu: str
    measure: str = ""
    groups: str = READERS
    is_alarm: bool = False
    # What the filter says with which the action opens.
    filter: str = "[]"


WORKLISTS = {
    "to_approve": Worklist(
        "decide",
        "invoice_approval_request_action_to_approve",
        "menu_ticket_to_approve",
        groups="base.group_user",
        filter="[('waiting_user_ids', 'in', [uid])]",
    ),
    "late_approvals": Worklist(
        "decide",
        "invoice_worklist_action_late_approvals",
        "",
        groups="base.group_user",
        is_alarm=True,
        filter="[('waiting_user_ids', 'in', [uid])]",
    ),
    "drafts": Worklist("decide", "invoice_worklist_action_drafts", "", "amount_company"),
    "received": Worklist(
        "issue",
        "account_payment_action_to_ticket",
        "menu_ticket_received_unticketed",
        "amount_to_ticket",
        filter="[('amount_to_ticket', '>', 0)]",
    ),
    "to_issue": Worklist(
        "issue", "invoice_ticket_action_to_issue", "menu_ticket_to_issue", "amount_company"
    ),
    # Red letters are sent too: what they and others amount to together says nothing.
    "unsent": Worklist("issue", "invoice_worklist_action_unsent", "menu_worklist_unsent"),
    "under_way": Worklist("issue", "invoice_worklist_action_under_way", "menu_worklist_under_way"),
    "uncollected": Worklist(
        "collect", "invoice_worklist_action_uncollected", "menu_worklist_uncollected", "amount_open"
    ),
    "overdue": Worklist(
        "collect",
        "invoice_worklist_action_overdue",
        "menu_worklist_overdue",
        "amount_open",
        is_alarm=True,
    ),
    "failed_reminders": Worklist(
        "collect", "invoice_reminder_action_failed", "menu_reminder_failed", is_alarm=True
    ),
    "excess": Worklist(
        "mend",
        "invoice_ticket_excess_action",
        "menu_ticket_excess",
        "amount_excess",
        FINANCE,
        is_alarm=True,
    ),
    "partial_red": Worklist(
        "mend", "invoice_worklist_action_partial_red", "menu_worklist_partial_red", "amount_valid"
    ),
    "findings": Worklist(
        "mend",
        "invoice_check_finding_action_my",
        "menu_data_check_my",
        filter="[('user_id', '=', uid)]",
    ),
}


class InvoiceWorklist(models.AbstractModel):
    """What waits for somebody: the figures of the home page, and those beside the menu.

    A worklist is a window action; its domain says what is counted, so that a figure is that of the
    list which it opens. Each costs one query, whatever it holds, and counts what the caller may
    read.

    Role        Lists
    =====================================================================================
    employee    what they are to approve
    user        and those of their own documents, and of the collections of their contracts
    department  and those of the department
    finance     all of the allowed companies, with what is ticketed too much; manager and auditor
                too
    portal      none
    =====================================================================================
    """

    _name = "invoice.worklist"
    _description = "Worklists"

    @api.model
    @api.readonly
    def get_overview(self):
        """Worklists of the caller, each with the number of its records and what they amount to.

        Amounts are in the currency of the current company: those of other currencies are
        converted at today's rate, and count nothing if there is none. What is issued was converted
        into the currency of its company at the rate of its day.

        :return: ``currency_id``, and ``sections``: dicts with ``name`` and ``lists``, which are
            dicts with ``key``, ``name``, ``hint``, ``count``, ``amount`` (None where there is none
            to add up), ``note`` (which amounts are missing in it, "" if none), ``is_alarm``,
            ``action`` and ``menu`` (full XML IDs)
        :rtype: dict
        :raise AccessError: if the caller is no employee
        """
        if not self.env.user._is_internal():
            raise AccessError(self.env._("Worklists are for employees."))
        hints, sections = self._get_hints(), self._get_sections()
        for key, worklist in WORKLISTS.items():
            # sudo: ir.actions.act_window - name, model and domain; what is counted is the caller's
            action_sudo = self.env.ref(f"invoice_crm_addon.{worklist.action}").sudo()
            Model = self.env[action_sudo.res_model]
            if self.env.user.has_groups(worklist.groups) and Model.has_access("read"):
                count, amount, unrated = self._count(Model, action_sudo, worklist)
                sections[worklist.section]["lists"].append(
                    {
                        "key": key,
                        "name": action_sudo.name,
                        "hint": hints[key],
                        "count": count,
                        "amount": amount,
                        "note": unrated._say_missing_rates(),
                        "is_alarm": worklist.is_alarm,
                        "action": f"invoice_crm_addon.{worklist.action}",
                        "menu": worklist.menu and f"invoice_crm_addon.{worklist.menu}",
                    }
                )
        return {
            "currency_id": self.env.company.currency_id.id,
            "sections": [section for section in sections.values() if section["lists"]],
        }

    @api.model
    def _count(self, Model, action_sudo, worklist):
        """Number of the records behind an action, their sum if there is a measure, and the
        currencies that it lacks."""
        values, measure = {"uid": self.env.uid}, worklist.measure
        domain = Domain.AND(
            safe_eval(text or "[]", values) for text in (action_sudo.domain, worklist.filter)
        )
        if not measure:
            return Model.search_count(domain), None, self.env["res.currency"]
        # A company has a hundred columns, of which record rules and sums look at these.
        self.env.companies.fetch(["currency_id", "parent_path"])
        types = ["type_id"] if Model._name == "invoice.ticket" else []
        rows = Model._read_group(
            domain, ["company_id", "currency_id", *types], ["__count", f"{measure}:sum"]
        )
        is_company = Model._fields[measure].get_currency_field(Model) == "company_currency_id"
        if types:
            Model.type_id.union(*(row[2] for row in rows)).fetch(["takes_amount"])
        count, sums = 0, {}
        for company, currency, *ticket_type, number, total in rows:
            count += number
            # A receipt waits as well, but a fapiao is issued for the same money.
            if total and (not ticket_type or ticket_type[0].takes_amount):
                source = company.currency_id if is_company else currency
                sums[source] = sums.get(source, 0.0) + total
        currencies = self.env["res.currency"].union(*sums)
        rates = currencies._get_rates_of_today(self.env.company)
        amount = sum(total * rates.get(source, 0.0) for source, total in sums.items())
        unrated = currencies.filtered(lambda currency: currency not in rates)
        return count, self.env.company.currency_id.round(amount), unrated

    @api.model
    def _get_sections(self):
        return {
            "decide": {"name": self.env._("Decide and Submit"), "lists": []},
            "issue": {"name": self.env._("Issue and Deliver"), "lists": []},
            "collect": {"name": self.env._("Collect"), "lists": []},
            "mend": {"name": self.env._("Put in Order"), "lists": []},
        }

    @api.model
    def _get_hints(self):
        return {
            "to_approve": self.env._("They wait for your decision."),
            "late_approvals": self.env._("They wait for you beyond their deadline."),
            "drafts": self.env._("Yours, not submitted yet."),
            "received": self.env._("The customer paid, and no ticket says so yet."),
            "to_issue": self.env._("Finance can issue them now."),
            "unsent": self.env._("Neither mailed nor shipped to the customer."),
            "under_way": self.env._("Shipped, and the customer has not signed for them."),
            "uncollected": self.env._("Issued and not fully paid, due or not."),
            "overdue": self.env._("Past the due date."),
            "failed_reminders": self.env._("They did not reach the customer."),
            "excess": self.env._("More is ticketed than there is."),
            "partial_red": self.env._("A part was taken back; the rest is still valid."),
            "findings": self.env._("What a data check found at records of yours."),
        }
