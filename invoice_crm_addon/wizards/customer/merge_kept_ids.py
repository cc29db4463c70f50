import json

from odoo import api, models
from odoo.tools import SQL

from ...models.base.proof import proven


def _replace(value, merged):
    """IDs of partners, one or a list, after a merge.

    :param dict merged: ID of the partner who stays, by ID of each who goes
    """
    if isinstance(value, list):
        return list(dict.fromkeys(_replace(item, merged) for item in value))
    return merged.get(value, value) if isinstance(value, int) else value


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    """What names a partner without a foreign key, and what a merge leaves without a meaning.

    Core moves foreign keys, references and the common documents of mail. It knows neither
    custom fields (properties) nor old values that an approval keeps as JSON.
    """

    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        merged = dict.fromkeys(src_partners.ids, dst_partner.id)
        self.env.flush_all()
        self._end_import_undo(src_partners | dst_partner)
        properties = self._get_partner_properties()
        self._move_waiting_changes(merged, properties)
        self._move_properties(merged, properties)
        result = super()._update_foreign_keys(src_partners, dst_partner)
        self._drop_own_pairs(dst_partner)
        return result

    @api.model
    def _end_import_undo(self, partners):
        """An import is not taken back where its customer is several customers by now."""
        # sudo: imports of others brought these customers too; no value of a row is shown
        rows_sudo = self.env["invoice.customer.import.row"].sudo()
        for row_sudo in rows_sudo.search(
            [("partner_id", "in", partners.ids), ("is_applied", "=", True)]
        ):
            if row_sudo.written:
                row_sudo.written = {**row_sudo.written, "is_merged": True}

    @api.model
    def _drop_own_pairs(self, dst_partner):
        """Nobody is a duplicate of themselves, and a pair is kept once."""
        # sudo: whoever may merge the customers need not have declared that they differ
        pairs_sudo = self.env["invoice.customer.distinct"].sudo()
        pairs_sudo = pairs_sudo.search(
            ["|", ("partner_id", "=", dst_partner.id), ("other_id", "=", dst_partner.id)],
            order="id",
        )
        known, surplus_sudo = {dst_partner}, pairs_sudo.browse()
        for pair_sudo in pairs_sudo:
            both = (pair_sudo.partner_id | pair_sudo.other_id).sorted("id").with_env(self.env)
            if both in known:
                surplus_sudo |= pair_sudo
            known.add(both)
        surplus_sudo.unlink()

    # === WAITING CHANGES === #

    @api.model
    def _move_waiting_changes(self, merged, properties):
        """Old values that a rejection restores name the partner who stays."""
        requests_sudo = proven(self.env["invoice.approval.request"]).search(
            [("state", "=", "pending"), ("is_change", "=", True)]
        )
        for request_sudo in requests_sudo:
            old = request_sudo.old_values
            if not old or request_sudo.res_model not in self.env:
                continue
            values = self._move_in_values(self.env[request_sudo.res_model], old, merged, properties)
            if values != old:
                # A request refuses every write; whom it is about stays the same.
                self.env.cr.execute(
                    SQL(
                        "UPDATE invoice_approval_request SET old_values = %s WHERE id = %s",
                        json.dumps(values),
                        request_sudo.id,
                    )
                )
        requests_sudo.invalidate_recordset(["old_values"])

    @api.model
    def _move_in_values(self, model, values, merged, properties):
        """Values as a request keeps them, rows of a document among them.

        :param dict values: by name of a field of the model
        """
        moved = dict(values)
        for fname in values.keys() & model._fields.keys():
            field, value = model._fields[fname], values[fname]
            if field.type == "properties" and isinstance(value, dict):
                moved[fname] = self._move_in_properties(value, merged, properties)
            elif field.relational and field.comodel_name == "res.partner":
                moved[fname] = _replace(value, merged)
            elif field.type == "one2many":
                rows = self.env[field.comodel_name]
                moved[fname] = [
                    self._move_in_values(rows, row, merged, properties)
                    if isinstance(row, dict)
                    else row
                    for row in value
                ]
        return moved

    # === PROPERTIES === #

    @api.model
    def _get_stored_fields(self, type_):
        """Models in the database, and names of their fields of a type.

        :rtype: list[tuple]
        """
        return [
            (model, field.name)
            for model in self.env.values()
            if model._auto and not model._abstract
            for field in model._fields.values()
            if field.type == type_ and field.store
        ]

    @api.model
    def _get_partner_properties(self):
        """Names of the custom fields, of whatever model, that hold partners.

        :rtype: set[str]
        """
        names = set()
        for model, fname in self._get_stored_fields("properties_definition"):
            self.env.cr.execute(
                SQL(
                    """
                    SELECT property ->> 'name'
                      FROM %(table)s, jsonb_array_elements(%(column)s) AS property
                     WHERE jsonb_typeof(%(column)s) = 'array'
                       AND property ->> 'comodel' = 'res.partner'
                    """,
                    table=SQL.identifier(model._table),
                    column=SQL.identifier(fname),
                )
            )
            names.update(name for (name,) in self.env.cr.fetchall())
        return names

    @api.model
    def _move_in_properties(self, values, merged, properties):
        return {
            name: _replace(value, merged) if name in properties else value
            for name, value in values.items()
        }

    @api.model
    def _move_properties(self, merged, properties):
        if not properties:
            return
        for model, fname in self._get_stored_fields("properties"):
            table, column = SQL.identifier(model._table), SQL.identifier(fname)
            self.env.cr.execute(
                SQL(
                    "SELECT id, %s FROM %s WHERE jsonb_exists_any(%s, %s)",
                    column,
                    table,
                    column,
                    list(properties),
                )
            )
            for id_, values in self.env.cr.fetchall():
                moved = self._move_in_properties(values, merged, properties)
                if moved != values:
                    self.env.cr.execute(
                        SQL(
                            "UPDATE %s SET %s = %s WHERE id = %s",
                            table,
                            column,
                            json.dumps(moved),
                            id_,
                        )
                    )
            model.invalidate_model([fname])
