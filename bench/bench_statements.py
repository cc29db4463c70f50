"""Thousands of statements of account as the job sends them: PDF, Excel file and e-mail of each.

``BENCH_STATEMENTS`` customers have three invoices each. What the process holds in memory is said
after every tenth part. Rows are cloned in SQL and taken back at the end.
"""

import os
import time
from unittest.mock import patch

from debtors import make_debtors
from psutil import Process
from screens import Screens

from odoo import fields

from odoo.addons.invoice_crm_addon.models.base.proof import proven

STATEMENTS = int(os.environ.get("BENCH_STATEMENTS", 2_000))

env.cr.commit = env.cr.flush
company = env.ref("invoice_crm_addon.demo_company")
env = env(context={"allowed_company_ids": company.ids, "lang": "zh_CN"})
screens = Screens(env, 1)
today = fields.Date.today()
first, last = fields.Date.subtract(today, days=60), fields.Date.subtract(today, days=1)


def get_megabytes():
    return Process().memory_info().rss / 1024 / 1024


class Progress:
    """Says what was done and held, each time a tenth of the statements is sent."""

    def __init__(self):
        self.done, self.start, self.held = 0, time.perf_counter(), []

    def note(self, processed=0, **_kwargs):
        env.flush_all()
        # What a commit does, too: what waits for it would be held to the end.
        env.cr.precommit.run()
        env.cr.postcommit.clear()
        self.done += processed
        if processed and self.done % max(STATEMENTS // 10, 1) == 0:
            self.held.append(get_megabytes())
            seconds = time.perf_counter() - self.start
            print(f"{self.done:6} sent {seconds:8.1f} s {self.held[-1]:8.0f} MB")
        return 3600.0


customers = make_debtors(env, screens, company, STATEMENTS, days_ago=30)
Statement = env["invoice.account.statement"]
start = time.perf_counter()
owners = Statement._find_customers(company, first, last, customers)
statements = Statement._prepare(company, owners, first, last)
env.flush_all()
print(f"{len(statements)} statements prepared {time.perf_counter() - start:8.1f} s")
statements._queue()
env.flush_all()
env.invalidate_all()
progress = Progress()
with patch.object(env.registry["ir.cron"], "_commit_progress", progress.note):
    proven(Statement).with_context(mail_notify_force_send=False)._cron_send()
assert progress.done == len(statements) == STATEMENTS, progress.done
left = statements.filtered(lambda s: s.state != "sent")
assert not left, left[:1].error
pdfs = statements.sent_message_id.attachment_ids.filtered(lambda a: a.name.endswith(".pdf"))
print(f"{len(pdfs)} PDF files, {sum(pdfs.mapped('file_size')) / 1024 / len(pdfs):.0f} kB each")
growth = progress.held[-1] - progress.held[1]
print(f"memory grew by {growth:.0f} MB from the second tenth to the last")
env.cr.rollback()
