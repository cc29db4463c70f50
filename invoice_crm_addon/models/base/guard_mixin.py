from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .proof import is_proven


class InvoiceGuardMixin(models.AbstractModel):
    """What a caller may write of a document, whichever way the values come.

    Guarded     written by the model's own methods only: what ``_get_guarded_fields`` names
    Locked      not now, for a reason that the state or an approval gives: ``_get_locked_fields``

    The model's own methods give a proof, see ``proven``. A value that arrives through ``create``,
    ``write``, ``load``, a list edit, a default or the context has none, and superuser mode is
    none either: core lends it to mails, server actions and the portal. Nor does a document move
    to a company in which the caller does not work.
    """

    _name = "invoice.guard.mixin"
    _inherit = ["invoice.readable.mixin"]
    _description = "Document With Guarded Fields"

    _guarded_fields = ()

    locked_fields = fields.Json(
        compute="_compute_locked_fields",
        export_string_translation=False,
        help="Fields that cannot be changed now, each with the reason. Views read it.",
    )

    # === COMPUTE METHODS === #

    @api.depends(lambda self: self._get_lock_dependencies())
    @api.depends_context("uid", "lang")
    def _compute_locked_fields(self):
        # What is typed into a form does not unlock it: the saved record counts, if there is one.
        saved = self.browse().concat(*(document._origin or document for document in self))
        locks = saved._get_locked_fields()
        for document in self:
            document.locked_fields = locks[document._origin or document]

    # === CRUD METHODS === #

    @api.model
    def default_get(self, fields: list[str]):
        """Ignore defaults that the context or a user-defined default may not give.

        Whatever the mode: people define defaults for what the add-on's own code creates, too.
        """
        values = super().default_get(fields)
        for fname in self._get_fields_without_defaults() & values.keys():
            if self._fields[fname].default:
                values[fname] = self._get_pristine_value(fname)
            else:
                del values[fname]
        return values

    @api.model_create_multi
    def create(self, vals_list):
        if is_proven(self.env):
            return super().create(vals_list)
        guarded = self._get_guarded_fields()
        for vals in vals_list:
            self._refuse_guarded(
                fname
                for fname in guarded & vals.keys()
                if (vals[fname] or False) != self._get_pristine_value(fname)
            )
        return super().create(vals_list)

    def write(self, vals):
        if is_proven(self.env):
            return super().write(vals)
        self._refuse_guarded(
            fname
            for fname in self._get_guarded_fields() & vals.keys()
            if any(self._is_changed_by(fname, vals[fname]))
        )
        self._check_not_locked(vals)
        result = super().write(vals)
        self._check_destination(vals)
        return result

    # === GUARDED FIELDS === #

    @api.model
    def _get_guarded_fields(self):
        """Names of the fields that no caller may set.

        :rtype: set[str]
        """
        derived = {
            name
            for name, field in self._fields.items()
            if field.compute and field.store and field.readonly and not field.inverse
        }
        return derived | set(self._guarded_fields)

    @api.model
    def _get_fields_without_defaults(self):
        """Names of the fields that take no default of the context or of a user.

        :rtype: set[str]
        """
        return self._get_guarded_fields()

    @api.model
    def _get_pristine_value(self, fname):
        """Value of a guarded field on a record that no action has touched yet."""
        field = self._fields[fname]
        if field.type in ("one2many", "many2many"):
            return False
        value = field.default(self) if field.default else False
        return field.convert_to_write(value, self) or False

    def _is_changed_by(self, fname, value):
        """Yield, record by record, whether writing ``value`` would change the field."""
        field = self._fields[fname]
        for document in self:
            current = document[fname]
            if field.type in ("date", "datetime"):
                value = field.convert_to_cache(value, document)  # Callers send it as a text.
            yield field.convert_to_write(current, document) != (value or False) and bool(
                current or value
            )

    @api.model
    def _refuse_guarded(self, fnames):
        """:raise AccessError: if there is any name in ``fnames``."""
        if labels := self._get_labels(fnames):
            raise AccessError(
                self.env._(
                    "%(fields)s of %(document)s cannot be set by hand. Use the buttons of the "
                    "document; they check who may do what, and when.",
                    fields=labels,
                    document=self.env["ir.model"]._get(self._name).name,
                )
            )

    @api.model
    def _get_labels(self, fnames):
        """Labels of fields in one line, in the reader's language.

        :rtype: str
        """
        return ", ".join(self._fields[fname]._description_string(self.env) for fname in fnames)

    # === LOCKED FIELDS === #

    @api.model
    def _get_lock_dependencies(self):
        """Names of the fields on which it depends what is locked."""
        return ["state"] if "state" in self._fields else []

    @api.model
    def _get_lockable_fields(self):
        """Names of the fields that may be locked at times: a write of others costs no look.

        :rtype: set[str]
        """
        return set()

    def _get_locked_fields(self):
        """Which fields of each document a caller cannot change now, and why.

        The server refuses by it, and the views are read-only by it.

        :return: for each document, a translated sentence by field name
        :rtype: dict[recordset, dict[str, str]]
        """
        return {document: document._get_state_locks() for document in self}

    def _get_state_locks(self):
        """What the state of the document locks for the current user.

        :return: a translated sentence by field name
        :rtype: dict[str, str]
        """
        self.ensure_one()
        return {}

    def _check_not_locked(self, vals):
        """:raise UserError: with the reason, if a caller changes what is locked now"""
        if self._get_lockable_fields().isdisjoint(vals):
            return
        for document, locks in self._get_locked_fields().items():
            # sudo: compared with what the caller writes; only the label is said
            changed = [
                fname
                for fname in vals
                if fname in locks
                and not self._has_guarded_rows(fname)
                and any(document.sudo()._is_changed_by(fname, vals[fname]))
            ]
            document._refuse_locked(locks, changed)

    @api.model
    def _has_guarded_rows(self, fname):
        """Whether the rows of a field look after themselves: not all that they hold is content."""
        field = self._fields[fname]
        return field.type == "one2many" and (
            getattr(self.env[field.comodel_name], "_row_field", None) == fname
        )

    def _refuse_locked(self, locks, fnames):
        """:raise UserError: if there is any name in ``fnames``, with why it is locked"""
        if not fnames:
            return
        raise UserError(
            self.env._(
                "%(fields)s of %(document)s cannot be changed. %(reasons)s",
                fields=self._get_labels(fnames),
                document=self.display_name,
                reasons=" ".join(dict.fromkeys(locks[fname] for fname in fnames)),
            )
        )

    # === WHERE RECORDS GO === #

    def _check_destination(self, vals):
        """Record rules look at records before a write; this looks at where they went.

        :raise AccessError: if they moved to a company of others
        """
        if self.env.su:
            return
        if "company_id" in vals and self._fields["company_id"].required:
            if strange := self.company_id - self.env.user.company_ids:
                # sudo: res.company - only names of what the user just chose
                raise AccessError(
                    self.env._(
                        "You do not work for %s. Choose a company of yours.",
                        ", ".join(strange.sudo().mapped("name")),
                    )
                )
