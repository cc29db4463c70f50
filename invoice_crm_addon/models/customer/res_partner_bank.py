import re
import unicodedata
from contextlib import nullcontext

from odoo import api, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

from ..base.proof import is_proven, proven
from .res_partner import BILLING_ACCOUNT, FULL_NUMBER_GROUPS

BOOKKEEPER_GROUPS = "account.group_account_invoice,account.group_account_readonly,hr.group_hr_user"
NUMBER_FIELDS = ("acc_number", "sanitized_acc_number")
# Digits, maybe in groups, of which some may be an account number.
DIGITS = re.compile(r"\d(?:[ -]?\d){7,}")
MOST_GROUPS = 12
# How many digits accounts of banks have; numbers of digital fapiao have 20.
ACCOUNT_DIGITS = range(12, 20)


class ResPartnerBank(models.Model):
    """Finance sees whole account numbers of others, colleagues the last four digits.

    Who keeps the books or the personnel files reads them as core Odoo lets them. Numbers of
    the own companies are printed on every invoice: everybody sees them.
    """

    _name = "res.partner.bank"
    _inherit = ["res.partner.bank", "invoice.labels.mixin"]

    @api.model
    def _get_chinese_labels(self):
        return {
            **super()._get_chinese_labels(),
            "acc_number": self.env._("Account Number"),
            "sanitized_acc_number": self.env._("Account Number Without Blanks"),
            "clearing_number": self.env._("CNAPS Code"),
            "bank_state": self.env._("Province"),
        }

    @api.model
    def _is_account_number_masked(self):
        """Whether the current user must not see whole account numbers of others."""
        user = self.env.user
        return (
            user.has_group("base.group_user")
            and not user.has_groups(FULL_NUMBER_GROUPS)
            and not user.has_groups(BOOKKEEPER_GROUPS)
        )

    def _get_masked(self):
        """The accounts of which the current user sees the last four digits."""
        if not self or not self._is_account_number_masked():
            return self.browse()
        masked = self._get_of_others()
        billed = masked._get_customers_billed()._filter_to_verify()
        return masked - billed.sudo()[BILLING_ACCOUNT]  # sudo: only taken off what is masked

    def _get_of_others(self):
        """Accounts that belong to none of the own companies."""
        # sudo: res.partner - only whether the owner is one of the own companies
        return self.filtered(lambda account: not account.sudo().partner_id.ref_company_ids)

    @api.model
    def _show_account_number(self, number):
        """An account number of somebody else as the current user may see it.

        :param str number: maybe empty
        """
        return number if self._sees_whole_numbers() else self._mask_account_number(number)

    @api.model
    def _sees_whole_numbers(self):
        """Whether the current user sees account numbers of customers, wherever they stand."""
        return self.env.user.has_groups(FULL_NUMBER_GROUPS)

    @api.model
    def _mask_account_number(self, number):
        """Last four digits of an account number.

        :param str number: maybe empty
        """
        return number and f"**** {number.replace(' ', '')[-4:]}"

    @api.model
    def _mask_in_text(self, text, number=None):
        """A text of others, such as a remark, without whole account numbers of customers.

        :param str text: maybe empty
        :param str number: an account number to mask beside those that are known
        """
        found = self._find_numbers(text or "")
        if not found:
            return text
        # sudo: to mask a number needs no right to read its account
        accounts_sudo = self.sudo().with_context(active_test=False)
        known = accounts_sudo.search([("sanitized_acc_number", "in", list(found))])
        numbers = set(known._get_of_others().mapped("sanitized_acc_number"))
        numbers.add(re.sub(r"\D", "", number or ""))
        for digits in sorted(found.keys() & numbers, key=len, reverse=True):
            text = text.replace(found[digits], self._mask_account_number(digits))
        return text

    @api.model
    def _mask_long_numbers(self, text):
        """A text of others without what may be an account number, known or not.

        :param str text: maybe empty
        """
        found = self._find_numbers(text or "")
        for digits in sorted(found, key=len, reverse=True):
            if len(digits) in ACCOUNT_DIGITS:
                text = text.replace(found[digits], self._mask_account_number(digits))
        return text

    @api.model
    def _find_numbers(self, text):
        """Numbers in a text, as they stand there, by their digits; groups may belong together.

        :rtype: dict[str, str]
        """
        found = {}
        for match in DIGITS.finditer(text):
            groups = list(re.finditer(r"\d+", match[0]))[:MOST_GROUPS]
            for index, first in enumerate(groups):
                for last in groups[index:]:
                    part = match[0][first.start() : last.end()]
                    found.setdefault(re.sub(r"\D", "", part), part)
        return {digits: part for digits, part in found.items() if len(digits) > 7}

    def _check_owner_stays(self, vals):
        """:raise AccessError: if a caller would see a number by giving it to the own company"""
        if "partner_id" not in vals or is_proven(self.env):
            return
        # Not even those that the caller is to verify now: they would stay in sight.
        masked = self._get_of_others() if self._is_account_number_masked() else self.browse()
        if any(account.partner_id.id != vals["partner_id"] for account in masked):
            raise AccessError(
                self.env._("Only finance can say that a bank account belongs to somebody else.")
            )

    def _has_field_access(self, field, operation):
        if (
            operation == "read"
            and field.name in NUMBER_FIELDS
            and not self.env.su
            and self._is_account_number_masked()
            and (not self or self._get_masked())
        ):
            return False
        return super()._has_field_access(field, operation)

    @api.depends_context("uid")
    def _compute_display_name(self):
        # In superuser mode too: names of linked records are computed there for everybody.
        masked = self._get_masked()
        for account in masked:
            # sudo: what is shown of the number is masked
            account_sudo = account.sudo()
            number = self._mask_account_number(account_sudo.acc_number)
            bank = account_sudo.bank_id.name
            account.display_name = f"{number} - {bank}" if bank else number
        shown = self - masked
        return super(ResPartnerBank, shown.with_prefetch(shown.ids))._compute_display_name()

    @api.model
    def _search_display_name(self, operator, value):
        if not self.env.su and self._is_account_number_masked():
            return Domain("bank_id.name", operator, value)
        return super()._search_display_name(operator, value)

    @api.model
    def _clean_account_number(self, number):
        """Full-width digits become digits: an account is the same however it is typed.

        :raise ValidationError: if a spreadsheet cut the number
        """
        self.env["res.partner"]._refuse_spreadsheet_number(number)
        return self._normalize_account_number(number)

    @api.model
    def _normalize_account_number(self, number):
        return number and unicodedata.normalize("NFKC", number).strip()

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("acc_number"):
                vals["acc_number"] = self._clean_account_number(vals["acc_number"])
        return super().create(vals_list)

    def write(self, vals):
        """A billing account that changes is a change of the billing data."""
        if vals.get("acc_number"):
            vals = dict(vals, acc_number=self._clean_account_number(vals["acc_number"]))
        self._check_owner_stays(vals)
        if not vals.keys() & {"acc_number", "sanitized_acc_number", "bank_id", "active"}:
            return super().write(vals)
        customers = self._get_customers_billed()
        before = {customer: customer._get_billing_columns() for customer in customers}
        watch = (
            nullcontext() if is_proven(self.env) else customers._watch_changes([BILLING_ACCOUNT])
        )
        with watch, customers._watch_billing():
            result = super().write(vals)
            if vals.get("active") is False:
                # Core archives what is deleted: nothing is paid to it any more.
                proven(customers)[BILLING_ACCOUNT] = False
            changed = customers.filtered(lambda c: c._get_billing_columns() != before[c])
            changed._check_billing_account_open()
        return result

    def _get_customers_billed(self):
        """Customers whose billing data name one of the accounts."""
        # sudo: res.partner - customers of all companies follow what is done to their account
        customers_sudo = (
            self.env["res.partner"]
            .sudo()
            .with_context(active_test=False)
            .search([(BILLING_ACCOUNT, "in", self.ids)])
        )
        return customers_sudo.with_env(self.env)

    def _compute_acc_type(self):
        # sudo: it tells the kind of account, not its number
        return super(ResPartnerBank, self.sudo())._compute_acc_type()
