from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

#: Channels of a step, each with its field.
CHANNELS = {
    "email": "by_email",
    "sms": "by_sms",
    "letter": "by_letter",
    "activity": "by_activity",
    "alert": "by_alert",
}


class InvoiceReminderPlan(models.Model):
    """When and how customers are reminded of what they owe.

    A company follows its own plan, or else the one that all companies share. Reminders are sent
    by hand, and automatically for the companies that the plan names.

    Role      Rights
    =====================================================================================
    user      reads
    manager   shapes the plans of the allowed companies
    auditor   reads
    =====================================================================================
    """

    _name = "invoice.reminder.plan"
    _inherit = ["invoice.readable.mixin"]
    _description = "Reminder Plan"
    _order = "company_id, sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", index="btree_not_null", help="Empty: all.")
    automatic_company_ids = fields.Many2many(
        "res.company",
        "invoice_reminder_plan_company_rel",
        "plan_id",
        "company_id",
        string="Send Automatically For",
        help="Each morning what is due is sent to the customers of these companies. Others send "
        "by hand.",
    )
    wait_days = fields.Integer(
        string="Days Between Reminders",
        default=3,
        help="A customer is not reminded again automatically within so many days, whatever "
        "becomes due.",
    )
    attaches_statement = fields.Boolean(
        string="Attach the Account",
        default=True,
        help="A PDF with all that is open, and what was paid.",
    )
    attaches_files = fields.Boolean(
        string="Attach the Tickets' Files", default=True, help="PDF, OFD or XML of each ticket."
    )
    step_ids = fields.One2many(
        "invoice.reminder.step", "plan_id", string="Reminder Steps", copy=True
    )

    _check_wait_days = models.Constraint(
        "CHECK (wait_days BETWEEN 0 AND 3650)",
        "Enter how many days lie between two reminders, from 0 to 3650.",
    )

    @api.constrains("company_id", "automatic_company_ids")
    def _check_automatic_companies(self):
        for plan in self.filtered("company_id"):
            # sudo: res.company - names of companies that the plan names
            if strange := plan.sudo().automatic_company_ids - plan.company_id:
                raise ValidationError(
                    self.env._(
                        "The plan %(plan)s is for %(company)s only. Take %(others)s off the "
                        "companies for which it is sent automatically.",
                        plan=plan.name,
                        company=plan.company_id.name,
                        others=", ".join(strange.mapped("name")),
                    )
                )

    def copy_data(self, default: dict | None = None):
        return [
            dict(vals, name=self.env._("%s (copy)", plan.name), automatic_company_ids=False)
            for plan, vals in zip(self, super().copy_data(default), strict=True)
        ]

    @api.model
    def _get_plan(self, company):
        """The plan that a company follows: its own one, else that of the company that it is a
        branch of, else the shared one.

        :rtype: invoice.reminder.plan
        """
        # sudo: which plan a company follows, for whoever reminds its customers
        plans_sudo = self.sudo().search([("company_id", "in", (False, *company.parent_ids.ids))])
        # The deeper a company is below others, the longer is its path.
        return plans_sudo.sorted(
            lambda p: (-len(p.company_id.parent_path or ""), p.sequence, p.id)
        )[:1]

    def _is_automatic(self, company):
        return company in self.automatic_company_ids

    def action_view_reminders(self):
        """Open what was sent by the plan."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "invoice_crm_addon.invoice_reminder_action"
        )
        return dict(action, domain=[("step_id.plan_id", "=", self.id)])


class InvoiceReminderStep(models.Model):
    """What is done so many days before or after the due date of something that is not paid.

    Steps that reminded somebody are kept: they are archived instead of deleted.
    """

    _name = "invoice.reminder.step"
    _inherit = ["invoice.readable.mixin"]
    _description = "Reminder Step"
    _order = "plan_id, days, id"

    plan_id = fields.Many2one(
        "invoice.reminder.plan", required=True, index=True, ondelete="cascade"
    )
    name = fields.Char(string="Reminder Level", required=True, translate=True)
    active = fields.Boolean(default=True)
    days = fields.Integer(
        string="Days After the Due Date", required=True, help="Before it: below zero."
    )
    by_email = fields.Boolean(string="E-Mail", default=True)
    by_sms = fields.Boolean(string="SMS")
    by_letter = fields.Boolean(string="Letter")
    by_activity = fields.Boolean(
        string="Activity", help="The owner of the customer is to call, say, or to recover."
    )
    by_alert = fields.Boolean(string="Alert", help="The owner of the customer is told.")
    mail_template_id = fields.Many2one(
        "mail.template",
        string="Text",
        ondelete="restrict",
        domain=[("model", "=", "invoice.reminder")],
        help="Words of e-mail and letter, in the language of the customer. What is open follows "
        "in a table.",
    )
    sms_text = fields.Text(
        string="SMS Text",
        translate=True,
        help="%(company)s, %(customer)s, %(amount)s and %(days)s are filled in.",
    )
    text_ids = fields.One2many(
        "invoice.reminder.text", "step_id", string="Texts by Customer Level", copy=True
    )
    activity_note = fields.Char(
        string="What Is To Be Done", translate=True, help="Said in the activity of the owner."
    )
    blocks_tickets = fields.Boolean(
        string="Block New Tickets",
        help="As long as what was reminded of is not paid, new tickets of the customer are neither "
        "submitted nor issued, unless finance allows them.",
    )
    proposes_cancelling = fields.Boolean(
        string="Propose To Cancel the Order",
        help="Whoever is in charge of the orders behind it is asked whether to cancel them.",
    )

    _days_uniq = models.UniqueIndex(
        "(plan_id, days) WHERE active IS TRUE",
        "The plan has a step on this day already. Choose another number of days.",
    )
    _check_days = models.Constraint(
        "CHECK (days BETWEEN -3650 AND 3650)",
        "Enter days from -3650 (before the due date) to 3650 (after it).",
    )

    @api.constrains(*CHANNELS.values(), "mail_template_id", "sms_text")
    def _check_channels(self):
        for step in self:
            if not any(step[fname] for fname in CHANNELS.values()):
                raise ValidationError(
                    self.env._("Choose at least one way to remind for the step %s.", step.name)
                )
            if (step.by_email or step.by_letter) and not step.mail_template_id:
                raise ValidationError(
                    self.env._("Choose the text of e-mail and letter for %s.", step.name)
                )
            if step.by_sms and not (step.sms_text or "").strip():
                raise ValidationError(self.env._("Write the SMS text of the step %s.", step.name))

    @api.constrains("mail_template_id")
    def _check_mail_template(self):
        self._check_templates_of("mail_template_id")

    def _check_templates_of(self, fname):
        # sudo: mail.template - only whether it fits
        for record in self.sudo():
            template = record[fname]
            if template and template.model != "invoice.reminder":
                raise ValidationError(
                    self.env._(
                        "The e-mail template %s is not for reminders. Choose one that is.",
                        template.name,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        # sudo: reminders of all companies count
        used_sudo = self.env["invoice.reminder"].sudo()
        if reminder_sudo := used_sudo.search([("step_id", "in", self.ids)], limit=1):
            raise UserError(
                self.env._(
                    "Customers were reminded by the step %s. Archive it instead.",
                    reminder_sudo.step_id.name,
                )
            )

    def _get_channels(self):
        """:rtype: list[str]"""
        self.ensure_one()
        channels = [channel for channel, fname in CHANNELS.items() if self[fname]]
        if self.proposes_cancelling and "activity" not in channels:
            channels.append("activity")
        return channels

    def _get_template(self, level):
        """Text for customers of a level.

        :param invoice.customer.level level: maybe empty
        :rtype: mail.template
        """
        text = self.text_ids.filtered(lambda text: level and text.level_id == level)
        return text.mail_template_id or self.mail_template_id

    def _get_sms_text(self, level):
        text = self.text_ids.filtered(lambda text: level and text.level_id == level)
        return text.sms_text or self.sms_text or ""


class InvoiceReminderText(models.Model):
    """Other words for customers of a level."""

    _name = "invoice.reminder.text"
    _inherit = ["invoice.readable.mixin"]
    _description = "Text of a Reminder by Customer Level"
    _rec_name = "level_id"

    step_id = fields.Many2one(
        "invoice.reminder.step", required=True, index=True, ondelete="cascade"
    )
    level_id = fields.Many2one(
        "invoice.customer.level", required=True, index=True, ondelete="cascade"
    )
    mail_template_id = fields.Many2one(
        "mail.template",
        string="Text",
        required=True,
        ondelete="restrict",
        domain=[("model", "=", "invoice.reminder")],
    )
    sms_text = fields.Text(string="SMS Text", translate=True)

    _level_uniq = models.UniqueIndex(
        "(step_id, level_id)", "There is a text for this customer level already. Change that one."
    )

    @api.constrains("mail_template_id")
    def _check_mail_template(self):
        self.env["invoice.reminder.step"]._check_templates_of.__func__(self, "mail_template_id")
