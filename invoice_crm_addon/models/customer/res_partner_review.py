from contextlib import contextmanager, nullcontext

from odoo import api, fields, models
from odoo.fields import Domain

from ..base.proof import is_proven, proven
from .billing_verification_mixin import VERIFIED_FIELDS
from .res_partner import BANK_FIELDS, BILLING_ACCOUNT, BILLING_COLUMNS, BILLING_FIELDS

# All by which billing data are written.
WRITTEN_FIELDS = frozenset({*BILLING_FIELDS, *BILLING_COLUMNS, *BANK_FIELDS})
NO_ACCOUNT = {"id": False, "acc_number": False, "bank_id": False}


class ResPartner(models.Model):
    """Review of billing data: who checked them, and what becomes of them when they change.

    Billing state   Meaning
    =====================================================================================
    unverified      nobody has checked the billing data, or they changed since
    pending         submitted for approval; they cannot be changed meanwhile
    verified        approved
    rejected        refused, with a reason; to be corrected and submitted again
    =====================================================================================
    """

    _name = "res.partner"
    _inherit = [
        "res.partner",
        "invoice.approval.mixin",
        "invoice.billing.licence.mixin",
        "invoice.billing.verification.mixin",
        "invoice.billing.freshness.mixin",
    ]

    _checks_core_relations = False

    billing_state = fields.Selection(
        selection=[
            ("unverified", "Unverified"),
            ("pending", "Waiting for Approval"),
            ("verified", "Verified"),
            ("rejected", "Rejected"),
        ],
        default="unverified",
        copy=False,
        index="btree_not_null",
    )

    _billing_checked_idx = models.Index(
        "(billing_checked_on) WHERE parent_id IS NULL AND invoice_title IS NOT NULL"
    )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._decode_licence(vals.get("business_licence"))
        partners = super().create(vals_list)
        for partner, vals in zip(partners, vals_list, strict=True):
            if vals.get("business_licence"):
                partner._follow_licence(vals["business_licence"])
        return partners

    def write(self, vals):
        is_licence_new = (
            "business_licence" in vals
            and not is_proven(self.env)
            and self._is_licence_new(vals["business_licence"])
        )
        if is_licence_new:
            self._decode_licence(vals["business_licence"])
            self._check_not_locked(vals)
            self._keep_verified_licence()
        watch = self._watch_billing() if vals.keys() & WRITTEN_FIELDS else nullcontext()
        with self._watch_address(vals), watch:
            result = super().write(vals)
        if is_licence_new:
            self._follow_licence(vals["business_licence"])
        return result

    def _update_address(self, vals):
        # A subsidiary follows the address of its head office, past every write.
        with self._watch_address(vals):
            return super()._update_address(vals)

    @contextmanager
    def _watch_billing(self):
        """Uncheck billing data that change inside the ``with`` block.

        Not where the change itself is submitted for approval: its result says what they are.
        """
        before = {partner: partner._get_billing_columns() for partner in self}
        submitted = {}
        if not is_proven(self.env) and (
            watched := self.filtered(lambda p: p._is_approval_watched())
        ):
            submitted = watched._get_watched_fields()
        yield
        changed = {
            partner: {f for f, value in partner._get_billing_columns().items() if value != old[f]}
            for partner, old in before.items()
        }
        for partner, names in changed.items():
            if names - submitted.get(partner, set()):
                partner._uncheck_billing(names)
            if names:
                partner._update_drafts(names)

    def _check_billing_account_open(self):
        """:raise UserError: if a caller changed an account that somebody is about to decide on"""
        if is_proven(self.env):
            return
        for partner, locks in self._get_locked_fields().items():
            partner._refuse_locked(locks, {"invoice_bank_account_id"} & locks.keys())

    def _uncheck_billing(self, fnames):
        """Data that were checked, or refused, changed since.

        :param set fnames: names of what changed, of ``BILLING_COLUMNS``
        """
        stale = self.filtered(lambda p: p.billing_state in ("verified", "rejected"))
        stale.filtered(lambda p: p.billing_state == "verified")._tell_billing_changed(fnames)
        proven(stale).write(
            {
                "billing_state": "unverified",
                "billing_verified_on": False,
                "billing_verified_by_id": False,
            }
        )

    def _tell_billing_changed(self, fnames):
        """Tell who is in charge of the customers that checked data are not what was checked.

        Values are in the history, but for the account: its number is not for everybody's eyes.
        """
        labels = self._get_labels(fname for fname in BILLING_COLUMNS if fname in fnames)
        for partner in self:
            # sudo: the program tells what happened, whether the user may post there or not
            partner_sudo = partner.sudo()
            partner_sudo.message_post(
                body=self.env._(
                    "%(user)s changed billing data that had been verified: %(fields)s. Have them "
                    "verified again.",
                    user=self.env.user.name,
                    fields=labels,
                ),
                partner_ids=(partner_sudo.user_id - self.env.user).partner_id.ids,
                subtype_xmlid="mail.mt_note",
            )

    # === GUARD === #

    @api.model
    def _is_made_by_mail(self):
        # Core takes senders in; what is guarded of a customer no e-mail brings.
        return True

    @api.model
    def _get_guarded_fields(self):
        # Ours alone: what core computes and stores of a partner is core's to guard.
        return {"billing_state", *self._get_review_fields(), *self._get_tax_number_fields()}

    @api.model
    def _get_review_fields(self):
        """Names of the fields that say who checked what when."""
        return {
            *VERIFIED_FIELDS,
            "billing_confirmed_on",
            "billing_confirmed_by_id",
            "billing_address_asked",
            *self._get_licence_fields(),
        }

    @api.model
    def _get_approval_trigger_fields(self):
        return [*BILLING_COLUMNS]

    @api.model
    def _get_lock_dependencies(self):
        return [*super()._get_lock_dependencies(), "billing_state"]

    @api.model
    def _get_lockable_fields(self):
        return super()._get_lockable_fields() | WRITTEN_FIELDS | {"business_licence"}

    def _get_state_locks(self):
        locks = super()._get_state_locks()
        # A further change of checked data takes the place of the one that waits.
        if self.billing_state == "pending" and not self._is_change_waiting():
            reason = self.env._("The billing data wait for approval. Withdraw the request first.")
            locks.update(dict.fromkeys([*WRITTEN_FIELDS, "business_licence"], reason))
        return locks

    # === ACTION METHODS === #

    def action_submit_billing(self):
        """Submit the billing data for approval; without a flow they are verified at once."""
        self._submit_for_approval()
        return True

    # === APPROVAL === #

    def _submit_for_approval(self):
        result = super()._submit_for_approval()
        # Where no flow applies nobody decides, whoever submits.
        self.filtered(lambda p: p.billing_state == "verified")._verify_automatically()
        return result

    def _get_unsubmittable_reason(self):
        if self.billing_state in ("pending", "verified"):
            labels = dict(self._fields["billing_state"]._description_selection(self.env))
            return self.env._("The billing data are in the state “%s”.", labels[self.billing_state])
        if not self.has_access("write"):
            return self.env._("You may not change this customer.")
        return super()._get_unsubmittable_reason()

    def _get_cannot_submit_reason(self):
        if reason := super()._get_cannot_submit_reason():
            return reason
        if self != self.commercial_partner_id:
            return self.env._(
                "Billing data belong to the company: submit those of %s.",
                self.commercial_partner_id.display_name,
            )
        if not self.invoice_title:
            return self.env._("Enter the billing title first.")
        return False

    @api.model
    def _is_approval_log_open(self):
        # Customers are read by people who may not read their approvals.
        return False

    @api.model
    def _get_approval_title(self):
        return self.env._("Customer Billing Data")

    @api.model
    def _get_approval_trial_domain(self):
        # Not every contact is a customer, and people have the title of their company.
        is_company = Domain("parent_id", "=", False) | Domain("is_company", "=", True)
        return Domain("invoice_title", "!=", False) & is_company

    def _get_approval_owner(self):
        return self.user_id

    def _get_approval_summary(self):
        return {
            "partner_id": self.id,
            "summary": " · ".join(filter(None, [self.invoice_title, self.vat])),
        }

    def _approval_on_submitted(self):
        self.write({"billing_state": "pending"})

    def _approval_on_approved(self):
        self._mark_verified(self.env.user)

    def _approval_on_rejected(self):
        self.write({"billing_state": "rejected"})

    def _approval_on_withdrawn(self):
        self.write({"billing_state": "unverified"})

    def _is_approval_watched(self):
        return self.billing_state == "verified" or self._is_change_waiting()

    @api.model
    def _get_touched_fields(self, fnames):
        touched = super()._get_touched_fields(fnames)
        if {*BANK_FIELDS} & set(fnames):
            touched.add(BILLING_ACCOUNT)
        return touched

    def _dump_field(self, fname):
        if fname != BILLING_ACCOUNT:
            return super()._dump_field(fname)
        # The account stays the same record when its bank, or its number, is corrected.
        account, bank = self.invoice_bank_account_id, self.invoice_bank_id
        if not account and not bank:
            return False
        return {"id": account.id, "acc_number": account.acc_number, "bank_id": bank.id}

    def _restore_values(self, values):
        self._read_billing()
        if BILLING_ACCOUNT not in values:
            return super()._restore_values(values)
        account = values[BILLING_ACCOUNT] or NO_ACCOUNT
        result = super()._restore_values(
            {f: value for f, value in values.items() if f != BILLING_ACCOUNT}
        )
        bank = self.env["res.bank"].browse(account["bank_id"]).exists()
        if present := self.invoice_bank_account_id.browse(account["id"]).exists():
            present.acc_number = account["acc_number"]
        self._set_invoice_bank(account["acc_number"], bank.name)
        return result

    @api.model
    def _describe_value(self, field, record, value):
        if field.comodel_name == "res.partner.bank" and isinstance(value, dict):
            # Whoever reads the change sees the last digits, as they do on the customer.
            number = self.env[field.comodel_name]._mask_account_number(value["acc_number"])
            return self._describe_account(value, number)
        return super()._describe_value(field, record, value)

    @api.model
    def _describe_account(self, value, number):
        """A dumped account in words, with its number as it is to be shown."""
        bank = self.env["res.bank"].browse(value["bank_id"]).exists()
        return " ".join(filter(None, [bank.name, number]))

    def _describe_change_to_verify(self, row, old_values):
        if row["field"] != BILLING_ACCOUNT:
            return super()._describe_change_to_verify(row, old_values)
        pairs = {"old": old_values.get(BILLING_ACCOUNT), "new": self._dump_field(BILLING_ACCOUNT)}
        shown = {
            name: self._describe_account(value, value["acc_number"]) if value else ""
            for name, value in pairs.items()
        }
        return {**row, **shown}

    def _get_facts_to_verify(self):
        numbers = {"invoice_bank_acc_number": self.invoice_bank_account_id.acc_number}
        facts = [
            (self._fields[fname]._description_string(self.env), numbers.get(fname, self[fname]))
            for fname in BILLING_FIELDS
        ]
        return self._add_verified_facts(facts + self._get_contact_facts())

    def _approval_on_change_submitted(self):
        self.write({"billing_state": "pending"})

    def _approval_on_change_approved(self):
        self._mark_verified(self.env.user)

    def _approval_on_change_rejected(self):
        self.write({"billing_state": "verified"})

    def _approval_on_change_withdrawn(self):
        self.write({"billing_state": "verified"})

    # === BUSINESS METHODS === #

    def _filter_to_verify(self):
        """Those whose billing data wait for the current user: nobody verifies what is masked."""
        # sudo: invoice.approval.request - those that wait for the current user, and no more
        requests_sudo = (
            self.env["invoice.approval.request"]
            .sudo()
            .search_fetch(
                [
                    ("res_model", "=", "res.partner"),
                    ("res_id", "in", self._origin.ids),
                    ("state", "=", "pending"),
                    ("waiting_user_ids", "in", self.env.user.ids),
                ],
                ["res_id"],
            )
        )
        ids = set(requests_sudo.mapped("res_id"))
        return self.filtered(lambda partner: partner._origin.id in ids)

    def _get_billing_columns(self):
        """Stored billing data by field, to tell whether a write changed them."""
        # sudo: compared, and shown to nobody
        return {
            fname: partner_sudo._dump_field(fname)
            for partner_sudo in self.sudo()
            for fname in BILLING_COLUMNS
        }
