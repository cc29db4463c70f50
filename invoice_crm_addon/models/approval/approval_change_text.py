from odoo import api, models
from odoo.tools import format_date, format_datetime, formatLang, html2plaintext


class InvoiceApprovalMixin(models.AbstractModel):
    """Old and new values of a change in words, as approvers read them."""

    _inherit = "invoice.approval.mixin"

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
        parts = (self._describe_value(Row._fields[name], self, row[name]) for name in names)
        return " · ".join(filter(None, parts))

    @api.model
    def _describe_value(self, field, record, value):
        """A dumped value in words."""
        if field.type == "boolean":
            return self.env._("Yes") if value else self.env._("No")
        if value is False or value is None or value == []:
            return ""
        if field.relational:
            ids = value if isinstance(value, list) else [value]
            return ", ".join(
                self.env[field.comodel_name].browse(ids).exists().mapped("display_name")
            )
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, value)
        if field.type == "date":
            return format_date(self.env, value)
        if field.type == "datetime":
            return format_datetime(self.env, value)
        if field.type == "monetary":
            currency = "currency_id" in record._fields and record.currency_id
            return formatLang(self.env, value, currency_obj=currency or None)
        if field.type == "float":
            return f"{value:.8f}".rstrip("0").rstrip(".")
        if field.type == "properties":
            return record._describe_properties(field, value)
        if field.type == "html":
            return html2plaintext(value)
        return str(value)

    def _describe_properties(self, field, values):
        """Custom fields that are filled in."""
        [current] = self.read([field.name])
        definitions = {item["name"]: item for item in current[field.name] or []}
        return " · ".join(
            f"{definitions.get(name, {}).get('string') or name}: {text}"
            for name, value in values.items()
            if (text := self._describe_property(definitions.get(name, {}), value))
        )

    @api.model
    def _describe_property(self, definition, value):
        """A custom field's stored value in words."""
        kind = definition.get("type")
        if kind == "boolean":
            return self.env._("Yes") if value else ""
        if value is False or value is None:
            return ""
        if kind in ("many2one", "many2many") and definition.get("comodel") in self.env:
            found = self.env[definition["comodel"]].browse(value).exists()
            return ", ".join(found.mapped("display_name"))
        if kind == "selection":
            return dict(definition["selection"]).get(value, value)
        if kind == "tags":
            return ", ".join(label for key, label, *_color in definition["tags"] if key in value)
        return str(value)
