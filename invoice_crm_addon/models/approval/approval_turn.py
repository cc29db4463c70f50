"""What a click on a request reads and writes of people, in one statement each way.

Read one by one – the steps, three relations to users, their names and timezones, who is absent,
which activities there are – this is more than the click itself.
"""

from odoo.fields import Command
from odoo.tools import SQL

from ..base.tools import (
    get_columns,
    group_by_id,
    keep_columns,
    keep_rows_in_cache,
    read_json,
)

# What clicks and messages say of people and companies, and look at in activities.
USER_FIELDS = ("partner_id", "company_id", "active", "share")
PARTNER_FIELDS = ("name", "email", "lang", "tz")
COMPANY_FIELDS = (
    "name",
    "partner_id",
    "currency_id",
    "resource_calendar_id",
    "alias_domain_id",
    "uses_default_logo",
    "email_primary_color",
    "email_secondary_color",
)
# By the name of their table in a subquery.
COMPANY_TABLES = (
    ("company", "res.company", COMPANY_FIELDS),
    ("partner", "res.partner", ("website", "tz")),
    ("calendar", "resource.calendar", ("tz",)),
)
CURRENCY_FIELDS = ("name", "symbol", "position", "rounding", "decimal_places")
DELEGATION_FIELDS = ("user_id", "delegate_id", "date_from", "date_to", "is_applied", "active")
ACTIVITY_FIELDS = (
    "res_model",
    "res_id",
    "user_id",
    "activity_type_id",
    "automated",
    "summary",
    "user_tz",
    "date_deadline",
    "date_done",
    "active",
)


def read_turns(requests):
    """Keep in the cache what somebody needs who decides on requests, or is told about them.

    That is what is written of them and of their steps, everybody who is or was asked with what
    is written of these, the delegations of today, the activities of the documents and how answers
    to these come in.

    :param requests: in superuser mode, maybe of several models
    """
    env = requests.env
    Step, Delegation = env["invoice.approval.step"], env["invoice.approval.delegation"]
    Request, Audience = env["invoice.approval.request"], env["invoice.approval.audience"]
    query = Step._search([("request_id", "in", requests.ids)], order=Step._order)
    request = query.left_join(Step._table, "request_id", Request._table, "id", "request_id")
    step_fields, step_columns = get_columns(Step, Step._table, query)
    request_fields, request_columns = get_columns(Request, request, query)
    step_id, request_id = (SQL.identifier(Step._table, name) for name in ("id", "request_id"))
    extras = {
        "step": _select_people(env, step_id, Step._fields["approver_ids"]),
        "waiting": _select_people(env, request_id, Request._fields["waiting_user_ids"]),
        "asked": _select_people(env, request_id, Request._fields["approver_ids"]),
        "named": _select_people(env, request_id),
        "audience": _select_audience(env, request_id),
        "activities": _select_activities(env, request_id),
        "rounds": _select_rounds(env, request),
        "company": _select_company(env, SQL.identifier(Step._table, "company_id")),
        "currency": _select_currency(env, SQL.identifier(request, "currency_id")),
        "authors": _select_people(env, request_id, Request._fields["author_ids"]),
        "delegations": _select_delegations(env),
    }
    rows = env.execute_query(query.select(*step_columns, *request_columns, *extras.values()))
    if not rows:
        return
    size = len(step_columns)
    steps = keep_columns(Step, step_fields, [row[:size] for row in rows])
    keep_columns(Request, request_fields, [row[size : -len(extras)] for row in rows])
    found = [dict(zip(extras, row[-len(extras) :], strict=True)) for row in rows]
    _keep_people(Step._fields["approver_ids"], steps, [row["step"] for row in found])
    keep_rows_in_cache(requests, "step_ids", group_by_id(steps, "request_id"))
    by_request = {step.request_id.id: row for step, row in zip(steps, found, strict=True)}
    begun = requests.filtered(lambda request: request.id in by_request)
    found = [by_request[request.id] for request in begun]
    _keep_people(Request._fields["waiting_user_ids"], begun, [row["waiting"] for row in found])
    _keep_people(Request._fields["approver_ids"], begun, [row["asked"] for row in found])
    _keep_people(Request._fields["author_ids"], begun, [row["authors"] for row in found])
    for request, row in zip(begun, found, strict=True):
        _keep_persons(env, row["named"] or [])
        _keep_activities(env, row["activities"] or [])
        _keep_rows_of_document(request, row)
        if row["audience"]:
            audience_id, user_ids = row["audience"]
            Audience._fields["user_ids"]._insert_cache(Audience.browse(audience_id), [user_ids])
    for row in found:
        for (_table, model, fnames), (id_, *values) in zip(
            COMPANY_TABLES, row["company"], strict=True
        ):
            if id_:
                _keep(env[model].browse(id_), fnames, values)
        if row["currency"]:
            currency_id, *values = row["currency"]
            _keep(env["res.currency"].browse(currency_id), CURRENCY_FIELDS, values)
    for id_, flow_ids, *values in found[0]["delegations"]:
        delegation = Delegation.browse(id_)
        _keep(delegation, DELEGATION_FIELDS, values)
        Delegation._fields["flow_ids"]._insert_cache(delegation, [tuple(flow_ids)])
    Delegation._keep_current(row[0] for row in found[0]["delegations"])


def _select_people(env, record_id, field=None):
    """Subquery: the people of a many2many field of one record, in their order.

    :param field: default: whoever is named with a request, and the current user
    """
    Users, Partner = env["res.users"], env["res.partner"]
    values = [SQL.identifier("person", "id")]
    values += [SQL.identifier("person", name) for name in USER_FIELDS]
    values += [SQL.identifier("partner", name) for name in PARTNER_FIELDS]
    if field:
        source = SQL(
            "%s link JOIN res_users person ON person.id = link.%s",
            SQL.identifier(field.relation),
            SQL.identifier(field.column2),
        )
        where = SQL("link.%s = %s", SQL.identifier(field.column1), record_id)
    else:
        source = SQL(
            "invoice_approval_request request JOIN res_users person "
            "ON person.id IN (request.requester_id, request.owner_id, %s)",
            env.uid,
        )
        where = SQL("request.id = %s", record_id)
    return SQL(
        """(
            SELECT json_agg(json_build_array(%(values)s) ORDER BY partner.name, person.login)
            FROM %(source)s
            JOIN res_partner partner ON partner.id = person.partner_id
            WHERE %(where)s
        )""",
        values=SQL(", ").join(values),
        source=source,
        where=where,
        to_flush=[
            *(Users._fields[name] for name in (*USER_FIELDS, "login")),
            *(Partner._fields[name] for name in PARTNER_FIELDS),
        ],
    )


def _select_audience(env, request_id):
    """Subquery: who may read a request because it asked them, with the number of their audience."""
    Audience, Request = env["invoice.approval.audience"], env["invoice.approval.request"]
    return SQL(
        """(
            SELECT json_build_array(audience.id, audience.user_ids)
            FROM invoice_approval_request request
            JOIN invoice_approval_audience audience ON audience.id = request.approval_audience_id
            WHERE request.id = %(request_id)s
        )""",
        request_id=request_id,
        to_flush=[Audience._fields["user_ids"], Request._fields["approval_audience_id"]],
    )


def _select_activities(env, request_id):
    """Subquery: the open activities of the document of one request."""
    Activity = env["mail.activity"]
    return SQL(
        """(
            SELECT json_agg(json_build_array(activity.id, %(values)s)
                            ORDER BY activity.date_deadline, activity.id)
            FROM mail_activity activity
            JOIN invoice_approval_request request ON request.id = %(request_id)s
            WHERE activity.res_model = request.res_model
              AND activity.res_id = request.res_id
              AND activity.active IS TRUE
        )""",
        values=SQL(", ").join(SQL.identifier("activity", name) for name in ACTIVITY_FIELDS),
        request_id=request_id,
        to_flush=[Activity._fields[name] for name in ACTIVITY_FIELDS],
    )


def _select_rounds(env, request):
    """Subquery: all requests of the document of one request, latest first."""
    fields = env["invoice.approval.request"]._fields
    return SQL(
        """ARRAY(
            SELECT other.id FROM invoice_approval_request other
            WHERE other.res_model = %(res_model)s AND other.res_id = %(res_id)s
            ORDER BY other.id DESC
        )""",
        res_model=SQL.identifier(request, "res_model"),
        res_id=SQL.identifier(request, "res_id"),
        to_flush=[fields["res_model"], fields["res_id"]],
    )


def _select_delegations(env):
    """Subquery: the delegations of today, with the flows that each is for."""
    Delegation, Flow = env["invoice.approval.delegation"], env["invoice.approval.flow"]
    query, flows = Delegation._search_current(), Delegation._fields["flow_ids"]
    link, table = SQL.identifier(flows.relation), SQL.identifier(query.table)
    flow_ids = SQL(
        """ARRAY(
            SELECT flow.id FROM %(link)s JOIN invoice_approval_flow flow ON flow.id = %(flow)s
            WHERE %(delegation)s = %(table)s.id ORDER BY flow.sequence, flow.id
        )""",
        link=link,
        flow=SQL.identifier(flows.relation, flows.column2),
        delegation=SQL.identifier(flows.relation, flows.column1),
        table=table,
        to_flush=[Flow._fields["sequence"], flows],
    )
    values = [SQL.identifier(query.table, name) for name in DELEGATION_FIELDS]
    row = SQL("json_build_array(%s.id, %s, %s)", table, flow_ids, SQL(", ").join(values))
    fields = [Delegation._fields[name] for name in DELEGATION_FIELDS]
    return SQL("ARRAY(%s)", query.select(SQL("%s", row, to_flush=fields)))


def _select_company(env, company_id):
    """Subquery: what clicks and messages say of a company, its partner and its working hours."""
    return SQL(
        """(
            SELECT json_build_array(%(rows)s)
            FROM res_company company
            JOIN res_partner partner ON partner.id = company.partner_id
            LEFT JOIN resource_calendar calendar ON calendar.id = company.resource_calendar_id
            WHERE company.id = %(company_id)s
        )""",
        rows=SQL(", ").join(_select_row(env, *table) for table in COMPANY_TABLES),
        company_id=company_id,
    )


def _select_currency(env, currency_id):
    """Subquery: how amounts of a request are compared and shown."""
    row = _select_row(env, "currency", "res.currency", CURRENCY_FIELDS)
    return SQL("(SELECT %s FROM res_currency currency WHERE currency.id = %s)", row, currency_id)


def _select_row(env, table, model, fnames):
    """Columns of a table of a subquery, after its id."""
    return SQL(
        "json_build_array(%s)",
        SQL(", ").join(SQL.identifier(table, name) for name in ("id", *fnames)),
        to_flush=[env[model]._fields[name] for name in fnames],
    )


def _keep_people(field, records, people_of_records):
    """Let a many2many field know its people, and these what is written of them."""
    people = [people or [] for people in people_of_records]
    field._insert_cache(records, [tuple(row[0] for row in rows) for rows in people])
    for rows in people:
        _keep_persons(records.env, rows)


def _keep_persons(env, rows):
    for user_id, *values in rows:
        partner_id = values[USER_FIELDS.index("partner_id")]
        _keep(env["res.users"].browse(user_id), USER_FIELDS, values[: len(USER_FIELDS)])
        _keep(env["res.partner"].browse(partner_id), PARTNER_FIELDS, values[len(USER_FIELDS) :])


def _keep_activities(env, rows):
    """:param list rows: ids, and values of ``ACTIVITY_FIELDS``"""
    for id_, *values in rows:
        _keep(env["mail.activity"].browse(id_), ACTIVITY_FIELDS, values)


def _keep_rows_of_document(request, row):
    """Let the document know its activities and the rounds of its approval."""
    env = request.env
    if request.res_model not in env:
        return  # Of a module that is gone.
    document = env[request.res_model].browse(request.res_id)
    # A module that let the model be approved, or have activities, may be gone as well.
    if "approval_request_ids" in document._fields:
        rounds = request.browse(row["rounds"])
        keep_rows_in_cache(document, "approval_request_ids", {document.id: rounds})
    if "activity_ids" in document._fields:
        activities = env["mail.activity"].browse(values[0] for values in row["activities"] or [])
        keep_rows_in_cache(document, "activity_ids", {document.id: activities})


def _keep(record, fnames, values):
    """Put values as JSON has them into the cache, unless something is there already."""
    for name, value in zip(fnames, values, strict=True):
        field = record._fields[name]
        field._insert_cache(record, [read_json(field, value)])


def read_decisions(requests):
    """Keep the decisions on requests in the cache, by one query."""
    Decision = requests.env["invoice.approval.decision"]
    rows = Decision.search_fetch([("request_id", "in", requests.ids)]).grouped("request_id")
    groups = {request.id: group for request, group in rows.items()}
    keep_rows_in_cache(requests, "decision_ids", groups)


def write_people(requests, waiting, readers):
    """Write whose turn it is, and who was asked, of requests where it is the same people.

    One statement does it, in place of one for each relation and direction, and finds the audience
    that follows as well. The fields are written after it, too, so that all that depends on them,
    or listens to them, hears of it; they find nothing left to do in the database.

    :param res.users waiting: whose turn it is
    :param res.users readers: who was asked, themselves or by others; added to those before
    """
    values = {}
    if any(request.waiting_user_ids != waiting for request in requests):
        values["waiting_user_ids"] = [Command.set(waiting.ids)]
    new = readers.filtered(lambda user: any(user not in r.approver_ids for r in requests))
    if new:
        values["approver_ids"] = [Command.link(user.id) for user in new]
    if not values:
        return
    audiences = {tuple(sorted((r.approver_ids | new).ids)) for r in requests} if new else ()
    requests.env["invoice.approval.audience"]._get_audiences(
        audiences, also=_prepare_links(requests, waiting, new)
    )
    for request in requests:
        asked = request.approver_ids | new
        requests._fields["waiting_user_ids"]._update_cache(request, waiting._ids)
        requests._fields["approver_ids"]._update_cache(request, asked._ids)
    requests.write(values)


def forget_waiting(requests):
    """Let requests that end know that nobody is waited for.

    :return: the statement that deletes the rows, to be run together with another one
    :rtype: SQL
    """
    field = requests._fields["waiting_user_ids"]
    field._update_cache(requests, ())
    return SQL(
        "DELETE FROM %s WHERE %s = ANY(%s)",
        SQL.identifier(field.relation),
        SQL.identifier(field.column1),
        requests.ids,
    )


def _prepare_links(requests, waiting, readers):
    """Statements that write the rows of both relations."""

    def get_columns(fname, users):
        field = requests._fields[fname]
        return {
            "relation": SQL.identifier(field.relation),
            "request": SQL.identifier(field.column1),
            "person": SQL.identifier(field.column2),
            "requests": requests.ids,
            "people": users.ids,
        }

    def insert(columns):
        return SQL(
            "INSERT INTO %(relation)s (%(request)s, %(person)s) "
            "SELECT r, p FROM unnest(%(requests)s::int[]) r, unnest(%(people)s::int[]) p "
            "ON CONFLICT DO NOTHING",
            **columns,
        )

    turn = get_columns("waiting_user_ids", waiting)
    leave = SQL(
        "DELETE FROM %(relation)s "
        "WHERE %(request)s = ANY(%(requests)s) AND NOT %(person)s = ANY(%(people)s::int[])",
        **turn,
    )
    return [leave, insert(turn), insert(get_columns("approver_ids", readers))]
