from odoo import api, models
from odoo.exceptions import AccessError, UserError

from ..base.action_mixin import rewrite_rows
from ..base.proof import proven
from ..base.words import words


class InvoiceAccountStatement(models.Model):
    """Who gets a statement of a period, and writing the statements down."""

    _inherit = "invoice.account.statement"

    # === WHO === #

    @api.model
    def _check_may_prepare(self):
        """:raise AccessError: if the caller reads at most"""
        if reason := self._get_not_user_reason():
            raise AccessError(reason)

    @api.model
    def _find_customers(self, company, first, last, customers=None):
        """Customers with something open or moved in a period, of those that the caller may act on.

        :param res.partner customers: of these only
        :return: values of ``user_id`` and ``department_id`` of the statement of each
        :rtype: dict
        """
        domain = [("company_id", "=", company.id)]
        if customers is not None:
            domain.append(("partner_id", "in", customers.ids))
        scoped = self.with_company(company).with_context(allowed_company_ids=company.ids)
        scoped.env.flush_all()
        Item = scoped.env["invoice.receivable.item"].with_context(receivable_as_of=str(last))
        rows = Item._read_group(
            [*domain, "|", ("is_open", "=", True), ("date", ">=", first)],
            ["partner_id", "user_id", "department_id"],
        )
        owners = {
            partner.with_env(self.env): {"user_id": user.id, "department_id": department.id}
            for partner, user, department in rows
        }
        moved = scoped.env["invoice.settlement.check"]._read_group(
            [*domain, ("date", ">=", first), ("date", "<=", last)], ["partner_id"]
        )
        others = self.env["res.partner"].union(*(p.with_env(self.env) for [p] in moved))
        if customers is not None:
            others |= customers
        known = self.env["res.partner"].union(*owners)
        owners |= self._get_owners(company, others - known)
        return self._keep_own(company, owners)

    @api.model
    def _get_owners(self, company, customers):
        """Salesperson and department of customers of whom nothing is in the books."""
        # sudo: users cannot read employees; the rule of statements asks for the department
        users_sudo = customers.sudo().user_id
        departments = {user: user._get_ticket_department(company) for user in users_sudo}
        return {
            customer: {
                "user_id": customer.user_id.id,
                "department_id": departments[customer.user_id.sudo()].id  # sudo: as above
                if customer.user_id
                else False,
            }
            for customer in customers
        }

    @api.model
    def _keep_own(self, company, owners):
        """Of customers, those of whom the caller may read statements."""
        rules = self.env["ir.rule"]._compute_domain(self._name, "read")
        values = {"company_id": company.id}
        return {
            customer: owner
            for customer, owner in owners.items()
            if self.new({**values, "partner_id": customer.id, **owner}).filtered_domain(rules)
        }

    # === PREPARE === #

    @api.model
    def _prepare(self, company, owners, first, last):
        """Write down the statements of a period, without figures.

        One that the customer has not agreed to is replaced. Of two who do so at the same instant
        the second one is run again.

        :param dict owners: see ``_find_customers``
        :return: drafts, in superuser mode
        :raise UserError: if all of them have agreed already
        """
        self._check_may_prepare()
        customers = self.env["res.partner"].union(*owners)
        rewrite_rows(customers)
        latest = proven(self)._get_of_period(company, customers, first, last)
        done = latest.filtered(lambda s: s.state in ("agreed", "settled")).partner_id
        (latest - latest.filtered(lambda s: s.partner_id in done))._replace()
        left = [customer for customer in customers if customer not in done]
        if not left:
            raise UserError(
                self.env._(
                    "The customer agreed to a statement of this period already. Cancel that one "
                    "first if it does not apply any more."
                )
            )
        return proven(self).create(
            [
                self._prepare_values(company, customer, first, last, owners[customer])
                for customer in left
            ]
        )

    @api.model
    def _prepare_values(self, company, customer, first, last, owner):
        contact = customer._get_reminder_contact()
        return {
            "partner_id": customer.id,
            "company_id": company.id,
            "date_from": first,
            "date_to": last,
            "sender_id": self.env.uid,
            "contact_id": contact.id,
            "email_to": contact.email,
            "currency_id": company.currency_id.id,
            **owner,
        }

    @api.model
    def _get_of_period(self, company, customers, first, last):
        """Statements of a period that are not cancelled."""
        return self.search(
            [
                ("company_id", "=", company.id),
                ("partner_id", "in", customers.ids),
                ("date_from", "=", first),
                ("date_to", "=", last),
                ("state", "!=", "cancelled"),
            ]
        )

    def _replace(self):
        note = words(self.env)._("Replaced by a newer statement of the same period.")
        if self:
            self._write_closed("cancelled", note, self.env.user)
