from markupsafe import Markup

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_amount, human_size, str2bool

from ..base.proof import proven, unproven
from ..base.words import words

ACTIVITY = "invoice_crm_addon.mail_activity_type_reminder"
FAILED = "invoice_crm_addon.mail_activity_type_reminder_failed"


class InvoiceReminder(models.Model):
    """How a reminder leaves, by each channel, in the language of the customer."""

    _inherit = "invoice.reminder"

    # === DELIVER === #

    def _deliver(self):
        """Hand over what is prepared; the error of one stays on it, and stops no other."""
        proven(self)._refresh_items()._deliver_apart(
            lambda reminder: getattr(reminder, f"_deliver_{reminder.channel}")()
        )

    def _leave_to_job(self):
        # sudo: ir.cron - the job that sends what is prepared
        self.env.ref("invoice_crm_addon.ir_cron_reminder").sudo()._trigger()

    def _fail(self, error):
        self.write({"state": "failed", "error": error})
        self._tell_failure()

    def _reopen(self, vals):
        """Prepare again what failed. What a mail server refused must not leave later as well."""
        failed = self.filtered(lambda reminder: reminder.state == "failed")
        failed.sent_message_id.mail_ids.filtered(lambda mail: mail.state == "exception").cancel()
        self.write({**vals, "state": "draft", "error": False, "is_returned": False})

    # === E-MAIL === #

    def _deliver_email(self):
        contact = self.contact_id
        if problem := contact._get_email_problem(self.partner_id):
            raise UserError(problem)
        author, email_from = self._get_author()
        reminder = unproven(self).with_context(lang=self._get_lang())
        subject, body = reminder._get_words()
        files = reminder._make_files()
        message = reminder.message_post(
            subject=subject,
            body=body + reminder._render_items(),
            partner_ids=contact.ids,
            author_id=author.id,
            email_from=email_from,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            email_layout_xmlid="mail.mail_notification_light",
            email_add_signature=False,
            attachments=files,
        )
        if hint := self._get_large_files_hint(sum(len(content) for _name, content in files)):
            unproven(self)._message_log(body=hint)
        self.write({"state": "ready", "sent_message_id": message.id, "email_to": contact.email})

    def _get_words(self):
        """Subject and text, without the table of what is open.

        :rtype: tuple[str, Markup]
        """
        if self.own_body:
            return self.own_subject or self.step_name, self.own_body
        template = self.step_id._get_template(self.partner_id.customer_level_id)
        subject, body = self._render_words(template)
        return subject or self.step_name, body

    def _render_items(self):
        """The table of what is open, with a link to pay where the customer can pay online."""
        can_pay = self._can_pay_online()
        moves = self.line_ids.move_id.filtered(lambda m: m.move_type == "out_invoice")
        values = {
            "reminder": self,
            "links": {m.id: m._get_portal_payment_link() for m in moves[:20]} if can_pay else {},
            "totals": self._get_totals(),
        }
        return self.env["ir.qweb"]._render("invoice_crm_addon.reminder_items", values)

    def _read_preview(self):
        """What it would say if it left now, in the language of the customer.

        :return: ``subject``, ``body``, ``items`` and the names of the ``files``
        :rtype: dict
        """
        reminder = unproven(self).with_context(lang=self._get_lang())
        subject, body = reminder._get_words()
        plan = self.step_id.plan_id
        own = reminder._get_ticket_files() if plan.attaches_files else self.env["ir.attachment"]
        names = [*([self.env._("Account")] if plan.attaches_statement else []), *own.mapped("name")]
        hint = self._get_large_files_hint(sum(own.mapped("file_size")))
        return {
            "subject": subject,
            "body": body,
            "items": reminder._render_items(),
            "files": " – ".join(filter(None, (", ".join(names), hint))),
        }

    def _get_totals(self):
        """:return: amounts by currency"""
        return {
            currency: sum(lines.mapped("amount"))
            for currency, lines in self.line_ids.grouped("currency_id").items()
        }

    def _get_total_text(self):
        """What is open, by currency, for people to read."""
        return " + ".join(
            format_amount(self.env, amount, currency)
            for currency, amount in self._get_totals().items()
        )

    def _can_pay_online(self):
        get_param = self.env["ir.config_parameter"].get_param
        if not str2bool(get_param("account_payment.enable_portal_payment"), False):
            return False
        providers = self.env["payment.provider"].search_count(
            [("state", "=", "enabled"), ("company_id", "=", self.company_id.id)], limit=1
        )
        return bool(providers)

    # === FILES === #

    def _make_files(self):
        """Copies of what goes along: later changes of a ticket change no history.

        :return: names and contents
        :rtype: list[tuple[str, bytes]]
        """
        plan, files = self.step_id.plan_id, []
        if plan.attaches_statement:
            files.append(self._make_statement())
        if plan.attaches_files:
            files += [(file.name, file.raw) for file in self._get_ticket_files()]
        return files

    def _get_large_files_hint(self, size):
        """That an e-mail brings links in the place of files, which core sees to, or False.

        :param int size: of all files, in bytes
        """
        # sudo: ir.mail_server - only how much it takes
        most = self.env["ir.mail_server"].sudo()._get_max_email_size() * 1024 * 1024
        # An e-mail writes four letters for three bytes.
        if size * 4 / 3 <= most:
            return False
        return self.env._(
            "The files are %(size)s, more than a mail server takes: the e-mail brings links to "
            "them instead.",
            size=human_size(size),
        )

    def _get_ticket_files(self):
        """E-invoice files of the tickets that it lists.

        :rtype: ir.attachment
        """
        tickets = self.line_ids.ticket_ids.filtered(lambda t: t.state == "issued")
        return self.env["ir.attachment"].union(*tickets._get_files_to_send().values())

    def _make_statement(self):
        """The account of the customer as PDF: what is open, and what was paid.

        :return: name and content
        """
        data = {
            "page": "invoice.customer.account",
            "res_model": "res.partner",
            "res_id": self.partner_id.id,
        }
        reports = self.env["ir.actions.report"].with_context(
            allowed_company_ids=self.company_id.ids, receivable_as_of=False
        )
        content, kind = reports._render_qweb_pdf(
            "invoice_crm_addon.settlement_page_report", None, data=data
        )
        return f"{self.env._('Account')} {self.date}.{kind}", content

    # === SMS === #

    def _deliver_sms(self):
        contact = self.contact_id
        if not contact.phone:
            raise UserError(
                words(self.env)._("%s has no phone number. Enter one on the contact.", contact.name)
            )
        reminder = unproven(self).with_context(lang=self._get_lang())
        message = reminder._message_sms(
            reminder._get_sms(),
            partner_ids=contact.ids,
            sms_pid_to_number={contact.id: contact.phone},
            author_id=self._get_author()[0].id,
            put_in_queue=True,
        )
        self.write({"state": "ready", "sent_message_id": message.id, "email_to": contact.phone})

    def _get_sms(self):
        text = self.step_id._get_sms_text(self.partner_id.customer_level_id)
        values = {
            "company": self.company_id.name,
            "customer": self.partner_id.name,
            "amount": self._get_total_text(),
            "days": str(max(self.days_overdue, 0)),
        }
        for name, value in values.items():
            text = text.replace(f"%({name})s", value or "")
        return text

    # === LETTER === #

    def _deliver_letter(self):
        reminder = unproven(self).with_context(lang=self._get_lang())
        content, kind = reminder.env["ir.actions.report"]._render_qweb_pdf(
            "invoice_crm_addon.reminder_letter_report", self.ids
        )
        message = reminder.message_post(
            body=self.env._("The letter is to be printed and posted."),
            attachments=[(f"{reminder.step_name}.{kind}", content)],
            subtype_xmlid="mail.mt_note",
        )
        self.write({"state": "ready", "sent_message_id": message.id})

    # === ACTIVITY AND ALERT === #

    def _get_owner(self):
        """Who is in charge of the customer, or else whoever sends.

        :raise UserError: if it is nobody
        """
        users = (self.partner_id.user_id, self.user_id, self.sender_id)
        owner = next((user for user in users if user and self._is_colleague(user)), None)
        if not owner:
            raise UserError(
                words(self.env)._(
                    "Nobody is in charge of %s. Choose a salesperson.", self.partner_id.name
                )
            )
        return owner

    def _deliver_activity(self):
        step = self.step_id
        if step.by_activity:
            owner = self._get_owner()
            note = step.with_context(lang=owner.lang).activity_note
            self._ask_owner(self.partner_id, owner, note)
        if step.proposes_cancelling:
            for order in self._get_orders():
                owner = order.user_id.filtered(self._is_colleague) or self._get_owner()
                note = self.env._("Cancel what is not delivered of it, or recover the debt?")
                self._ask_owner(order, owner, note)
        self.write({"state": "sent"})

    def _ask_owner(self, document, owner, note):
        """An activity with what is open; one that is open already is brought up to date."""
        document = unproven(document).with_context(lang=owner.lang or self.env.lang)
        env = document.env
        reminder = self.with_env(env)
        link = Markup('<a href="/odoo/reminders-sent/%s">%s</a>') % (
            self.id,
            env._("Open the reminder"),
        )
        values = {
            "summary": env._(
                "%(step)s: %(amount)s, %(days)s days overdue",
                step=reminder.step_id.name,
                amount=reminder._get_total_text(),
                days=self.days_overdue,
            ),
            "note": Markup("<p>%s</p><p>%s</p>") % (note or "", link),
        }
        # A customer is shared by companies: each has an activity of its own.
        mark = f"{self.company_id.name}: "
        values["summary"] = mark + values["summary"]
        activities = document.activity_search([ACTIVITY], user_id=owner.id).filtered(
            lambda activity: (activity.summary or "").startswith(mark)
        )
        if activities:
            activities[:1].write({**values, "date_deadline": self.date})
        else:
            document.activity_schedule(
                ACTIVITY, date_deadline=self.date, user_id=owner.id, **values
            )

    def _get_orders(self):
        """Orders behind what is open that could still be cancelled."""
        lines = self.line_ids
        orders = lines.move_id.invoice_line_ids.sale_line_ids.order_id
        orders |= lines.ticket_ids.sale_order_id
        return orders.filtered(lambda order: order.state == "sale")

    def _deliver_alert(self):
        owner = self._get_owner()
        customer = unproven(self.partner_id).with_context(lang=owner.lang or self.env.lang)
        reminder = self.with_env(customer.env)
        customer.message_notify(
            subject=customer.env._(
                "%(customer)s is overdue: %(amount)s",
                customer=customer.name,
                amount=reminder._get_total_text(),
            ),
            body=reminder._render_items(),
            partner_ids=owner.partner_id.ids,
            author_id=self.company_id.partner_id.id,
            email_layout_xmlid="mail.mail_notification_light",
        )
        self.write({"state": "sent"})

    # === WHAT BECAME OF IT === #

    def _note_outcome(self, error=None):
        """Say that the mail server took it over, or why not.

        :param str error: as the mail server says it
        """
        ready = proven(self).filtered(lambda r: r.state == "ready")
        if error:
            ready._fail(error)
            return
        # Somebody may send the e-mail of one that failed again, in the outbox.
        ready |= proven(self).filtered(lambda r: r.state == "failed" and not r.is_returned)
        ready.write({"state": "sent", "error": False})
        ready._close_failure()

    @api.model
    def _note_outcomes(self):
        """Read from the notifications what became of what is on its way, as for SMS."""
        ready = proven(self).search(
            [("state", "=", "ready"), ("channel", "in", ("email", "sms"))], limit=1000
        )
        for reminder in ready:
            notices = reminder.sent_message_id.notification_ids
            failed = notices.filtered(lambda n: n.notification_status in ("exception", "bounce"))
            if failed:
                label = failed[:1].format_failure_reason()
                is_returned = "bounce" in failed.mapped("notification_status")
                note = reminder._note_return if is_returned else reminder._note_outcome
                note(failed[:1].failure_reason or label)
            elif notices and all(n.notification_status in ("sent", "pending") for n in notices):
                reminder._note_outcome()

    def _note_return(self, error):
        left = self.filtered(lambda r: r.state in ("ready", "sent"))
        left.is_returned = True
        left._fail(error)

    # === WHO IS TOLD === #

    def _tell_failure(self):
        """An activity for who is in charge when one fails first; one person has one for all."""
        first = self.filtered(lambda reminder: not reminder.failures)
        for reminder in self:
            reminder.failures += 1
        for reminder in first if self._get_failure_type_id() else ():
            try:
                owner = reminder._get_owner()
            except UserError:
                continue
            mine = unproven(reminder).with_user(owner)
            if not mine.has_access("read") or self._get_failure_activities(owner):
                continue
            mine = mine.with_context(lang=owner.lang or self.env.lang)
            link = Markup('<a href="/odoo/reminders-failed">%s</a>') % (
                mine.env._("Open the reminders that failed")
            )
            told = mine.env._(
                "The reminder to %(customer)s did not leave: %(reason)s. It is tried again each "
                "day while it is due.",
                customer=reminder.partner_id.name,
                reason=mine.error or "",
            )
            # An e-mail on it would go the way of the reminder.
            reminder.with_context(mail_activity_quick_update=True).activity_schedule(
                FAILED,
                date_deadline=reminder.date,
                user_id=owner.id,
                summary=mine.env._("Reminders that failed"),
                note=Markup("<p>%s</p><p>%s</p>") % (told, link),
            )

    @api.model
    def _get_failure_type_id(self):
        """The type of activity, or False if somebody deleted it: then nobody is told by one."""
        return self.env["ir.model.data"]._xmlid_to_res_id(FAILED)

    def _get_failure_activities(self, users):
        domain = [
            ("res_model", "=", self._name),
            ("activity_type_id", "=", self._get_failure_type_id()),
            ("user_id", "in", users.ids),
        ]
        # sudo: mail.activity - whether somebody is told already
        return self.env["mail.activity"].sudo().search(domain)

    def _close_failure(self):
        """Take the activities of those back of whom nothing is failed any more."""
        mended = self.filtered("failures")
        users = mended.partner_id.user_id | mended.user_id | mended.sender_id
        for activity in self._get_failure_activities(users) if users else ():
            # Whoever may be the owner of one that failed, see ``_get_owner``.
            mine = Domain.OR(
                Domain(fname, "=", activity.user_id.id)
                for fname in ("customer_user_id", "user_id", "sender_id")
            )
            if not self.search_count(mine & Domain("state", "=", "failed"), limit=1):
                activity.unlink()

    # === REPLY === #

    def _message_post_after_hook(self, message, msg_vals):
        result = super()._message_post_after_hook(message, msg_vals)
        # The mail gateway posts what came in; what colleagues write is no answer.
        is_customer = not message.author_id.user_ids.filtered(lambda user: not user.share)
        if message.message_type == "email" and is_customer and self.env.su:
            for reminder in self:
                reminder._pause_for_reply(message)
        return result

    def _pause_for_reply(self, message):
        """Stop the reminders of the customer until the owner resumes, and tell the owner."""
        Stop = proven(self.env["invoice.reminder.stop"])
        stop = Stop.search(
            [
                ("partner_id", "=", self.partner_id.id),
                ("company_id", "=", self.company_id.id),
                ("kind", "=", "reply"),
                ("ended_on", "=", False),
            ],
            limit=1,
        )
        if not stop:
            Stop.create(
                {
                    "partner_id": self.partner_id.id,
                    "company_id": self.company_id.id,
                    "kind": "reply",
                    "reason": words(self.env)._("Answered: %s", message.subject or self.step_name),
                    "reminder_id": self.id,
                }
            )
        try:
            owner = self._get_owner()
        except UserError:
            return
        note = words(self.env)._("The customer answered. Reminders wait until you resume them.")
        self._ask_owner(self.partner_id, owner, note)
