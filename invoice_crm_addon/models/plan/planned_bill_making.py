import logging

from psycopg2 import OperationalError

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, UserError, ValidationError
from odoo.tools import format_date

from ..base.proof import proven
from ..base.public_methods import Text
from ..base.words import words
from .invoice_contract import ACTIVITY

# Contracts whose plans are followed at once.
BATCH = 200

_logger = logging.getLogger(__name__)


class InvoicePlannedBill(models.Model):
    """How planned bills become tickets and invoices: by a click, or by a job when they are due."""

    _inherit = "invoice.planned.bill"

    # === ACTION METHODS === #

    def action_make(self):
        """Make what is planned now, as drafts; open what was made.

        :raise UserError: with the reason of each that cannot be made
        """
        self._check_can("make")
        for bill in self:
            bill._make(self.env.user, "draft")
        if len(self) == 1 and not self._get_cannot_view_document_reason():
            return self.action_view_document()
        return True

    def action_skip(self, reason: Text = None):
        """Decide that bills are not made.

        :param str reason: why; asked for in a dialog if it is missing
        :raise UserError: if one of them was made
        """
        self._check_can("skip")
        if not (reason or "").strip():
            return {
                "type": "ir.actions.act_window",
                "name": self.env._("Skip"),
                "res_model": "invoice.planned.bill.skip.wizard",
                "views": [(False, "form")],
                "target": "new",
                "context": {"default_bill_ids": self.ids},
            }
        self._check_can("skip", claim=True)
        proven(self).write({"is_skipped": True, "skip_reason": reason.strip(), "error": False})
        for contract, bills in self.grouped("contract_id").items():
            titles = ", ".join(bill._get_title() for bill in bills)
            contract._message_log(
                body=self.env._("Not billed: %(bills)s. %(reason)s", bills=titles, reason=reason)
            )
        return True

    def action_take_back(self):
        """Plan bills again that were skipped."""
        self._check_can("take_back", claim=True)
        proven(self).write({"is_skipped": False, "skip_reason": False})
        self._follow_plans(self.contract_id)
        return True

    # === CAN === #

    def _get_cannot_make_reason(self):
        if self.state in ("done", "skipped"):
            return self.env._("It was made or skipped already.")
        return not self.contract_id.can_bill and self.contract_id._get_cannot_bill_reason()

    def _get_cannot_skip_reason(self):
        if self.state in ("begun", "done", "skipped"):
            return self.env._("It was made or skipped already.")
        return self.contract_id._get_cannot_plan_reason()

    def _get_cannot_take_back_reason(self):
        if self.state != "skipped":
            return self.env._("Only what was skipped can be taken back.")
        return self.contract_id._get_cannot_plan_reason()

    # === MAKING === #

    def _make(self, user, mode):
        """Make the ticket, the invoice, or both.

        :param res.users user: whose rights make it
        :param str mode: ``draft``, ``submit``, or ``send``: issue and send what can be
        :raise UserError: if it cannot be made
        """
        self.ensure_one()
        # Documents are dated as the day is where the company works.
        bill = self.with_user(user).with_context(tz=self.company_id._get_zone())
        bill_sudo = proven(self)
        contract_sudo = bill_sudo.contract_id
        # Of two who make it at once, the second one is run again, and sees what the first did.
        contract_sudo._collide_with_concurrent_writers()
        if bill_sudo.state in ("done", "skipped"):
            return
        needs = bill_sudo._get_needs()
        made = self.env["mail.thread"].browse()
        if "invoice" in needs and bill_sudo.move_id.state not in ("draft", "posted"):
            made = bill._make_invoice(mode)
            bill_sudo.move_id = made
        if "ticket" in needs and not bill_sudo._get_standing_tickets():
            if "invoice" not in needs or bill_sudo.move_id.state == "posted":
                made = bill._make_ticket(mode)
        bill_sudo.write(
            {
                "date_made": bill_sudo.date_made or fields.Datetime.now(),
                "output": bill_sudo.output or contract_sudo.billing_output,
                "error": False,
            }
        )
        if made:
            made.sudo()._message_log(body=bill._get_reason())  # sudo: a note of ours
        bill_sudo._forget_failures()

    def _forget_failures(self):
        """Nobody is to look after a plan of which nothing failed any more."""
        for contract_sudo in proven(self).contract_id:
            if not contract_sudo.planned_bill_ids.filtered(lambda bill: bill.state == "failed"):
                contract_sudo._get_plan_activities().unlink()

    def _set_aside(self):
        """Skip what could not be invoiced and now could: a person takes it back, or does not."""
        for company, bills in self.grouped("company_id").items():
            lang = company.partner_id.lang or self.env.lang
            reason = company.with_context(lang=lang).env._(
                "It could not be invoiced before an update, since the contract has no confirmed "
                "order. Take it back to have it invoiced."
            )
            proven(bills).write({"is_skipped": True, "skip_reason": reason, "error": False})
        self._forget_failures()

    def _get_reason(self):
        """Why it was made, as it stands on what was made."""
        values = {
            "contract": self.contract_id.display_name,
            "bill": self._get_title(),
            "date": format_date(self.env, self.date),
        }
        if self.rule_id:
            return self.env._(
                "By the recurring bill of contract %(contract)s: %(bill)s, to be billed on "
                "%(date)s.",
                **values,
            )
        return self.env._(
            "By the milestone of contract %(contract)s: %(bill)s, to be billed on %(date)s.",
            **values,
        )

    def _get_amount_to_make(self):
        """What is planned and not ticketed, as far as the contract has room, tax included."""
        if self.milestone_id:
            return self.milestone_id._get_amount_to_make()
        # sudo: what is left, whoever holds the rest; drafts are to take their part, too
        contract_sudo = self.contract_id.sudo()
        drafts = contract_sudo.ticket_ids.filtered(
            lambda ticket: (
                ticket.state == "draft"
                and ticket.currency_id == self.currency_id
                and ticket.type_id.takes_amount
                and not ticket.red_of_id
            )
        )
        return min(self.amount, contract_sudo.amount_to_ticket - sum(drafts.mapped("amount_total")))

    def _make_ticket(self, mode):
        """:rtype: invoice.ticket"""
        contract, amount = self.contract_id, self._get_amount_to_make()
        if self.currency_id.compare_amounts(amount, 0.0) <= 0:
            raise UserError(
                words(self.env)._("Nothing of %s is left to ticket.", contract.display_name)
            )
        author = self
        if proven(self).move_id:
            # The invoice is accounting's, which its owner may not name; its ticket the owner's.
            author = proven(self).with_user(self.env.ref("base.user_root"))
            values = author.move_id._prepare_ticket_values()
        else:
            context = contract._prepare_part_context(amount, self._get_title(), self._get_row())
            values = {key.removeprefix("default_"): value for key, value in context.items()}
        values |= {"planned_bill_id": self.id, "date_planned": self.date}
        ticket = author.env["invoice.ticket"].create(values)
        ticket = ticket.with_env(self.env)
        if mode != "draft":
            ticket._go_on(mode)
        return ticket

    def _make_invoice(self, mode):
        """A down payment of the contract's order, by core; without an order, of the contract.

        :raise UserError: if there is not as much left to invoice
        :rtype: account.move
        """
        # Invoices are accounting's; who looks after the contract decided that it bills.
        bill_sudo = proven(self).with_user(self.env.ref("base.user_root"))
        bill_sudo._check_amount_to_invoice()
        order_sudo = bill_sudo.contract_id._get_order_to_invoice(self.amount)
        if order_sudo:
            move_sudo = bill_sudo._make_down_payment(order_sudo)
        else:
            move_sudo = bill_sudo._make_invoice_of_contract()
        if mode != "draft":
            move_sudo.action_post()
        return move_sudo

    def _check_amount_to_invoice(self):
        """:raise UserError: if less of the contract is left to invoice, by itself and its orders"""
        contract = self.contract_id
        left = contract._get_amount_to_invoice()
        if self.currency_id.compare_amounts(self.amount, left) > 0:
            raise UserError(
                words(self.env)._(
                    "%(contract)s agrees on %(amount)s, of which %(left)s is not invoiced yet: "
                    "less than this bill. Raise the contract's amount, or correct its plan.",
                    contract=contract.display_name,
                    amount=words(self.env).amount(contract.amount_total, self.currency_id),
                    left=words(self.env).amount(max(left, 0.0), self.currency_id),
                )
            )

    def _make_down_payment(self, order):
        """:rtype: account.move"""
        wizard = self.env["sale.advance.payment.inv"].create(
            {
                "sale_order_ids": order.ids,
                "advance_payment_method": "fixed",
                "fixed_amount": self.amount,
            }
        )
        move = wizard._create_invoices(order)
        move.invoice_line_ids.filtered(
            lambda line: line.display_type == "product"
        ).name = f"{self.contract_id.name} · {self._get_title()}"
        return move

    def _make_invoice_of_contract(self):
        """An invoice that says the contract itself, to the cent of what is planned.

        :raise UserError: if its taxes do not let it come to that
        :rtype: account.move
        """
        Move = self.env["account.move"].with_company(self.company_id)
        values = self.contract_id._prepare_invoice_values(
            self.amount, self._get_title(), self._get_row()
        )
        move = Move.create(values)
        # The price without tax is in whole cents, and each tax of it may come to one more or less.
        gap = self.currency_id.round(self.amount - move.amount_total)
        tax_items = gap and move.line_ids.filtered("tax_line_id")
        most = self.currency_id.rounding * len(tax_items or ())
        if self.currency_id.compare_amounts(abs(gap), most) > 0:
            raise UserError(
                words(self.env)._(
                    "With its taxes the invoice would come to %(total)s instead of %(amount)s. "
                    "Choose a percentage tax as “Billed With Tax” of %(contract)s.",
                    total=words(self.env).amount(move.amount_total, self.currency_id),
                    amount=words(self.env).amount(self.amount, self.currency_id),
                    contract=self.contract_id.display_name,
                )
            )
        if gap:
            tax_items[0].amount_currency -= gap
        return move

    # === JOB === #

    @api.model
    def _cron_make(self):
        """Make what is due, company by company, each bill by itself.

        A bill that cannot be made says why, and its owner is told once; the others go on. After
        a week without this job everything that became due in it is made, once.
        """
        # sudo: jobs; whose rights make it is asked of each
        companies = self.env["res.company"].sudo().search([("active", "=", True)])
        due = self.browse()
        for company in companies.filtered(lambda c: c.billing_plan_mode != "manual"):
            # sudo: jobs; what is due in every company
            due |= self.sudo().search(self._get_due_domain(company, company._get_today()))
        self.env["ir.cron"]._commit_progress(remaining=len(due))
        for bill in due:
            bill._try_to_make()
            if not self.env["ir.cron"]._commit_progress(1):
                return
        self._follow_active_plans(companies)

    @api.model
    def _follow_active_plans(self, companies):
        """Look further ahead, and follow what changed by itself, such as tickets made by hand."""
        contracts = (
            self.env["invoice.contract"]
            .sudo()  # sudo: jobs; the plan of every contract
            .search(
                [
                    ("state", "=", "active"),
                    ("company_id", "in", companies.ids),
                    "|",
                    ("billing_rule_ids", "!=", False),
                    ("milestone_ids.kind", "=", "ticket"),
                ]
            )
        )
        for start in range(0, len(contracts), BATCH):
            batch = contracts[start : start + BATCH]
            if not self._is_followed(batch):
                # One that cannot be followed stops no other.
                for contract in batch:
                    self._is_followed(contract)
            self.env["ir.cron"]._commit_progress()

    def _is_followed(self, contracts):
        """Follow the plans of contracts, and say whether that went well."""
        try:
            with self.env.cr.savepoint():
                self._follow_plans(contracts)
        except Exception:
            _logger.exception("Plans of contracts %s cannot be followed", contracts.ids)
            return False
        return True

    def _try_to_make(self):
        """Make a bill by the rights of the contract's owner; keep why it cannot be made."""
        bill = proven(self).exists()
        if not bill or bill.state not in ("planned", "failed", "begun"):
            return
        user = bill.contract_id._get_billing_user()
        company = bill.company_id
        own = bill.with_user(user).with_context(
            lang=user.lang or company.partner_id.lang, allowed_company_ids=company.ids
        )
        try:
            with self.env.cr.savepoint():
                self._follow_plans(bill.contract_id)
                if not bill.exists():
                    return
                if reason := own.contract_id._get_change_waiting_reason():
                    raise UserError(reason)
                own._make(user, company.billing_plan_mode)
                self.env.flush_all()
        except (ConcurrencyError, OperationalError):
            # Somebody else was faster. The next run of the job sees what they did.
            self.env.ref("invoice_crm_addon.ir_cron_planned_bills")._trigger()
        except (UserError, ValidationError) as error:
            bill._fail(error.args[0])
        except Exception:
            _logger.exception("Planned bill %s could not be made", bill.id)
            bill._fail(words(bill.env)._("It could not be made. The log of the server says why."))

    def _fail(self, reason):
        """Keep why a bill was not made, and tell the owner once per contract."""
        is_news = not self.error
        self.error = reason
        if not is_news:
            return
        contract_sudo = self.contract_id
        if not contract_sudo._get_plan_activities():
            user = contract_sudo._get_billing_user()
            contract_sudo.with_context(lang=user.lang).activity_schedule(
                ACTIVITY, user_id=user.id, note=f"{self._get_title()}: {self.error}"
            )
