import logging

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_amount

from ..base.action_mixin import rewrite_rows
from ..base.proof import proven, unproven
from ..base.words import words
from .statement_page import REPORT

_logger = logging.getLogger(__name__)

#: Statements whose figures a job reads at once; each leaves in a transaction of its own.
BATCH = 40
TEMPLATE = "invoice_crm_addon.mail_template_account_statement"


class InvoiceAccountStatement(models.Model):
    """Who gets a statement, and how it leaves: by e-mail, in the language of the customer."""

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

    # === SEND === #

    def _queue(self):
        """Let the job send them."""
        self.write({"is_queued": True})
        # sudo: ir.cron - the job that sends what is queued
        self.env.ref("invoice_crm_addon.ir_cron_account_statement").sudo()._trigger()

    def _deliver(self, is_fresh=False, prints=None):
        """Send what is prepared; the error of one stays on it, and stops no other.

        :param bool is_fresh: whether the figures of drafts were read just now
        :param dict prints: see ``_print_together``; the others are printed one by one
        """

        def deliver(statement):
            if statement.state == "draft" and not is_fresh:
                statement._refresh_figures()
            # Since it was printed, somebody may have taken the figures anew.
            statement._mail(statement._get_print(prints))

        self._deliver_apart(deliver)

    def _leave_to_job(self):
        self._queue()

    def _fail(self, error):
        self.write({"error": error, "is_queued": False})

    def _mail(self, printed=None):
        """Hand the statement over to the outbox, and freeze it.

        :param bytes printed: its PDF, if it is printed already
        :raise UserError: if nobody has an address
        """
        self.ensure_one()
        contact = self.partner_id._get_reminder_contact()
        if problem := contact._get_email_problem(self.partner_id):
            raise UserError(problem)
        self.write(
            {
                "state": "sent",
                "contact_id": contact.id,
                "email_to": contact.email,
                "error": False,
                "is_queued": False,
                "sent_on": fields.Datetime.now(),
            }
        )
        self.sent_message_id = self._notify_contact(contact, printed)
        body = self.env._(
            "On its way to %(name)s, %(email)s.", name=contact.name, email=contact.email
        )
        statement = unproven(self)
        statement._message_log(body=body)
        # Whoever sent it reads what the customer replies.
        statement.message_subscribe(self._get_person().partner_id.ids)

    def _notify_contact(self, contact, printed=None):
        """The e-mail. It is no message of the document: its link is for the customer only."""
        author, email_from = self._get_author()
        statement = unproven(self).with_context(lang=self._get_lang())
        subject, body = statement._get_words_of_mail()
        return statement.message_notify(
            subject=subject,
            body=body + statement._render_mail_block(),
            partner_ids=contact.ids,
            author_id=author.id,
            email_from=email_from,
            email_layout_xmlid="mail.mail_notification_light",
            email_add_signature=False,
            attachments=statement._make_files(printed),
        )

    def _get_words_of_mail(self):
        """Subject and text, see ``_render_words``.

        :raise UserError: if there is no template
        """
        template = self.env.ref(TEMPLATE, raise_if_not_found=False)
        if not template:
            raise UserError(
                self.env._(
                    "The e-mail template of statements was deleted. Ask an administrator to "
                    "update the application, which brings it back."
                )
            )
        return self._render_words(template)

    def _render_mail_block(self):
        """The balances, and the link on which the customer answers."""
        values = {
            "statement": self,
            "table": self._make_balance_table(),
            "url": self._get_link(),
            "format_cell": self._format_cell,
        }
        return self.env["ir.qweb"]._render("invoice_crm_addon.account_statement_mail", values)

    def _get_closing_text(self):
        """What is left to pay, by currency, for people to read."""
        currencies = self.env["res.currency"]
        return " + ".join(
            format_amount(self.env, row["values"]["to_pay"], currencies.browse(row["currency_id"]))
            for row in self._get_rows("balances")
        ) or format_amount(self.env, 0.0, self.company_id.currency_id)

    # === FILES === #

    def _make_files(self, printed=None):
        """The statement as PDF and as xlsx, in the language of the environment.

        :param bytes printed: the PDF, if it is printed already
        :return: names and contents
        :rtype: list[tuple[str, bytes]]
        """
        content, kind = printed, "pdf"
        if not printed:
            content, kind = self.env["ir.actions.report"]._render_qweb_pdf(REPORT, self.ids)
        _name, sheet = self._make_sheet(self._name, self.id, None, None)
        name = self._get_file_name()
        return [(f"{name}.{kind}", content), (f"{name}.xlsx", sheet)]

    def _get_file_name(self):
        title = self.env._("Statement of Account – %s", self.partner_id.name or "")
        return f"{title} {self.date_from} {self.date_to}".replace("/", "-")

    # === JOB === #

    @api.model
    def _cron_send(self):
        """Send what is queued: figures in batches, each e-mail in a transaction of its own."""
        domain = [("is_queued", "=", True), ("state", "in", ("draft", "sent"))]
        ids = proven(self).search(domain, order="id").ids
        self.env["ir.cron"]._commit_progress(remaining=len(ids))
        for start in range(0, len(ids), BATCH):
            batch = proven(self).browse(ids[start : start + BATCH])
            is_fresh = batch._refresh_queued(domain)
            prints = batch._print_together()
            for statement in batch:
                locked = statement.try_lock_for_update().filtered_domain(domain)
                locked._deliver(is_fresh, prints)
                if not self.env["ir.cron"]._commit_progress(1):
                    return
            # What was sent is not needed any more: memory stays flat, however many there are.
            self.env.invalidate_all()
        self._tell_changes()

    def _refresh_queued(self, domain):
        """Read the figures of a batch at once.

        :return: whether it went well; if not, each is read by itself
        """
        drafts = self.try_lock_for_update().filtered_domain([*domain, ("state", "=", "draft")])
        try:
            with self.env.cr.savepoint():
                drafts._refresh_figures()
        except Exception:
            _logger.exception("Figures of statements are read one by one")
            return False
        self.env["ir.cron"]._commit_progress()
        return drafts == self.filtered(lambda s: s.state == "draft")

    # === WHAT BECAME OF IT === #

    def _note_outcome(self, error=None):
        """What did not arrive and nobody answered is to be sent again.

        :param str error: as the mail server says it
        """
        if error:
            waiting = proven(self).filtered(lambda s: s.state == "sent")
            waiting.write({"state": "draft", "error": error})
            for statement in waiting:
                body = self.env._(
                    "It did not reach %(email)s: %(error)s",
                    email=statement.email_to or "–",
                    error=statement.with_env(self.env).error or "",
                )
                unproven(statement)._message_log(body=body)

    def _note_return(self, error):
        self._note_outcome(error)
