"""Lists that grow beside the tickets, as each role opens them; see ``grown_rows``.

Each menu is opened with the filters that it begins with: the first page, its count, and the
groups that its search offers and its panel. Finance, which reads all, is held against plain SQL
of the same rows with the names shown; the others read by their own columns, and are shown alone.
"""

import os
import time
from functools import partial

from grown_rows import ROWS, GrownRows
from screens import Screens
from web_client import COUNT, get_groups, get_panel, name_rows, open_action

ROUNDS = int(os.environ.get("BENCH_ROUNDS", 5))
ROLES = os.environ.get("BENCH_ROLES", "finance,lead,sales,auditor").split(",")
# Menus, and in plain SQL what they begin with.
MENUS = {
    "invoice_reminder_action_sent": "invoice_reminder WHERE state IN ('ready', 'sent', 'draft')",
    "invoice_reminder_action_failed": "invoice_reminder WHERE state = 'failed'",
    "invoice_account_statement_action": "invoice_account_statement WHERE state <> 'cancelled'",
    "invoice_reminder_stop_action": None,
    "invoice_bank_match_action": "invoice_bank_match WHERE state = 'open'",
    "invoice_planned_bill_action": None,
    "invoice_check_finding_action": None,
    "invoice_check_finding_action_my": None,
    "invoice_bureau_batch_action": "invoice_bureau_batch WHERE TRUE",
    "invoice_export_log_action": "invoice_export_log WHERE TRUE",
}

company = env.ref("invoice_crm_addon.demo_company")
users = {user.login: user for user in env["res.users"].search([])}
screens = Screens(env(su=True), ROUNDS)
start = time.perf_counter()
GrownRows(screens, company, users)
print(f"{ROWS} rows of each in {time.perf_counter() - start:.0f} s", flush=True)


def measure(role, xml_id, plain):
    """Print what a menu costs a role."""
    own = screens.env
    function = open_action(own, xml_id)
    if not function:
        return
    name = f"{role}: {xml_id.removeprefix('invoice_').replace('_action', '')}"
    Model, (domain, shown) = function.func.__self__, function.args
    if plain and role == "finance":
        rows = f"SELECT * FROM {plain} AND company_id = {company.id}"
        order = ", ".join(f"x.{part.strip()}" for part in Model._order.split(","))
        page = f"SELECT * FROM ({rows}) x ORDER BY {order} LIMIT 80"
        screens.compare(name, function, name_rows(Model, shown, page), COUNT.format(rows))
    else:
        screens.show(name, function)
    for group in get_groups(own, xml_id):
        screens.show(
            f"{name}, by {group}",
            partial(Model.web_read_group, domain, [group], ["__count"], limit=80),
        )
    for fname in get_panel(own, xml_id):
        screens.show(
            f"{name}, panel {fname}",
            partial(Model.search_panel_select_range, fname, enable_counters=True),
        )


for role in ROLES:
    screens.env = env(
        user=users[role],
        context={"allowed_company_ids": company.ids, "lang": "zh_CN", "tz": "Asia/Shanghai"},
    )
    for menu, query in MENUS.items():
        measure(role, menu, query)
env.cr.rollback()
