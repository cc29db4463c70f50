import json

from odoo import api, fields, models
from odoo.tools import SQL, ormcache


class InvoiceApprovalAudience(models.Model):
    """People whom approvals asked together, once for all the documents that asked just them.

    There are few of them where there are millions of documents: one a path through the flows. A
    document names its audience by number, and whoever is in some audiences finds its documents
    by an index of numbers. None is ever changed or deleted; one that no document names any more
    is in nobody's way.
    """

    _name = "invoice.approval.audience"
    _description = "People Asked for Approval"
    _log_access = False

    user_ids = fields.Json(required=True, export_string_translation=False)

    # A long list does not fit into a row of an index.
    _user_uniq = models.UniqueIndex("(md5(user_ids::text))")
    _user_idx = models.Index("USING gin (user_ids jsonb_path_ops)")

    @api.model
    def _get_audience(self, people):
        """:param res.users people: at least one person"""
        group = tuple(sorted(people.ids))
        return self._get_audiences([group])[group]

    @api.model
    def _get_audiences(self, groups, also=()):
        """Audiences of groups of people, which are made if there is none yet.

        Of two transactions that make the same one, the second is run again: it cannot see what
        the first one made, and PostgreSQL refuses to pass over it.

        :param groups: sorted ids of users, in tuples
        :param list[SQL] also: statements of the caller, run together with the one that looks
        :return: audience by group
        :rtype: dict
        """
        field = self._fields["user_ids"]
        cached = field._get_cache(self.env).items()
        known = {tuple(ids): id_ for id_, ids in cached if id_ and ids}
        wanted = {group for group in groups if group and group not in known}
        if wanted or also:
            parts = [
                SQL("%s AS (%s)", SQL.identifier(f"also_{number}"), part)
                for number, part in enumerate(also)
            ]
            rows = self.env.execute_query(
                SQL(
                    """
                    WITH asked AS (SELECT ids::jsonb AS ids FROM unnest(%(wanted)s::text[]) AS ids),
                    found AS (
                        SELECT audience.id, asked.ids FROM asked JOIN %(table)s AS audience
                          ON md5(audience.user_ids::text) = md5(asked.ids::text)
                    ),
                    made AS (
                        INSERT INTO %(table)s (user_ids)
                        SELECT ids FROM asked WHERE ids NOT IN (SELECT ids FROM found)
                            ON CONFLICT DO NOTHING RETURNING id, user_ids
                    )%(also)s
                    SELECT id, ids FROM found UNION ALL SELECT id, user_ids FROM made
                    """,
                    wanted=[json.dumps(group) for group in sorted(wanted)],
                    table=SQL.identifier(self._table),
                    also=SQL().join(SQL(", %s", part) for part in parts),
                )
            )
            for id_, ids in rows:
                # Until the transaction ends, or what it did here is taken back.
                field._insert_cache(self.browse(id_), [ids])
                known[tuple(ids)] = id_
        return {group: self.browse(known[group]) for group in groups if group}

    @ormcache("self.id")
    def _get_user_ids(self):
        """Numbers of its people; the registry remembers them, since they never change.

        :rtype: frozenset[int]
        """
        return frozenset(self.user_ids)

    @api.model
    def _get_ids_of(self, user_id):
        """Numbers of the audiences that a person is in.

        :rtype: list[int]
        """
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM %s WHERE user_ids @> %s::jsonb",
                SQL.identifier(self._table),
                json.dumps([user_id]),
            )
        )
        return [row[0] for row in rows]
