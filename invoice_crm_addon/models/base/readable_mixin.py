from odoo import api, fields, models
from odoo.exceptions import AccessError, MissingError
from odoo.fields import Command

# Commands of rows that name a record; the others take one off, which its own rights decide.
NAMING = (Command.UPDATE, Command.LINK)


class ReadableRows(fields.One2many):
    """Records of others that stand on one which many read: nobody is told but what they may read.

    Core filters by the rights of whoever reads the field first, and keeps it for all who follow
    in the same transaction, as superuser mode often is.
    """

    def convert_to_read(self, value, record, use_display_name=True):
        return super().convert_to_read(value._filtered_access("read"), record, use_display_name)

    def convert_to_export(self, value, record):
        return super().convert_to_export(value._filtered_access("read"), record)


class InvoiceReadableMixin(models.AbstractModel):
    """A document names nothing but what the caller may read.

    What is named is shown: its name, and what follows from it. So whoever may not read a record
    cannot tie it to a document of their own, whichever way the values come: ``create``,
    ``write``, rows, a default, or a form that is not saved yet. It is looked at before anything
    is done with the values, since constraints run in superuser mode and say names.
    """

    _name = "invoice.readable.mixin"
    _inherit = ["invoice.labels.mixin", "invoice.load.mixin", "invoice.names.mixin"]
    _description = "Document That Names What Its Author May Read"

    # Of what core's own forms set, core decides.
    _checks_core_relations = True

    # === CRUD METHODS === #

    @api.model
    def default_get(self, fields: list[str]):
        """Ignore defaults, of the context or of a user, that name what the caller may not read.

        :raise AccessError: if nothing can be done without, as in a dialog on a record of others
        """
        values = super().default_get(fields)
        # What the add-on's own code creates takes the defaults of its caller, too.
        caller = self.with_user(self.env.user)
        for fname in caller._get_unreadable(values):
            if self._fields[fname].required:
                caller._refuse_unreadable({fname: values[fname]})
            del values[fname]
        return values

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._refuse_unreadable(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._refuse_unreadable(vals)
        return super().write(vals)

    def onchange(self, values: dict, field_names: list[str], fields_spec: dict):
        """What is typed into a form is looked at like what is saved."""
        self._refuse_unreadable(values)
        return super().onchange(values, field_names, fields_spec)

    # === READABLE === #

    def _get_readable_names(self):
        """Names of the records, as far as the caller may read them, whatever the mode.

        :rtype: str
        """
        readable = self.sudo(False)._filtered_access("read")
        return ", ".join(readable.mapped("display_name") + ["…"] * (len(readable) < len(self)))

    @api.model
    def _is_checked_relation(self, fname):
        """Whether what a field names must be readable."""
        field = self._fields.get(fname)
        if not field or not field.relational:
            return False
        return self._checks_core_relations or "invoice_crm_addon" in field._modules

    def _refuse_unreadable(self, vals):
        """:raise AccessError: if values name a record that the caller may not read, or none"""
        if fnames := self._get_unreadable(vals):
            raise AccessError(
                self.env._(
                    "%(fields)s of %(document)s: you may not read what would be entered here. "
                    "Choose something else, or ask somebody who may.",
                    fields=", ".join(
                        self._fields[fname]._description_string(self.env) for fname in fnames
                    ),
                    document=self.env["ir.model"]._get(self._name).name,
                )
            )

    def _get_unreadable(self, vals):
        """Fields whose values name something that the caller may not read.

        What the records name already stays: somebody who may read it entered it.

        :param dict vals: as for ``write``
        :rtype: list[str]
        """
        if self.env.su:
            return []
        return [
            fname
            for fname, value in vals.items()
            if value and self._is_checked_relation(fname) and self._is_unreadable(fname, value)
        ]

    def _is_unreadable(self, fname, value):
        field = self._fields[fname]
        if field.type == "many2one":
            ids, rows = self._get_named([value])
        else:
            ids, rows = self._get_named(value if isinstance(value, (list, tuple)) else [value])
        targets = self.env[field.comodel_name].browse(sorted(ids))
        if targets and self.ids:
            # sudo: compared; what stands there already is not named anew
            documents_sudo = self.browse(self.ids).sudo().exists()
            kept = [set(document[fname].ids) for document in documents_sudo]
            targets -= targets.browse(set.intersection(*kept) if kept else ())
        return not self._are_readable(targets) or any(
            self._are_rows_unreadable(targets.browse(row_id or ()), row) for row_id, row in rows
        )

    @api.model
    def _are_readable(self, targets):
        """Whether the caller may read all of the records; what is gone looks like what is not."""
        try:
            return not targets or targets._filtered_access("read") == targets
        except MissingError:
            return False

    @api.model
    def _are_rows_unreadable(self, rows, vals):
        check = getattr(rows, "_get_unreadable", None)
        return bool(check and check(vals))

    @api.model
    def _get_named(self, values):
        """Records that values or commands name, and the values of rows among them.

        :return: ids, and pairs of an id, or False, and values
        :rtype: tuple[set, list]
        """
        ids, rows = set(), []
        for value in values:
            if isinstance(value, models.BaseModel):
                ids.update(value.ids)
            elif isinstance(value, dict):
                rows.append((False, value))
                ids.add(value.get("id"))
            elif not isinstance(value, (list, tuple)):
                ids.add(value)
            elif len(value) == 3 and value[0] == Command.SET:
                ids.update(value[2] or ())
            elif len(value) == 3:
                ids.add(value[1] if value[0] in NAMING else False)
                if isinstance(value[2], dict):
                    is_row = value[0] == Command.UPDATE and isinstance(value[1], int)
                    rows.append((is_row and value[1], value[2]))
            elif len(value) == 2:
                ids.add(value[1] if value[0] in NAMING else False)
        return {id_ for id_ in ids if isinstance(id_, int) and id_}, rows
