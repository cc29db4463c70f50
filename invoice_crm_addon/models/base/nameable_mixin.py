from odoo import api, models
from odoo.fields import Domain

MANAGER = "invoice_crm_addon.group_ticket_manager"
# Without groups, since finance reads them whole and others in part: see ``res.partner.bank``.
ACCOUNT_NUMBER_FIELDS = {
    "acc_number",
    "buyer_bank_account",
    "invoice_bank_acc_number",
    "sanitized_acc_number",
}
# Operators that search for what the records are called.
NAME_OPERATORS = ("like", "ilike", "=like", "=ilike")


class InvoiceNameableMixin(models.AbstractModel):
    """A definition that names fields: conditions, watched fields, people in a field.

    What comes of it – which flow applies, who is asked – is seen by many, and tells them what
    the fields hold. So it names none that is not for everybody: no field with groups, no account
    number, and nothing that ticket managers, who define it, may not read. Administrators are no
    exception: their definitions are seen by the same people.
    """

    _name = "invoice.nameable.mixin"
    _description = "Definition That Names Fields"

    @api.model
    def _is_nameable(self, model, fname):
        """Whether a definition may name a field.

        :param str model: name of its model
        """
        field = self.env[model]._fields[fname]
        is_hidden = field.groups or fname in ACCOUNT_NUMBER_FIELDS
        return not is_hidden and self._is_model_nameable(model)

    @api.model
    def _is_watchable(self, model, fname):
        """Whether a flow may watch a field.

        Any that may be named, and account numbers: a flow asks only whether they change, and of
        old and new number whoever reads the request sees the last digits.

        :param str model: name of its model
        """
        is_masked = fname in ACCOUNT_NUMBER_FIELDS and self._is_model_nameable(model)
        return is_masked or self._is_nameable(model, fname)

    @api.model
    def _is_model_nameable(self, model):
        """Whether ticket managers may read documents of a model."""
        readers = self.env["ir.model.access"]._get_access_groups(model, "read")
        manager = self.env.ref(MANAGER).sudo()  # sudo: res.groups - what it implies is no secret
        return readers.matches(manager.all_implied_ids.ids)

    @api.model
    def _get_unnameable_in_domain(self, model, domain):
        """Paths in a domain that lead through a field which must not be named.

        :param str model: name of the model that the domain is about
        :param domain: domain, or what makes one
        :rtype: set[str]
        """
        found = set()
        for leaf in Domain(domain).iter_conditions():
            path, target = str(leaf.field_expr), model
            fields = []
            for name in path.split("."):
                field = self.env[target]._fields.get(name) if target in self.env else None
                if not field:
                    break  # one of the custom fields, or unknown, which others refuse
                fields.append((target, field))
                target = field.comodel_name if field.relational else target
            if not all(self._is_nameable(owner, field.name) for owner, field in fields):
                found.add(path)
            elif leaf.operator.startswith(("any", "not any")):
                inner = self._get_unnameable_in_domain(target, leaf.value)
                found |= {f"{path}.{name}" for name in inner}
            elif fields and self._asks_for_names(*fields[-1], leaf):
                names = self._get_unnameable_names(target)
                found |= {f"{path}.{name}" for name in names}
        return found

    @api.model
    def _asks_for_names(self, model, field, leaf):
        """Whether a condition compares what records are called, not which they are."""
        if field.name == "display_name":
            return True
        values = leaf.value if isinstance(leaf.value, (list, tuple, set)) else [leaf.value]
        is_text = any(isinstance(value, str) for value in values)
        return field.relational and (is_text or leaf.operator.endswith(NAME_OPERATORS))

    @api.model
    def _get_unnameable_names(self, model):
        """Of the fields by which records of a model are called, those not to be named.

        :rtype: set[str]
        """
        Model = self.env[model]
        names = Model._rec_names_search or [Model._rec_name or "display_name"]
        domain = Domain.OR([(name, "!=", False)] for name in names if name != "display_name")
        return self._get_unnameable_in_domain(model, domain)
