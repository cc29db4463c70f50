"""Rows of the rights table: the tax bureau's month, and the check of the data."""

from odoo.fields import Command

from ...models.base.proof import proven

DESK_RIGHTS = """
bureau_month.reopen     -     -     c       c       -       -        -       x     -      -
bureau_month.reopen_dialog -  -     c       c       -       -        -       x     -      -
bureau_empty.close      -     -     c       c       -       -        -       x     -      -
bureau_row.explain_dialog -   -     c       c       -       -        -       x     -      -

check.read              c     c     c       c       c       -        -       c     -      -
check.create            -     -     -       -       -       -        -       -     -      -
check.write             -     -     -       c       -       -        -       -     -      -
check.unlink            -     -     -       -       -       -        -       -     -      -

check_run.read          -     -     c       c       c       -        -       x     -      -
check_run.create        -     -     -       -       -       -        -       -     -      -
check_run.write         -     -     -       -       -       -        -       -     -      -
check_run.unlink        -     -     -       -       -       -        -       -     -      -
check_run.ask           -     -     c       c       -       -        -       x     -      -
check_run.progress      -     -     c       c       c       -        -       x     -      -
check_run.findings      -     -     c       c       c       -        -       x     -      -

check_result.read       -     -     c       c       c       -        -       x     -      -
check_result.create     -     -     -       -       -       -        -       -     -      -
check_result.write      -     -     -       -       -       -        -       -     -      -
check_result.unlink     -     -     -       -       -       -        -       -     -      -

finding.read            o    od    odc     odc     odc      -        -       x     -      -
finding.create          -     -     -       -       -       -        -       -     -      -
finding.write           -     -     -       -       -       -        -       -     -      -
finding.unlink          -     -     -       -       -       -        -       -     -      -
finding.open            o    od    odc     odc     odc      -        -       x     -      -
finding.accept_dialog   -     -    odc     odc      -       -        -       x     -      -
finding.accept          -     -    odc     odc      -       -        -       x     -      -
finding.take_back       -     -    odc     odc      -       -        -       x     -      -
"""
DESK_SHARED = ("bureau_empty", "check", "check_run", "check_result")
DESK_VALUES = {
    "check": {"is_on": False},
    "check_run": {"is_automatic": True},
    "check_result": {"found_count": 9},
    "finding": {"reason": "Changed"},
}
DESK_STATES = {
    "bureau_month.reopen": ("bureau_month", "closed"),
    "bureau_month.reopen_dialog": ("bureau_month", "closed"),
    "finding.take_back": ("finding", "accepted"),
}


def _reopen(month):
    action = month.action_open_reopen()
    wizard = month.env[action["res_model"]].with_context(**action["context"])
    return wizard.create({"reason": "Late list"}).action_confirm()


def _accept(finding):
    action = finding.action_open_accept()
    wizard = finding.env[action["res_model"]].with_context(**action["context"])
    return wizard.create({"reason": "Known"}).action_confirm()


def _explain(row):
    action = row.action_open_explain()
    wizard = row.env[action["res_model"]].with_context(**action["context"])
    return wizard.create({"reason": "outside", "note": "Branch"}).action_confirm()


DESK_ACTIONS = {
    "bureau_month.reopen": lambda month: month.action_reopen("Late list"),
    "bureau_month.reopen_dialog": _reopen,
    "bureau_empty.close": lambda month: month.action_close_empty(),
    "bureau_row.explain_dialog": _explain,
    "check_run.ask": lambda run: run.with_company(run.sudo().company_id).action_check_now(),
    "check_run.progress": lambda run: run.get_progress(),
    "check_run.findings": lambda run: run.action_view_findings(),
    "finding.open": lambda finding: finding.action_open_record(),
    "finding.accept_dialog": lambda finding: finding.action_open_accept(),
    "finding.accept": _accept,
    "finding.take_back": lambda finding: finding.action_take_back(),
}
#: What each public action is in the table; of one that only opens something, who reads may.
DESK_METHODS = {
    "invoice.bureau.batch": {
        "action_download": "bureau_batch.download",
        "action_cancel": "bureau_batch.cancel",
        "action_view_tickets": "bureau_batch.read",
        "action_view_items": "bureau_batch.read",
    },
    "invoice.bureau.batch.item": {
        "action_take_out": "bureau_item.take_out",
        "action_refuse": "bureau_item.refuse",
        "action_open_ticket": "bureau_item.read",
    },
    "invoice.bureau.explanation": {"action_take_back": "bureau_reason.take_back"},
    "invoice.bureau.month": {
        "action_open_months": "bureau_month.read",
        "action_open_rows": "bureau_month.read",
        "action_open_fapiao": "bureau_month.read",
        "action_open_vat_sheet": "vat_sheet.open",
        "action_close": "bureau_month.close",
        "action_close_empty": "bureau_empty.close",
        "action_open_reopen": "bureau_month.reopen_dialog",
        "action_reopen": "bureau_month.reopen",
        "action_export": "bureau_month.export",
    },
    "invoice.bureau.month.row": {
        # Each begins with the check that ``explain`` begins with.
        "action_create_tickets": "bureau_row.explain",
        "action_issue_proposed": "bureau_row.explain",
        "action_take_number": "bureau_row.explain",
        "action_take_over": "bureau_row.explain",
        "action_void": "bureau_row.explain",
        "action_red": "bureau_row.explain",
        "action_open_match": "bureau_row.explain",
        "action_open_explain": "bureau_row.explain_dialog",
        "action_explain": "bureau_row.explain",
    },
    "invoice.bureau.template": {"action_download": "bureau_template.read"},
    "invoice.check": {"action_view_findings": "check.read"},
    "invoice.check.finding": {
        "action_open_record": "finding.open",
        "action_open_accept": "finding.accept_dialog",
        "action_take_back": "finding.take_back",
    },
    "invoice.check.run": {
        "action_check_now": "check_run.ask",
        "action_view_findings": "check_run.findings",
    },
}


def add_finding(env, ticket):
    """A finding at a ticket, of whom it is."""
    check = env.ref("invoice_crm_addon.check_not_sent")
    return proven(env["invoice.check.finding"]).create(
        {
            "check_id": check.id,
            "company_id": ticket.company_id.id,
            "category": check.category,
            "severity": check.severity,
            "res_model": ticket._name,
            "res_id": ticket.id,
            "user_id": ticket.user_id.id,
            "department_id": ticket.department_id.id,
            "found_on": "2026-01-01",
            "seen_on": "2026-01-01",
        }
    )


def add_desk(env, world, company):
    """A month without fapiao, and a check of the data."""
    world.bureau_empty = proven(env["invoice.bureau.month"]).create(
        {"date": "2025-11-01", "company_id": company.id}
    )
    world.check = env["invoice.check"].create(_prepare_check("Test"))
    world.check_run = env["invoice.check.run"].create(
        {
            "company_id": company.id,
            "state": "done",
            "result_ids": [Command.create({"check_id": world.check.id})],
        }
    )
    world.check_result = world.check_run.result_ids


def get_desk_creators(world, in_company):
    """Values of new records by what the table calls them."""
    return {
        "check": lambda: _prepare_check("New"),
        "check_run": lambda: {"state": "done", **in_company},
        "check_result": lambda: {"run_id": world.check_run.id, "check_id": world.check.id},
        "finding": lambda: {
            "check_id": world.finding.check_id.id,
            "category": "ticket",
            "severity": "2",
            "res_model": "invoice.ticket",
            "res_id": world.issued.id,
            "found_on": "2026-01-01",
            "seen_on": "2026-01-01",
            **in_company,
        },
    }


def _prepare_check(name):
    return {
        "name": name,
        "category": "ticket",
        "sentence": "Wrong",
        "remedy": "Mend it",
        "res_model": "invoice.ticket",
        "model": "invoice.checks.tickets",
        "method": "_find_not_sent",
    }
