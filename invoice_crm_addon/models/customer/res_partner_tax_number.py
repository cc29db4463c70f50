from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, ValidationError
from odoo.fields import Domain
from odoo.tools import ormcache

from ...fapiao import (
    BILLING_IMPOSSIBLE,
    IMPOSSIBLE,
    account_problem,
    correct_tax_id,
    is_spreadsheet_number,
    is_uscc,
    tax_id_problem,
)
from ..base.proof import proven
from ..base.public_methods import Id, Text
from .res_partner import BILLING_COLUMNS

# What a contact has of its company alone.
LEFT_BEHIND = (*BILLING_COLUMNS, "invoice_bank_id")


class IrModelFields(models.Model):
    _inherit = "ir.model.fields"

    @api.model
    def get_field_string(self, model_name: Text):
        """A tax number is called so in each label where the company is Chinese.

        Core's word is another one (税号ID), and approvals, imports and lists would say both. Here
        it holds for users too, who have the fields of their partner, and whoever defines the
        field again.

        :param str model_name: whose labels
        :return: labels by name of the field
        """
        if model_name == "res.partner" and (
            label := self.env["res.partner"]._get_chinese_vat_label()
        ):
            return self._get_partner_strings(label)
        return super().get_field_string(model_name)

    @api.model
    @ormcache("vat_label", "self.env.context.get('lang')")
    def _get_partner_strings(self, vat_label):
        """Labels of partners, made once: they are asked for one by one."""
        return {**super().get_field_string("res.partner"), "vat": vat_label}


class ResPartner(models.Model):
    """One tax number, one customer, for customers in China.

    ``vat`` is stored in its normal form. ``tax_number_key`` repeats it on the one partner who
    owns the number, archived or not, in whatever company; a unique index holds it when two
    users save at the same instant. Contacts share the number of their commercial entity and
    own none. Numbers that were double before this module came keep working: the oldest
    partner owns them.
    """

    _name = "res.partner"
    _inherit = [
        "res.partner",
        "invoice.billing.warnings.mixin",
        "invoice.customer.finder",
        "invoice.customer.twin.mixin",
        "invoice.tax.number.claims.mixin",
    ]

    tax_number_key = fields.Char(copy=False, readonly=True, export_string_translation=False)

    _tax_number_key_uniq = models.UniqueIndex(
        "(tax_number_key) WHERE tax_number_key IS NOT NULL",
        "Another customer has this tax number.",
    )
    # Beside the one for parts of names, which PostgreSQL does not take for whole ones.
    _billing_near_key_idx = models.Index("(billing_near_key) WHERE billing_near_key IS NOT NULL")

    def _compute_vat_label(self):
        result = super()._compute_vat_label()
        if label := self._get_chinese_vat_label():
            self.vat_label = label
        return result

    @api.model
    def _get_chinese_vat_label(self):
        country = self.env.company.country_id
        if country.vat_label or country.code != "CN":
            return False
        return self.env._("Tax Number")

    # What core names a contact of, so that a list reads that and not all columns.
    @api.depends("vat", "name", "type", "is_company", "company_name", "parent_id")
    @api.depends_context("invoice_customer_search", "formatted_display_name")
    def _compute_display_name(self):
        """In a drop-down the tax number tells customers of similar names apart."""
        result = super()._compute_display_name()
        if self._is_customer_search() and self.env.context.get("formatted_display_name"):
            for partner in self.filtered("vat"):
                partner.display_name = f"{partner.display_name} \t --{partner.vat}--"
        return result

    def _get_complete_name(self):
        """Core describes the kinds of contacts for each name, which a customer's does not need."""
        self.ensure_one()
        if self.name and not self.company_name and not self.parent_id:
            return self.name.strip()
        return super()._get_complete_name()

    def _compute_same_vat_partner_id(self):
        """The add-on's own warning says it of Chinese numbers, and to whom it may be said."""
        result = super()._compute_same_vat_partner_id()
        for partner in self.filtered("same_vat_partner_id"):
            if partner._is_chinese():
                partner.same_vat_partner_id = False
        return result

    # === CONSTRAINT METHODS === #

    @api.constrains("vat", "country_id")
    def _check_tax_number(self):
        """Refuse what no Chinese tax number can be; what is unlikely is a warning.

        Contacts repeat the number of their company, wherever they live.
        """
        for partner in self.filtered(lambda p: p.commercial_partner_id == p):
            number = partner.vat
            problem = number and partner._is_chinese() and tax_id_problem(number)
            if problem in IMPOSSIBLE:
                raise ValidationError(self._get_impossible_number_text(number, problem))

    @api.constrains("invoice_bank_account_id")
    def _check_billing_account(self):
        """Refuse what no account number can be; what is unlikely is a warning."""
        # sudo: res.partner - the number is judged, and shown to nobody
        for partner_sudo in self.sudo().filtered(lambda p: p._is_chinese()):
            problem = account_problem(partner_sudo.invoice_bank_account_id.acc_number)
            if problem in BILLING_IMPOSSIBLE:
                raise ValidationError(self._get_billing_sentences()[problem])

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._refuse_spreadsheet_number(vals.get("vat"))
            self._refuse_spreadsheet_number(vals.get("invoice_phone"))
            country = self.env["res.country"].browse(vals.get("country_id"))
            if vals.get("vat") and self._is_chinese_number(vals["vat"], country):
                vals["vat"] = correct_tax_id(str(vals["vat"]))
        partners = super().create(vals_list)
        partners._sync_tax_number_key()
        return partners

    def write(self, vals):
        self._refuse_spreadsheet_number(vals.get("invoice_phone"))
        if not vals.keys() & {"vat", "country_id", "parent_id", "is_company"}:
            return super().write(vals)
        before = {p: (p.commercial_partner_id, p._get_tax_number_key()) for p in self}
        if vals.get("vat"):
            self._refuse_spreadsheet_number(vals["vat"])
            if "country_id" in vals:
                country = self.env["res.country"].browse(vals["country_id"])
                is_chinese = self._is_chinese_number(vals["vat"], country)
            else:
                is_chinese = any(
                    self._is_chinese_number(vals["vat"], partner.country_id) for partner in self
                )
            if is_chinese:
                vals = dict(vals, vat=correct_tax_id(str(vals["vat"])))
        moving = self._filter_moving(vals)
        # A copy: core takes values out of what it is given.
        result = super(ResPartner, self - moving).write(dict(vals))
        if moving:
            super(ResPartner, moving).write({**dict.fromkeys(LEFT_BEHIND, False), **vals})
        if "vat" not in vals:
            self._correct_tax_numbers({p: commercial for p, (commercial, _key) in before.items()})
        # A number that was double before this module came is claimed by nobody else's change.
        changed = self.filtered(lambda p: p._get_tax_number_key() != before[p][1])
        changed._sync_tax_number_key()
        (self - changed)._claim_free_tax_numbers()
        return result

    @api.model
    def default_get(self, fields: list[str]):
        """What was typed to find a customer stands where it belongs on a new one."""
        values = super().default_get(fields)
        if self._is_customer_search():
            self._place_typed_text(values, fields)
        return values

    @api.model
    def name_search(
        self,
        name: Text = "",
        domain: list | tuple | Domain | None = None,
        operator: str = "ilike",
        limit: Id = 100,
    ):
        """Find customers by tax number or name where a field asks for it, best first.

        :param str name: what was typed
        :param domain: which partners there are to choose from
        :param str operator: only ``ilike`` is ranked
        :param int limit: how many at most
        :return: pairs of id and name
        """
        if not (self._is_customer_search() and operator == "ilike" and (name or "").strip()):
            return super().name_search(name, domain, operator, limit)
        found = self._search_customers(name, domain, limit)
        # sudo: res.partner - names of what was found with the user's rights, as in core
        return [(partner.id, partner.display_name) for partner in found.sudo()]

    @api.model
    def name_create(self, name: Text):
        """Refuse to name a customer like a number: the form then opens and asks for the name.

        :raise ValidationError: if a tax number was typed where customers are found by it
        """
        if self._is_customer_search() and self._is_whole_number(name):
            raise ValidationError(
                self.env._("“%s” is a tax number. Enter the customer's name beside it.", name)
            )
        return super().name_create(name)

    @api.model
    def _get_tax_number_fields(self):
        return {"tax_number_key"}

    # === CHECKS === #

    @api.model
    def check_vat_cn(self, vat: Text):
        """Whether a Chinese tax number is possible; called by base_vat where it is installed.

        Every legal length passes, with any check digit: the tax bureau itself issued numbers
        whose digit is wrong, and identity cards of sole traders are tax numbers as well.

        :param str vat: as typed
        :rtype: bool
        """
        return tax_id_problem(vat) not in IMPOSSIBLE

    @api.model
    def _get_impossible_number_text(self, number, problem):
        if problem == "characters":
            return self.env._(
                "“%s” is no Chinese tax number: it has digits and capital letters only. Compare it "
                "with the business licence. If the customer is abroad, choose its country.",
                number,
            )
        return self.env._(
            "“%(number)s” is no Chinese tax number: it has 15, 17, 18 or 20 characters, and this "
            "one has %(length)s. Compare it with the business licence. If the customer is abroad, "
            "choose its country.",
            number=number,
            length=len(number),
        )

    @api.model
    def _refuse_spreadsheet_number(self, number):
        """:raise ValidationError: if a spreadsheet cut the number, in whatever country"""
        if number and is_spreadsheet_number(str(number)):
            raise ValidationError(
                self.env._(
                    "“%s” is what a spreadsheet shows of a long number: the digits behind are "
                    "lost. Format the column as text there, and enter the number again.",
                    number,
                )
            )

    # === BUSINESS METHODS === #

    @api.model
    def _is_chinese_country(self, country):
        code = country.code or self.env.company.country_id.code
        return code == "CN"

    @api.model
    def _is_chinese_number(self, vat, country):
        """Whether a tax number is a Chinese one: the country says so, or where none is given the
        user's company, or the number itself. Whoever has a credit code has it in each company."""
        if country:
            return country.code == "CN"
        return self._is_chinese_country(country) or is_uscc(correct_tax_id(str(vat or "")))

    def _is_chinese(self):
        self.ensure_one()
        return self._is_chinese_number(self.vat, self.country_id)

    def _get_tax_number_key(self):
        """The number that this partner owns, or False."""
        self.ensure_one()
        if self.commercial_partner_id != self or not self.vat or not self._is_chinese():
            return False
        return correct_tax_id(self.vat) or False

    @api.model
    def _find_by_tax_number(self, tax_id, domain=Domain.TRUE):
        return self.search(domain & Domain("tax_number_key", "=", correct_tax_id(tax_id)), limit=1)

    def _filter_moving(self, vals):
        """Contacts that leave their company: they leave its billing data behind.

        Core would even carry its tax number to a company that has none.
        """
        if vals.keys().isdisjoint(("parent_id", "is_company")):
            return self.browse()
        contacts = self.filtered(lambda p: p.commercial_partner_id != p)
        if vals.get("is_company"):
            return contacts
        if "parent_id" not in vals:
            return self.browse()
        target = self.browse(vals["parent_id"] or ()).commercial_partner_id
        return contacts.filtered(lambda p: p.commercial_partner_id != target)

    def _correct_tax_numbers(self, commercial_partners):
        """Make the numbers fit what else changed: the country, or the company of a contact.

        :param dict commercial_partners: the commercial entity of each partner before
        """
        for partner in self.filtered(lambda p: p._get_tax_number_key()):
            before = commercial_partners[partner]
            if before not in (partner, partner.commercial_partner_id) and partner.vat == before.vat:
                # Who leaves a company leaves its number there.
                partner.vat = False
            elif partner.vat != partner._get_tax_number_key():
                partner.vat = partner._get_tax_number_key()

    def _sync_tax_number_key(self):
        """Claim the tax numbers of the partners.

        :raise ValidationError: if another partner owns one of them; it is named only to those
            who may read it
        :raise ConcurrencyError: if somebody else saves one at the same instant; who tries again,
            as Odoo does by itself, sees the owner
        """
        claims = {}
        for partner in proven(self):
            key = partner._get_tax_number_key()
            if key == partner.tax_number_key:
                continue
            if key and key in claims:
                self._raise_tax_number_taken(partner, claims[key])
            claims[key] = partner
            if not key:
                partner.tax_number_key = False
        claims.pop(False, None)
        if not claims:
            return
        # sudo: res.partner - a number is taken also by a customer whom the user cannot read
        owners = (
            self.sudo()
            .with_context(active_test=False)
            .search([("tax_number_key", "in", list(claims))])
        )
        for owner in owners:
            self._raise_tax_number_taken(claims[owner.tax_number_key], owner)
        self._write_tax_number_keys(claims)

    @api.model
    def _write_tax_number_keys(self, claims):
        """:raise ConcurrencyError: if somebody else saves one at the same instant"""
        try:
            for key, partner in claims.items():
                partner.tax_number_key = key
            self.env["res.partner"].flush_model(["tax_number_key"])
        except UniqueViolation as error:
            if error.diag.constraint_name != f"{self._table}_tax_number_key_uniq":
                raise
            raise ConcurrencyError(*error.args) from error

    def _raise_tax_number_taken(self, partner, owner_sudo):
        # By the rights of whoever saves: core saves what the portal's pages send as superuser.
        owner = owner_sudo.with_user(self.env.user)
        if owner.has_access("read"):
            raise ValidationError(
                self.env._(
                    "%(owner)s has the tax number %(vat)s already. Use that customer, or correct "
                    "the number.",
                    owner=owner.display_name,
                    vat=partner.vat,
                )
            )
        if salesperson := owner_sudo._get_owner_name():
            raise ValidationError(
                self.env._(
                    "Another customer, which you may not see, has the tax number %(vat)s already. "
                    "Ask %(salesperson)s, who is in charge of it.",
                    vat=partner.vat,
                    salesperson=salesperson,
                )
            )
        raise ValidationError(
            self.env._(
                "Another customer, which you may not see, has the tax number %s already. Ask an "
                "administrator.",
                partner.vat,
            )
        )
