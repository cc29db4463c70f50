"""What becomes of the rows of a file of customers: judged together, and nothing is written."""

from dataclasses import dataclass, field

from odoo.fields import Domain
from odoo.tools import html2plaintext, plaintext2html

from odoo.addons.base.models.res_bank import sanitize_account_number

from ...fapiao import is_anybody, name_key
from ..base.words import words
from .import_cells import Cells
from .import_relations import Relations

# Columns that are texts of the customer itself.
TEXTS = {
    "name": "name",
    "title": "invoice_title",
    "vat": "vat",
    "address": "invoice_address",
    "phone": "invoice_phone",
    "email": "email",
    "street": "street",
}
BANK_COLUMNS = ("bank", "account", "cnaps")
BANK_FIELDS = ("invoice_bank_name", "invoice_bank_acc_number")


@dataclass
class Verdict:
    """What becomes of a row.

    :param str outcome: new, update, unchanged, duplicate or error
    :param message: sentences, maybe none
    :param res.partner partner: the customer, if there is one
    :param dict values: what is written to it
    :param dict bank: bank, account and cnaps to write, if any of them differs
    :param dict contact: name, phone of the contact person to write
    :param list known_by: what makes a later row the same customer
    """

    outcome: str
    message: object = False
    partner: object = None
    values: dict = field(default_factory=dict)
    bank: dict = field(default_factory=dict)
    contact: dict = field(default_factory=dict)
    known_by: list = field(default_factory=list)


class Judge:
    """Judges rows with the rights of the environment's user.

    :param env: environment of the person who imports
    :param dict headings: heading of the file by column
    :param find_before: gives, of a set of identities, the rows that were judged before and have
        them; a dict of row numbers
    """

    def __init__(self, env, headings, find_before=lambda identities: {}):
        self.env = env
        self.say = words(env)
        self.cells = Cells(self.say, headings)
        self.headings = headings
        self.relations = Relations(env, self.say, headings)
        self.partners = env["res.partner"]
        self.find_before = find_before

    def judge(self, rows):
        """Judge rows that follow one another in a file.

        :param list rows: pairs of a row number and its cells
        :return: a verdict for each
        :rtype: list[Verdict]
        """
        read = [self.cells.parse(cells) for _number, cells in rows]
        values = [row_values for row_values, _faults, _doubts in read]
        self._load(values)
        verdicts = [self._judge_row(*row) for row in read]
        self._judge_doubles([number for number, _cells in rows], values, verdicts)
        self._refuse_locked([v for v in verdicts if v.outcome == "update"])
        return verdicts

    # === WHAT IS THERE === #

    def _load(self, rows):
        """Look up once what any of the rows names."""
        self._load_customers(rows)
        self.relations.load(rows)

    def _load_customers(self, rows):
        numbers = {row["vat"] for row in rows if "vat" in row}
        names = {name_key(row.get("title") or row.get("name")) for row in rows} - {""}
        names |= {name_key(row["name"]) for row in rows if "name" in row} - {""}
        # sudo: res.partner - a number is taken also by who cannot be read; only that is said
        found_sudo = self.partners.sudo().with_context(active_test=False)
        owners_sudo = found_sudo.search(
            Domain("tax_number_key", "in", list(numbers))
            | (Domain("vat", "in", list(numbers)) & Domain("parent_id", "=", False)),
            order="tax_number_key, id",
        )
        self.by_number = {}
        for owner_sudo in owners_sudo:
            # One who does not own the number has it from before the rule came.
            number = owner_sudo.tax_number_key or owner_sudo.vat
            self.by_number.setdefault(number, owner_sudo.with_env(self.env))
        scope = (
            Domain("company_id", "in", (False, *self.env.company.parent_ids.ids))
            & Domain("parent_id", "=", False)
            & Domain("partner_share", "=", True)
        )
        self.by_name = {}
        for partner in self.partners.search(scope & Domain("billing_name_key", "in", list(names))):
            self.by_name.setdefault(partner.billing_name_key, []).append(partner)
        found = self.partners.concat(*self.by_number.values(), *sum(self.by_name.values(), []))
        self.readable = found._filtered_access("read")
        self.writable = self.readable._filtered_access("write")
        # sudo: compared with what the file says; numbers of accounts are shown to nobody
        self.known_sudo = {partner_sudo.id: partner_sudo for partner_sudo in self.readable.sudo()}
        # sudo: only whether they are own companies
        self.own_companies = found.filtered(lambda p: p.sudo().ref_company_ids)

    # === ONE ROW === #

    def _judge_row(self, row, faults, doubts):
        name = row.get("name") or row.get("title")
        faults = [*faults]
        if not name:
            faults.append(
                self.say._("The row has no name. Enter the customer's name, or its billing title.")
            )
        elif is_anybody(name):
            faults.append(
                self.say._(
                    "“%s” is no customer: it stands for anybody. Enter who it is, or remove the "
                    "row.",
                    name,
                )
            )
        partner = self.partners
        if not faults:
            partner, fault = self._find_customer(row)
            faults += [fault] if fault else []
        relations = self.relations.find_named(row, partner, faults)
        if "vat_fault" in row and not self._is_abroad(partner, relations):
            faults.append(row["vat_fault"])
        if not faults and not partner and row.get("account") == "*":
            faults.append(
                self.say._(
                    "%s is masked, and there is no such customer yet. Enter the whole number, or "
                    "leave the cell empty.",
                    self.headings.get("account", ""),
                )
            )
        if faults:
            return Verdict("error", self.say.join(" ", faults), partner)
        if not partner:
            return self._make_new(row, relations, doubts)
        return self._compare(row, relations, partner, doubts)

    def _find_customer(self, row):
        """The customer that a row names, and what forbids to take it.

        :rtype: tuple[res.partner, Words]
        """
        number, name = row.get("vat"), row.get("title") or row.get("name")
        if number and (owner := self.by_number.get(number)):
            return self._take_owner(owner, number)
        keys = {name_key(name), name_key(row.get("name"))} - {""}
        named = {partner for key in keys for partner in self.by_name.get(key, ())}
        if number:
            # The same name with another number is another company.
            named = {partner for partner in named if not partner.vat}
        if len(named) > 1:
            return self.partners, self.say._(
                "There are %(count)s customers called “%(name)s”. Enter the tax number of the one "
                "that is meant.",
                count=len(named),
                name=name,
            )
        partner = named.pop() if named else self.partners
        return partner, partner and self._get_refusal(partner)

    def _take_owner(self, owner, number):
        if owner not in self.readable:
            return self.partners, self.say._(
                "Another customer, which you may not see, has the tax number %s already. Ask an "
                "administrator.",
                number,
            )
        if not owner.active:
            return owner, self.say._(
                "The archived customer %s has this tax number. Restore it first, or correct the "
                "number.",
                owner.display_name,
            )
        return owner, self._get_refusal(owner)

    def _get_refusal(self, partner):
        if partner in self.own_companies:
            return self.say._("%s is one of your own companies, and no customer.", partner.name)
        if partner not in self.writable:
            return self.say._("You may not change the customer %s.", partner.display_name)
        return False

    def _is_abroad(self, partner, relations):
        """Whether the customer of a row has no Chinese tax number."""
        country = self.env["res.country"].browse(relations.get("country_id"))
        return not self.partners._is_chinese_country(country or partner.country_id)

    # === NEW AND CHANGED === #

    def _make_new(self, row, relations, doubts):
        is_company = row.get("kind", True)
        name = row.get("name") or row.get("title")
        values = {fname: row[column] for column, fname in TEXTS.items() if column in row}
        values.update(relations, name=name, is_company=is_company)
        if is_company:
            values.setdefault("invoice_title", name)
        if (
            "vat" in row
            and "country_id" not in values
            and self.env.company.country_code != "CN"
            and "vat_fault" not in row
        ):
            # The numbers of the file are Chinese, so whoever has one lives there.
            values["country_id"] = self.env.ref("base.cn").id
        if "remark" in row:
            values["comment"] = plaintext2html(row["remark"])
        contact = {}
        if "contact" in row and is_company:
            contact = {"name": row["contact"], "phone": row.get("mobile", False)}
        elif "mobile" in row:
            values["phone"] = row["mobile"]
        if tags := row.get("tags"):
            values["category_id"] = tags
        bank = {column: row[column] for column in BANK_COLUMNS if column in row}
        if "cnaps" in bank and "account" not in bank:
            del bank["cnaps"]
            doubts = [*doubts, self._say_code_without_account()]
        return Verdict("new", self.say.join(" ", doubts), None, values, bank, contact)

    def _compare(self, row, relations, partner, doubts):
        """What the row would change; an empty cell changes nothing."""
        known_sudo = self.known_sudo[partner.id]
        values = {
            fname: row[column]
            for column, fname in TEXTS.items()
            if column in row and row[column] != (known_sudo[fname] or "").strip()
        }
        self._keep_name(values, known_sudo)
        values.update(relations)
        if "kind" in row and row["kind"] != known_sudo.is_company:
            values["is_company"] = row["kind"]
        if "remark" in row and _plain(row["remark"]) != _plain(known_sudo.comment):
            values["comment"] = plaintext2html(_plain(row["remark"]))
        contact = self._compare_contact(row, known_sudo, values)
        if tags := self._get_new_tags(row, partner):
            values["category_id"] = tags
        bank = self._compare_bank(row, known_sudo)
        if "cnaps" in bank and "account" not in bank and not known_sudo.invoice_bank_account_id:
            del bank["cnaps"]
            doubts = [*doubts, self._say_code_without_account()]
        if not (values or contact or bank):
            return Verdict("unchanged", self.say.join(" ", doubts), partner)
        changes = self.say._("Changes: %s.", self._list_changes(values, contact, bank))
        message = self.say.join(" ", [changes, *doubts])
        return Verdict("update", message, partner, values, bank, contact)

    def _say_code_without_account(self):
        return self.say._("The CNAPS code is left out: it is kept with the account number.")

    def _keep_name(self, values, known_sudo):
        """A customer found by another spelling, or by its title, keeps its name."""
        keys = {name_key(known_sudo.name), name_key(known_sudo.invoice_title)}
        if "name" in values and name_key(values["name"]) in keys:
            del values["name"]
        elif "name" in values and known_sudo.name == known_sudo.invoice_title:
            values.setdefault("invoice_title", values["name"])
        if name_key(values.get("invoice_title")) == name_key(known_sudo.invoice_title) != "":
            values.pop("invoice_title", None)

    def _compare_contact(self, row, known_sudo, values):
        if "contact" in row and row.get("kind", known_sudo.is_company):
            person = known_sudo.child_ids.filtered(lambda c: c.name == row["contact"])[:1]
            if person and row.get("mobile") in (None, person.phone):
                return {}
            return {"name": row["contact"], "phone": row.get("mobile", False)}
        if "mobile" in row and row["mobile"] != known_sudo.phone:
            values["phone"] = row["mobile"]
        return {}

    def _get_new_tags(self, row, partner):
        known = {
            name.casefold() for tag in partner.category_id for name in (tag.name, tag.display_name)
        }
        return [tag for tag in row.get("tags", ()) if tag.casefold() not in known]

    def _compare_bank(self, row, known_sudo):
        account_sudo = known_sudo.invoice_bank_account_id
        bank = {}
        number = row.get("account")
        if number and number not in ("*", sanitize_account_number(account_sudo.acc_number)):
            bank["account"] = number
        if "bank" in row and row["bank"] != known_sudo.invoice_bank_name:
            bank["bank"] = row["bank"]
        if "cnaps" in row and row["cnaps"] != account_sudo.clearing_number:
            bank["cnaps"] = row["cnaps"]
        if "account" in bank:
            bank.setdefault("bank", row.get("bank"))
        return bank

    def _list_changes(self, values, contact, bank):
        names = [*values, *(["child_ids"] if contact else [])]
        names += ["invoice_bank_name"] if bank.get("bank") else []
        names += ["invoice_bank_acc_number"] if "account" in bank else []
        names += ["invoice_clearing_number"] if "cnaps" in bank else []
        return self.say.join(", ", [self.say.label("res.partner", name) for name in names])

    # === ROWS TOGETHER === #

    def _judge_doubles(self, numbers, rows, verdicts):
        """Of several rows for one customer the first counts."""
        identities = [
            (set(), set()) if verdict.outcome == "error" else self._get_identities(row, verdict)
            for row, verdict in zip(rows, verdicts, strict=True)
        ]
        seen = self.find_before(set().union(*(same for _known_by, same in identities)))
        for number, verdict, (known_by, same) in zip(numbers, verdicts, identities, strict=True):
            first = min((seen[key] for key in same if key in seen), default=None)
            if first is None:
                verdict.known_by = sorted(known_by)
                seen.update(dict.fromkeys(known_by, number))
                continue
            verdict.outcome = "duplicate"
            verdict.message = self.say._(
                "Row %s of the file is the same customer. Put what both say into one row.", first
            )

    def _get_identities(self, row, verdict):
        """By what a row is known, and what of rows before makes it the same.

        :rtype: tuple[set[str], set[str]]
        """
        sure = {f"number {row['vat']}"} if "vat" in row else set()
        if verdict.partner:
            sure.add(f"customer {verdict.partner.id}")
            return sure, sure
        key = name_key(verdict.values.get("invoice_title") or verdict.values["name"])
        if "vat" in row:
            # The same name with another number is another company.
            return sure | {f"numbered name {key}"}, sure | {f"name {key}"}
        return {f"name {key}"}, {f"name {key}", f"numbered name {key}"}

    def _refuse_locked(self, verdicts):
        """Rows that would change what is locked now, such as data that wait for approval."""
        partners = self.partners.concat(*(verdict.partner for verdict in verdicts))
        if not partners:
            return
        lockable = partners._get_lockable_fields()
        locks = partners._get_locked_fields()
        for verdict in verdicts:
            names = {*verdict.values, *(BANK_FIELDS if verdict.bank else ())} & lockable
            reasons = [locks[verdict.partner][n] for n in names if n in locks[verdict.partner]]
            if reasons:
                verdict.outcome = "error"
                verdict.message = self.say._(
                    "%(customer)s cannot be changed. %(reasons)s",
                    customer=verdict.partner.display_name,
                    reasons=" ".join(dict.fromkeys(reasons)),
                )


def _plain(text):
    return html2plaintext(text).strip() if text and "<" in text else (text or "").strip()
