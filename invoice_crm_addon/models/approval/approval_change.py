import json
from contextlib import contextmanager
from weakref import WeakKeyDictionary

from odoo import api, models
from odoo.fields import Command
from odoo.tools import html2plaintext

from ..base.exact_float import to_plain_text
from ..base.proof import proven
from ..base.words import words

# Models and ids of the documents whose changes are watched, by cursor.
_WATCHED = WeakKeyDictionary()


class InvoiceApprovalMixin(models.AbstractModel):
    """A change of an approved document: noticed, kept, requested, put back, and in words.

    A watched value is kept as JSON, rows with all that is needed to restore them. What a value
    of the document's own needs – a bank account, say – the document adds by extending
    ``_dump_field``, ``_restore_values`` and ``_describe_value``.
    """

    _inherit = "invoice.approval.mixin"

    # === WATCH === #

    @contextmanager
    def _watch_changes(self, fnames):
        """Ask for approval of what changes inside the ``with`` block, once for each document.

        :param fnames: names of the fields that are written
        """
        before = self._get_values_to_watch(fnames)
        # Writing the rows of a document happens inside a write of the document: the outer one
        # counts. A context key would not do, since a caller can set it; nor would the cache of
        # the cursor, which is emptied when a savepoint inside is rolled back.
        busy = _WATCHED.setdefault(self.env.cr, set())
        before = {d: values for d, values in before.items() if (d._name, d.id) not in busy}
        if not before:
            yield
            return
        keys = {(document._name, document.id) for document in before}
        busy |= keys
        try:
            yield
        finally:
            busy -= keys
        self._submit_changes(before)

    def _get_values_to_watch(self, fnames):
        """Values of the watched fields before a write, of the approved documents.

        :return: for each document in superuser mode, value by field
        :rtype: dict
        """
        touched = self._get_touched_fields(fnames)
        rows = set(self._get_approval_row_fields())
        if not touched:
            return {}
        documents_sudo = proven(self).filtered(lambda document: document._is_approval_watched())
        values = {}
        for document, watched in documents_sudo._get_watched_fields().items():
            if names := watched & (touched | rows):
                values[document] = {fname: document._dump_field(fname) for fname in sorted(names)}
        return values

    def _get_watched_fields(self):
        """Fields of each approved document whose change is approved again.

        The flow that approved a document says so: as it was then, and as it is today unless it
        is archived. Where no flow applied, the flow that applies today does.

        :return: names by document, the documents in superuser mode
        :rtype: dict[recordset, set[str]]
        """
        documents_sudo = self.sudo()  # sudo: names of fields only, for whoever changes them
        requests = documents_sudo.env["invoice.approval.request"].search(
            [
                ("res_model", "=", self._name),
                ("res_id", "in", self.ids),
                "|",
                ("state", "=", "approved"),
                "&",
                ("state", "=", "pending"),
                ("is_change", "=", True),
            ],
            order="id",
        )
        known = {}
        for request in requests:
            today = request.flow_id if request.flow_id.active else request
            known[request.res_id] = {*(request.trigger_fields or ()), *(today.trigger_fields or ())}
        watched = {d: known[d.id] for d in documents_sudo if d.id in known}
        if unknown := documents_sudo.filtered(lambda document: document.id not in known):
            flows = self.env["invoice.approval.flow"]._get_active(self._name)
            for document, flow in flows._match(unknown, self.env.user).items():
                watched[document] = set(flow.trigger_fields or ())
        return watched

    def _get_open_watched_fields(self):
        """Content that may be changed after approval, since a change is approved again.

        :return: names by document, of those that are approved
        :rtype: dict[recordset, set[str]]
        """
        watched = self.filtered(lambda document: document._is_approval_watched())
        fnames = watched._get_watched_fields()
        return {document.with_env(self.env): names for document, names in fnames.items()}

    @api.model
    def _get_watched_labels(self, fnames):
        """Labels of fields, by name, in the order in which a flow offers them.

        :rtype: dict[str, str]
        """
        return {
            fname: self._fields[fname]._description_string(self.env)
            for fname in self._get_approval_trigger_fields()
            if fname in fnames
        }

    # === REQUEST === #

    @api.model
    def _submit_changes(self, before):
        """Open, replace or withdraw the requests for what changed, together.

        :param dict before: see ``_get_values_to_watch``
        """
        self.env.flush_all()
        nothing = proven(self.env["invoice.approval.request"])
        replaced, needless, changes, authors = nothing, nothing, {}, {}
        for document, old in before.items():
            new = {fname: document._dump_field(fname) for fname in old}
            if self._compare(old) == self._compare(new):
                continue
            waiting = document.approval_request_id if document._is_change_waiting() else nothing
            if waiting:
                old = {**old, **document._complete_rows(waiting.old_values, old)}
                new = {fname: document._dump_field(fname) for fname in old}
            old, new = self._keep_changed(old, new)
            if old:
                replaced |= waiting
                changes[document] = {
                    "changes": document._describe_changes(old, new),
                    "old_values": old,
                }
                # Others whose change waited, and is part of this one.
                others = waiting._get_authors() if waiting else self.env["res.users"]
                authors[document] = others - self.env.user
            else:
                needless |= waiting
        self._take_changes_back(replaced, words(self.env)._("Replaced by a further change."))
        self._take_changes_back(needless, words(self.env)._("Changed back to the old values."))
        proven(self)._request_changes(changes, authors)

    @api.model
    def _keep_changed(self, old, new):
        """Those of the dumped values that differ, before and now.

        :rtype: tuple[dict, dict]
        """
        compared_old, compared_new = self._compare(old), self._compare(new)
        changed = [fname for fname in old if compared_old[fname] != compared_new[fname]]
        return {f: old[f] for f in changed}, {f: new[f] for f in changed}

    @api.model
    def _complete_rows(self, values, known):
        """Dumped values of a request that may be older than some fields of the rows.

        :param dict values: ``old_values`` of the request
        :param dict known: values dumped now, which have all fields
        """
        completed = dict(values)
        for fname in self._get_approval_row_fields().keys() & values.keys():
            rows = {row["id"]: row for row in known.get(fname, ())}
            completed[fname] = [{**rows.get(row["id"], {}), **row} for row in values[fname]]
        return completed

    @api.model
    def _take_changes_back(self, requests, comment):
        """Withdraw waiting changes without touching the values of their documents."""
        if requests:
            requests._collide_with_concurrent_writers()
            requests._do_close("withdrawn", "withdraw", comment, restore=False)

    @api.model
    def _request_changes(self, changes, authors):
        """Open a request for each change, or approve it at once if no flow applies.

        :param dict changes: by document, values of the request
        :param dict authors: by document, other people whose values are to be approved
        """
        documents = self.browse(document.id for document in changes)
        documents._collide_with_concurrent_writers()
        Flow = self.env["invoice.approval.flow"]
        plans = []
        for (company, others), group in documents.grouped(
            lambda document: (document._get_approving_company(), authors[document])
        ).items():
            plans += Flow._plan(group.with_company(company), self.env.user, authors=others)
            if others:
                for document in group:
                    changes[document]["author_ids"] = [Command.set(others.ids)]
        self.env["invoice.approval.request"]._start(plans, changes)
        free = {plan.document.id: plan.free_reason for plan in plans if plan.free_reason}
        if free:
            documents.browse(free)._message_log_batch(bodies=free)
            documents.browse(free)._approval_on_change_approved()
        plain = self._get_approval_plain_fields()
        if asked := documents.filtered(
            lambda d: d.id not in free and changes[d]["old_values"].keys() - plain
        ):
            asked._approval_on_change_submitted()

    def _get_approving_company(self):
        """Company that decides on a change.

        A document of all companies stays with the one that approved it.
        """
        self.ensure_one()
        approved = self.approval_request_ids.filtered(lambda r: r.state == "approved")
        return approved.sorted("id")[-1:].company_id or self.env.company

    # === VALUES === #

    def _dump_field(self, fname):
        """Value of a watched field as JSON keeps it."""
        self.ensure_one()
        if fname not in self._get_approval_row_fields():
            return self._dump_value(self._fields[fname], self)
        return self[fname]._dump_rows(self._get_row_fields(fname))

    def _get_row_fields(self, fname):
        """Fields of a row that are needed to restore it."""
        rows = self[fname]
        names = (*self._get_approval_row_fields()[fname], *self._get_approval_row_extras())
        return [name for name in names if name in rows._fields]

    @api.model
    def _dump_value(self, field, record):
        value = record[field.name]
        if field.type in ("integer", "float", "monetary"):
            return value or 0
        if field.type in ("date", "datetime"):
            return field.to_string(value) if value else False
        if field.type in ("many2many", "one2many"):
            return sorted(value.ids)
        if field.type == "many2one":
            return value.id
        if field.type == "properties":
            # As it is stored: a record by its id, a choice by its key.
            return json.loads(json.dumps(field.convert_to_export(value, record) or {}))
        return value or False

    @api.model
    def _compare(self, values):
        """Dumped values without what is restored but no change: ids and order of the rows."""
        ignored = {"id", *self._get_approval_row_extras()}

        def compare(fname, value):
            if fname in self._get_approval_row_fields():
                return sorted(
                    json.dumps({k: v for k, v in row.items() if k not in ignored}, sort_keys=True)
                    for row in value
                )
            if self._fields[fname].type == "properties":
                return {k: v for k, v in value.items() if v or (v == 0 and v is not False)}
            return value

        return {fname: compare(fname, value) for fname, value in values.items()}

    def _restore_values(self, values):
        """Put old values back, exactly; a record that was deleted since is left empty.

        :param dict values: ``old_values`` of a request
        """
        self.ensure_one()
        self.write(
            {
                fname: self._prepare_row_commands(fname, value)
                if fname in self._get_approval_row_fields()
                else self._drop_deleted(self._fields[fname], value)
                for fname, value in values.items()
                if fname in self._fields
            }
        )

    @api.model
    def _drop_deleted(self, field, value):
        """A dumped value, to be written, without the records that do not exist any more."""
        if field.type not in ("many2one", "many2many"):
            return value
        kept = self.env[field.comodel_name].browse(value or ()).exists()
        # Not the plain IDs: core takes an empty list of them for no change at all.
        return kept.id if field.type == "many2one" else [Command.set(kept.ids)]

    def _prepare_row_commands(self, fname, rows):
        """Commands that bring the rows back to what they were."""
        present = self[fname]
        old = {
            row["id"]: {
                k: self._drop_deleted(present._fields[k], v) for k, v in row.items() if k != "id"
            }
            for row in rows
        }
        return [
            *(Command.delete(row.id) for row in present if row.id not in old),
            *(Command.update(row.id, old[row.id]) for row in present if row.id in old),
            *(Command.create(values) for id_, values in old.items() if id_ not in present.ids),
        ]

    # === WORDS === #

    @api.model
    def _get_change_label(self, name):
        """Label of a changed field, in the reader's language.

        :param str name: name of a field, or of a row's field after a dot
        """
        fname, _dot, row_field = name.partition(".")
        if fname not in self._fields:
            return name
        label = self._fields[fname]._description_string(self.env)
        if not row_field:
            return label
        Row = self.env[self._fields[fname].comodel_name]
        return f"{label}: {Row._fields[row_field]._description_string(self.env)}"

    def _get_facts_to_verify(self):
        """What whoever decides reads in full while it is their turn.

        :return: of each fact label, text, and maybe ``warning`` or, of a value that is not there
            any more, ``before``
        :rtype: list[tuple]
        """
        return []

    def _describe_change_to_verify(self, row, old_values):
        """A row of changes, and the values before them, for whoever decides; with all digits."""
        return row

    def _describe_changes(self, old, new):
        """Old and new values in words, as approvers read them.

        :return: ``field``, ``row``, ``kind`` (changed, added, removed), ``old`` and ``new``
        :rtype: list[dict]
        """
        self.ensure_one()
        rows = []
        for fname in old:
            if fname in self._get_approval_row_fields():
                rows += self._describe_rows(fname, old[fname], new[fname])
            else:
                field = self._fields[fname]
                rows.append(
                    {
                        "field": fname,
                        "row": "",
                        "kind": "changed",
                        "old": self._describe_value(field, self, old[fname]),
                        "new": self._describe_value(field, self, new[fname]),
                    }
                )
        return rows

    def _describe_rows(self, fname, old, new):
        """Rows that were added, removed, or changed field by field."""
        Row = self[fname].browse()
        old, new = ({row["id"]: row for row in rows} for rows in (old, new))
        changes = []
        for id_ in sorted(old.keys() | new.keys()):
            before, after = old.get(id_), new.get(id_)
            if before and after:
                changes += [
                    {
                        "field": f"{fname}.{name}",
                        "row": self._describe_row(fname, after, short=True),
                        "kind": "changed",
                        "old": self._describe_value(Row._fields[name], self, before[name]),
                        "new": self._describe_value(Row._fields[name], self, after[name]),
                    }
                    for name in self._get_approval_row_fields()[fname]
                    if before[name] != after[name]
                ]
            else:
                changes.append(
                    {
                        "field": fname,
                        "row": self._describe_row(fname, before or after, short=True),
                        "kind": "removed" if before else "added",
                        "old": self._describe_row(fname, before) if before else "",
                        "new": self._describe_row(fname, after) if after else "",
                    }
                )
        return changes

    def _describe_row(self, fname, row, short=False):
        """A row in words: its name, or all that is filled in."""
        Row = self[fname].browse()
        names = self._get_approval_row_fields()[fname]
        if short:
            return str(row.get(Row._rec_name or names[0]) or "")
        parts = (self._describe_value(Row._fields[name], self, row.get(name)) for name in names)
        return words(self.env).join(" · ", parts)

    @api.model
    def _describe_value(self, field, record, value):
        """A dumped value in words; ``Words`` where they depend on the language."""
        if field.type == "boolean":
            return words(self.env)._("Yes") if value else words(self.env)._("No")
        if value is False or value is None or value == []:
            return ""
        if field.relational:
            ids = value if isinstance(value, list) else [value]
            return words(self.env).names(self.env[field.comodel_name].browse(ids).exists())
        if field.type == "selection":
            return words(self.env).choice(field.model_name, field.name, value)
        if field.type == "date":
            return words(self.env).date(value)
        if field.type == "datetime":
            return words(self.env).datetime(value)
        if field.type == "monetary":
            has_currency = "currency_id" in record._fields
            currency = record.currency_id if has_currency else self.env["res.currency"]
            return words(self.env).amount(value, currency)
        if field.type == "float":
            return to_plain_text(value)
        if field.type == "properties":
            return record._describe_properties(field, value)
        if field.type == "html":
            return html2plaintext(value)
        return str(value)

    def _describe_properties(self, field, values):
        """Custom fields that are filled in."""
        [current] = self.read([field.name])
        definitions = {item["name"]: item for item in current[field.name] or []}
        texts = [
            (definitions.get(name, {}).get("string") or name, text)
            for name, value in values.items()
            if (text := self._describe_property(definitions.get(name, {}), value))
        ]
        return words(self.env).join(" · ", [words(self.env).join(": ", pair) for pair in texts])

    @api.model
    def _describe_property(self, definition, value):
        """A custom field's stored value in words."""
        kind = definition.get("type")
        if kind == "boolean":
            return words(self.env)._("Yes") if value else ""
        if value is False or value is None:
            return ""
        if kind in ("many2one", "many2many") and definition.get("comodel") in self.env:
            found = self.env[definition["comodel"]].browse(value).exists()
            return words(self.env).names(found)
        if kind == "selection":
            return dict(definition["selection"]).get(value, value)
        if kind == "tags":
            return ", ".join(label for key, label, *_color in definition["tags"] if key in value)
        return str(value)
