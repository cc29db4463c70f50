from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.mail import email_normalize_all

from ..base.words import words


class InvoiceCustomerDocumentsMixin(models.AbstractModel):
    """Reminders of a customer, and what was agreed about what is open."""

    _inherit = "invoice.customer.documents.mixin"

    reminder_count = fields.Integer(
        string="Reminders",
        compute="_compute_reminder_count",
        groups="invoice_crm_addon.group_ticket_user,invoice_crm_addon.group_ticket_auditor",
    )

    reminder_stop_count = fields.Integer(
        string="Agreed Payment",
        compute="_compute_reminder_stop_count",
        groups="invoice_crm_addon.group_ticket_user,invoice_crm_addon.group_ticket_auditor",
        help="What was agreed with the customer about reminders, and is in force.",
    )
    reminder_stops = fields.Text(
        compute="_compute_reminder_stop_count",
        groups="invoice_crm_addon.group_ticket_user,invoice_crm_addon.group_ticket_auditor",
        export_string_translation=False,
    )

    @api.depends_context("uid", "lang", "allowed_company_ids")
    def _compute_reminder_stop_count(self):
        stops = self.env["invoice.reminder.stop"]._get_in_force(self).grouped("partner_id")
        for partner in self:
            own = stops.get(partner._origin, ())
            partner.reminder_stop_count = len(own)
            partner.reminder_stops = "\n".join(f"{s.display_name} – {s.reason}" for s in own)

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_reminder_count(self):
        counts = {}
        if self.ids:
            domain = [("partner_id", "in", self.ids), ("state", "!=", "cancelled")]
            counts = dict(
                self.env["invoice.reminder"]._read_group(domain, ["partner_id"], ["__count"])
            )
        for partner in self:
            partner.reminder_count = counts.get(partner._origin, 0)

    # === ACTION METHODS === #

    def action_remind(self):
        """Open the preview of the reminders of the customers: who gets what, and who nothing.

        :raise AccessError: if the caller may not remind anybody
        """
        return self.env["invoice.reminder.wizard"]._open(self.commercial_partner_id)

    def action_view_reminders(self):
        """Open the reminders of the customer."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "invoice_crm_addon.invoice_reminder_action"
        )
        return dict(action, domain=[("partner_id", "=", self.commercial_partner_id.id)], context={})

    def action_view_reminder_stops(self):
        """Open what was agreed with the customer, and stops the reminders."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "invoice_crm_addon.invoice_reminder_stop_action"
        )
        customer = self.commercial_partner_id
        return dict(
            action,
            domain=[("partner_id", "=", customer.id)],
            context={"default_partner_id": customer.id},
        )

    def _open_reminder_stop(self, context):
        self.env["invoice.reminder.stop"].check_access("create")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Agreed With the Customer"),
            "res_model": "invoice.reminder.stop",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_partner_id": self.commercial_partner_id.id, **context},
        }

    # === ADDRESS === #

    def _get_reminder_contact(self):
        """Who of the customer is reminded: whoever gets its bills, or else the customer itself.

        :rtype: res.partner
        """
        self.ensure_one()
        contact = self._get_billing_contact()
        if contact.active and (contact.email or not self.email):
            return contact
        return self

    def _get_email_problem(self, customer):
        """Why nobody gets an e-mail at this contact of a customer, or False."""
        if not self.active:
            return words(self.env)._(
                "%s is archived. Restore the customer, or choose another contact for its bills.",
                self.display_name,
            )
        # Several, parted by commas or semicolons, each get it.
        if email_normalize_all(self.email or ""):
            return False
        if self.email:
            return words(self.env)._(
                "“%(email)s” is no e-mail address. Correct it on %(contact)s.",
                email=self.email,
                contact=self.display_name,
            )
        return words(self.env)._(
            "Nobody at %s has an e-mail address. Enter one on the customer, or add a contact.",
            customer.display_name,
        )


class InvoiceCustomerAccount(models.Model):
    """Receivables of which the customers are reminded."""

    _inherit = "invoice.customer.account"

    def action_remind(self):
        """Open the preview of the reminders of the selected customers.

        :raise AccessError: if the caller may not remind anybody
        :raise UserError: if the selection is of several companies
        """
        company = self._get_one_company()
        return self.env["invoice.reminder.wizard"].with_company(company)._open(self.partner_id)

    def _get_one_company(self):
        """The company of which something is sent to the customers.

        :raise AccessError: if the caller may not read them
        :raise UserError: if they are of several
        """
        self.check_access("read")
        companies = self.company_id or self.env.company
        if len(companies) > 1:
            raise UserError(
                self.env._(
                    "They are customers of %(companies)s. Choose those of one company: each "
                    "sends its own.",
                    companies=", ".join(companies.mapped("name")),
                )
            )
        return companies
