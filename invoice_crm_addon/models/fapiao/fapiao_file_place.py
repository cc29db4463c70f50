from datetime import date, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ...fapiao import contradictions, judge
from ..base.proof import proven
from ..base.words import words

# China has had value added tax, and its invoices, since this day.
FIRST_FAPIAO = date(1994, 1, 1)
# How well a ticket must fit to be shown, and how many are.
SHOWN = 30
MOST_SHOWN = 6


class InvoiceFapiaoFile(models.Model):
    """Where a file belongs: to a ticket with its number, to one that waits, or to a new one.

    It is placed where that is certain; else finance chooses a ticket, a new one, or none.
    """

    _inherit = "invoice.fapiao.file"

    can_create_ticket = fields.Boolean(compute="_compute_action_rights")
    can_read_again = fields.Boolean(compute="_compute_action_rights")
    can_dismiss = fields.Boolean(compute="_compute_action_rights")

    @api.depends("outcome", "document", "ticket_id.status")
    @api.depends_context("uid")
    def _compute_action_rights(self):
        self._compute_can("create_ticket", "read_again", "dismiss", "undo")

    # === ACTION METHODS === #

    def action_create_ticket(self):
        """Make a ticket of the file although other tickets might fit, or its values contradict.

        :return: action that opens the ticket
        """
        self.ensure_one()
        self._check_decision("create_ticket")
        document = self._get_document()
        translator = self.env["invoice.fapiao.translator"]
        translator._check_complete(document)
        self._leave_ticket()
        self._create_ticket(document, translator._find_seller(document))
        self._log_accepted_problems(document)
        return self.ticket_id._get_records_action(name=self.env._("Ticket"))

    def action_dismiss(self):
        """Put files aside: they belong to no ticket."""
        self._check_decision("dismiss")
        self._leave_ticket()
        self._drop_candidates()
        for file in self:
            file._set_refused(words(self.env)._("Put aside by %s.", self.env.user.name))
        return True

    # === CAN === #

    def _get_cannot_reason(self, action):
        translator = self.env["invoice.fapiao.translator"]
        return translator._get_not_finance_reason() or super()._get_cannot_reason(action)

    def _get_cannot_read_again_reason(self):
        if self.outcome not in ("undecided", "refused"):
            return self.env._("Only a file that was refused or needs you is read again.")
        return False

    def _get_cannot_choose_reason(self):
        # sudo: only whether it was read; the field is for the program alone
        if self.outcome != "undecided" or not self.sudo().document:
            return self.env._("The file does not wait for a decision.")
        return False

    def _get_cannot_create_ticket_reason(self):
        return self._get_cannot_choose_reason()

    def _get_cannot_dismiss_reason(self):
        if self.outcome != "undecided":
            return self.env._("Only a file that needs you is put aside.")
        return False

    def _check_decision(self, action):
        """:raise AccessError: if the user is not of finance
        :raise UserError: with the reason why a file cannot take the action"""
        self.env["invoice.fapiao.translator"]._check_finance()
        self._check_can(action, claim=True)

    # === PLACE === #

    def _place(self, document):
        """Find the ticket of a document that was read.

        :raise UserError: if the document cannot be taken
        """
        if not (document.seller.name or document.seller.tax_id):
            return self._place_by_number(document)
        company = self._find_company(document)
        self._keep(company_id=company.id)
        self = self.with_company(company)
        translator = self.env["invoice.fapiao.translator"]
        known = translator._find_by_number(document, company)
        if known.state in ("issued", "voided"):
            return self._place_at_known(known, document)
        translator._check_complete(document)
        if problem := self._get_problems_of(document):
            self._propose(document, company)
            return self._set_outcome("undecided", problem)
        if reason := self._get_doubt(document, company):
            self._propose(document, company)
            return self._set_outcome("undecided", reason)
        if known:
            return self._place_at_named(known, document)
        return self._place_at_waiting(document, company)

    def _find_company(self, document):
        """Company that issued a document: that of the ticket on which it was dropped, if it may be.

        :raise UserError: if it is none of them, or another one than the ticket's
        """
        ticket = self._get_dropped_on("ticket_id")
        translator = self.env["invoice.fapiao.translator"].with_company(ticket.company_id)
        company = translator._find_seller(document)
        if ticket and ticket.company_id != company:
            raise UserError(
                words(self.env)._(
                    "The file was issued by %(seller)s, the ticket belongs to %(company)s.",
                    seller=company.name,
                    company=ticket.company_id.name,
                )
            )
        return company

    def _get_doubt(self, document, company):
        """Why a document that does not contradict itself should be looked at all the same."""
        # China is ahead of most of the world by up to a day.
        latest = fields.Date.context_today(self) + timedelta(days=1)
        if not FIRST_FAPIAO <= document.issue_date <= latest:
            return words(self.env)._(
                "The file says that the invoice was issued on %s, which cannot be.",
                fields.Date.to_string(document.issue_date),
            )
        if reason := self.env["invoice.fapiao.translator"]._get_doubt(document, company):
            return reason
        if not (document.buyer.name or document.buyer.tax_id):
            return words(self.env)._("The file names no buyer.")
        return self._get_other_customer_reason(document, company)

    def _get_other_customer_reason(self, document, company):
        """Why a file that was dropped on a customer may be another one's."""
        partner = self._get_dropped_on("partner_id")
        if not partner:
            return False
        buyer = self.env["res.partner"]._find_buyer(
            document.buyer.tax_id, document.buyer.name, company
        )
        if buyer and buyer == partner.commercial_partner_id:
            return False
        return words(self.env)._(
            "The buyer is %(buyer)s, and you dropped the file on %(customer)s. Check it.",
            buyer=document.buyer.name or "–",
            customer=partner.display_name,
        )

    def _place_by_number(self, document):
        """A QR code alone names neither seller nor buyer: it only finds a ticket that is there."""
        for company in self.env.companies | self.env.user.company_ids:
            translator = self.env["invoice.fapiao.translator"].with_company(company)
            known = translator._find_by_number(document, company)
            if known.state in ("issued", "voided"):
                self._keep(company_id=company.id)
                return self.with_company(company)._place_at_known(known, document)
        raise UserError(
            words(self.env)._(
                "The file names invoice %s, but neither seller nor buyer, and no ticket has this "
                "number. Take the XML, OFD or PDF file of the invoice.",
                document.number,
            )
        )

    def _place_at_known(self, known, document):
        """The number is known: keep the file beside its ticket, once."""
        self._check_not_another(known, document)
        if self._is_known_file(known):
            message = words(self.env)._("%s has this file already.", known.name)
            return self._set_outcome("duplicate", message, known)
        if found := self._get_ticket_contradictions(known, document):
            self._propose_one(known, document)
            return self._set_outcome(
                "undecided",
                words(self.env)._(
                    "%(ticket)s has this number, but differs in: %(fields)s. One of them is wrong.",
                    ticket=known.name,
                    fields=words(self.env).join(", ", found),
                ),
            )
        return self._attach(known)

    def _place_at_named(self, ticket, document):
        """The number was typed on a ticket that is not issued yet."""
        self._check_not_another(ticket, document)
        if ticket.state in ("draft", "pending"):
            raise UserError(
                words(self.env)._(
                    "%(ticket)s has the number %(number)s and is not approved yet.",
                    ticket=ticket.name,
                    number=document.number,
                )
            )
        return self._place_at_ticket(ticket, document)

    def _check_not_another(self, ticket, document):
        """:raise UserError: if the file was dropped on another ticket than the one of its number"""
        dropped_on = self._get_dropped_on("ticket_id")
        if dropped_on and dropped_on != ticket:
            raise UserError(
                words(self.env)._(
                    "The file is invoice %(number)s, which the ticket %(ticket)s has already.",
                    number=document.number,
                    ticket=ticket.name,
                )
            )

    def _get_ticket_contradictions(self, ticket, document):
        """Labels of what another file of an issued ticket says otherwise, amounts and day at least.

        :rtype: list[str]
        """
        evidence = judge(document, self._get_other_documents(ticket))
        labels = [self._get_field_label(found.field) for found in contradictions(evidence)]
        if document.issue_date and document.issue_date != ticket.issue_date:
            labels.append(self._get_field_label("issue_date"))
        for fname in ("amount_untaxed", "amount_total"):
            amount = getattr(document, fname)
            if amount is not None and ticket.currency_id.compare_amounts(
                ticket[fname], float(amount)
            ):
                labels.append(self._get_field_label(fname))
        return list(dict.fromkeys(labels))

    def _place_at_waiting(self, document, company):
        """Issue the one ticket that certainly waits for the file; else ask, or make a new one."""
        dropped_on = self._get_dropped_on("ticket_id")
        if dropped_on:
            return self._place_at_ticket(dropped_on, document)
        if named := self.env["invoice.bureau.batch"]._find_named(document.remark, company):
            return self._place_at_ticket(named, document)
        matches = self.env["invoice.fapiao.candidate"]._find_matches(document, company)
        certain = [match for match in matches if match.is_certain]
        likely = certain or [match for match in matches if match.is_likely]
        if not likely:
            # It is none of the red letters on their way; so these count as well.
            translator = self.env["invoice.fapiao.translator"]
            if reason := translator._get_over_red_reason(document, company):
                self._keep_candidates(matches)
                return self._set_outcome("undecided", reason)
            return self._create_ticket(document, company)
        if len(likely) == 1 and likely[0].has_total:
            return self._place_at_ticket(likely[0].ticket, document)
        self._keep_candidates(matches)
        names = ", ".join(match.ticket.name for match in likely)
        if len(likely) == 1:
            message = words(self.env)._("%s may wait for this file, but has another total.", names)
        else:
            message = words(self.env)._(
                "Several approved tickets fit: %s. Choose the right one.", names
            )
        return self._set_outcome("undecided", message)

    # === TAKE === #

    def _place_at_ticket(self, ticket, document):
        """The file belongs to this ticket: issue it, or let finance compare what differs."""
        if ticket.state != "approved":
            raise UserError(
                words(self.env)._(
                    "%s is not approved: it cannot take an e-invoice.", ticket.display_name
                )
            )
        self._wait_at(ticket)
        translator = self.env["invoice.fapiao.translator"].with_company(ticket.company_id)
        if differences := translator._get_differences(ticket, document):
            self._propose_one(ticket, document)
            return self._set_outcome(
                "undecided",
                words(self.env)._(
                    "%(ticket)s differs in: %(fields)s. Open it and compare.",
                    ticket=ticket.name,
                    fields=words(self.env).join(", ", [row["name"] for row in differences]),
                ),
                ticket,
            )
        return self._issue(ticket, document)

    def _wait_at(self, ticket):
        """Let the file be the one with which an approved ticket is compared."""
        ticket_sudo = proven(ticket)
        attachment_sudo = self.attachment_id.with_env(ticket_sudo.env)
        # The same file once more changes nothing.
        if ticket_sudo.fapiao_attachment_id.checksum != attachment_sudo.checksum:
            self._relieve(ticket)
            ticket_sudo.fapiao_attachment_id = attachment_sudo

    def _relieve(self, ticket):
        """Files that waited at the ticket before are free again."""
        # sudo: files of all companies make place
        waiting_sudo = ticket.sudo().fapiao_file_ids.filtered(lambda f: f.outcome == "undecided")
        for file in waiting_sudo - self:
            file._set_outcome(
                "undecided",
                words(self.env)._("Another file took its place at %s.", ticket.name),
            )

    def _leave_ticket(self):
        """Wait no longer at the ticket with which the file was to be compared."""
        for file in self:
            ticket_sudo = proven(file).ticket_id
            is_waiting = ticket_sudo.state == "approved" and file.outcome == "undecided"
            if is_waiting and ticket_sudo.fapiao_attachment_id == file.attachment_id:
                ticket_sudo.fapiao_attachment_id = False

    def _issue(self, ticket, document):
        self._keep(undo=ticket._get_values_before_document())
        self._relieve(ticket)
        self._take_attachment(ticket)
        proven(ticket).fapiao_attachment_id = self.attachment_id
        ticket._issue_from_document(document)
        self._settle("issued", words(self.env)._("%s is issued.", ticket.name), ticket)

    def _attach(self, ticket):
        self._take_attachment(ticket)
        ticket_sudo = proven(ticket)
        if not ticket_sudo.fapiao_attachment_id:
            # Its number was typed; this is the file that goes to the customer.
            ticket_sudo.fapiao_attachment_id = self.attachment_id
            self._keep(undo={"is_own": True})
        message = words(self.env)._("Attached to %s, which has this number.", ticket.name)
        self._settle("attached", message, ticket)

    def _create_ticket(self, document, company):
        """No ticket waits for the file: it becomes a ticket of its own."""
        tickets = self.env["invoice.ticket"]
        ticket = tickets._create_from_document(document, company, self.name)
        self._take_attachment(ticket)
        proven(ticket).fapiao_attachment_id = self.attachment_id
        self._settle("created", self._get_created_text(ticket, document), ticket)

    def _settle(self, outcome, message, ticket):
        self._drop_candidates()
        self._set_outcome(outcome, message, ticket)

    # === CANDIDATES === #

    def _propose(self, document, company):
        """Keep the tickets among which finance may choose."""
        if ticket := self._get_dropped_on("ticket_id"):
            self._propose_one(ticket, document)
        elif document.amount_total is not None and document.issue_date:
            candidates = self.env["invoice.fapiao.candidate"]
            self._keep_candidates(candidates._find_matches(document, company))

    def _propose_one(self, ticket, document):
        """Keep one ticket, however badly it fits."""
        candidates = self.env["invoice.fapiao.candidate"]
        self._keep_candidates([candidates._match(ticket, document)], shown=0)

    def _keep_candidates(self, matches, shown=SHOWN):
        values = [
            {
                "ticket_id": match.ticket.id,
                "score": match.score,
                "reasons": list(match.reasons.items()),
            }
            for match in matches[:MOST_SHOWN]
            if match.score >= shown
        ]
        self._keep(candidate_ids=[Command.clear(), *map(Command.create, values)])

    # === DECIDE === #

    def _choose(self, ticket):
        """Give the file to a ticket that finance chose.

        :return: action: the comparison where something differs, else the ticket
        """
        self.ensure_one()
        self._check_decision("choose")
        ticket.check_access("write")
        document = self._get_document()
        if ticket != self.ticket_id:
            self._leave_ticket()
        if ticket.state in ("issued", "voided"):
            self._check_same_number(ticket, document)
            self._attach(ticket)
            self._log_accepted_problems(document)
        elif self._get_problems_of(document):
            # Even where the ticket says the same, somebody must have seen it.
            self._wait_at(ticket)
            self._set_outcome("undecided", self.message, ticket)
        else:
            self._place_at_ticket(ticket, document)
        if self.outcome == "undecided":
            return ticket.action_compare_fapiao()
        return ticket._get_records_action(name=self.env._("Ticket"))

    def _check_same_number(self, ticket, document):
        """:raise UserError: if the ticket was issued with another number meanwhile"""
        known = self.env["invoice.fapiao.translator"]._find_by_number(document, ticket.company_id)
        if ticket != known:
            raise UserError(
                words(self.env)._(
                    "%(ticket)s was issued meanwhile, with the number %(number)s. Read the file "
                    "again.",
                    ticket=ticket.name,
                    number=ticket.fapiao_number or "–",
                )
            )

    def _accept(self, ticket):
        """Make the ticket say what the file says, and issue it."""
        document = self._get_document() or self._load_document()
        self._keep(undo=ticket._get_values_before_document(with_content=True))
        self._relieve(ticket)
        self._take_attachment(ticket)
        ticket._accept_document(document)
        self._settle("issued", words(self.env)._("%s is issued.", ticket.name), ticket)
        self._log_accepted_problems(document)

    def _release(self, ticket):
        """The ticket goes on waiting for another file."""
        self._leave_ticket()
        self._settle("refused", words(self.env)._("Refused for %s.", ticket.name), None)

    def _log_accepted_problems(self, document):
        if problem := self._get_problems_of(document):
            self.ticket_id._message_log(
                body=self.env._(
                    "Accepted by %(user)s although: %(problem)s",
                    user=self.env.user.name,
                    problem=problem,
                )
            )
