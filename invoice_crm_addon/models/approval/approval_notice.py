import logging
from datetime import timedelta

from psycopg2 import OperationalError

from odoo import api, fields, models
from odoo.fields import Domain

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

    # === CRON === #

    @api.model
    def _cron_send(self):
        """Tell people what waits for them and what became of their requests."""
        due = Domain("date_retry", "=", False) | Domain("date_retry", "<=", "now")
        notices = self.search_fetch(due)
        self.env["ir.cron"]._commit_progress(remaining=len(notices))
        notices._read_people()
        for user, group in notices.grouped("user_id").items():
            count = len(group)
            group._tell(user)
            if not self.env["ir.cron"]._commit_progress(count):
                break
        self.env["invoice.approval.request"]._remove_activities()

    def _read_people(self):
        """Read at once whom messages name, write to and come from, instead of one by one."""
        requests = self.request_id
        people = self.user_id | self.author_id | requests.requester_id | requests.owner_id
        people.partner_id.mapped("lang")

    # === SELECT === #

    def _tell(self, user):
        """Tell one person what is still news, in one message for each kind and company."""
        try:
            with self.env.cr.savepoint():
                notices = self.try_lock_for_update()
                news = notices._filter_news()
                (notices - news).unlink()
        except OperationalError:
            return  # Another job is at it.
        for (kind, _company), group in news.grouped(
            lambda notice: (notice.kind, notice.request_id.company_id)
        ).items():
            group._send(user, kind)

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

    def _send(self, user, kind):
        """Send one message about all these notices, and forget them.

        :param res.users user: who is told
        :param str kind: the kind that all of them have
        """
        tz = self.request_id._get_timezone(user)
        requests = self.request_id.with_context(lang=user.lang, tz=tz)
        sound, failed = requests._render_notice_rows(user, kind)
        notices = self.filtered(lambda notice: notice.request_id not in failed)
        notice_by_request = {notice.request_id: notice for notice in self - notices}
        for request, error in failed.items():
            notice_by_request[request]._try_again_later(error)
        if not notices:
            return
        try:
            with self.env.cr.savepoint():
                notices._notify(user, kind, sound)
                notices.unlink()
        except Exception as error:
            notices._try_again_later(error)

    def _notify(self, user, kind, rows):
        """Put the message into the inbox or mail it, as the user prefers.

        :param rows: rendered requests, see ``_render_notice_rows``
        """
        requests = self.request_id.with_context(lang=user.lang)
        author = self.author_id if len(self.author_id) == 1 else self.env.ref("base.user_root")
        message = (
            requests._get_notice_thread()
            .with_company(requests.company_id)
            .message_notify(
                subject=requests._get_notice_subject(kind),
                body=requests._render_notice(kind, rows),
                partner_ids=user.partner_id.ids,
                author_id=author.partner_id.id,
                email_layout_xmlid="invoice_crm_addon.approval_mail_layout",
                email_add_signature=False,
                force_send=False,
            )
        )
        # Sent here, not after the commit: a mail server that is down must not swallow the message.
        # The last try leaves the mail with its failure, where administrators look for it.
        is_last_try = any(notice.tries >= MAX_TRIES - 1 for notice in self)
        # sudo: mail.mail - the mails of the message that was just made
        message.sudo().mail_ids.send(raise_exception=not is_last_try)

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
        cron = self.env.ref("invoice_crm_addon.ir_cron_approval_notices")
        cron._trigger(at=set(kept.mapped("date_retry")))

    def _get_log_values(self):
        """:return: who is told, and ids of the requests"""
        return ", ".join(self.user_id.mapped("login")), self.request_id.ids
