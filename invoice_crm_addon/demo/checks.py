"""The data were checked twice: what was mended between, what may stay, and what is new."""

from .builder import Builder
from .tables import TICKETS
from .tickets import Tickets

# Days ago of the first check.
BEFORE = 12
# So many of the tickets that were not sent were mailed since.
MENDED = 2


class Checks(Builder):
    """Findings that are new, open, accepted and gone."""

    def check_before(self):
        """Look some days ago; finance accepts what may stay, and mends something."""
        company = self.ref("demo_company")
        run = self._check(company)
        moment = self.moment(BEFORE, 480)
        findings = self.env["invoice.check.finding"].search([("run_id", "=", run.id)])
        moments = dict.fromkeys(findings.ids, moment)
        self.stamp_column(findings, "found_on", moments)
        self.stamp_column(findings, "seen_on", moments)
        for column in ("create_date", "done_on"):
            self.stamp_column(run, column, {run.id: moment})
        self._accept_deposits(company)
        self._mail_late(findings.filtered(lambda f: f.check_id.method == "_find_not_sent"))

    def check_now(self):
        """Look again, with what happened since."""
        self._check(self.ref("demo_company"))

    def _check(self, company):
        run = self.as_user("finance", self.env["invoice.check.run"])._start(company)
        run = run.with_env(self.env)
        for result in run.result_ids:
            result._run_in_background()
        run._finish()
        return run

    def _mail_late(self, findings):
        tickets = self.env["invoice.ticket"].browse(findings.mapped("res_id"))
        digital = tickets.filtered(lambda ticket: ticket.number_shape == "digital")
        row = TICKETS[0]._replace(age=BEFORE)
        Tickets(self.env)._mail_tickets(dict.fromkeys(digital.sorted("id")[-MENDED:], row))

    def _accept_deposits(self, company):
        """Deposits go back some day: the receipts are all that there is of them."""
        receipts = self.env["invoice.ticket"].search(
            [("company_id", "=", company.id), ("type_id", "=", self.ref("ticket_type_receipt").id)]
        )
        Finding = self.as_user("finance", self.env["invoice.check.finding"])
        findings = Finding.search(
            [
                ("company_id", "=", company.id),
                ("res_model", "=", "account.payment"),
                ("state", "in", ("new", "open")),
            ]
        )
        amounts = set(receipts.mapped("amount_total"))
        payments = self.env["account.payment"].browse(findings.mapped("res_id"))
        deposits = payments.filtered(lambda payment: payment.amount in amounts)
        findings = findings.filtered(lambda finding: finding.res_id in deposits.ids)
        action = findings.action_open_accept()
        Wizard = findings.env[action["res_model"]].with_context(**action["context"])
        Wizard.create({"reason": "押金只开收据，退还时收回，不开发票。"}).action_confirm()
