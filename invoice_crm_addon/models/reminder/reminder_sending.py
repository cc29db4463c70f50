import logging

from markupsafe import Markup
from psycopg2 import OperationalError

from odoo import api, models
from odoo.exceptions import ConcurrencyError, UserError
from odoo.tools import email_normalize, format_amount, str2bool

from ..base.proof import proven, unproven
from ..base.words import words

_logger = logging.getLogger(__name__)

#: A mail server takes no larger e-mails, as a rule.
MOST_BYTES = 10 * 1024 * 1024
ACTIVITY = "invoice_crm_addon.mail_activity_type_reminder"


class InvoiceReminder(models.Model):
    """How a reminder leaves, by each channel, in the language of the customer."""

    _inherit = "invoice.reminder"

    # === DELIVER === #

    def _deliver(self):
        """Hand over what is prepared; the error of one stays on it, and stops no other."""
        for reminder in proven(self)._refresh_items():
            try:
                with self.env.cr.savepoint():
                    getattr(reminder, f"_deliver_{reminder.channel}")()
            except (ConcurrencyError, OperationalError):
                # Somebody else was faster: it stays prepared, and the job sends it.
                # sudo: ir.cron - the job
                self.env.ref("invoice_crm_addon.ir_cron_reminder").sudo()._trigger()
            except UserError as error:
                # As words, if it is one of our sentences: each reader has a language.
                reminder._fail(error.args[0])
            except Exception as error:
                _logger.exception("The reminder %s was not sent", reminder.id)
                reminder._fail(
                    words(self.env)._("It could not be made: %(error)s", error=str(error)[:500])
                )

    def _fail(self, error):
        self.write({"state": "failed", "error": error})

    def _get_lang(self):
        """Language of whoever reads it, or else of the company."""
        languages = dict(self.env["res.lang"].get_installed())
        asked = (self.contact_id.lang, self.partner_id.lang, self.company_id.partner_id.lang)
        return next((lang for lang in asked if lang in languages), self.env.lang or "en_US")

    def _get_author(self):
        """Who it is from: the sender, or the company if it was nobody.

        :return: partner, and address as in an e-mail
        """
        sender = self.sender_id
        if sender and sender != self.env.ref("base.user_root"):
            return sender.partner_id, sender.email_formatted or self.company_id.email_formatted
        return self.company_id.partner_id, self.company_id.email_formatted

    # === E-MAIL === #

    def _deliver_email(self):
        contact = self.contact_id
        if problem := contact._get_email_problem(self.partner_id):
            raise UserError(problem)
        author, email_from = self._get_author()
        reminder = unproven(self).with_context(lang=self._get_lang())
        subject, body = reminder._get_words()
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
            attachments=reminder._make_files(),
        )
        self.write({"state": "ready", "sent_message_id": message.id, "email_to": contact.email})

    def _get_words(self):
        """Subject and text, without the table of what is open.

        A template is rendered with the rights of the sender.

        :rtype: tuple[str, Markup]
        """
        if self.own_body:
            return self.own_subject or self.step_name, self.own_body
        plain = self.with_env(self.env(su=False))
        template = self.step_id._get_template(self.partner_id.customer_level_id)
        template = template.with_env(plain.env)
        subject = template._render_field("subject", self.ids)[self.id]
        body = template._render_field("body_html", self.ids, options={"post_process": True})
        # A line break in a subject is none of an e-mail's.
        # The engine of templates escaped what is not the manager's own.
        text = Markup(body[self.id] or "")  # nosec B704
        return " ".join((subject or self.step_name).split()), text

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
        names = reminder._get_ticket_files().mapped("name")
        plan = self.step_id.plan_id
        files = [*([self.env._("Account")] if plan.attaches_statement else [])]
        files += names if plan.attaches_files else []
        return {
            "subject": subject,
            "body": body,
            "items": reminder._render_items(),
            "files": ", ".join(files),
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
            size = sum(len(content) for _name, content in files)
            for attachment in self._get_ticket_files():
                size += attachment.file_size
                if size > MOST_BYTES:
                    break
                files.append((attachment.name, attachment.raw))
        return files

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

    def _is_colleague(self, user):
        """Whether somebody works in the company of the reminder."""
        is_person = user != self.env.ref("base.user_root") and not user.share
        return user.active and is_person and self.company_id in user.company_ids

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
        link = Markup('<a href="/odoo/reminders/%s">%s</a>') % (self.id, env._("Open the reminder"))
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
        ready.write({"state": "failed" if error else "sent", "error": error or False})

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
                reminder._note_outcome(failed[:1].failure_reason or label)
            elif notices and all(n.notification_status in ("sent", "pending") for n in notices):
                reminder._note_outcome()

    def _message_receive_bounce(self, email, partner):
        # Not that of a colleague whom an answer was sent on to.
        address = email_normalize(email or "")
        mine = proven(self).filtered(
            lambda reminder: (
                reminder.state in ("ready", "sent")
                and (
                    reminder.contact_id in partner
                    or address == email_normalize(reminder.email_to or "")
                )
            )
        )
        mine.write({"state": "failed", "error": words(self.env)._("It came back: %s", email)})
        return super()._message_receive_bounce(email, partner)

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


class MailMail(models.Model):
    """Reminders learn from the outbox what became of them."""

    _inherit = "mail.mail"

    def _postprocess_sent_message(
        self, success_pids, success_emails, failure_reason=False, failure_type=None
    ):
        # Those that left may be deleted by it.
        messages = self.mail_message_id
        result = super()._postprocess_sent_message(
            success_pids, success_emails, failure_reason=failure_reason, failure_type=failure_type
        )
        reminders = proven(self.env["invoice.reminder"]).search(
            [("sent_message_id", "in", messages.ids), ("state", "=", "ready")]
        )
        error = failure_reason
        if failure_type and not error:
            error = words(self.env).choice("mail.notification", "failure_type", failure_type)
        reminders._note_outcome(failure_type and error)
        return result
