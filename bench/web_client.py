"""What the web client asks for when somebody opens a screen, and the same in plain SQL."""

from functools import partial

from lxml import etree

from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.safe_eval import safe_eval

COUNT = "SELECT count(*) FROM (SELECT 1 FROM ({}) x LIMIT 10001) y"
# What names a record, where it is not the column that its model says.
NAMES = {
    "res.partner": "complete_name",
    "invoice.contract": "concat_ws(' ', number, name)",
    "invoice.ticket": "concat(name, ' (' || fapiao_number || ')')",
    "res.users": "(SELECT name FROM res_partner p WHERE p.id = partner_id)",
}
# What is computed of each row, and says names of others.
COMPUTED = {
    ("invoice.check.finding", "record_name"): """CASE x.res_model
        WHEN 'res.partner' THEN (SELECT complete_name FROM res_partner WHERE id = x.res_id)
        WHEN 'invoice.ticket' THEN (SELECT name FROM invoice_ticket WHERE id = x.res_id)
        ELSE x.res_id::text END""",
    ("invoice.check.finding", "document_type"): """
        (SELECT name ->> 'zh_CN' FROM ir_model WHERE model = x.res_model)""",
    ("invoice.check.finding", "message"): """
        (SELECT sentence ->> 'zh_CN' FROM invoice_check c WHERE c.id = x.check_id)""",
    ("invoice.approval.request", "document_type"): """
        (SELECT name ->> 'zh_CN' FROM ir_model WHERE model = x.res_model)""",
    # What somebody can do who has all rights.
    ("invoice.planned.bill", "can_make"): """
        x.state NOT IN ('done', 'skipped')
        AND (SELECT state FROM invoice_contract c WHERE c.id = x.contract_id) = 'active'
        AND NOT EXISTS (SELECT FROM invoice_approval_request r
                         WHERE r.res_model = 'invoice.contract' AND r.res_id = x.contract_id
                           AND r.state = 'pending' AND r.is_change)""",
    ("invoice.planned.bill", "can_skip"): "x.state NOT IN ('begun', 'done', 'skipped')",
    ("invoice.planned.bill", "can_take_back"): "x.state = 'skipped'",
    ("invoice.planned.bill", "can_view_document"): "x.state IN ('begun', 'done')",
    ("invoice.bank.match", "can_choose"): "x.state <> 'matched'",
    ("invoice.bank.match", "can_accept"): "x.state = 'open' AND x.proposal_id IS NOT NULL",
    ("invoice.bank.match", "can_undo"): "x.state = 'matched'",
}


def get_specification(Model, view_id=False, view_type="list"):
    """What the web client reads of each row: optional columns that nobody chose as well.

    Of what a column that nobody sees refers to, it does not ask for the name.
    """
    view = Model.get_views([(view_id, view_type)])
    described = view["models"][Model._name]["fields"]
    arch = etree.fromstring(view["views"][view_type]["arch"])
    nodes = {
        node.get("name"): node
        for node in arch.iter("field")
        if not any(True for _ in node.iterancestors("field"))
        and described[node.get("name")]["type"] != "properties"
    }
    return {
        name: get_column(described[name]["type"], node, view_type) for name, node in nodes.items()
    }


def get_column(kind, node, view_type):
    """What is read of a column."""
    if kind not in ("many2one", "one2many", "many2many"):
        return {}
    hidden = node.get("column_invisible") or node.get("invisible")
    named = {"fields": {} if hidden in ("True", "1") else {"display_name": {}}}
    if kind == "many2one":
        return named
    if hidden in ("True", "1"):
        return {}
    if node.get("widget") == "list_activity":
        return {"fields": {}}
    return {**named, "limit": 40 if view_type == "form" else 80}


def read_list(Model, domain=(), view_id=False, order=None):
    """Read the first page of a list, and count."""
    specification = get_specification(Model, view_id)
    return partial(
        # The client asks for the sizes of pictures.
        Model.with_context(bin_size=True).web_search_read,
        list(domain),
        specification,
        limit=80,
        order=order or Model._order,
        count_limit=10001,
    )


def open_action(env, xml_id):
    """Model and domain of a menu with the filters that it begins with, and its list."""
    action = env.ref(f"invoice_crm_addon.{xml_id}").sudo()
    Model = env[action.res_model]
    if not Model.has_access("read"):
        return None
    known = {"uid": env.uid, "active_id": 1}
    parts = [safe_eval(action.domain or "[]", known)]
    context = safe_eval(action.context or "{}", known)
    for node in get_search(Model, action).iter("filter"):
        if node.get("domain") and context.get(f"search_default_{node.get('name')}"):
            parts.append(safe_eval(node.get("domain"), known))
    view_id = {mode: view_id for view_id, mode in action.views}.get("list")
    return read_list(Model.with_context(**context), Domain.AND(parts), view_id)


def get_actions(env):
    """Names of the window actions of the add-on that open a list."""
    actions = (
        env["ir.model.data"]
        .sudo()
        .search(
            [("module", "=", "invoice_crm_addon"), ("model", "=", "ir.actions.act_window")],
            order="name",
        )
    )
    return [
        data.name
        for data in actions
        if "list" in env[data.model].browse(data.res_id).sudo().view_mode.split(",")
    ]


def get_search(Model, action):
    """The search view of an action."""
    return etree.fromstring(Model.get_view(action.search_view_id.id, "search")["arch"])


def get_groups(env, xml_id):
    """What the search of a menu offers to group by."""
    action = env.ref(f"invoice_crm_addon.{xml_id}").sudo()
    Model, groups = env[action.res_model], set()
    for node in get_search(Model, action).iter("filter"):
        by = safe_eval(node.get("context") or "{}", {"uid": env.uid}).get("group_by")
        groups.update([by] if isinstance(by, str) else by or ())
    return sorted(
        f"{group}:month" if Model._fields[group].type in ("date", "datetime") else group
        for group in groups
        if "." not in group and ":" not in group and Model._fields[group].type != "properties"
    ) + sorted(group for group in groups if ":" in group)


def get_panel(env, xml_id):
    """The fields of the panel beside a menu's list."""
    action = env.ref(f"invoice_crm_addon.{xml_id}").sudo()
    Model = env[action.res_model]
    return [node.get("name") for node in get_search(Model, action).xpath("//searchpanel/field")]


# === PLAIN SQL === #


def get_plain(function, company):
    """What a list shows first, and how many there are, in plain SQL that asks for no rights.

    :param function: see ``open_action``
    :return: two queries
    """
    Model, (domain, shown) = function.func.__self__, function.args
    if "company_id" in Model._fields:
        domain = Domain(domain) & Domain("company_id", "in", [company.id, False])
    query = Model.sudo()._search(domain, order=Model._order, limit=80)
    page = query.select(SQL("%s.*", SQL.identifier(Model._table)))
    rows = Model.sudo()._search(domain).select(SQL("1"))
    page, rows = (Model.env.cr.mogrify(part.code, part.params).decode() for part in (page, rows))
    return name_rows(Model, shown, page), COUNT.format(rows)


def name_rows(Model, specification, page):
    """Give the rows of a page the names of what they refer to, as the screen shows them.

    :param str page: query of the rows
    """
    names, joins = [], []
    for number, (fname, shown) in enumerate(specification.items()):
        field = Model._fields[fname]
        if computed := COMPUTED.get((Model._name, fname)):
            names.append(f"{computed} AS computed_{fname}")
        if not field.store or field.company_dependent or "fields" not in shown:
            continue
        comodel, alias = Model.env[field.comodel_name], f"n{number}"
        if field.type == "one2many":
            of_model = (
                f"m.res_model = '{Model._name}'" if "res_model" in comodel._fields else "TRUE"
            )
            names.append(
                f"ARRAY(SELECT m.id FROM {comodel._table} m "
                f"WHERE m.{field.inverse_name} = x.id AND {of_model}) AS rows_{fname}"
            )
        if "display_name" not in shown["fields"]:
            continue
        name = get_name(comodel)
        named = f"(SELECT id, {name} AS named FROM {comodel._table} m)"
        if field.type == "many2one":
            names.append(f"{alias}.named AS named_{fname}")
            joins.append(
                f"LEFT JOIN LATERAL (SELECT {name} AS named FROM {comodel._table} m "
                f"WHERE m.id = x.{fname}) {alias} ON TRUE"
            )
        elif field.type == "many2many":
            names.append(
                f"ARRAY(SELECT m.named FROM {field.relation} r JOIN {named} m "
                f"ON m.id = r.{field.column2} WHERE r.{field.column1} = x.id) AS named_{fname}"
            )
    return f"SELECT {', '.join(['x.*', *names])} FROM ({page}) x {' '.join(joins)}"


def get_name(Model):
    """SQL of what a record is called."""
    if Model._name in NAMES:
        return NAMES[Model._name]
    field = Model._fields[Model._rec_name or "name"]
    if not field.store:
        # Departments: the whole way down to it takes more than a column.
        field = Model._fields["name"]
    return f"{field.name} ->> '{Model.env.lang}'" if field.translate else field.name
