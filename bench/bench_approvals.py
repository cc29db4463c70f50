"""Approving in two stages, beside two tiers of OCA's base_tier_validation, in one run.

Everybody is notified by e-mail on both sides, and everybody acts with their own rights. Mails
are written, not sent: that is core's on both sides, on OCA's after the commit. A tier is
validated one document at a time, because its method takes one. A document with tiers is
confirmed by its owner after the last tier; a ticket is approved by its last stage.
"""

from measures import Table, measure

from odoo.api import SUPERUSER_ID
from odoo.fields import Command
from odoo.tools import SQL

from odoo.addons.mail.models.mail_mail import MailMail

ROUNDS, BATCH = 3, 200
WARM_UP, CLICKS = 5, 15
SEARCHES = 15
# Requests of the large table, those that wait for somebody, and of these for who searches.
ALL, RUNNING, WAITING = 100_000, 10_000, 50
# As many wait for somebody who comes back from a long leave.
BACKLOG = 2_000

company = env.ref("invoice_crm_addon.demo_company")
requester = env.ref("invoice_crm_addon.user_sales")
first = env.ref("invoice_crm_addon.user_approver")
second = env.ref("invoice_crm_addon.user_finance")
(requester | first | second).notification_type = "email"
env = env(user=requester, context={"allowed_company_ids": company.ids, "lang": "zh_CN"})
partner = env["res.partner"].sudo().create({"name": "Bench", "invoice_title": "Bench"})
# A cron commits as it goes; nothing is kept here, and no e-mail leaves.
env.cr.commit = env.cr.flush
MailMail.send = lambda mails, *args, **kwargs: True


class Tickets:
    """Tickets that a flow of two stages approves; a job tells people right after."""

    title = "ours"
    waiting_model = "invoice.approval.request"
    waiting_domain = [("waiting_user_ids", "in", first.ids)]
    waiting_fields = ("name", "partner_id", "amount", "state", "requester_id")
    waiting_fields_unseen = ("currency_id", "owner_id", "company_id")

    def __init__(self):
        stages = [("One", first), ("Two", second)]
        env["invoice.approval.flow"].sudo().create(
            {
                "name": "Bench",
                "sequence": -1,
                "company_id": company.id,
                "res_model": "invoice.ticket",
                "fallback_user_id": second.id,
                "stage_ids": [
                    Command.create(
                        {"name": name, "sequence": number, "user_ids": [Command.set(user.ids)]}
                    )
                    for number, (name, user) in enumerate(stages)
                ],
            }
        )

    def create(self, count):
        line = Command.create({"name": "Bench", "price_unit": 113.0})
        values = {
            "partner_id": partner.id,
            "type_id": env.ref("invoice_crm_addon.ticket_type_receipt").id,
            "line_ids": [line],
        }
        return env["invoice.ticket"].create([dict(values) for _index in range(count)])

    def submit(self, tickets):
        tickets.action_submit()

    def approve(self, tickets, user):
        tickets.with_user(user).action_approve()

    def notify(self):
        env(user=SUPERUSER_ID, context={})["invoice.approval.notice"]._cron_send()

    def is_done(self, tickets):
        return set(tickets.mapped("state")) == {"approved"}

    def multiply(self, ticket, count):
        """Copy a ticket with all that its approval consists of."""
        request = ticket.sudo().approval_request_id
        new_request = multiply(request, count, res_id=multiply(ticket, count))
        new_steps = {
            step: multiply(step, count, request_id=new_request) for step in request.step_ids
        }
        for decision in request.decision_ids:
            links = {"step_id": new_steps[decision.step_id]} if decision.step_id else {}
            multiply(decision, count, request_id=new_request, **links)


class Tiers:
    """Documents that two tiers validate, the second one after the first."""

    title = "OCA"
    waiting_model = "bench.tier"
    waiting_domain = [("can_review", "=", True)]
    waiting_fields = ("name", "partner_id", "amount", "state", "create_uid")
    waiting_fields_unseen = ("currency_id",)

    def __init__(self):
        # The tier with the highest sequence comes first.
        env["tier.definition"].sudo().create(
            [
                {
                    "name": name,
                    "sequence": sequence,
                    "company_id": company.id,
                    "model_id": env["ir.model"]._get_id("bench.tier"),
                    "reviewer_id": user.id,
                    "approve_sequence": True,
                    "notify_on_create": True,
                    "notify_on_accepted": True,
                }
                for name, sequence, user in (("One", 20, first), ("Two", 10, second))
            ]
        )

    def create(self, count):
        values = {
            "name": "Bench",
            "company_id": company.id,
            "partner_id": partner.id,
            "currency_id": company.currency_id.id,
            "amount": 113.0,
        }
        return env["bench.tier"].create([dict(values) for _index in range(count)])

    def submit(self, documents):
        documents.request_validation()

    def approve(self, documents, user):
        for document in documents.with_user(user):
            document.validate_tier()

    def confirm(self, documents):
        documents.state = "confirmed"

    def is_done(self, documents):
        return set(documents.mapped("state")) == {"confirmed"}

    def multiply(self, document, count):
        """Copy a document with its reviews."""
        new_document = multiply(document, count)
        for review in document.sudo().review_ids:
            multiply(review, count, res_id=new_document)


def multiply(record, count, **links):
    """Copy the row of a record, and those of its many2many fields.

    :param links: what the n-th copy adds n to, by column
    :return: the number to which the n-th copy adds n for its own id
    """
    env.flush_all()
    stored = [field for field in record._fields.values() if field.store]
    columns = [field.name for field in stored if field.column_type and field.name != "id"]
    values = {
        name: SQL("%s + n", links[name]) if name in links else SQL.identifier(name)
        for name in columns
    }
    [(last,)] = env.execute_query(SQL("SELECT max(id) FROM %s", SQL.identifier(record._table)))
    copy_rows(record._table, "id", record.id, values, last, count)
    for relation, own, other in {
        (field.relation, field.column1, field.column2)
        for field in stored
        if field.type == "many2many"
    }:
        copy_rows(relation, own, record.id, {other: SQL.identifier(other)}, last, count)
    return last


def copy_rows(table, key, key_id, values, last, count):
    """Copy the rows of a key in SQL: the ORM would take hours."""
    table, key = SQL.identifier(table), SQL.identifier(key)
    env.cr.execute(
        SQL(
            "INSERT INTO %(table)s (%(key)s, %(columns)s) SELECT %(last)s + n, %(values)s "
            "FROM %(table)s, generate_series(1, %(count)s) n WHERE %(key)s = %(key_id)s",
            table=table,
            key=key,
            key_id=key_id,
            columns=SQL(", ").join(map(SQL.identifier, values)),
            values=SQL(", ").join(values.values()),
            last=last,
            count=count,
        )
    )
    # Else rows that refer to these are checked as planned while the table was small: each by
    # reading it from end to end.
    env.cr.execute(SQL("ANALYZE %s", table))


STEPS = {
    "submit": lambda side, records: side.submit(records),
    "approve 1": lambda side, records: side.approve(records, first),
    "approve 2": lambda side, records: side.approve(records, second),
    "confirm": lambda side, records: side.confirm(records),
}


def get_steps(side):
    return {name: step for name, step in STEPS.items() if hasattr(side, name.split()[0])}


def run_step(side, name, records, table):
    """Measure a step, and apart from it the job that it leaves behind, if it leaves one."""
    table.add(name, side.title, *measure(env, get_steps(side)[name], side, records))
    if hasattr(side, "notify"):
        table.add(get_job(name), side.title, *measure(env, side.notify))


def get_job(name):
    return f"  job after {name}"


def run_batch(side, count, table):
    """Take a batch through all steps."""
    records = side.create(count)
    for name in get_steps(side):
        run_step(side, name, records, table)
    assert side.is_done(records)


def run_clicks(sides, table):
    """Take records through all steps one at a time, as if each were a call of its own.

    The sides take turns, so that what else the machine does weighs on both.
    """
    batches = {side: side.create(WARM_UP + CLICKS) for side in sides}
    warm_up = Table(table.titles)
    for name in STEPS:
        for index in range(WARM_UP + CLICKS):
            for side, records in batches.items():
                if name in get_steps(side):
                    # Browsed alone: a record of a batch would read ahead for all of it.
                    record = records.browse(records.ids[index])
                    run_step(side, name, record, warm_up if index < WARM_UP else table)
    assert all(side.is_done(records) for side, records in batches.items())


def fill(side):
    """Make the table large, most of it history, in which the user took part as well."""
    done, running, waiting = side.create(3)
    for record, reached in ((done, 4), (running, 2), (waiting, 1)):
        for step in list(get_steps(side).values())[:reached]:
            measure(env, step, side, record)
    for record, count in ((done, ALL - RUNNING), (running, RUNNING - WAITING), (waiting, WAITING)):
        side.multiply(record, count - 1)
    return waiting


def run_searches(sides, count, table):
    """List the first 80 of what waits for the first approver, in turns as well."""
    for index in range(WARM_UP + SEARCHES):
        for side in sides:
            figure = measure(env, search, side, count)
            if index >= WARM_UP:
                table.add(count, side.title, *figure)


def search(side, count):
    """Search and read as the web client does: it asks for no name of what it does not show."""
    model = env[side.waiting_model].with_user(first)
    name_only = {"fields": {"display_name": {}}}
    columns = {
        name: name_only if model._fields[name].relational else {} for name in side.waiting_fields
    } | dict.fromkeys(side.waiting_fields_unseen, {"fields": {}})
    found = model.web_search_read(side.waiting_domain, columns, limit=80, count_limit=10_001)
    assert found["length"] >= count


def print_steps(table, count, target, with_jobs):
    """Print the steps, their jobs, and the sum.

    :param bool with_jobs: whether a step counts with the job that it leaves behind
    """

    def print_row(name, rows, aim=""):
        figures = [table.total(rows, title, count) for title in table.titles]
        if any(figures):
            table.print_row(name, figures, aim)

    for name in STEPS:
        rows = [name, get_job(name)] if with_jobs else [name]
        has_target = with_jobs or name.startswith("approve")
        print_row(name, rows, target if has_target and name != "confirm" else "")
        print_row(get_job(name), [get_job(name)])
    jobs = list(map(get_job, STEPS))
    if not with_jobs:
        print_row("all of them", STEPS)
    print_row("all of them with their jobs", [*STEPS, *jobs], "" if with_jobs else "97 queries")


def main():
    sides = [Tickets()]
    if "bench.tier" in env:
        sides.append(Tiers())
    else:
        print("   base_tier_validation is not here: figures of the add-on alone")
    titles = [side.title for side in sides]

    for side in sides:
        run_batch(side, WARM_UP, Table(titles))
    table = Table(titles)
    for _round in range(ROUNDS):
        for side in sides:
            run_batch(side, BATCH, table)
    table.print_head(f"batch of {BATCH} with jobs, a record")
    print_steps(table, BATCH, "7 queries", with_jobs=True)

    table = Table(titles)
    run_clicks(sides, table)
    table.print_head("one click on a cold record")
    print_steps(table, 1, "12 queries", with_jobs=False)

    table = Table(titles)
    waiting = {side: fill(side) for side in sides}
    run_searches(sides, WAITING, table)
    for side, record in waiting.items():
        side.multiply(record, BACKLOG - WAITING)
    run_searches(sides, BACKLOG, table)
    table.print_head(f"waiting for me, among {ALL:,}")
    for count, aim in ((WAITING, "15 ms"), (BACKLOG, "")):
        table.print_row(f"{count:,} of them", [table.median(count, t) for t in titles], aim)


main()
