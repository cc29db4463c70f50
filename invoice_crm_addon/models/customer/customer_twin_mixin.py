from collections import defaultdict

from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.base.models.res_bank import sanitize_account_number

from ...fapiao import correct_tax_id, is_anybody, near_name_key

# A warning names no more of them: the duplicates' list has all.
MOST_NAMED = 3


class InvoiceCustomerTwinMixin(models.AbstractModel):
    """Warns on a customer's form, while it is typed, of others that are probably the same."""

    _name = "invoice.customer.twin.mixin"
    _description = "Customer That May Be There Already"

    duplicate_warning = fields.Text(compute="_compute_duplicate_warning")

    @api.depends(
        "vat", "country_id", "parent_id", "name", "invoice_title", "invoice_bank_acc_number"
    )
    @api.depends_context("uid", "lang")
    def _compute_duplicate_warning(self):
        customers = self.filtered(lambda partner: not partner.parent_id)
        sentences = defaultdict(list)
        for describe, twins in (
            (self._describe_same_number, customers._find_same_number()),
            (self._describe_same_account, customers._find_same_account()),
            (self._describe_same_name, customers._find_same_name()),
        ):
            for customer, twins_sudo in twins.items():
                own = customer._origin or customer
                others_sudo = (twins_sudo - own.sudo())[:MOST_NAMED]  # sudo: compared
                sentences[customer] += map(describe, others_sudo)
        for partner in self:
            partner.duplicate_warning = "\n".join(sentences[partner]) or False

    # === TWINS === #

    def _get_twin_keys(self, get_key):
        keys = {customer: get_key(customer) for customer in self}
        return {customer: key for customer, key in keys.items() if key}

    def _find_same_number(self):
        keys = self._get_twin_keys(
            lambda c: c._is_chinese() and correct_tax_id(c.vat)  # others have core's warning
        )
        # Who has the number as it was typed once owns it as it is right.
        domain = Domain("vat", "in", list(set(keys.values())))
        domain |= Domain("tax_number_key", "in", list(set(keys.values())))
        return self._find_twins(keys, domain, lambda twin: correct_tax_id(twin.vat))

    def _find_same_name(self):
        keys = self._get_twin_keys(
            lambda c: (
                not is_anybody(c.invoice_title or c.name)
                and near_name_key(c.invoice_title or c.name)
            )
        )
        domain = Domain("billing_near_key", "in", list(set(keys.values())))
        return self._find_twins(keys, domain, "billing_near_key")

    @api.model
    def _find_twins(self, keys, domain, get_key):
        """Customers, archived ones and those of others too, by who has the same key.

        :param dict keys: key by customer
        :param Domain domain: who has one of the keys
        :param get_key: name of the field with the key, or a function of a customer
        """
        if not keys:
            return {}
        # sudo: res.partner - who may not read a twin is told its salesperson only
        Partner_sudo = self.env["res.partner"].sudo().with_context(active_test=False)
        domain &= Domain("parent_id", "=", False)
        twins_sudo = Partner_sudo.search(domain, order="id").grouped(get_key)
        return {c: twins_sudo[key] for c, key in keys.items() if key in twins_sudo}

    def _find_same_account(self):
        keys = self._get_twin_keys(lambda c: c._get_typed_account())
        if not keys:
            return {}
        # sudo: res.partner.bank - an account is found by its number, which nobody is shown
        accounts_sudo = self.env["res.partner.bank"].sudo()
        accounts_sudo = accounts_sudo.search(
            [("sanitized_acc_number", "in", list(set(keys.values())))], order="id"
        ).grouped("sanitized_acc_number")
        return {
            c: accounts_sudo[key].partner_id.commercial_partner_id
            for c, key in keys.items()
            if key in accounts_sudo
        }

    def _get_typed_account(self):
        """The billing account's number as it is kept; one that is masked is not typed."""
        self.ensure_one()
        number = self.invoice_bank_acc_number
        if number and "*" in number:
            # sudo: res.partner.bank - the number is compared, and not shown
            number = self.sudo().invoice_bank_account_id.acc_number
        Bank = self.env["res.partner.bank"]
        return sanitize_account_number(Bank._normalize_account_number(number))

    # === SENTENCES === #

    @api.model
    def _describe_same_number(self, twin_sudo):
        return self._name_or_hide(
            twin_sudo,
            self.env._("%s has the same tax number. Use that customer, or correct the number."),
            self.env._(
                "A customer that you may not see has the same tax number. Ask %s, who is in charge "
                "of it."
            ),
        )

    @api.model
    def _describe_same_account(self, twin_sudo):
        return self._name_or_hide(
            twin_sudo,
            self.env._("%s has the same bank account."),
            self.env._(
                "A customer that you may not see has the same bank account. Ask %s, who is in "
                "charge of it."
            ),
        )

    @api.model
    def _describe_same_name(self, twin_sudo):
        return self._name_or_hide(
            twin_sudo,
            self.env._("%s has the same name, but for the legal form and the spelling."),
            self.env._(
                "A customer that you may not see has the same name. Ask %s, who is in charge of it."
            ),
        )

    @api.model
    def _name_or_hide(self, twin_sudo, sentence, hiding_sentence):
        """Name the customer to those who may read it, its salesperson to the others."""
        twin = twin_sudo.with_env(self.env)
        if twin.has_access("read"):
            name = twin.display_name
            return sentence % (name if twin.active else self.env._("%s (archived)", name))
        return hiding_sentence % (twin_sudo._get_owner_name() or self.env._("an administrator"))

    def _get_owner_name(self):
        """The salesperson, to be asked about a customer that one may not see; call with sudo."""
        self.ensure_one()
        return self.user_id.active and self.user_id.name

    # === MERGE === #

    def _get_merge_refusal(self, target):
        """Why the current user cannot merge the customers.

        :param target: the customer who stays
        :return: a translated sentence, or False
        """
        if refusal := self._get_merge_right_refusal():
            return refusal
        # sudo: only whose partners they are
        sources_sudo = (self - target).sudo()
        if kept := sources_sudo.filtered(lambda p: p._is_never_merged_away()):
            return self.env._(
                "%s is one of the own companies or a colleague, and never goes into somebody else.",
                kept[0].display_name,
            )
        # sudo: only names of companies that the user's own customers belong to
        companies_sudo = self.sudo().company_id
        if len(companies_sudo) > 1:
            return self.env._(
                "The customers belong to several companies: %s. Customers of two companies are two "
                "customers. Let them be shared first if they are to be one.",
                ", ".join(companies_sudo.mapped("name")),
            )
        return False

    def _get_merged_company(self):
        """The company that the customers, merged, belong to: none if one of them is shared."""
        # sudo: compared only
        partners_sudo = self.sudo()
        return partners_sudo.company_id if all(p.company_id for p in partners_sudo) else False

    def _get_merge_right_refusal(self):
        if self.env.su:
            return False
        if unwritable := self - self._filtered_access("write"):
            return self.env._(
                "You may not change %s customers among these. Ask finance to merge them.",
                len(unwritable),
            )
        user = self.env.user
        if user.has_group("invoice_crm_addon.group_ticket_finance") or not user.has_group(
            "invoice_crm_addon.group_ticket_user"
        ):
            return False
        if foreign := self.filtered(lambda p: p.commercial_partner_id.user_id != user):
            return self.env._(
                "You merge customers of your own only, and you are not the salesperson of %s. Ask "
                "finance to merge them.",
                ", ".join(foreign.mapped("display_name")),
            )
        return False

    def _is_never_merged_away(self):
        """Whether it is an own company or a colleague; call in superuser mode."""
        self.ensure_one()
        users = self.with_context(active_test=False).user_ids
        return bool(self.ref_company_ids or users.filtered(lambda user: not user.share))
