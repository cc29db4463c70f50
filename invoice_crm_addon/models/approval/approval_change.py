import json
from contextlib import contextmanager

from odoo import api, fields, models
from odoo.fields import Command


class InvoiceApprovalMixin(models.AbstractModel):
    """Watched fields: what is approved and changes is approved again.

    The flow names the fields. A change of one of them on an approved document is written at
    once and opens a request that holds old and new values. Approval keeps the new values,
    rejection and withdrawal restore the old ones exactly. A further change takes the place of
    the one that waits; a change back to the old values withdraws it. All that one call writes,
    rows included, is one request.

    What the engine writes in superuser mode, such as a restored value or the number of a fapiao
    file, is no change of this kind, and neither is a computed value.
    """

    _inherit = "invoice.approval.mixin"

    approval_open_fields = fields.Json(
        string="Approved Again When Changed",
        compute="_compute_approval_open_fields",
        help="Watched fields of the approved document, with their labels.",
    )

    # === COMPUTE METHODS === #

    @api.depends("approval_request_ids.state")
    @api.depends_context("lang")
    def _compute_approval_open_fields(self):
        open_fields = self._origin._get_open_watched_fields()
        for document in self:
            fnames = open_fields.get(document._origin, ())
            document.approval_open_fields = self._get_watched_labels(fnames)

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

    # === LOCKED FIELDS === #

    @api.model
    def _get_lock_dependencies(self):
        return [*super()._get_lock_dependencies(), "approval_request_ids.state"]

    @api.model
    def _get_lockable_fields(self):
        watched = self._get_approval_trigger_fields()
        return super()._get_lockable_fields() | {"company_id", "active", *watched}

    def _get_locked_fields(self):
        """What somebody decides on is locked; what is approved again when it changes is open."""
        locked = super()._get_locked_fields()
        open_fields = self._get_open_watched_fields()
        for document, locks in locked.items():
            for fname in open_fields.get(document, ()):
                locks.pop(fname, None)
            locks.update(document._get_waiting_locks())
        return locked

    def _get_waiting_locks(self):
        """What is locked since somebody is about to decide on the document.

        :rtype: dict[str, str]
        """
        self.ensure_one()
        request_sudo = self.sudo().approval_request_id
        if request_sudo.state != "pending":
            return {}
        # A further change of an approved document takes the place of the one that waits.
        watched = () if request_sudo.is_change else request_sudo.trigger_fields or ()
        reason = self.env._("It waits for approval. Withdraw the request first.")
        return dict.fromkeys({"company_id", "active", *watched} & self._fields.keys(), reason)

    # === CRUD METHODS === #

    def write(self, vals):
        if self.env.su:
            return super().write(vals)
        with self._watch_changes(vals):
            return super().write(vals)

    # === HOOKS === #

    @api.model
    def _get_approval_trigger_fields(self):
        """Names of the fields that a flow can watch, in the order in which they are offered.

        :rtype: list[str]
        """
        return []

    @api.model
    def _get_approval_row_fields(self):
        """For one2many fields among them, the names of what counts of a row.

        :rtype: dict[str, list[str]]
        """
        return {}

    @api.model
    def _get_approval_row_extras(self):
        """Names of what is no change of a row, but needed to restore it.

        :rtype: list[str]
        """
        return ["sequence"]

    def _is_approval_watched(self):
        """Whether a change of a watched field of this document has to be approved again."""
        self.ensure_one()
        return self.approval_state == "approved" or self._is_change_waiting()

    @api.model
    def _get_touched_fields(self, fnames):
        """Watched fields that a write of ``fnames`` can change.

        :rtype: set[str]
        """
        return set(self._get_approval_trigger_fields()) & set(fnames)

    def _approval_on_change_submitted(self):
        """A change of the approved documents waits for approval."""

    def _approval_on_change_approved(self):
        """The change of the approved documents stays."""

    def _approval_on_change_rejected(self):
        """The old values of the documents are back, since an approver refused the new ones."""

    def _approval_on_change_withdrawn(self):
        """The old values of the documents are back, since the change was taken back."""

    # === WATCH === #

    def _is_change_waiting(self):
        """Whether a change of the approved document waits for approval."""
        request_sudo = self.sudo().approval_request_id
        return request_sudo.is_change and request_sudo.state == "pending"

    def _get_change_waiting_reason(self):
        """Why an action has to wait, or False."""
        if self._is_change_waiting():
            return self.env._("A change waits for approval. It must be decided first.")
        return False

    @contextmanager
    def _watch_changes(self, fnames):
        """Ask for approval of what changes inside the ``with`` block, once for each document.

        :param fnames: names of the fields that are written
        """
        before = self._get_values_to_watch(fnames)
        # Writing the rows of a document happens inside a write of the document: the outer one
        # counts. A context key would not do, since a caller can set it.
        busy = self.env.cr.cache.setdefault("invoice_approval_watched", set())
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
        documents_sudo = self.sudo().filtered(lambda document: document._is_approval_watched())
        values = {}
        for document, watched in documents_sudo._get_watched_fields().items():
            if names := watched & (touched | rows):
                values[document] = {fname: document._dump_field(fname) for fname in sorted(names)}
        return values

    def _get_watched_fields(self):
        """Fields of each approved document whose change is approved again.

        The flow that approved a document says so: as it was then, and as it is today unless it
        is archived. Where no flow applied, the flow that applies today does.

        :rtype: dict[recordset, set[str]]
        """
        Request = self.env["invoice.approval.request"].sudo()
        requests = Request.search(
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
        watched = {document: known[document.id] for document in self if document.id in known}
        if unknown := self.filtered(lambda document: document.id not in known):
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
        fnames = watched.sudo()._get_watched_fields()
        return {document.with_env(self.env): names for document, names in fnames.items()}

    # === SUBMIT === #

    @api.model
    def _submit_changes(self, before):
        """Open, replace or withdraw the requests for what changed.

        :param dict before: see ``_get_values_to_watch``
        """
        self.env.flush_all()
        for document, old in before.items():
            new = {fname: document._dump_field(fname) for fname in old}
            if self._compare(old) == self._compare(new):
                continue
            request = document.approval_request_id if document._is_change_waiting() else None
            if request:
                old = {**old, **request.old_values}
                new = {fname: document._dump_field(fname) for fname in old}
            changed = [f for f in old if self._compare(old)[f] != self._compare(new)[f]]
            authors = self.env["res.users"]
            if request:
                authors = request._get_authors()
                self._take_change_back(document, request, is_replaced=bool(changed))
            if changed:
                old, new = ({f: values[f] for f in changed} for values in (old, new))
                document._submit_change(old, new, authors - self.env.user)

    @api.model
    def _take_change_back(self, document, request, is_replaced):
        """Withdraw a waiting change without touching the values of the document."""
        request._collide_with_concurrent_writers()
        comment = (
            self.env._("Replaced by a further change.")
            if is_replaced
            else self.env._("Changed back to the old values.")
        )
        request._do_close("withdrawn", "withdraw", comment, restore=False)

    def _submit_change(self, old, new, authors):
        """Open a request for a change, or approve it at once if no flow applies.

        :param dict old: watched values before
        :param dict new: watched values now
        :param res.users authors: others whose change waited, and is part of this one
        """
        self.ensure_one()
        self._collide_with_concurrent_writers()
        approved = self.approval_request_ids.filtered(lambda r: r.state == "approved")
        # A document of all companies stays with the company that approved it.
        document = self.with_company(approved.sorted("id")[-1:].company_id or self.env.company)
        plans = self.env["invoice.approval.flow"]._plan(document, self.env.user, authors=authors)
        changes = {"changes": self._describe_changes(old, new), "old_values": old}
        if authors:
            changes["author_ids"] = [Command.set(authors.ids)]
        if plans[0].free_reason:
            self._message_log(body=plans[0].free_reason)
            self._approval_on_change_approved()
            return
        self.env["invoice.approval.request"]._start(plans, {self: changes})
        self._approval_on_change_submitted()

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
        """A dumped value without the records that do not exist any more."""
        if not value or field.type not in ("many2one", "many2many"):
            return value
        kept = self.env[field.comodel_name].browse(value).exists()
        return kept.id if field.type == "many2one" else kept.ids

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
