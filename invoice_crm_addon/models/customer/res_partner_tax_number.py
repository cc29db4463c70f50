from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ...fapiao import (
    BILLING_IMPOSSIBLE,
    IMPOSSIBLE,
    Party,
    account_problem,
    billing_problems,
    is_spreadsheet_number,
    normalize_tax_id,
    tax_id_problem,
)
from ..base.proof import proven
from ..base.public_methods import Text
from .res_partner import BILLING_FIELDS


class ResPartner(models.Model):
    """One tax number, one customer, for customers in China.

    ``vat`` is stored in its normal form. ``tax_number_key`` repeats it on the one partner who
    owns the number, archived or not, in whatever company; a unique index holds it when two
    users save at the same instant. Contacts share the number of their commercial entity and
    own none. Numbers that were double before this module came keep working: the oldest
    partner owns them.
    """

    _inherit = "res.partner"

    tax_number_key = fields.Char(copy=False, readonly=True, export_string_translation=False)
    billing_warnings = fields.Text(compute="_compute_billing_warnings")

    _tax_number_key_uniq = models.UniqueIndex(
        "(tax_number_key) WHERE tax_number_key IS NOT NULL",
        "Another customer has this tax number.",
    )

    @api.depends(*BILLING_FIELDS, "invoice_clearing_number", "country_id", "is_company")
    def _compute_billing_warnings(self):
        for partner in self:
            partner.billing_warnings = "\n".join(partner._get_billing_warnings())

    def _get_billing_warnings(self):
        """What is impossible or unlikely in the billing data, one sentence each.

        No sentence holds a value: account numbers are not for everybody's eyes.

        :rtype: list[str]
        """
        self.ensure_one()
        if not self._is_chinese():
            return []
        account = self.invoice_bank_acc_number
        if account and "*" in account:
            # sudo: the whole number is judged, and shown to nobody
            account = self.sudo().invoice_bank_account_id.acc_number
        party = Party(
            name=self.invoice_title or "",
            address=self.invoice_address or "",
            phone=self.invoice_phone or "",
            bank_name=self.invoice_bank_name or "",
            bank_account=account or "",
        )
        return self._say_billing_problems(
            party, self.vat, self.invoice_clearing_number, not self.is_company
        )

    @api.model
    def _say_billing_problems(self, party, vat, clearing_number=None, is_person=False):
        """Sentences of what is impossible or unlikely in billing data.

        :rtype: list[str]
        """
        codes = [tax_id_problem(vat), *billing_problems(party, clearing_number or "", is_person)]
        sentences = self._get_billing_sentences()
        return [sentences[code] for code in codes if code]

    @api.model
    def _get_billing_sentences(self):
        """Sentence of each problem of billing data, by its code."""
        impossible = self.env._(
            "Chinese tax numbers have 15, 17, 18 or 20 digits and capital letters. Compare "
            "this one with the business licence."
        )
        return {
            "length": impossible,
            "characters": impossible,
            "uscc_check_digit": self.env._(
                "The check digit of this tax number is wrong. Compare it with the business licence."
            ),
            "id_card_check_digit": self.env._(
                "The check digit of this identity card number is wrong. Compare it with the card."
            ),
            "title_number": self.env._(
                "The billing title is a number. Enter the name that the tax bureau registered."
            ),
            "title_repeats": self.env._(
                "The billing title is the same as the address, the phone or the bank. Enter the "
                "name that the tax bureau registered."
            ),
            "address_unlikely": self.env._(
                "The billing address names no place. Compare it with the business licence."
            ),
            "phone_unlikely": self.env._(
                "The billing phone is no usual number. Enter it with its area code, such as "
                "021-55555555."
            ),
            "account_spreadsheet": self.env._(
                "The account number was shortened by a spreadsheet, and its last digits are lost. "
                "Format the cell as text and copy the number again."
            ),
            "account_characters": self.env._(
                "The account number holds characters that no account has. Enter its digits."
            ),
            "account_length": self.env._(
                "No account number is that short or that long. Compare it with what the bank says."
            ),
            "account_letters": self.env._(
                "The account number holds letters. Compare it with what the bank says."
            ),
            "account_unlikely": self.env._(
                "Account numbers have 8 to 32 digits. Compare this one with what the bank says."
            ),
            "account_check_digit": self.env._(
                "The check digit of the card number is wrong. Compare it with the card."
            ),
            "clearing_shape": self.env._(
                "A CNAPS code has 12 digits. Compare it with what the bank says."
            ),
            "clearing_check_digit": self.env._(
                "The check digit of the CNAPS code is wrong. Compare it with what the bank says."
            ),
        }

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
            country = self.env["res.country"].browse(vals.get("country_id"))
            if vals.get("vat") and self._is_chinese_country(country):
                vals["vat"] = normalize_tax_id(str(vals["vat"]))
        partners = super().create(vals_list)
        partners._sync_tax_number_key()
        return partners

    def write(self, vals):
        if not vals.keys() & {"vat", "country_id", "parent_id", "is_company"}:
            return super().write(vals)
        before = {p: (p.commercial_partner_id, p._get_tax_number_key()) for p in self}
        if vals.get("vat"):
            self._refuse_spreadsheet_number(vals["vat"])
            if "country_id" in vals:
                country = self.env["res.country"].browse(vals["country_id"])
                is_chinese = self._is_chinese_country(country)
            else:
                is_chinese = any(partner._is_chinese() for partner in self)
            if is_chinese:
                vals = dict(vals, vat=normalize_tax_id(str(vals["vat"])))
        result = super().write(vals)
        if "vat" not in vals:
            self._correct_tax_numbers({p: commercial for p, (commercial, _key) in before.items()})
        # A number that was double before this module came is claimed by nobody else's change.
        self.filtered(lambda p: p._get_tax_number_key() != before[p][1])._sync_tax_number_key()
        return result

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

    def _is_chinese(self):
        self.ensure_one()
        return self._is_chinese_country(self.country_id)

    def _get_tax_number_key(self):
        """The number that this partner owns, or False."""
        self.ensure_one()
        if self.commercial_partner_id != self or not self.vat or not self._is_chinese():
            return False
        return normalize_tax_id(self.vat) or False

    @api.model
    def _find_by_tax_number(self, tax_id, domain=Domain.TRUE):
        return self.search(
            domain & Domain("tax_number_key", "=", normalize_tax_id(tax_id)), limit=1
        )

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
        for key, partner in claims.items():
            partner.tax_number_key = key
        self.env["res.partner"].flush_model(["tax_number_key"])

    def _raise_tax_number_taken(self, partner, owner_sudo):
        owner = owner_sudo.with_env(self.env)
        if owner.has_access("read"):
            raise ValidationError(
                self.env._(
                    "%(owner)s has the tax number %(vat)s already. Use that customer, or correct "
                    "the number.",
                    owner=owner.display_name,
                    vat=partner.vat,
                )
            )
        raise ValidationError(
            self.env._(
                "Another customer, which you may not see, has the tax number %s already. Ask an "
                "administrator.",
                partner.vat,
            )
        )

    @api.model
    def _claim_existing_tax_numbers(self):
        """At installation: the oldest partner with a number owns it, the others keep theirs."""
        partners = (
            proven(self)
            .with_context(active_test=False)
            .search([("vat", "!=", False), ("tax_number_key", "=", False)], order="id")
        )
        claimed = {}
        for partner in partners:
            if key := partner._get_tax_number_key():
                claimed.setdefault(key, partner)
        for key, partner in claimed.items():
            partner.tax_number_key = key
