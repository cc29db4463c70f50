from typing import NamedTuple

from psycopg2.errors import UniqueViolation

from odoo import models
from odoo.exceptions import UserError

from ..base.proof import proven
from ..base.public_methods import Text
from ..base.words import words


class _Case(NamedTuple):
    """A row as it was when its action began."""

    number: str
    fapiao: models.BaseModel
    ticket: models.BaseModel
    differences: str
    differences_text: str
    proposed_ticket: models.BaseModel
    waiting_ticket: models.BaseModel
    proposed_fapiao: models.BaseModel
    is_number_near: bool
    # Somebody chose this row and no other: what is not certain may be decided.
    is_only: bool


class InvoiceBureauMonthRow(models.Model):
    """What finance does with the rows of a month.

    Action         Rows
    =====================================================================================
    Create         only at the bureau, not voided there: a ticket is made of each
    Issue          only at the bureau, with one approved ticket that fits it
    Take number    only here, its number proven by no file, with one fapiao at the bureau that
                   fits it: of the same month and nearly that number; else one by one
    Take over      differs in date, or how its customer is called, or kind: the ticket says what
                   the bureau says
    Void           voided there: here too
    Red letter     red-lettered there: its red fapiao becomes the red letter, or the dialog opens
    Explain        any but agreed
    =====================================================================================
    """

    _inherit = "invoice.bureau.month.row"

    # === ACTION METHODS === #

    def action_create_tickets(self):
        """Make issued tickets of fapiao that only the bureau has, red letters after the others.

        :return: notification of how many there are
        """
        rows = self._check_rows("bureau_only")
        return rows._do_each(lambda row: (row.date, row.bureau_total < 0), self._create_one)

    def action_issue_proposed(self):
        """Issue the approved tickets that fit, with number and date of the bureau."""
        rows = self._check_rows("bureau_only")
        return rows._do_each(lambda row: row.date, self._issue_one)

    def action_take_number(self):
        """Give tickets whose number was typed wrong that of the one fapiao that fits."""
        rows = self._check_rows("ours_only")
        return rows._do_each(lambda row: row.date, self._take_number_of)

    def action_take_over(self):
        """Let tickets say date, buyer and kind as the bureau does."""
        rows = self._check_rows("differs")
        return rows._do_each(lambda row: row.date, self._take_over_of)

    def action_void(self):
        """Void here what is voided at the bureau."""
        rows = self._check_rows("void_there")
        return rows._do_each(lambda row: row.date, self._void_one)

    def action_red(self):
        """Take back here what is red-lettered at the bureau.

        Where its list names the red fapiao, that becomes the red letter. For one ticket without
        it, the dialog opens that asks what, and why.
        """
        rows = self._check_rows("red_there")
        if len(rows) == 1 and not rows._find_red_fapiao(rows.fapiao_id):
            return rows.ticket_id.action_red()
        return rows._do_each(lambda row: row.date, self._red_one)

    def action_open_explain(self):
        """Ask why rows stay as they are."""
        self._check_rows()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Explain"),
            "res_model": "invoice.bureau.explain.wizard",
            "views": [(False, "form")],
            "target": "new",
            "context": {**self._get_period_context(), "default_row_ids": self.ids},
        }

    def action_open_match(self):
        """Choose the approved ticket that a fapiao of the bureau is."""
        self.ensure_one()
        self._check_rows("bureau_only")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Match With a Ticket"),
            "res_model": "invoice.bureau.match.wizard",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                **self._get_period_context(),
                "default_row_id": self.id,
                "default_ticket_id": self.proposed_ticket_id.id,
            },
        }

    def _get_period_context(self):
        names = ("bureau_companies", "bureau_from", "bureau_to")
        return {name: self.env.context[name] for name in names if name in self.env.context}

    def action_explain(self, reason: Text = None, note: Text = None):
        """Keep why rows stay as they are; it holds while nothing of them changes.

        :param str reason: one of those of ``invoice.bureau.explanation``
        :param str note: in one's own words
        :raise UserError: if there is no note, or a row needs none
        """
        rows = self._check_rows()
        Explanation = self.env["invoice.bureau.explanation"]
        if reason not in dict(Explanation._fields["reason"].selection):
            raise UserError(self.env._("Choose one of the reasons."))
        if not (note or "").strip():
            raise UserError(self.env._("Say in a few words why it stays so."))
        rows = rows.filtered(lambda row: not row.is_explained)
        if not rows:
            raise UserError(self.env._("These rows are explained already."))
        rows._touch_months()
        proven(Explanation).create(
            [
                {
                    "company_id": row.company_id.id,
                    "month": row.month,
                    "fapiao_id": row.fapiao_id.id,
                    "ticket_id": row.ticket_id.id,
                    "result": row.result,
                    "reason": reason,
                    "note": note.strip(),
                    "user_id": self.env.uid,
                    "fingerprint": row.fingerprint,
                }
                for row in rows
            ]
        )
        return True

    # === CHECKS === #

    def _check_rows(self, *results):
        """The rows that an action takes.

        :raise AccessError: if the user is not of finance
        :raise UserError: if there are none
        """
        self.env["invoice.fapiao.translator"]._check_finance()
        self.check_access("read")
        rows = self.filtered(
            lambda row: row.result in results if results else row.result != "agreed"
        )
        if not rows:
            labels = dict(self._fields["result"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "None of these rows is “%s”: choose others.",
                    ", ".join(labels[result] for result in results),
                )
                if results
                else self.env._("These rows agree: there is nothing to explain.")
            )
        return rows

    def _touch_months(self):
        """Whatever closes these months at this moment is run again, or this is."""
        self.env["invoice.bureau.month"]._note_change(
            {(row.company_id.id, row.month) for row in self},
            words(self.env)._("Rows were settled."),
        )

    def _do_each(self, order, do):
        """Do something with each row; what cannot be done is said, and the others are done.

        :return: notification
        :raise UserError: if none can be done, with the first reasons
        """
        done, reasons = 0, []
        for case in self.sorted(order)._get_cases():
            try:
                with self.env.cr.savepoint():
                    do(case)
                done += 1
            except UserError as error:
                reasons.append(f"{case.number}: {error}")
            except UniqueViolation:
                reason = self.env._("Another ticket took this number meanwhile.")
                reasons.append(f"{case.number}: {reason}")
        if reasons and not done:
            raise UserError("\n".join(reasons[:5]))
        message = self.env._("%s done.", done)
        if reasons:
            message = self.env._(
                "%(done)s done, %(count)s not: %(reasons)s",
                done=done,
                count=len(reasons),
                reasons="; ".join(reasons[:3]),
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if reasons else "success",
                "message": message,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _get_cases(self):
        """The rows, read once: each that is refused empties the cache.

        :rtype: list[_Case]
        """
        return [
            _Case(
                number=row.number,
                fapiao=row.fapiao_id,
                ticket=row.ticket_id,
                differences=row.differences or "",
                differences_text=row.differences_text,
                proposed_ticket=row.proposed_ticket_id,
                waiting_ticket=row.waiting_ticket_id,
                proposed_fapiao=row.proposed_fapiao_id,
                is_number_near=row.is_number_near,
                is_only=len(self) == 1,
            )
            for row in self
        ]
