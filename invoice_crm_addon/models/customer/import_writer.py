"""Writes what a file of customers says, in batches; one bad row stops nobody."""

import logging

from psycopg2 import IntegrityError, OperationalError

from odoo.exceptions import ConcurrencyError, UserError

from ..base.proof import proven
from ..base.told_rows import find_told
from ..base.words import get_words, words
from .import_marks import dump_imported, get_mark
from .mail_thread import logging_once
from .res_partner import BILLING_ACCOUNT

_logger = logging.getLogger(__name__)

BATCH = 500
# The log of the customer says whence it came; core's own would say only that it was created.
_QUIET = {"mail_create_nolog": True, "mail_create_nosubscribe": True}


class Writer:
    """Writes verdicts with the rights of the environment's user.

    :param env: environment of the person who imports
    :param str filename: said in the history of the customers
    """

    def __init__(self, env, filename):
        self.env = env(context={**env.context, **_QUIET})
        self.say = words(self.env)
        self.filename = filename
        self.tags = {}

    def write_all(self, judged):
        """Write rows.

        :param list judged: pairs of a row and its verdict, new or update
        :return: by row what became of it: the customer and what was written, or a sentence
        :rtype: dict
        """
        results = {}
        for start in range(0, len(judged), BATCH):
            self._write_part(judged[start : start + BATCH], results)
        return results

    def _write_part(self, judged, results, is_batch=True):
        """Write rows together; if one of them fails, those around it all the same.

        Of a batch the row that the error tells of is tried apart; else rows are halved.
        """
        try:
            with self.env.cr.savepoint():
                found = self._write_rows(judged)
            results.update(found)
        except (ConcurrencyError, OperationalError):
            # Somebody else was faster: the whole transaction is tried again.
            raise
        except Exception as error:
            self.tags = {}  # those that were made are gone as well
            if len(judged) == 1:
                [(row, _verdict)] = judged
                results[row] = (None, self._say_error(row, error))
                return
            values = [verdict.values for _row, verdict in judged]
            if is_batch and (told := find_told(error, values)):
                [index] = told
                parts = (judged[:index] + judged[index + 1 :], judged[index : index + 1])
            else:
                half = len(judged) // 2
                parts = (judged[:half], judged[half:])
            for part in parts:
                self._write_part(part, results, is_batch=False)

    def _say_error(self, row, error):
        if isinstance(error, UserError):
            return get_words(error)
        if isinstance(error, IntegrityError):
            _logger.info("Row %s of %s: %s", row.number, self.filename, error)
            return self.say._(
                "Somebody entered the same customer at the same moment. Check the file again."
            )
        _logger.exception("Row %s of %s cannot be written", row.number, self.filename)
        return self.say._("The row could not be written because of an error of the program.")

    def _write_rows(self, judged):
        new = [(row, verdict) for row, verdict in judged if verdict.outcome == "new"]
        changed = [(row, verdict) for row, verdict in judged if verdict.outcome == "update"]
        self._make_tags(judged)
        results = self._create(new) if new else {}
        for row, verdict in changed:
            results[row] = self._update(verdict)
        self._log(results)
        self.env.flush_all()
        return results

    # === NEW CUSTOMERS === #

    def _create(self, judged):
        partners = self.env["res.partner"].create(
            [self._prepare_values(verdict) for _row, verdict in judged]
        )
        pairs = list(zip(partners, (verdict for _row, verdict in judged), strict=True))
        self._add_accounts([(p, v.bank) for p, v in pairs if v.bank.get("account")])
        self._add_banks(
            [(p, v.bank) for p, v in pairs if v.bank.get("bank") and not v.bank.get("account")]
        )
        self._add_contacts([(p, v.contact) for p, v in pairs if v.contact])
        return {
            row: (partner, {"is_new": True, "mark": get_mark(partner)})
            for (row, _verdict), partner in zip(judged, partners, strict=True)
        }

    def _prepare_values(self, verdict):
        values = {"customer_rank": 1, **verdict.values}
        if "category_id" in values:
            values["category_id"] = self._get_tag_ids(values["category_id"])
        return values

    def _add_accounts(self, pairs):
        """Give customers, just created, their billing accounts, in a few queries.

        Nothing of a new customer is verified, waits for approval or stands on drafts, so
        nothing has to be watched.

        :param list pairs: a customer, and its ``account``, ``bank`` and ``cnaps``
        """
        banks = self._find_or_make_banks({b["bank"] for _p, b in pairs if b.get("bank")})
        # sudo: res.partner.bank - accounts of customers that the user just created
        accounts_sudo = logging_once(self.env["res.partner.bank"].sudo())
        accounts_sudo = accounts_sudo.create(
            [
                {
                    "partner_id": partner.id,
                    "acc_number": bank["account"],
                    "bank_id": banks.get(bank.get("bank"), False),
                    "clearing_number": bank.get("cnaps", False),
                }
                for partner, bank in pairs
            ]
        )
        customers = proven(self.env["res.partner"].browse(p.id for p, _bank in pairs))
        field = customers._fields[BILLING_ACCOUNT]
        for customer, account_sudo in zip(customers, accounts_sudo, strict=True):
            field._update_cache(customer, account_sudo.id, dirty=True)
        customers.modified([BILLING_ACCOUNT])

    def _add_banks(self, pairs):
        """Keep the bank of customers, just created, whose account is not known yet.

        :param list pairs: a customer, and its ``bank``
        """
        banks = self._find_or_make_banks({bank["bank"] for _p, bank in pairs})
        customers = proven(self.env["res.partner"].browse(p.id for p, _bank in pairs))
        field = customers._fields["invoice_bank_id"]
        for customer, (_partner, bank) in zip(customers, pairs, strict=True):
            field._update_cache(customer, banks[bank["bank"]], dirty=True)
        customers.modified(["invoice_bank_id"])

    def _add_contacts(self, pairs):
        """Give customers, just created, the person to ask about their billing data.

        :param list pairs: a customer, and ``name`` and ``phone`` of the person
        """
        contacts = self.env["res.partner"].create(
            [{**contact, "parent_id": partner.id, "type": "contact"} for partner, contact in pairs]
        )
        customers = proven(self.env["res.partner"].browse(p.id for p, _contact in pairs))
        field = customers._fields["invoice_contact_id"]
        for customer, contact in zip(customers, contacts, strict=True):
            field._update_cache(customer, contact.id, dirty=True)
        customers.modified(["invoice_contact_id"])

    def _find_or_make_banks(self, names):
        """Banks by name.

        :rtype: dict[str, int]
        """
        # sudo: res.bank - a bank is found or made by its name alone
        banks_sudo = self.env["res.bank"].sudo()
        found = {}
        for bank_sudo in banks_sudo.search([("name", "in", list(names))], order="id"):
            found.setdefault(bank_sudo.name, bank_sudo.id)
        missing = [name for name in names if name not in found]
        made_sudo = banks_sudo.create([{"name": name} for name in missing])
        return found | dict(zip(missing, made_sudo.ids, strict=True))

    # === CHANGED CUSTOMERS === #

    def _update(self, verdict):
        """Change a customer.

        :return: the customer; what was there before, and what is there now, by field
        :rtype: tuple[res.partner, dict]
        """
        partner = verdict.partner.with_env(self.env)
        before = self._dump(partner, verdict)
        # sudo: only which accounts there are
        before["accounts"] = partner.sudo().bank_ids.ids
        values = {**verdict.values}
        if "category_id" in values:
            values["category_id"] = [(4, id_) for id_ in self._get_tag_ids(values["category_id"])]
        if values:
            partner.write(values)
        if verdict.bank:
            self._write_bank(partner, verdict.bank)
        if verdict.contact:
            before.update(self._write_contact(partner, verdict.contact))
        return partner, {"before": before, "after": self._dump(partner, verdict)}

    def _dump(self, partner, verdict):
        return dump_imported(partner, [*verdict.values], bool(verdict.bank))

    def _write_bank(self, partner, bank):
        values = {}
        if "account" in bank:
            values["invoice_bank_acc_number"] = bank["account"]
        if "bank" in bank:
            values["invoice_bank_name"] = bank["bank"]
        if values:
            partner.write(values)
        # sudo: res.partner.bank - the account of a customer that the user may change
        account_sudo = partner.sudo().invoice_bank_account_id
        if "cnaps" in bank and account_sudo:
            account_sudo.clearing_number = bank["cnaps"]

    def _write_contact(self, partner, contact):
        """Enter a person, to be asked about the billing data unless somebody is already.

        :return: what taking it back must know
        :rtype: dict
        """
        person = partner.child_ids.filtered(lambda child: child.name == contact["name"])[:1]
        is_known = bool(person)
        if is_known:
            person.phone = contact["phone"]
        else:
            person = partner.create({**contact, "parent_id": partner.id, "type": "contact"})
        made = {} if is_known else {"new_contact": person.id}
        if not partner.invoice_contact_id:
            partner.invoice_contact_id = person
            made["billing_contact"] = person.id
        return made

    # === TAGS AND HISTORY === #

    def _make_tags(self, judged):
        """Find or make the tags that the rows name, once each."""
        named = {name for _row, verdict in judged for name in verdict.values.get("category_id", ())}
        named = {name for name in named if name.casefold() not in self.tags}
        if not named:
            return
        Tags = self.env["res.partner.category"]
        for code, _name in self.env["res.lang"].get_installed():
            for tag in Tags.with_context(lang=code).search([]):
                self.tags.setdefault(tag.name.casefold(), tag.id)
                self.tags.setdefault(tag.display_name.casefold(), tag.id)
        missing = {name.casefold(): name for name in named if name.casefold() not in self.tags}
        for key, tag in zip(
            missing, Tags.create([{"name": name} for name in missing.values()]), strict=True
        ):
            self.tags[key] = tag.id

    def _get_tag_ids(self, names):
        return list({self.tags[name.casefold()] for name in names})

    def _log(self, results):
        bodies = {
            partner.id: self.env._(
                "Imported from %(file)s, row %(row)s.", file=self.filename, row=row.number
            )
            for row, (partner, _written) in results.items()
        }
        self.env["res.partner"].browse(bodies)._message_log_batch(bodies)
