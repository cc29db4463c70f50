from odoo import models
from odoo.exceptions import UserError

from ..base.proof import proven
from ..base.public_methods import Text
from ..base.words import words

# What a ticket takes over without another word: its amounts are its lines, and those stand.
_TAKEN_OVER = {"date", "buyer", "vat", "kind"}


class InvoiceBureauMonthRow(models.Model):
    """What finance does with the rows of a month.

    Action         Rows
    =====================================================================================
    Create         only at the bureau, not voided there: a ticket is made of each
    Issue          only at the bureau, with one approved ticket that fits it
    Take number    only here, with one fapiao at the bureau that fits it
    Take over      differs in date, buyer or kind: the ticket says what the bureau says
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
        if len(rows) == 1 and not rows._find_red_fapiao():
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
                if not row.is_explained
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
        for row in self.sorted(order):
            try:
                with self.env.cr.savepoint():
                    do(row)
                done += 1
            except UserError as error:
                reasons.append(f"{row.number}: {error}")
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

    # === ONE ROW === #

    def _create_one(self, row):
        fapiao = row.fapiao_id
        if fapiao.status == "voided":
            raise UserError(
                self.env._("It is voided at the bureau. Explain it: it needs no ticket.")
            )
        if row.proposed_ticket_id:
            raise UserError(
                self.env._(
                    "%s is approved and fits it: issue that one.", row.proposed_ticket_id.name
                )
            )
        if row.waiting_ticket_id:
            raise UserError(
                self.env._(
                    "It was sent to the tax bureau as %s, which says otherwise: correct that one.",
                    row.waiting_ticket_id.name,
                )
            )
        self._make_ticket(fapiao)

    def _make_ticket(self, fapiao):
        company = fapiao.company_id
        return (
            self.env["invoice.ticket"]
            .with_company(company)
            ._create_from_document(fapiao._as_document(), company, self.env._("tax bureau list"))
        )

    def _issue_one(self, row):
        if not row.proposed_ticket_id:
            raise UserError(self.env._("No approved ticket fits it, or several do."))
        row._issue_ticket(row.proposed_ticket_id)

    def _issue_ticket(self, ticket):
        """Issue an approved ticket as the fapiao of the row."""
        ticket.check_access("write")
        ticket.with_company(self.company_id)._issue_from_document(self.fapiao_id._as_document())

    def _take_number_of(self, row):
        fapiao, ticket = row.proposed_fapiao_id, row.ticket_id
        if not fapiao:
            raise UserError(self.env._("No fapiao at the bureau fits it, or several do."))
        ticket.check_access("write")
        before = ticket.fapiao_number
        proven(ticket).write({"fapiao_code": fapiao.code, "fapiao_number": fapiao.number})
        ticket._message_log(
            body=self.env._(
                "Number corrected by the tax bureau's list: %(before)s → %(after)s",
                before=before,
                after=fapiao.number,
            )
        )

    def _take_over_of(self, row):
        names = set(filter(None, (row.differences or "").split(",")))
        if not names <= _TAKEN_OVER:
            raise UserError(
                self.env._("The amounts differ. Open the ticket, or explain why it stays so.")
            )
        ticket, fapiao = row.ticket_id, row.fapiao_id
        ticket.check_access("write")
        values = {}
        if "date" in names:
            values["issue_date"] = fapiao.issue_date
        if "buyer" in names:
            values["buyer_name"] = fapiao.buyer_name
        if "vat" in names:
            values["buyer_vat"] = fapiao.buyer_vat
        if "kind" in names:
            translator = self.env["invoice.fapiao.translator"].with_company(row.company_id)
            values["type_id"] = translator._find_type(fapiao._as_document()).id
        proven(ticket).write(values)
        ticket._message_log(
            body=self.env._("Corrected by the tax bureau's list: %s", row.differences_text)
        )

    def _void_one(self, row):
        row.ticket_id.action_void(
            words(self.env)._("Voided at the tax bureau: list %s", row.fapiao_id.list_id.name)
        )

    def _red_one(self, row):
        red = row._find_red_fapiao()
        if not red:
            raise UserError(
                self.env._(
                    "The list names no red fapiao of it. Take it back with the red letter dialog."
                )
            )
        for fapiao in red:
            row._make_ticket(fapiao)

    def _find_red_fapiao(self):
        """Red fapiao at the bureau that take this one back, and of which there is no ticket.

        :rtype: invoice.bureau.fapiao
        """
        self.ensure_one()
        red = self.env["invoice.bureau.fapiao"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("red_number", "=", self.number),
                ("red_code", "=", self.code or False),
                ("status", "!=", "voided"),
            ]
        )
        known = self.env["invoice.ticket"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("fapiao_number", "in", red.mapped("number")),
            ]
        )
        numbers = set(known.mapped("fapiao_number"))
        return red.filtered(lambda fapiao: fapiao.number not in numbers)
