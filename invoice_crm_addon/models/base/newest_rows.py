from odoo import fields
from odoo.fields import Domain
from odoo.tools import SQL


class NewestRows(fields.Many2many):
    """The newest records that hang on one: what a form shows of as many as there may be.

    A one2many tells a form the ids of all of them, a hundred thousand for the forty that it
    shows. Here each reader gets the newest that they may read, and a button opens the list of
    all, which the server pages.

    :param str path: field of the others, maybe a path, that leads to the record
    :param int limit: how many there are at most
    :param depends: fields of the record after whose changes they are looked for again
    """

    path = None
    limit = 40
    # A part of them would look like all of them; the others' own list is exported.
    exportable = False

    def __init__(self, *args, **kwargs):
        super().__init__(
            *args,
            compute=self._fill,
            depends_context=("uid", "allowed_company_ids"),
            **kwargs,
        )

    def _fill(self, records):
        newest = self._find(records.browse(records._origin.ids))
        for record in records:
            record[self.name] = newest.get(record._origin.id, ())

    def _find(self, records):
        """:return: ids by record, the newest first, in one query for all records"""
        Rows = records.env[self.comodel_name]
        if not records or not Rows.has_access("read"):
            return {}
        parts = []
        for record in records:
            query = Rows._search(
                Domain(self.path, "=", record.id), limit=self.limit, order="id desc"
            )
            parts.append(
                SQL("(%s)", query.select(SQL("%s", record.id), SQL.identifier(query.table, "id")))
            )
        newest = {}
        for record_id, row_id in records.env.execute_query(SQL(" UNION ALL ").join(parts)):
            newest.setdefault(record_id, []).append(row_id)
        return {record_id: sorted(ids, reverse=True) for record_id, ids in newest.items()}
