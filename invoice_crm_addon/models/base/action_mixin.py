from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .words import words


def rewrite_rows(records):
    """Make two transactions that derive something from the same rows collide.

    PostgreSQL runs in REPEATABLE READ here: who waits for a plain lock goes on with the totals
    that it saw before. Rewriting the rows makes the later transaction fail with a serialization
    error instead, which Odoo answers by running it again on fresh data.

    :param records: records of one model; the values of their rows stay as they are
    """
    if not records.ids:
        return
    records.env.cr.execute(
        SQL(
            "UPDATE %(table)s SET id = id WHERE id IN "
            "(SELECT id FROM %(table)s WHERE id IN %(ids)s ORDER BY id FOR UPDATE)",
            table=SQL.identifier(records._table),
            ids=tuple(records.ids),
        )
    )


class InvoiceActionMixin(models.AbstractModel):
    """Can, check, do: one source of truth for the buttons of a document and for its server.

    For an action ``x`` the model defines ``_get_cannot_<x>_reason``, which returns a sentence or
    False. ``_check_can("x")`` raises these sentences, the field ``can_x`` shows or hides the
    button, and ``_do_x`` does it. An action that changes something checks with ``claim=True``;
    one that only opens a form or a dialog claims nothing. One exception: ``can_submit`` of what
    people approve leaves out what the document still lacks, since a hidden button could not say
    it.
    """

    _name = "invoice.action.mixin"
    _inherit = ["invoice.labels.mixin", "invoice.names.mixin"]
    _description = "Document With Actions"

    def _get_cannot_reason(self, action):
        """Why the current user cannot do ``action`` on this record now.

        :param str action: name of the action, e.g. ``"submit"``
        :return: a translated sentence, or False
        """
        self.ensure_one()
        return getattr(self, f"_get_cannot_{action}_reason")()

    def _compute_can(self, *actions):
        """Fill the fields ``can_<action>``."""
        for action in actions:
            able = self.filtered(lambda d, action=action: not d._get_cannot_reason(action))
            able[f"can_{action}"] = True
            (self - able)[f"can_{action}"] = False

    def _check_can(self, action, claim=False):
        """Check that the current user can do ``action`` on every record.

        :param bool claim: whether it is done now: of two users who do something with the same
            records at the same instant, the second one is run again and sees what the first did
        :raise UserError: with the reason of each record that refuses
        """
        self.check_access("read")
        reasons = {document: document._get_cannot_reason(action) for document in self}
        refused = {document: reason for document, reason in reasons.items() if reason}
        if not refused:
            # What was checked is what this transaction sees; so the claim may come after it, and
            # whoever is refused writes nothing.
            if claim:
                self._collide_with_concurrent_writers()
            return
        if len(self) == 1:
            raise UserError(refused[self])
        lines = [words(self.env).join(": ", (d.display_name, r)) for d, r in refused.items()]
        raise UserError(words(self.env).join("\n", lines))

    def _collide_with_concurrent_writers(self):
        """Make two transactions that decide on the same documents collide."""
        rewrite_rows(self)
