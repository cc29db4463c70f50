from odoo import api, fields, models

# Rows of one mail; who gets more is sent to the list.
MAIL_ROWS = 30


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
    approved, rejected, withdrawn   the requester; withdrawn also those who were asked
    =====================================================================================
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

    # === CRON === #

    @api.model
    def _cron_send(self):
        """Tell people what waits for them and what became of their requests."""
        notices = self.search([])
        self.env["ir.cron"]._commit_progress(remaining=len(notices))
        for (user, author, kind), group in notices.grouped(
            lambda notice: (notice.user_id, notice.author_id, notice.kind)
        ).items():
            group._send(user, author, kind)
            count = len(group)
            group.unlink()
            self.env["ir.cron"]._commit_progress(count)

    def _send(self, user, author, kind):
        """Tell one person about the requests of these notices, in one message."""
        requests = self.request_id.filtered(lambda request: request._is_news(user, kind))
        if not requests or not user.active:
            return
        requests = requests.with_context(lang=user.lang, tz=user.tz)
        document = self.env[requests[0].res_model].browse(requests[0].res_id).exists()
        thread = document if len(requests) == 1 and document else self.env["mail.thread"]
        thread.with_context(lang=user.lang).message_notify(
            subject=requests._get_notice_subject(kind),
            body=requests._render_notice(user, kind),
            partner_ids=user.partner_id.ids,
            author_id=(author or self.env.user).partner_id.id,
            email_layout_xmlid="mail.mail_notification_light",
        )
