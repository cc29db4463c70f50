import logging
from datetime import timedelta

from psycopg2 import OperationalError

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .approval_turn import read_turns

CRON = "invoice_crm_addon.ir_cron_approval_notices"
# Kinds that ask for a decision, the most urgent one first.
ASKING_KINDS = ("escalate", "remind", "turn")
# A message that fails is tried again, each time after a longer wait.
MAX_TRIES = 5
RETRY_DELAY = timedelta(minutes=15)

_logger = logging.getLogger(__name__)


class InvoiceApprovalNotice(models.Model):
    """Something that somebody is to be told about an approval.

    A click writes a row, a job that starts right after tells the person and removes the row:
    nobody waits for a mail to be made, nobody is told what was rolled back, and who is asked
    about two hundred documents at once gets one message. Whether it arrives by e-mail or in
    the inbox is the person's own preference.

    Kind        Told to
    =====================================================================================
    turn        those whose turn it is, once for each step
    remind      those whose turn it is, when somebody reminds them or the deadline has passed
    escalate    the person to whom a late step was handed
    approved    the requester and the person in charge of the document
    rejected    the same
    withdrawn   the same, and those who were asked and had not decided
    =====================================================================================

    Whoever did it knows, and is not told. What is no longer true when the job runs – decided,
    withdrawn, handed to others – is dropped. A message that cannot be made or sent stops no
    other one; it is tried again, ``MAX_TRIES`` times in all.
    """

    _name = "invoice.approval.notice"
    _description = "Approval Notice"
    _order = "id"

    request_id = fields.Many2one(
        "invoice.approval.request", required=True, index=True, ondelete="cascade"
    )
    user_id = fields.Many2one("res.users", required=True, ondelete="cascade")
    author_id = fields.Many2one("res.users", ondelete="set null")
    kind = fields.Selection(
        selection=[
            ("turn", "To approve"),
            ("remind", "Reminder"),
            ("escalate", "Escalated"),
            ("approved", "Approved"),
            ("rejected", "Rejected"),
            ("withdrawn", "Withdrawn"),
        ],
        required=True,
    )
    tries = fields.Integer(help="How often it could not be told.")
    date_retry = fields.Datetime(string="Not Before")

    # === QUEUE === #

    @api.model
    def _queue(self, values_list, also=None):
        """Note what people are to be told, and have the job start right after the transaction.

        In one statement, which also spares core's look at whether the job is active: one that is
        not starts for no trigger either.

        :param list[dict] values_list: values of the fields, the same ones in each
        :param SQL also: a statement of the caller, run as a part of this one
        """
        fnames = list(values_list[0])
        log = [self.env.uid, self.env.cr.now(), self.env.uid, self.env.cr.now()]
        rows = [SQL("%s", (*(values[f] for f in fnames), *log)) for values in values_list]
        insert = SQL(
            "INSERT INTO %s (%s, create_uid, create_date, write_uid, write_date) VALUES %s",
            SQL.identifier(self._table),
            SQL(", ").join(map(SQL.identifier, fnames)),
            SQL(", ").join(rows),
        )
        statements = [also, insert] if also else [insert]
        cron_id = self.env["ir.model.data"]._xmlid_to_res_id(CRON)
        if cron_id:
            trigger = SQL(
                "INSERT INTO ir_cron_trigger "
                "(cron_id, call_at, create_uid, create_date, write_uid, write_date) VALUES %s",
                (cron_id, fields.Datetime.now(), *log),
            )
            statements.append(trigger)
            self.env.cr.postcommit.add(self.env["ir.cron"]._notifydb)
        self._execute_together(statements)

    @api.model
    def _execute_together(self, statements):
        """Run statements that do not look at one another's rows as a single one."""
        *others, last = statements
        names = (SQL.identifier(f"part_{number}") for number in range(len(others)))
        parts = [SQL("%s AS (%s)", name, part) for name, part in zip(names, others, strict=True)]
        self.env.cr.execute(SQL("WITH %s %s", SQL(", ").join(parts), last) if parts else last)

    # === CRON === #

    @api.model
    def _cron_send(self):
        """Tell people what waits for them and what became of their requests."""
        # Not "now", for which core asks in which timezone the job runs.
        due = Domain("date_retry", "=", False) | Domain("date_retry", "<=", fields.Datetime.now())
        notices = self.search_fetch(due)
        left = len(notices)
        for user, own in notices.grouped("user_id").items():
            try:
                messages = own._sort_out()
            except Exception as error:  # of one person: stops no other
                self.env.cr.rollback()
                own.exists()._try_again_later(error)
                messages = {}
                left -= len(own)
                if not self.env["ir.cron"]._commit_progress(len(own), remaining=left):
                    return
            for kind, news in messages.items():
                if kind:
                    news._tell(user, kind[0])
                else:
                    news._take()
                left -= len(news)
                # What was sent is not sent again, whatever becomes of the next message.
                if not self.env["ir.cron"]._commit_progress(len(news), remaining=left):
                    return

    # === SELECT === #

    def _sort_out(self):
        """Notices of one person by message: one for each kind and company.

        :return: notices by kind and company; by None those that are no longer true
        :rtype: dict
        """
        read_turns(self.request_id)
        news = self._filter_news()
        messages = news.grouped(lambda notice: (notice.kind, notice.request_id.company_id))
        return {**({None: self - news} if self - news else {}), **messages}

    def _filter_news(self):
        """Those that are still true; of several about one request the most urgent one."""
        news = {}
        for notice in self.filtered(lambda notice: notice.user_id.active and notice._is_news()):
            topic = "ask" if notice.kind in ASKING_KINDS else notice.kind
            known = news.get((notice.request_id, topic), notice)
            news[notice.request_id, topic] = min(known, notice, key=notice._get_urgency)
        return self.browse().union(*news.values()).sorted("id")

    @api.model
    def _get_urgency(self, notice):
        return ASKING_KINDS.index(notice.kind) if notice.kind in ASKING_KINDS else 0

    def _is_news(self):
        """Whether what was noted is still true."""
        self.ensure_one()
        request = self.request_id
        if self.kind in ASKING_KINDS:
            return self.user_id in request.waiting_user_ids
        if self.kind == "withdrawn":
            return request.state == self.kind and not (self._is_untold() or self._is_superseded())
        return request.state == self.kind

    def _is_untold(self):
        """Whether the person was to be asked, and has not been told so."""
        return bool(
            self.search(
                [
                    ("request_id", "=", self.request_id.id),
                    ("user_id", "=", self.user_id.id),
                    ("kind", "in", ASKING_KINDS),
                ],
                limit=1,
            )
        )

    def _is_superseded(self):
        """Whether the document was submitted again, which the person knows or is told anyway."""
        request = self.request_id
        successor = request.search(
            [
                ("res_model", "=", request.res_model),
                ("res_id", "=", request.res_id),
                ("state", "=", "pending"),
                ("id", ">", request.id),
            ],
            limit=1,
        )
        people = successor.waiting_user_ids | successor.requester_id | successor.owner_id
        return self.user_id in people

    # === SEND === #

    def _tell(self, user, kind):
        """Send one message about all these notices, or as many as possible.

        They are told together, without a savepoint that would cost as much as the rest. Only what
        fails is looked at one by one.

        :param res.users user: who is told
        :param str kind: the kind that all of them have
        """
        try:
            self._take()
        except OperationalError:
            self.env.cr.rollback()  # Another job is at it.
            return
        try:
            self._send(user, kind)
        except Exception as error:
            self.env.cr.rollback()
            self._tell_what_can_be_told(user, kind, error)

    def _tell_what_can_be_told(self, user, kind, error):
        """The same, of notices of which at least one failed.

        :param Exception error: why
        """
        read_turns(self.request_id)
        failed = self._get_localized(user).request_id._find_faulty(user, kind)
        sound = self.filtered(lambda notice: notice.request_id not in failed)
        for notice in self - sound:
            notice._try_again_later(failed[notice.request_id])
        if failed and sound:
            try:
                with self.env.cr.savepoint():
                    sound._take()
                    sound._send(user, kind)
                return
            except Exception as other:
                error = other
        sound._try_again_later(error)

    def _get_localized(self, user):
        """The notices in the language and the timezone of a person."""
        return self.with_context(lang=user.lang, tz=self.request_id._get_timezone(user))

    def _send(self, user, kind):
        """Send one message about all these notices."""
        requests = self._get_localized(user).request_id
        # Customers who are named, and who is written to: read at once.
        (requests.partner_id | user.partner_id).mapped("email_normalized")
        self._notify(user, kind, requests._render_notice_rows(user, kind))

    def _take(self):
        """Remove the notices, whose messages are made in the same transaction.

        In the database itself: nothing can refer to them, so core need not search for traces.
        What they say is still to be told, and stays in the cache.

        :raise psycopg2.OperationalError: if another job takes them at this moment
        """
        self.fetch(["request_id", "user_id", "author_id", "kind", "tries"])
        self.env.cr.execute(
            SQL("DELETE FROM %s WHERE id = ANY(%s)", SQL.identifier(self._table), self.ids)
        )

    def _notify(self, user, kind, rows):
        """Put the message into the inbox or mail it, as the user prefers.

        :param rows: rendered requests, see ``_render_notice_rows``
        """
        requests = self.request_id.with_context(lang=user.lang)
        author = self.author_id if len(self.author_id) == 1 else self.env.ref("base.user_root")
        message = self.env["invoice.approval.letter"]._notify_person(
            requests,
            author,
            subject=requests._get_notice_subject(kind),
            body=requests._render_notice(kind, rows),
            partner_ids=user.partner_id.ids,
        )
        # Sent here, not after the commit: a mail server that is down must not swallow the message.
        # The last try leaves the mail with its failure, where administrators look for it.
        is_last_try = any(notice.tries >= MAX_TRIES - 1 for notice in self)
        # sudo: mail.mail - the mails of the message that was just made
        if mails_sudo := message.sudo().mail_ids:
            mails_sudo.send(raise_exception=not is_last_try)

    def _try_again_later(self, error):
        """Keep what could not be told for a later run, a bounded number of times.

        :param Exception error: why it could not
        """
        hopeless = self.filtered(lambda notice: notice.tries + 1 >= MAX_TRIES)
        if hopeless:
            _logger.error(
                "Approvals: gave up to tell %s about the requests %s",
                *hopeless._get_log_values(),
                exc_info=error,
            )
            hopeless.unlink()
        kept = self - hopeless
        if not kept:
            return
        _logger.warning(
            "Approvals: %s is told about the requests %s later, since: %s",
            *kept._get_log_values(),
            error,
        )
        for notice in kept:
            notice.tries += 1
            notice.date_retry = fields.Datetime.now() + notice.tries * RETRY_DELAY
        cron = self.env.ref(CRON)
        cron._trigger(at=set(kept.mapped("date_retry")))

    def _get_log_values(self):
        """:return: who is told, and ids of the requests"""
        return ", ".join(self.user_id.mapped("login")), self.request_id.ids


class InvoiceApprovalLetter(models.AbstractModel):
    """A message to one person about approvals, made of nothing but what it shows.

    Core's way to notify somebody reads the document, who follows it, its aliases, the author's
    signature and what was tracked. None of that is in these messages; its way it is otherwise:
    into the inbox or by e-mail, as the person prefers, on a phone as well.
    """

    _name = "invoice.approval.letter"
    _inherit = ["mail.thread"]
    _description = "Message About Approvals"

    @api.model
    def _notify_person(self, requests, author, **values):
        """Send a message about requests of one company.

        :param res.users author: from whom it is
        :param values: subject, body and recipients, see ``message_notify``
        :rtype: mail.message
        """
        company, partner = requests.company_id, author.partner_id
        partner._fields["main_user_id"]._insert_cache(partner, author.ids)
        is_single = len(requests) == 1
        # As core's way says, which document it is about.
        objects = is_single and f"{requests.res_model}-{requests.res_id}"
        thread = self.with_company(company).with_context(lang=requests.env.lang)
        return thread.message_notify(
            **values,
            model=is_single and requests.res_model,
            res_id=is_single and requests.res_id,
            author_id=partner.id,
            record_company_id=company.id,
            record_alias_domain_id=company.alias_domain_id.id,
            tracking_value_ids=[],
            email_layout_xmlid="invoice_crm_addon.approval_mail_layout",
            email_add_signature=False,
            mail_headers={"X-Odoo-Objects": objects} if objects else {},
            force_record_name=requests[:1].name,
            model_description=requests[:1].document_type,
            # Whoever acted is not among them.
            notify_author=True,
            force_send=False,
        )

    def _notify_by_email_render_layout(
        self, message, recipients_group, msg_vals=False, render_values=None
    ):
        """Give the layout the body, which would be read again from the message."""
        render_values = {**(render_values or {}), "body": (msg_vals or {}).get("body")}
        return super()._notify_by_email_render_layout(
            message, recipients_group, msg_vals=msg_vals, render_values=render_values
        )
