"""Takes back what an import of customers wrote, where nobody changed or used it since."""

import logging

from psycopg2 import IntegrityError

from odoo.exceptions import UserError
from odoo.tools import SQL

from ..base.words import get_words, words
from .import_marks import dump_imported, get_mark

_logger = logging.getLogger(__name__)

TAGS_TABLE = "res_partner_res_partner_category_rel"
# What goes with a customer, and is looked at in another way.
OWN_TABLES = ("res_partner", "res_partner_bank", "invoice_customer_import_row", TAGS_TABLE)
# Records that name a customer by model and ID.
LOOSE_MODELS = ("mail.activity", "ir.attachment")


class Undo:
    """Takes rows back with the rights of the environment's user.

    :param env: environment of whoever takes back
    """

    def __init__(self, env):
        self.env = env
        self.say = words(env)

    def take_back(self, rows_sudo):
        """Take back rows that were written.

        :return: rows that stay as they are; each says why
        """
        new = rows_sudo.filtered(lambda row: row.written.get("is_new"))
        reasons = self._take_back_new(new) | self._take_back_changed(rows_sudo - new)
        kept = rows_sudo.browse()
        for row in rows_sudo:
            if reason := reasons.get(row):
                kept |= row
                row.write({"is_kept": True, "message": self.say._("Not taken back: %s", reason)})
            else:
                row.write({"is_undone": True, "message": False})
        return kept

    def _say_merged(self):
        return self.say._("the customer was merged with another one since.")

    # === NEW CUSTOMERS === #

    def _take_back_new(self, rows):
        """Delete customers that are as the import left them.

        :return: a sentence by row that stays
        :rtype: dict
        """
        reasons = {}
        used = self._get_used(rows)
        deletable = []
        for row in rows:
            partner_sudo = row.partner_id
            if not partner_sudo:
                continue  # it is gone already
            if row.written.get("is_merged"):
                reasons[row] = self._say_merged()
            elif partner_sudo.id in used:
                reasons[row] = self.say._("the customer is used since, or somebody wrote there.")
            elif row.written["mark"] != get_mark(partner_sudo):
                reasons[row] = self.say._("somebody changed the customer since.")
            else:
                deletable.append(row)
        self._delete(deletable, reasons)
        return reasons

    def _delete(self, rows, reasons):
        partners = self.env["res.partner"].browse(row.partner_id.id for row in rows)
        if not rows:
            return
        try:
            with self.env.cr.savepoint():
                # sudo: res.partner - what the import made it takes back, for whoever may import
                partners_sudo = partners.sudo()
                (partners_sudo.child_ids | partners_sudo).unlink()
        except (UserError, IntegrityError) as error:
            if len(rows) == 1:
                _logger.info("The customer of row %s stays: %s", rows[0].number, error)
                reasons[rows[0]] = (
                    get_words(error)
                    if isinstance(error, UserError)
                    else self.say._("the customer is used since, or somebody wrote there.")
                )
                return
            half = len(rows) // 2
            self._delete(rows[:half], reasons)
            self._delete(rows[half:], reasons)

    def _get_used(self, rows):
        """IDs of customers to whom, or to whose contacts, anything refers."""
        partners = rows.partner_id
        owners = {child.id: child.parent_id.id for child in partners.child_ids}
        owners.update((id_, id_) for id_ in partners.ids)
        return {owners[id_] for id_ in self._get_referred(list(owners))}

    def _get_referred(self, ids):
        self.env.flush_all()
        found = set()
        for table, column in self._get_references():
            self.env.cr.execute(
                SQL(
                    "SELECT DISTINCT %(column)s FROM %(table)s WHERE %(column)s = ANY(%(ids)s)",
                    column=SQL.identifier(column),
                    table=SQL.identifier(table),
                    ids=ids,
                )
            )
            found.update(id_ for (id_,) in self.env.cr.fetchall())
        for model in LOOSE_MODELS:
            # sudo: only whether there are any
            named_sudo = self.env[model].sudo()
            domain = [("res_model", "=", "res.partner"), ("res_id", "in", ids)]
            found.update(id_ for (id_,) in named_sudo._read_group(domain, ["res_id"]))
        # sudo: only whether people wrote there
        messages_sudo = self.env["mail.message"].sudo()
        domain = [
            ("model", "=", "res.partner"),
            ("res_id", "in", ids),
            ("message_type", "in", ("comment", "email", "email_outgoing")),
        ]
        found.update(id_ for (id_,) in messages_sudo._read_group(domain, ["res_id"]))
        return found

    def _get_references(self):
        """Columns of the database that name customers."""
        self.env.cr.execute(
            SQL(
                """
                SELECT source.relname, attribute.attname
                  FROM pg_constraint fk
                  JOIN pg_class source ON source.oid = fk.conrelid
                  JOIN pg_class target ON target.oid = fk.confrelid
                  JOIN pg_attribute attribute
                    ON attribute.attrelid = source.oid AND attribute.attnum = ANY(fk.conkey)
                 WHERE fk.contype = 'f'
                   AND target.relname = 'res_partner'
                   AND cardinality(fk.conkey) = 1
                   AND NOT source.relname = ANY(%s)
                """,
                [*OWN_TABLES],
            )
        )
        return self.env.cr.fetchall()

    # === CHANGED CUSTOMERS === #

    def _take_back_changed(self, rows):
        """Give customers their old values where they still have those of the file.

        :return: a sentence by row that stays
        :rtype: dict
        """
        reasons = {}
        for row in rows:
            if not row.partner_id:
                continue
            if row.written.get("is_merged"):
                reasons[row] = self._say_merged()
                continue
            partner = self.env["res.partner"].browse(row.partner_id.id)
            try:
                with self.env.cr.savepoint():
                    if reason := self._restore(partner, row.written):
                        reasons[row] = reason
            except UserError as error:
                reasons[row] = get_words(error)
        return reasons

    def _restore(self, partner, written):
        before, after = written["before"], written["after"]
        fnames = [name for name in after if name != "bank"]
        now = dump_imported(partner, fnames, "bank" in after)
        if now != after:
            return self.say._("somebody changed the customer since.")
        values = {f: before[f] for f in fnames}
        if values.get("category_id") is not None:
            values["category_id"] = [(6, 0, values["category_id"])]
        if values:
            partner.write(values)
        if "bank" in after:
            self._restore_bank(partner, before, after)
        if partner.invoice_contact_id.id == before.get("billing_contact"):
            partner.invoice_contact_id = False
        if before.get("new_contact"):
            self._drop_contact(before["new_contact"])
        return False

    def _restore_bank(self, partner, before, after):
        old = before["bank"]
        partner.write({"invoice_bank_name": old["bank"], "invoice_bank_acc_number": old["account"]})
        # sudo: res.partner - the accounts of a customer that the user may change
        partner_sudo = partner.sudo()
        accounts_sudo = partner_sudo.bank_ids
        if present_sudo := partner_sudo.invoice_bank_account_id:
            present_sudo.clearing_number = old["cnaps"]
        made_sudo = accounts_sudo.filtered(
            lambda a: a.id == after["bank"]["id"] and a.id not in before["accounts"]
        )
        made_sudo.unlink()

    def _drop_contact(self, contact_id):
        # sudo: res.partner - what the import made it takes back, for whoever may import
        contact_sudo = self.env["res.partner"].sudo().browse(contact_id).exists()
        if contact_sudo and not self._get_referred(contact_sudo.ids):
            contact_sudo.unlink()
