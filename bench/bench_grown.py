"""Lists that grow beside the tickets, as each role opens them; see ``grown_rows``.

Each list that shows a whole page is opened with the filters that it begins with: the first page,
its count, and the groups that its search offers and its panel. Finance, which reads all, is held
against plain SQL of the same rows with the names shown; the others read by their own columns, and
are shown alone.
"""

import os
import time
from functools import partial

from grown_rows import ROWS, GrownRows
from screens import Screens
from web_client import get_actions, get_groups, get_panel, get_plain, open_action

ROUNDS = int(os.environ.get("BENCH_ROUNDS", 5))
ROLES = os.environ.get("BENCH_ROLES", "finance,lead,sales,auditor").split(",")
PAGE = 80

company = env.ref("invoice_crm_addon.demo_company")
users = {user.login: user for user in env["res.users"].search([])}
screens = Screens(env(su=True), ROUNDS)
start = time.perf_counter()
GrownRows(screens, company, users)
print(f"{ROWS} rows of each in {time.perf_counter() - start:.0f} s", flush=True)


def measure(role, xml_id):
    """Print what a list costs a role."""
    own = screens.env
    function = open_action(own, xml_id)
    if not function:
        return
    if (shown := len(function()["records"])) < PAGE:
        print(f"{role}: {xml_id} has {shown} rows, left out", flush=True)
        return
    name = f"{role}: {xml_id.removeprefix('invoice_').replace('_action', '')}"
    Model, (domain, _shown) = function.func.__self__, function.args
    if role == "finance":
        screens.compare(name, function, *get_plain(function, company))
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
    for menu in get_actions(screens.env):
        measure(role, menu)
env.cr.rollback()
