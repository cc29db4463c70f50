import json
from contextlib import contextmanager

from odoo import api, fields, models
from odoo.exceptions import UserError
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

    # Fields that a flow can watch, in the order in which they are offered.
    _approval_trigger_fields = ()
    # For one2many fields among them: what of a row counts, and what is needed to restore it.
    _approval_row_fields = {}
    _approval_row_extras = ("sequence",)

    approval_open_fields = fields.Json(
        string="Approved Again When Changed",
        compute="_compute_approval_field_locks",
        help="Watched fields of the approved document, with their labels: views leave them open.",
    )
    approval_locked_fields = fields.Json(
        string="Locked While Waiting",
        compute="_compute_approval_field_locks",
        help="Watched fields that somebody decides on now, with their labels: views lock them.",
    )

    # === COMPUTE METHODS === #

    @api.depends("approval_request_ids.state")
    @api.depends_context("lang")
    def _compute_approval_field_locks(self):
        for document in self:
            saved = document._origin
            open_fields = saved._get_open_watched_fields() if saved else ()
            locked_fields = saved._get_locked_watched_fields() if saved else ()
            document.approval_open_fields = self._get_watched_labels(open_fields)
            document.approval_locked_fields = self._get_watched_labels(locked_fields)

    @api.model
    def _get_watched_labels(self, fnames):
        """Labels of fields, by name, in the order in which a flow offers them.

        :rtype: dict[str, str]
        """
        return {
            fname: self._fields[fname]._description_string(self.env)
            for fname in self._approval_trigger_fields
            if fname in fnames
        }

    # === CRUD METHODS === #

    def write(self, vals):
        if self.env.su:
            return super().write(vals)
        self._check_not_waiting(vals)
        with self._watch_changes(vals):
            return super().write(vals)

    def _check_not_waiting(self, vals):
        """:raise UserError: if a caller changes what somebody is about to decide on"""
        touched = self._get_touched_fields(vals) | (vals.keys() & {"company_id", "active"})
        if not touched:
            return
        for document in self.filtered(lambda d: d.approval_state == "pending"):
            request_sudo = document.sudo().approval_request_id
            if request_sudo.is_change:
                locked = {"company_id", "active"}
            else:
                locked = {"company_id", "active", *(request_sudo.trigger_fields or ())}
            changed = [
                fname
                for fname in sorted(touched & locked & vals.keys())
                if any(document.sudo()._is_changed_by(fname, vals[fname]))
            ]
            if changed:
                document._raise_waiting(changed)

    def _check_rows_not_waiting(self, fname):
        """:raise UserError: if somebody is about to decide on the rows, for the first time"""
        for document in self:
            if fname in document._get_locked_watched_fields():
                document._raise_waiting([fname])

    def _raise_waiting(self, fnames):
        self.ensure_one()
        raise UserError(
            self.env._(
                "%(document)s waits for approval: %(fields)s cannot be changed. Withdraw "
                "the request first.",
                document=self.display_name,
                fields=", ".join(
                    self._fields[fname]._description_string(self.env) for fname in fnames
                ),
            )
        )

    # === HOOKS === #

    def _is_approval_watched(self):
        """Whether a change of a watched field of this document has to be approved again."""
        self.ensure_one()
        return self.approval_state == "approved" or self._is_change_waiting()

    @api.model
    def _get_touched_fields(self, fnames):
        """Watched fields that a write of ``fnames`` can change.

        :rtype: set[str]
        """
        return set(self._approval_trigger_fields) & set(fnames)

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
        rows = set(self._approval_row_fields)
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

        :rtype: set[str]
        """
        self.ensure_one()
        if not self._is_approval_watched():
            return set()
        return self.sudo()._get_watched_fields().get(self.sudo(), set())

    def _get_locked_watched_fields(self):
        """Content that nobody may change since somebody decides on it for the first time.

        :rtype: set[str]
        """
        self.ensure_one()
        request_sudo = self.sudo().approval_request_id
        if request_sudo.state != "pending" or request_sudo.is_change:
            return set()
        return set(request_sudo.trigger_fields or ())

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
        if fname not in self._approval_row_fields:
            return self._dump_value(self._fields[fname], self)
        return self[fname]._dump_rows(self._get_row_fields(fname))

    def _get_row_fields(self, fname):
        """Fields of a row that are needed to restore it."""
        rows = self[fname]
        names = (*self._approval_row_fields[fname], *self._approval_row_extras)
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
        ignored = {"id", *self._approval_row_extras}

        def compare(fname, value):
            if fname in self._approval_row_fields:
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
                if fname in self._approval_row_fields
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
