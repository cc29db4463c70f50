from odoo import api, models

from ..base.tools import search_fetch_together

# What says whether a user can be asked to approve.
ELIGIBILITY_FIELDS = {"active", "company_ids", "group_ids"}


class ResUsers(models.Model):
    _inherit = "res.users"

    def write(self, vals):
        result = super().write(vals)
        if not ELIGIBILITY_FIELDS.isdisjoint(vals):
            self.env["invoice.approval.step"]._replace_absent_approvers(self)
        return result

    # === APPROVAL === #

    @api.model
    def _find_with_partner(self, user_id):
        """Find somebody, archived or not, and read them at once; call it in superuser mode.

        :param int user_id: or False
        :rtype: res.users
        """
        everybody, ids = self.with_context(active_test=False), [user_id] if user_id else []
        users, _partners = search_fetch_together(
            (everybody, [("id", "in", ids)]),
            (everybody.env["res.partner"], [("user_ids", "in", ids)]),
        )
        return users.with_env(self.env)

    def _get_manager(self, company):
        """User of the manager of the user's employee in the company.

        :rtype: res.users
        """
        # sudo: hr.employee - only the user of the manager
        return self.sudo()._get_ticket_employee(company).parent_id.user_id

    def _get_cannot_be_asked_reason(self, company, excluded):
        """Why the user cannot decide on a document.

        :param res.company company: company of the document
        :param res.users excluded: people who may not decide on it, such as its requester
        :return: a sentence, or False
        """
        self.ensure_one()
        if not self.active:
            return self.env._("is archived")
        if self.share:
            return self.env._("is no internal user")
        if company.id not in self._get_company_ids():
            return self.env._("does not work for %s", company.name)
        if self._is_ticket_auditor():
            return self.env._("is an auditor, who decides nothing")
        if self in excluded:
            return self.env._("submits the document")
        return False

    def _filter_approvers(self, company, excluded):
        """Those who can decide on a document of the company.

        :param res.users excluded: people who may not decide on it
        :rtype: res.users
        """
        # sudo: the engine asks about companies and groups of colleagues
        return self.sudo().filtered(
            lambda user: not user._get_cannot_be_asked_reason(company, excluded)
        )

    def _get_fallback_approvers(self, company, excluded):
        """These users, or else the company's ticket managers, who can decide.

        :rtype: res.users
        """
        if users := self._filter_approvers(company, excluded):
            return users
        # sudo: res.groups - users cannot read who is in a group; they are asked to decide
        managers = self.env.ref("invoice_crm_addon.group_ticket_manager").sudo().all_user_ids
        return managers._filter_approvers(company, excluded)

    def _is_ticket_auditor(self):
        """Auditors read; they take no part, whatever they are in charge of."""
        return self.has_groups(
            "invoice_crm_addon.group_ticket_auditor,!invoice_crm_addon.group_ticket_user"
        )

    def _get_timeline_person(self):
        """Identity for the face and the name in a timeline; nobody has none."""
        return {"user_id": self.id, "name": self.name}
