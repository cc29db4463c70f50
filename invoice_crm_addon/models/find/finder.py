import unicodedata
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ...fapiao import correct_tax_id, name_key
from ..ticket.ticket_type import SPECIAL_KINDS

# More than anybody pastes; what is not found is listed and read.
MOST_VALUES = 5000
PARTS = ("special", "ordinary", "other")
# Custom fields that hold what people have columns of.
CUSTOM_KINDS = ("char", "integer")
CUSTOMER, TAX_NUMBER = "billing_name_key", "vat"


class Many(NamedTuple):
    """A field by which many records of a model are found at once, and how it is written."""

    path: str
    # A number is written with blanks and without, a text has its own.
    is_number: bool = True
    # Whether it is kept without blanks and in half width, however it was typed.
    is_clean: bool = False
    # Of a custom field, what it is called.
    custom_label: str = ""


MANY = {
    "invoice.ticket": [
        Many("fapiao_number", is_clean=True),
        Many("name"),
        Many("partner_id.billing_name_key", False),
        Many("partner_id.vat"),
        Many("shipment_ids.tracking_number", is_clean=True),
        Many("contract_id.number"),
    ],
    "invoice.contract": [
        Many("number"),
        Many("name", False),
        Many("partner_id.billing_name_key", False),
        Many("partner_id.vat"),
    ],
    "invoice.shipment": [
        Many("tracking_number", is_clean=True),
        Many("ticket_ids.fapiao_number", is_clean=True),
        Many("partner_id.billing_name_key", False),
    ],
    "invoice.approval.request": [
        Many("name", False),
        Many("partner_id.billing_name_key", False),
    ],
    "invoice.fapiao.file": [
        Many("number"),
        Many("buyer_name", False),
    ],
    "res.partner": [
        Many("billing_name_key", False),
        Many("vat"),
    ],
}


class InvoiceFinder(models.AbstractModel):
    """What the bar above a list asks: records of many numbers or names, and what a list adds up to.

    Both read what the caller may read, with a number of queries that depends on nothing.
    """

    _name = "invoice.finder"
    _description = "Find in Lists"

    # === MANY VALUES === #

    @api.model
    @api.readonly
    def get_many_fields(self, model: str):
        """Fields by which many records of a model are found at once.

        :param str model: name of a model
        :return: dicts with ``path``, ``label``, and ``is_number``, whether blanks mean nothing;
            none for a model that is not searched so
        :rtype: list
        """
        return [
            {
                "path": many.path,
                "label": self._get_label(self.env[model], many),
                "is_number": many.is_number,
            }
            for many in self._get_many(model)
        ]

    @api.model
    def _get_many(self, model):
        """Fields of a model that many values are searched in: those of people first, then all
        other texts that the caller may read, custom fields among them.

        :rtype: list
        """
        first = MANY.get(model, [])
        if not first or not self.env[model].has_access("read"):
            return []
        Model, paths = self.env[model], {many.path for many in first}
        described = Model.fields_get(attributes=["store", "exportable", "string"])
        others = [
            (description["string"], Many(fname, False))
            for fname, description in described.items()
            # Texts that the program words anew for each reader are no values.
            if type(Model._fields[fname]) is fields.Char
            and description["store"]
            and description.get("exportable", True)
            and fname not in paths | {CUSTOMER, "billing_near_key", "tax_number_key"}
        ]
        others += [(many.custom_label, many) for many in self._get_custom(Model)]
        return first + [many for _label, many in sorted(others)]

    @api.model
    def _get_custom(self, Model):
        """Custom fields of a model in which many values are searched.

        :rtype: list
        """
        found = []
        for field in Model._fields.values():
            if field.type != "properties" or not Model._has_field_access(field, "read"):
                continue
            for holder in self._get_holders(Model, field):
                found += [
                    (definition["name"], definition["string"], holder.display_name)
                    for definition in holder[field.definition_record_field]
                    if definition["type"] in CUSTOM_KINDS and definition.get("string")
                ]
            labels = [label for _name, label, _holder in found]
            return [
                Many(
                    f"{field.name}.{name}",
                    is_number=False,
                    custom_label=f"{label} ({holder})" if labels.count(label) > 1 else label,
                )
                for name, label, holder in found
            ]
        return []

    @api.model
    def _get_holders(self, Model, field):
        """Records that define the custom fields of a model, of those that the caller may read."""
        Holder = self.env[Model._fields[field.definition_record].comodel_name]
        if Holder._name == "properties.base.definition":
            # sudo: what custom fields are called, which each form shows to whoever reads it
            return Holder.sudo().search(
                [
                    ("properties_field_id.model", "=", Model._name),
                    ("properties_field_id.name", "=", field.name),
                ]
            )
        if not Holder.has_access("read"):
            return Holder
        return Holder.search([(field.definition_record_field, "!=", False)])

    @api.model
    @api.readonly
    def find_many(self, model: str, path: str, values: list[str]):
        """Find all records of many numbers or names, however these are typed.

        Width, case and blanks around a value make no difference, nor do blanks within a number;
        customers are compared as everywhere by the core of their name.

        :param str model: name of a model
        :param str path: one of those of ``get_many_fields``
        :param list values: texts; of those that mean the same one is enough
        :return: ``domain`` of the records, ``count`` of them, ``label`` of the field, ``found``,
            the number of values that have a record, and ``missing``: the values that have none
        :rtype: dict
        :raise UserError: if there are more values than can be searched at once, or no such field
        """
        many = next((many for many in self._get_many(model) if many.path == path), None)
        if not many:
            raise UserError(self.env._("Many values cannot be searched in “%s”.", path))
        if len(values) > MOST_VALUES:
            raise UserError(
                self.env._("At most %s values are searched at once. Paste fewer.", MOST_VALUES)
            )
        Model = self.env[model]
        typed = {}
        for value in values:
            # The database knows no such character, and nobody types it.
            value = value.replace("\0", "").strip()
            if key := self._get_key(many, value):
                typed.setdefault(key, value)
        found, domain = self._find_keys(Model, many, typed) if typed else (set(), [])
        return {
            "domain": domain,
            "count": Model.search_count(domain) if domain else 0,
            "label": self._get_label(Model, many),
            "found": len(found & set(typed)),
            "missing": [value for key, value in typed.items() if key not in found],
        }

    @api.model
    def _get_label(self, Model, many):
        """What a path of fields is called on the screen."""
        if many.custom_label:
            return many.custom_label
        prefix, _dot, fname = many.path.rpartition(".")
        if fname == CUSTOMER:
            return self.env._("Customer")
        if fname == TAX_NUMBER:
            # A ticket has one of its own, as it was when it was issued.
            label = self.env._("Tax Number")
            return f"{self.env._('Customer')} · {label}" if prefix else label
        description = self._get_owner(Model, prefix)._fields[fname]._description_string(self.env)
        if not prefix:
            return description
        return f"{Model._fields[prefix]._description_string(self.env)} · {description}"

    @api.model
    def _get_owner(self, Model, prefix):
        return self.env[Model._fields[prefix].comodel_name] if prefix else Model

    @api.model
    def _get_key(self, many, value):
        """A value as typed, or as it is kept, such that what means the same is the same."""
        fname = many.path.rpartition(".")[2]
        if fname == CUSTOMER:
            return name_key(value)
        if fname == TAX_NUMBER:
            return correct_tax_id(value)
        text = unicodedata.normalize("NFKC", str(value or "")).lower()
        return ("" if many.is_number else " ").join(text.split())

    @api.model
    def _find_keys(self, Model, many, typed):
        """Which of the values have records, and the domain of these.

        :param dict typed: values as typed, by their keys
        :return: set of keys, and a domain that can be kept: it says which values, not which
            records, except of customers, who are known by more than one name
        """
        if many.custom_label:
            return self._find_custom_keys(Model, many, typed)
        prefix, _dot, fname = many.path.rpartition(".")
        Owner = self._get_owner(Model, prefix)
        condition = self._get_condition(Owner, many, typed)
        if fname == CUSTOMER:
            owners = Owner.search_fetch(condition, ["billing_name_key", "name"])
        else:
            owners = Owner.search_fetch(condition, [fname])
        if prefix and owners:
            # A parcel that carries none of the tickets has been found by nobody; of a ticket in
            # two parcels, the other one was not asked for.
            rows = Model._read_group([(prefix, "in", owners.ids)], [prefix])
            owners &= Owner.union(*(owner for (owner,) in rows))
        if fname == CUSTOMER:
            found = {owner.billing_name_key for owner in owners}
            found |= {name_key(owner.name) for owner in owners}
            return found, [(prefix or "id", "in", owners.ids)]
        stored = {owner[fname] for owner in owners}
        return {self._get_key(many, value) for value in stored}, [(many.path, "in", sorted(stored))]

    @api.model
    def _find_custom_keys(self, Model, many, typed):
        fname, _dot, name = many.path.partition(".")
        owners = Model.search_fetch(self._compare_written(many, list(typed)), [fname])
        stored = {owner[fname].get(name) for owner in owners}
        return {self._get_key(many, value) for value in stored}, [(many.path, "in", sorted(stored))]

    @api.model
    def _get_condition(self, Owner, many, typed):
        fname = many.path.rpartition(".")[2]
        keys, values = list(typed), list(typed.values())
        if fname == CUSTOMER:
            # Whoever has a billing title is known by another name as well.
            names = {self._get_key(Many("name", False), value) for value in values}
            return Domain(CUSTOMER, "in", keys) | (
                Domain("invoice_title", "!=", False)
                & self._compare_written(Many("name", False), sorted(names))
            )
        if fname == TAX_NUMBER:
            # Numbers from abroad are kept as they are written, blanks and all.
            return Domain(TAX_NUMBER, "in", keys + values)
        if many.is_clean and all(key.isdecimal() for key in keys):
            return Domain(fname, "in", keys)
        return self._compare_written(many, keys)

    @api.model
    def _compare_written(self, many, keys):
        """Condition that a text, written in any case and width and with any blanks, is one of the
        keys that ``_get_key`` makes.

        Thousands of patterns, each looked up in an index of trigrams, take seconds; one look at
        each text takes milliseconds.
        """
        fname = many.path if many.custom_label else many.path.rpartition(".")[2]

        def to_sql(model, alias, query):
            text = model._field_to_sql(alias, fname, query)
            if many.custom_label:
                text = SQL("(%s #>> '{}')", text)  # the text of a value that is kept as JSON
            if not many.is_clean:
                text = SQL(
                    r"BTRIM(REGEXP_REPLACE(NORMALIZE(%s, NFKC), '\s+', %s, 'g'))",
                    text,
                    "" if many.is_number else " ",
                )
            return SQL("LOWER(%s) = ANY(%s)", text, keys)

        return Domain.custom(to_sql=to_sql)

    # === TOTALS === #

    @api.model
    @api.readonly
    def get_totals(self, domain: list):
        """What the tickets of a list amount to, as the VAT return parts them.

        Only what is issued is added up, as in every figure: red letters are negative, receipts
        count nothing. Amounts are in the currency of the current company; those of companies with
        another one are converted at today's rate, and count nothing if there is none.

        :param list domain: of tickets
        :return: ``currency_id``, ``count`` of all tickets, ``issued`` of those that are issued,
            ``amount`` and ``tax`` of these, tax included and the tax of it, and ``parts``: dicts
            with ``key`` (special, ordinary, other), ``count`` and ``amount``; ``note`` says
            which amounts are missing, "" if none
        :rtype: dict
        :raise AccessError: if the caller may not read tickets
        """
        if not self.env.user._is_internal():
            raise AccessError(self.env._("Totals of lists are for employees."))
        currency = self.env.company.currency_id
        parts = {key: {"key": key, "count": 0, "amount": 0.0} for key in PARTS}
        number, tax = 0, 0.0
        rows = self.env["invoice.ticket"]._read_group(
            domain,
            ["company_id", "type_id", "state"],
            ["__count", "amount_issued:sum", "amount_issued_tax:sum"],
        )
        currencies = self.env["res.currency"].union(
            *(owner.currency_id for owner, _type, state, *_sums in rows if state == "issued")
        )
        rates = currencies._get_rates_of_today(self.env.company)
        for owner, ticket_type, state, count, amount, amount_tax in rows:
            number += count
            if state != "issued":
                continue
            part = parts[self._get_part(ticket_type)]
            part["count"] += count
            rate = rates.get(owner.currency_id, 0.0)
            part["amount"] += amount * rate
            tax += amount_tax * rate
        for part in parts.values():
            part["amount"] = currency.round(part["amount"])
        return {
            "currency_id": currency.id,
            "count": number,
            "issued": sum(part["count"] for part in parts.values()),
            "amount": currency.round(sum(part["amount"] for part in parts.values())),
            "tax": currency.round(tax),
            "parts": [part for part in parts.values() if part["count"]],
            "note": currencies.filtered(lambda c: c not in rates)._say_missing_rates(),
        }

    @api.model
    @api.readonly
    def get_company_rates(self, company_ids: list[int]):
        """What an amount in the currency of each company is in that of the current one, today.

        :param list company_ids: companies of the caller; others are left out
        :return: dicts with ``company_id`` and ``rate``, which is None if nothing converts it
        :rtype: list
        """
        companies = self.env.companies.filtered(lambda company: company.id in company_ids)
        rates = companies.currency_id._get_rates_of_today(self.env.company)
        return [
            {"company_id": company.id, "rate": rates.get(company.currency_id)}
            for company in companies
        ]

    @api.model
    def _get_part(self, ticket_type):
        if ticket_type.fapiao_kind in SPECIAL_KINDS:
            return "special"
        return "ordinary" if ticket_type.is_fapiao else "other"
