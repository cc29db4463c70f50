"""Some customers were reminded, one promised to pay, one disputes what it got."""

from datetime import timedelta

from ..models.base.proof import proven
from ..models.reminder.reminder_clock import Clock
from .builder import Builder

# How many of those who owe the longest are reminded; the next ones promise and dispute.
REMINDED = 2


class Reminders(Builder):
    def remind(self):
        """Remind by hand, as finance; nothing leaves, as the history says."""
        company = self.ref("demo_company")
        dues = [due for due in Clock(self.env, company).wind().values() if due.step]
        dues.sort(key=lambda due: -max(item.days for item in due.due))
        customers = self.env["res.partner"].union(*(due.customer for due in dues[:REMINDED]))
        plan = self.ref("reminder_plan")
        # A printed account each would keep whoever installs the demo waiting.
        plan.attaches_statement = False
        Reminder = self.as_user("finance", self.env["invoice.reminder"])
        Reminder = Reminder.with_context(mail_notify_force_send=False)
        reminders = Reminder._prepare_reminders(company, customers)
        # Letters are printed by the job: installing waits for no PDF.
        letters = reminders.filtered(lambda r: r.channel == "letter")
        (reminders - letters)._deliver()
        plan.attaches_statement = True
        mails = proven(self.env["mail.mail"])
        mails.search([("mail_message_id", "in", reminders.sent_message_id.ids)]).unlink()
        (reminders - letters)._note_outcome()
        self.say_demo(reminders.filtered(lambda r: r.channel == "email"))
        for due, values in zip(dues[REMINDED:], self._get_agreed(), strict=False):
            Stop = self.as_user("finance", self.env["invoice.reminder.stop"])
            Stop.create({"partner_id": due.customer.id, "company_id": company.id, **values})

    def _get_agreed(self):
        return [
            {
                "kind": "promise",
                "date_until": self.env["invoice.receivable.item"]._get_as_of() + timedelta(days=10),
                "reason": "财务王女士来电：月底资金到位后一次付清。",
            },
            {"kind": "dispute", "reason": "对方认为验收未完成，等项目组书面确认。"},
        ]
