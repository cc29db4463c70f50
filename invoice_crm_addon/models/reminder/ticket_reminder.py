from odoo import api, fields, models

from ..ticket.ticket_policy_mixin import OPEN_STATES


class InvoiceTicketReminderMixin(models.AbstractModel):
    """What is open of a ticket is reminded of together with all that its customer owes."""

    _inherit = "invoice.ticket.reminder.mixin"

    can_remind_customer = fields.Boolean(compute="_compute_can_remind")
    can_stop_reminders = fields.Boolean(compute="_compute_can_remind")
    reminder_stops = fields.Text(compute="_compute_reminder_stops", export_string_translation=False)

    @api.depends("state", "red_of_id", "amount_due")
    @api.depends_context("uid")
    def _compute_can_remind(self):
        self._compute_can("remind_customer", "stop_reminders")

    @api.depends("state", "amount_due", "partner_id", "path_ids.move_id")
    @api.depends_context("uid", "lang")
    def _compute_reminder_stops(self):
        """What was agreed about what is open of the ticket, as far as the reader may know it."""
        owed = self.filtered(lambda t: t.state == "issued" and t.amount_due > 0)
        stops = self.env["invoice.reminder.stop"]._get_in_force(owed.partner_id)
        for ticket in self:
            # sudo: whether an agreement about an invoice is about this ticket
            moves_sudo = ticket.sudo().path_ids.filtered("is_issued").move_id
            own = stops.filtered(
                lambda s, t=ticket, m=moves_sudo: (
                    s.partner_id == t.partner_id.commercial_partner_id
                    and s.company_id == t.company_id
                    and (s.ticket_id == t or s.move_id in m or not (s.ticket_id or s.move_id))
                )
            )
            texts = [f"{stop.display_name} – {stop.reason}" for stop in own]
            ticket.reminder_stops = ticket in owed and "\n".join(texts)

    def action_remind_customer(self):
        """Open the preview of the reminder to the customer: with all that is open of it.

        :raise UserError: if the ticket is not issued, nothing is due, or the caller may not
            change it
        :raise AccessError: if the customer is that of another salesperson
        """
        self.ensure_one()
        self._check_can("remind_customer")
        Wizard = self.env["invoice.reminder.wizard"].with_company(self.company_id)
        return Wizard._open(self.partner_id.commercial_partner_id)

    def action_stop_reminders(self):
        """Write down what was agreed about the ticket, which stops its reminders."""
        self.ensure_one()
        self._check_can("stop_reminders")
        return self.partner_id._open_reminder_stop(
            {"default_ticket_id": self.id, "default_company_id": self.company_id.id}
        )

    def _get_cannot_stop_reminders_reason(self):
        if reason := self._get_cannot_remind_customer_reason():
            return reason
        if not self.env["invoice.reminder.stop"].has_access("create"):
            return self.env._("You may not agree on reminders with customers.")
        return False


class InvoiceTicketPolicyMixin(models.AbstractModel):
    """Who was reminded by a step that blocks gets no new tickets until that is paid.

    Drafts are written; they are neither submitted nor issued. Finance allows them in spite of
    it, with a reason: see the kind “tickets” of ``invoice.reminder.stop``.
    """

    _inherit = "invoice.ticket.policy.mixin"

    overdue_block = fields.Char(
        compute="_compute_overdue_block", compute_sudo=True, export_string_translation=False
    )

    @api.depends("partner_id", "company_id", "state")
    @api.depends_context("lang")
    def _compute_overdue_block(self):
        open_ = self.filtered(lambda t: t.state in OPEN_STATES and t.partner_id)
        blocked = self.env["invoice.reminder"]._get_blocked(
            open_.partner_id.commercial_partner_id, open_.company_id
        )
        for ticket in self:
            customer = ticket.partner_id.commercial_partner_id
            is_blocked = (customer.id, ticket.company_id.id) in blocked and ticket in open_
            ticket.overdue_block = is_blocked and self.env._(
                "%s was reminded by the last step and has not paid: no new tickets. Finance can "
                "allow them on the customer, under Reminders.",
                customer.name,
            )

    def _get_overdue_block_reason(self):
        if self.red_of_id or self.fapiao_attachment_id:
            return False
        return self.overdue_block

    def _get_billing_hints(self):
        hints = super()._get_billing_hints()
        if reason := self._get_overdue_block_reason():
            hints.append(reason)
        return hints

    def _get_policy_reason(self, policies=("draft", "nothing")):
        reason = super()._get_policy_reason(policies)
        if not reason and "draft" in policies:
            reason = self._get_overdue_block_reason()
        return reason


class InvoiceReminder(models.Model):
    """Whose new tickets wait."""

    _inherit = "invoice.reminder"

    @api.model
    def _get_blocked(self, customers, companies):
        """Customers who did not pay what a step that blocks reminded them of.

        :return: pairs of IDs of customer and company
        :rtype: set[tuple[int, int]]
        """
        # sudo: whether there is such a step, and such a debt
        lines_sudo = (
            self.env["invoice.reminder.line"]
            .sudo()
            .search(
                [
                    ("is_counted", "=", True),
                    ("is_due", "=", True),
                    ("step_id.blocks_tickets", "=", True),
                    ("reminder_id.partner_id", "in", customers.ids),
                    ("reminder_id.company_id", "in", companies.ids),
                    ("reminder_id.state", "in", ("ready", "sent")),
                ]
            )
        )
        # sudo: what is open of the same, payments without an entry taken off
        items_sudo = (
            self.env["invoice.reminder.item"]
            .sudo()
            .search([("key", "in", lines_sudo.mapped("key")), ("amount", ">", 0)])
        )
        owing = set(items_sudo.mapped("key"))
        owed = lines_sudo.filtered(
            lambda line: (
                line.key in owing
                # An agreed part is no item of its own: what is open of the invoice tells.
                or (line.key.startswith("part") and line.move_id.amount_residual > 0)
                or any(ticket.amount_due > 0 for ticket in line.ticket_ids)
            )
        )
        blocked = {(r.partner_id.id, r.company_id.id) for r in owed.reminder_id}
        if not blocked:
            return blocked
        # sudo: what finance allowed
        allowed_sudo = (
            self.env["invoice.reminder.stop"]
            .sudo()
            .search(
                [
                    ("kind", "=", "tickets"),
                    ("is_active", "=", True),
                    ("partner_id", "in", customers.ids),
                ]
            )
        )
        return blocked - {(stop.partner_id.id, stop.company_id.id) for stop in allowed_sudo}
