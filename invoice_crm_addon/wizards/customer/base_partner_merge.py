from odoo import api, models
from odoo.exceptions import UserError

from ...models.base.proof import proven
from ...models.customer.res_partner import BILLING_COLUMNS


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _merge(self, partner_ids, dst_partner=None, extra_checks=True):
        """Whoever merges changes and deletes: the rights on each of the partners say whether.

        Sales merge their own customers; the own companies and colleagues stay.

        :raise AccessError: if somebody merges partners that they may not change
        :raise UserError: if they cannot be merged, with why
        """
        partners = self.env["res.partner"].browse(partner_ids).exists()
        partners.check_access("write")
        target = dst_partner or self._get_ordered_partner(partners.ids)[-1:]
        if refusal := partners._get_merge_refusal(target):
            raise UserError(refusal)
        wizard = self
        if target:
            waiting = self._get_moving_request(partners - target, target).res_id
            wizard = self.with_context(invoice_waiting_source_id=waiting)
        return super(BasePartnerMergeAutomaticWizard, wizard)._merge(
            partner_ids, dst_partner, extra_checks
        )

    @api.model
    def _get_requests(self, src_partners):
        return proven(self.env["invoice.approval.request"]).search(
            [("res_model", "=", "res.partner"), ("res_id", "in", src_partners.ids)]
        )

    @api.model
    def _get_moving_request(self, src_partners, dst_partner):
        """The approval that goes on with the partner who stays: the latest, if he has none."""
        requests_sudo = self._get_requests(src_partners)
        if dst_partner._get_latest_request().state == "pending":
            return requests_sudo.browse()
        return requests_sudo.filtered(lambda request: request.state == "pending").sorted()[:1]

    @api.model
    def _merge_bank_accounts(self, src_partners, dst_partner):
        """Compare whole account numbers, also for those who see their last digits only.

        Archived accounts too: one number is once with a partner, and core deletes the others.
        """
        with_archived = {"active_test": False}
        return super()._merge_bank_accounts(
            proven(src_partners).with_context(**with_archived),
            proven(dst_partner).with_context(**with_archived),
        )

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        """Say in the history of what moves along from whom it came, and who moved it."""
        moved = self._get_documents_to_move(src_partners)
        result = super()._update_foreign_keys(src_partners, dst_partner)
        self._log_moved(moved, dst_partner)
        self._follow_salesperson(dst_partner)
        return result

    @api.model
    def _follow_salesperson(self, dst_partner):
        """Core moves letters in SQL: they hold the salesperson of the partner who went."""
        Letter = self.pool["invoice.customer.letter.mixin"]
        for model in self.env.values():
            if isinstance(model, Letter) and not model._abstract:
                # sudo: whoever may merge customers moves what others hold of them
                letters_sudo = model.sudo().search([("partner_id", "=", dst_partner.id)])
                self.env.add_to_compute(model._fields["customer_user_id"], letters_sudo)

    @api.model
    def _get_documents_to_move(self, src_partners):
        """Our documents of the partners who go, archived ones and those of others too.

        :return: documents in superuser mode, by model and partner
        :rtype: list[tuple]
        """
        moved = []
        for model in ("invoice.ticket", "invoice.contract", "invoice.shipment"):
            # sudo: whoever may merge customers moves what others hold of them
            documents_sudo = self.env[model].sudo().with_context(active_test=False)
            documents_sudo = documents_sudo.search([("partner_id", "in", src_partners.ids)])
            moved += documents_sudo.grouped("partner_id").items()
        return moved

    @api.model
    def _log_moved(self, moved, dst_partner):
        for partner, documents_sudo in moved:
            body = self.env._(
                "%(user)s merged the customer %(customer)s into %(target)s.",
                user=self.env.user.name,
                customer=partner.display_name,
                target=dst_partner.display_name,
            )
            documents_sudo._message_log_batch(bodies=dict.fromkeys(documents_sudo.ids, body))
            dst_partner._message_log(
                body=self.env._(
                    "%(user)s merged the customer %(customer)s into this one. What came along: "
                    "%(documents)s",
                    user=self.env.user.name,
                    customer=partner.display_name,
                    documents=", ".join(documents_sudo.mapped("display_name")),
                )
            )

    @api.model
    def _update_values(self, src_partners, dst_partner):
        """Let the partner who stays take over the tax number of those who go.

        Core copies the number before it deletes its owner, which would be a second customer
        with the same number.
        """
        proven(src_partners).write({"tax_number_key": False})
        # Who verified or confirmed what of the one says nothing of the other.
        proven(src_partners).write(dict.fromkeys(dst_partner._get_review_fields(), False))
        self._hand_over(src_partners, dst_partner)
        company = (src_partners | dst_partner)._get_merged_company()
        result = super()._update_values(src_partners, dst_partner)
        if dst_partner.company_id and not company:
            # A customer whom all companies share, and may have tickets for, stays so.
            dst_partner.company_id = False
        dst_partner._sync_tax_number_key()
        if dst_partner._get_latest_request().state == "pending":
            proven(dst_partner).billing_state = "pending"
        return result

    @api.model
    def _hand_over(self, src_partners, dst_partner):
        """What core would not, or not as a whole, take over.

        A quota and its period are one, and a bank may stand without an account. Whoever may not
        give a level lets the customer stay who has it: core's refusal says so.
        """
        target = proven(dst_partner)
        sources = proven(src_partners)
        if dst_partner._get_latest_request().state == "pending":
            self._keep_locked(sources, target)
        elif not target.invoice_bank_id and not target.invoice_bank_account_id:
            target.invoice_bank_id = sources.invoice_bank_id[:1]
        # sudo: quotas of each company
        companies_sudo = self.env["res.company"].sudo()
        for company in companies_sudo.search([("active", "in", (True, False))]):
            given = (
                (target | sources)
                .with_company(company)
                .filtered(lambda partner: partner.ticket_quota or partner.ticket_quota_period)
            )
            (given[1:] - target.with_company(company)).write(
                {"ticket_quota": 0.0, "ticket_quota_period": False}
            )

    @api.model
    def _keep_locked(self, sources, target):
        """What waits for approval comes along whole, and is locked for everybody but this.

        What else there is would be decided upon unseen: it stays behind, and the history says so.
        """
        waiting = sources.filtered(
            lambda p: p.id == self.env.context.get("invoice_waiting_source_id")
        )
        left = []
        for fname in BILLING_COLUMNS:
            if target[fname]:
                continue
            if waiting[fname]:
                target[fname] = waiting[fname]
            elif given := sources.filtered(fname):
                left.append(fname)
                given.write({fname: False})
        if waiting and not target.invoice_bank_id and not target.invoice_bank_account_id:
            target.invoice_bank_id = waiting.invoice_bank_id
        if left:
            target._message_log(
                body=self.env._(
                    "The billing data wait for approval. Those of the merged customers were not "
                    "taken over: %s.",
                    target._get_labels(left),
                )
            )

    @api.model
    def _update_reference_fields(self, src_partners, dst_partner):
        """Move the approvals of the billing data along; core does not know the reference.

        One of them can go on at most: that of the partner who stays, or else the latest.
        """
        requests_sudo = self._get_requests(src_partners)
        surplus_sudo = requests_sudo.filtered(lambda request: request.state == "pending")
        surplus_sudo -= self._get_moving_request(src_partners, dst_partner)
        surplus_sudo._do_close(
            "withdrawn",
            "withdraw",
            self.env._("The customer was merged into %s.", dst_partner.display_name),
            restore=False,
        )
        # What is decided refuses every write; which customer it is about now is no part of it.
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE invoice_approval_request SET res_id = %s WHERE id = ANY(%s)",
            [dst_partner.id, requests_sudo.ids],
        )
        self.env.invalidate_all()
        return super()._update_reference_fields(src_partners, dst_partner)
