import logging
from datetime import timedelta
from urllib.parse import urlencode

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount, format_date, hash_sign, plaintext2html, verify_hash_signed

from ...statements.values import parse_amount
from ..base.action_mixin import rewrite_rows
from ..base.proof import proven, unproven
from ..base.words import words
from ..settlement.receivable_item import UNBOOKED

_logger = logging.getLogger(__name__)

SCOPE = "invoice_crm_addon.statement_link"
LINK_DAYS = 90
ACTIVITY = "invoice_crm_addon.mail_activity_type_statement"
#: What the customer agreed to, or what was settled with the customer.
CONFIRMED = ("agreed", "settled")
ANSWERABLE = ("sent", "agreed", "differs")
#: Whether the books changed is looked up of periods that ended within so many days.
CHECKED_DAYS = 400
_LONGEST = 2000
_LONGEST_NAME = 100


class InvoiceAccountStatement(models.Model):
    """The link on which the customer answers, and what comes of the answer.

    The link is signed for one statement and its figures, and expires. The latest answer counts
    until the statement is settled or cancelled; the history tells all of them.
    """

    _inherit = "invoice.account.statement"

    # === LINK === #

    def _get_link(self):
        """Absolute address of the page on which the customer answers."""
        # sudo: the secret of the database signs, and is not shown
        env_sudo = self.env(su=True)
        values = [self.id, self._get_digest()]
        token = hash_sign(env_sudo, SCOPE, values, expiration_hours=LINK_DAYS * 24)
        return f"{self.get_base_url()}/invoice_crm/statement?{urlencode({'token': token})}"

    @api.model
    def _read_link(self, token):
        """What a link is for.

        :return: the statement in superuser mode, none if the link is not, or no more, valid; and
            the fingerprint of the figures that it was made for
        :rtype: tuple
        """
        # sudo: the signature is the right to answer. What comes of it is the system's: users of
        # other companies may not read the public user, and so no activity that it created.
        statement_sudo = proven(self.with_user(SUPERUSER_ID))
        try:
            statement_id, digest = verify_hash_signed(statement_sudo.env, SCOPE, token or "")
        except (TypeError, ValueError):  # expired, or not even the shape of a signature
            return statement_sudo, ""
        return statement_sudo.browse(statement_id).exists(), digest

    def _get_stale_reason(self, digest):
        """Why the customer cannot answer here any more, or False.

        :param str digest: fingerprint that the link was made for
        """
        company = self.company_id.name
        if self.state == "settled":
            return self.env._("This statement is settled. No answer is needed any more.")
        if self.state == "cancelled":
            return self.env._(
                "This statement does not apply any more. Look for a newer e-mail, or ask %s.",
                company,
            )
        if self.state == "draft" or digest != self._get_digest():
            return self.env._(
                "The figures changed after this link was sent. Look for a newer e-mail, or ask %s.",
                company,
            )
        return False

    # === ANSWER === #

    def _collide(self):
        """Of two answers at the same instant the second one is read again, and finds the first."""
        rewrite_rows(self)

    def _answer(self, answer, name="", text="", amount=""):
        """Keep what the customer says; it takes the place of an earlier answer.

        :param str answer: ``agreed`` or ``differs``
        :param str name: who answers
        :param str text: what differs
        :param str amount: balance by the customer's books, as typed
        :raise UserError: if something is missing, or is no amount
        """
        self.ensure_one()
        name = " ".join((name or "").split())[:_LONGEST_NAME]
        text = self.env["res.partner.bank"]._mask_in_text((text or "").strip()[:_LONGEST])
        if answer not in ("agreed", "differs"):
            raise UserError(self.env._("Choose whether the statement agrees or differs."))
        if not name:
            raise UserError(self.env._("Please enter your name."))
        number = self._read_amount(amount) if answer == "differs" else False
        if answer == "differs" and not text and number is False:
            raise UserError(
                self.env._("Please write what differs, or the balance by your own books.")
            )
        self.write(
            {
                "state": answer,
                "answered_on": fields.Datetime.now(),
                "answered_by": name,
                "answer_text": text,
                "answer_amount": number,
            }
        )
        self._tell_answer(number)

    def _read_amount(self, typed):
        """The amount, as people of many countries write it; False if there is none.

        :raise UserError: if it is no amount, or could be two
        """
        try:
            number = parse_amount(typed)
        except ValueError:
            raise UserError(
                self.env._("“%s” is no amount. Write it with digits, such as 12345.60.", typed[:40])
            ) from None
        if number is None:
            return False
        return (self.currency_id or self.company_id.currency_id).round(float(number))

    def _tell_answer(self, amount):
        """Write the answer into the history; if it differs, the owner has an activity."""
        self._end_activities()
        lines = self._describe_answer(self.env, amount)
        author = self.contact_id or self.partner_id
        unproven(self)._message_log(body=plaintext2html("\n".join(lines)), author_id=author.id)
        if self.state == "differs":
            self._ask_owner(amount)

    def _describe_answer(self, env, amount):
        is_agreed = self.state == "agreed"
        lines = [
            env._("%s agrees with the statement.", self.answered_by)
            if is_agreed
            else env._("%s says that the statement differs.", self.answered_by)
        ]
        if amount is not False:
            currency = self.currency_id or self.company_id.currency_id
            balance = format_amount(env, amount, currency)
            lines.append(env._("Balance by the customer's books: %s", balance))
        return [*lines, self.answer_text] if self.answer_text else lines

    def _ask_owner(self, amount):
        owner = self._get_owner()
        statement = unproven(self).with_context(lang=owner.lang or self.env.lang)
        env = statement.env
        statement.activity_schedule(
            ACTIVITY,
            user_id=owner.id,
            summary=env._("%s: the statement differs", self.partner_id.name),
            note=plaintext2html("\n".join(self._describe_answer(env, amount))),
        )

    def _get_owner(self):
        """The salesperson of the customer, or else who sent it, or else somebody of finance.

        :rtype: res.users
        """
        finance = self.env.ref("invoice_crm_addon.group_ticket_finance")
        users = self.partner_id.user_id + self.user_id
        sender = self.sender_id.filtered(lambda u: finance in u.all_group_ids)
        found = (users + sender).filtered(self._is_colleague)
        if not found:
            found = finance.all_user_ids.filtered(self._is_colleague).sorted("id") or self.sender_id
        return found[:1]

    def _end_activities(self):
        """Nobody has to see to it any more."""
        unproven(self).activity_unlink([ACTIVITY])

    def _get_outcome(self):
        """What the customer said, for the customer to read; empty before."""
        if self.state not in ("agreed", "differs"):
            return ""
        if self.state == "agreed":
            text = words(self.env)._("%s agreed with this statement.", self.answered_by)
        else:
            text = words(self.env)._("%s said that this statement differs.", self.answered_by)
        return str(text)

    # === CONFIRMED === #

    @api.model
    def _get_confirmed_until(self, customers):
        """End of the last confirmed period of customers, of what the caller may read.

        :rtype: dict
        """
        if not customers.ids:
            return {}
        domain = [("partner_id", "in", customers.ids), ("state", "in", CONFIRMED)]
        return dict(self._read_group(domain, ["partner_id"], ["date_to:max"]))

    @api.model
    def _describe_confirmed(self, customer):
        """What pages say on the last confirmed period of a customer.

        :return: ``confirmed``: a sentence, maybe empty; ``changed``: one on what the books changed
            since, maybe empty
        :rtype: dict
        """
        nothing = {"confirmed": "", "changed": ""}
        if not (customer.id and self.has_access("read")):
            return nothing
        domain = [("partner_id", "=", customer.id), ("state", "in", CONFIRMED)]
        statement = self.search(domain, order="date_to desc, id desc", limit=1)
        if not statement:
            return nothing
        text = self.env._(
            "Confirmed with the customer up to %s.", format_date(self.env, statement.date_to)
        )
        return {"confirmed": text, "changed": statement.changed_text or ""}

    # === CHANGED SINCE === #

    @api.depends("state", "amount_closing")
    @api.depends_context("lang")
    def _compute_changed_text(self):
        changes = self._get_changes()
        for statement in self:
            change = changes.get(statement)
            statement.changed_text = statement._describe_change(change) if change else False

    def _describe_change(self, change):
        currency = self.company_id.currency_id
        return self.env._(
            "The books changed since: the closing is %(closing)s now, %(kept)s was confirmed, "
            "a difference of %(change)s.",
            closing=format_amount(self.env, self.amount_closing + change, currency),
            kept=format_amount(self.env, self.amount_closing, currency),
            change=format_amount(self.env, change, currency),
        )

    def _get_changes(self):
        """By how much the closing in the books differs from the confirmed one, where it does.

        One query for all of a company and a last day.

        :rtype: dict
        """
        changes = {}
        confirmed = self.filtered(lambda statement: statement.state in CONFIRMED)
        groups = confirmed.grouped(lambda s: (s.company_id, s.date_to))
        for (company, last), statements in groups.items():
            closings = statements._read_book_closings(company, last)
            for statement in statements:
                change = closings.get(statement.partner_id.id, 0.0) - statement.amount_closing
                if not company.currency_id.is_zero(change):
                    changes[statement] = company.currency_id.round(change)
        return changes

    def _read_book_closings(self, company, last):
        """What the books say as of a day that customers owe, by id."""
        Item = self._get_books_env(company)["invoice.receivable.item"]
        rows = Item.with_context(receivable_as_of=str(last))._read_group(
            [
                ("company_id", "=", company.id),
                ("partner_id", "in", self.partner_id.ids),
                ("is_open", "=", True),
                ("kind", "not in", UNBOOKED),
            ],
            ["partner_id"],
            ["amount_due:sum"],
        )
        return {partner.id: amount for partner, amount in rows}

    @api.model
    def _tell_changes(self):
        """Give owners an activity where the books changed what was confirmed last; once."""
        since = fields.Date.today() - timedelta(days=CHECKED_DAYS)
        found = proven(self).search(
            [("state", "in", CONFIRMED), ("date_to", ">=", since)], order="date_to desc, id desc"
        )
        groups = found.grouped(lambda s: (s.partner_id, s.company_id))
        latest = self.browse().union(*(statements[0] for statements in groups.values()))
        changes = proven(latest)._get_changes()
        for statement in proven(latest):
            change = changes.get(statement, 0.0)
            currency = statement.company_id.currency_id
            if currency.compare_amounts(change, statement.amount_changed) == 0:
                continue
            try:
                with self.env.cr.savepoint():
                    statement._tell_change(change)
            except Exception:  # one that cannot be told stops no other
                _logger.exception("The change of the statement %s is not told", statement.id)
            if not self.env["ir.cron"]._commit_progress():
                return

    def _tell_change(self, change):
        """Keep by how much the books changed what was confirmed, and tell the owner.

        :param float change: in the company's currency; 0 if the books were put right
        """
        self.amount_changed = change
        self._end_activities()
        if not change:
            return
        owner = self._get_owner()
        told = unproven(self).with_context(lang=owner.lang or self.env.lang)
        told.activity_schedule(
            ACTIVITY,
            user_id=owner.id,
            summary=told.env._(
                "%s: the books changed since it was confirmed", self.partner_id.name
            ),
            note=plaintext2html(told._describe_change(change)),
        )
