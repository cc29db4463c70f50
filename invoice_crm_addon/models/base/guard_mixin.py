from odoo import api, models
from odoo.exceptions import AccessError, UserError

from .tools import rewrite_rows


class InvoiceDocumentMixin(models.AbstractModel):
    """What tickets, contracts, approvals and parcels have in common.

    1. Guarded fields. A field named in ``_guarded_fields``, and every stored computed
       field that is not editable, is written by the model's own methods only. These run in
       superuser mode; a value that arrives through ``create``, ``write``, ``load``, a list
       edit, a default or the context does not. A context key would be no proof, since a
       remote caller can set it.
    2. The can/check/do triple. For an action ``x`` the model defines
       ``_get_cannot_<x>_reason``, which returns a sentence or False. ``_check_can("x")``
       raises these sentences, and ``can_x`` shows or hides the button: one source of truth.
    3. Rows of a document, such as its lines, name it in ``_document_field``; they move to
       documents only that the caller may change. No document moves to a company in which the
       caller does not work.
    """

    _name = "invoice.document.mixin"
    _description = "Document With Guarded Fields"

    _guarded_fields = ()
    _document_field = None
    _source_fields = ()

    # === CRUD METHODS === #

    @api.model
    def default_get(self, fields):
        """Ignore defaults that the context or a user-defined default gives to guarded fields."""
        values = super().default_get(fields)
        # In superuser mode as well: an action runs in the context that its caller gave.
        for fname in self._get_guarded_fields() & values.keys():
            if self._fields[fname].default:
                values[fname] = self._get_pristine_value(fname)
            else:
                del values[fname]
        return values

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            guarded = self._get_guarded_fields()
            for vals in vals_list:
                self._refuse_guarded(
                    fname
                    for fname in guarded & vals.keys()
                    if (vals[fname] or False) != self._get_pristine_value(fname)
                )
        documents = super().create(vals_list)
        if not self.env.su:
            documents._check_sources(set().union(*vals_list))
        return documents

    def write(self, vals):
        if not self.env.su:
            self._refuse_guarded(
                fname
                for fname in self._get_guarded_fields() & vals.keys()
                if any(self._is_changed_by(fname, vals[fname]))
            )
        result = super().write(vals)
        if not self.env.su:
            self._check_destination(vals)
            self._check_sources(vals)
        return result

    # === GUARD === #

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
            yield field.convert_to_write(current, document) != (value or False) and bool(
                current or value
            )

    @api.model
    def _refuse_guarded(self, fnames):
        """:raise AccessError: if there is any name in ``fnames``."""
        if labels := [self._fields[fname]._description_string(self.env) for fname in fnames]:
            raise AccessError(
                self.env._(
                    "%(fields)s of %(document)s cannot be set by hand. Use the buttons of the "
                    "document; they check who may do what, and when.",
                    fields=", ".join(labels),
                    document=self.env["ir.model"]._get(self._name).name,
                )
            )

    def _check_destination(self, vals):
        """Record rules look at records before a write; this looks at where they went.

        :raise AccessError: if they moved to a document or company of others
        """
        if self._document_field in vals:
            self[self._document_field].check_access("write")
        if "company_id" in vals and self._fields["company_id"].required:
            if strange := self.company_id - self.env.user.company_ids:
                raise AccessError(
                    self.env._(
                        "You do not work for %s. Choose a company of yours.",
                        ", ".join(strange.sudo().mapped("name")),
                    )
                )

    def _check_sources(self, fnames):
        """Nobody documents what they may not read; constraints run in superuser mode.

        :param fnames: names of the fields that were given
        :raise AccessError: if one of them names a record of others
        """
        for fname in self._source_fields:
            if fname in fnames:
                self[fname].check_access("read")

    # === ACTION RIGHTS === #

    def _get_cannot_reason(self, action):
        """Why the current user cannot do ``action`` on this record now.

        :param str action: name of the action, e.g. ``"submit"``
        :return: a translated sentence, or False
        """
        self.ensure_one()
        return getattr(self, f"_get_cannot_{action}_reason")()

    def _check_can(self, action):
        """Check that the current user can do ``action`` on every record.

        :raise UserError: with the reason of each record that refuses
        """
        self.check_access("read")
        reasons = {document: document._get_cannot_reason(action) for document in self}
        refused = {document: reason for document, reason in reasons.items() if reason}
        if not refused:
            return
        if len(self) == 1:
            raise UserError(refused[self])
        raise UserError(
            "\n".join(f"{document.display_name}: {reason}" for document, reason in refused.items())
        )

    def _collide_with_concurrent_writers(self):
        """Make two transactions that decide on the same documents collide."""
        rewrite_rows(self)
