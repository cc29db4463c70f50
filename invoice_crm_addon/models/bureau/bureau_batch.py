import base64
import re

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..base.proof import proven

#: Between the words of a remark, for Python and PostgreSQL: TK1 does not stand in TK10.
BETWEEN_WORDS = "[\\s\u3000,;:，；：、。()（）【】]+"  # noqa: RUF001


class InvoiceBureauBatch(models.Model):
    """Tickets that went to the tax bureau together: in a workbook, or as a list of red letters.

    State      Meaning                                               Next
    =====================================================================================
    open       the tax bureau has not answered for all tickets yet   settled, cancelled
    settled    each ticket is issued, refused or taken out           open (an answer is undone)
    cancelled  nothing of it was uploaded; its tickets are free      –
    =====================================================================================

    Action     Group        Restriction
    =====================================================================================
    Send       Finance      approved tickets that the workbook takes, in no open batch
    Download   Finance      the same file again
    Cancel     Finance      open, and nothing of it issued
    =====================================================================================

    Everything is written by these methods; finance and auditors read.
    """

    _name = "invoice.bureau.batch"
    _inherit = ["invoice.guard.mixin", "invoice.action.mixin", "mail.thread"]
    _description = "Tax Bureau Batch"
    _order = "id desc"
    _mail_post_access = "read"

    _guarded_fields = ("name", "kind", "state", "user_id", "company_id", "template_id", "file")

    name = fields.Char(string="Number", required=True, default="–", copy=False)
    kind = fields.Selection(
        selection=[("blue", "Fapiao to Issue"), ("red", "Red Letters to Enter")],
        default="blue",
        required=True,
    )
    state = fields.Selection(
        selection=[("open", "Open"), ("settled", "Settled"), ("cancelled", "Cancelled")],
        default="open",
        required=True,
        index=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    user_id = fields.Many2one("res.users", string="Made By", index=True, ondelete="restrict")
    template_id = fields.Many2one(
        "invoice.bureau.template", index="btree_not_null", ondelete="restrict"
    )
    is_plain = fields.Boolean(
        string="Our Own Layout",
        compute="_compute_is_plain",
        help="The company had no template of the tax bureau: the workbook cannot be uploaded.",
    )
    file = fields.Binary(attachment=True)
    filename = fields.Char(compute="_compute_filename")
    item_ids = fields.One2many("invoice.bureau.batch.item", "batch_id", string="Tickets")
    item_count = fields.Integer(string="Tickets in It", compute="_compute_counts")
    open_count = fields.Integer(string="Not Answered", compute="_compute_counts")
    issued_count = fields.Integer(string="Issued", compute="_compute_counts")
    refused_count = fields.Integer(string="Refused", compute="_compute_counts")
    can_cancel = fields.Boolean(compute="_compute_rights")
    can_download = fields.Boolean(compute="_compute_rights")

    # === COMPUTE METHODS === #

    @api.depends("template_id", "kind")
    def _compute_is_plain(self):
        for batch in self:
            batch.is_plain = batch.kind == "blue" and not batch.template_id

    @api.depends("name", "kind")
    @api.depends_context("lang")
    def _compute_filename(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for batch in self:
            batch.filename = f"{batch.name} {kinds[batch.kind]}.xlsx".replace("/", "-")

    @api.depends("item_ids.state")
    def _compute_counts(self):
        Item = self.env["invoice.bureau.batch.item"]
        groups = Item._read_group(
            [("batch_id", "in", self.ids)], ["batch_id", "state"], ["__count"]
        )
        counts = {(batch.id, state): count for batch, state, count in groups}
        for batch in self:
            for state in ("open", "issued", "refused"):
                batch[f"{state}_count"] = counts.get((batch.id, state), 0)
            removed = counts.get((batch.id, "removed"), 0)
            batch.item_count = batch.open_count + batch.issued_count + batch.refused_count + removed

    @api.depends("state", "item_ids.state")
    @api.depends_context("uid")
    def _compute_rights(self):
        self._compute_can("cancel", "download")

    # === CAN === #

    def _get_cannot_cancel_reason(self):
        if reason := self.env["invoice.ticket"]._get_not_bureau_finance_reason():
            return reason
        if self.state != "open":
            return self.env._("Only an open batch can be cancelled.")
        if self.issued_count:
            return self.env._("Tickets of it are issued. Take out those that are not, one by one.")
        return False

    def _get_cannot_download_reason(self):
        if reason := self.env["invoice.ticket"]._get_not_bureau_finance_reason():
            return reason
        if self.state == "cancelled" or not self.file:
            return self.env._("There is nothing to upload of it any more.")
        return False

    # === ACTION METHODS === #

    def action_download(self):
        """Download the file of the batch, once more if need be.

        :raise UserError: if it is cancelled, or the user not of finance
        """
        self.ensure_one()
        self._check_can("download")
        self.env["invoice.export.log"]._log(
            "invoice.ticket",
            "xlsx",
            domain=f"id in {self.item_ids.ticket_id.ids}",
            count=len(self.item_ids),
        )
        query = "download=true&filename_field=filename"
        url = f"/web/content/{self._name}/{self.id}/file?{query}"
        return {"type": "ir.actions.act_url", "url": url}

    def action_cancel(self):
        """Give up batches of which nothing was uploaded; their tickets are free again.

        :raise UserError: if something of one is issued
        """
        self._check_can("cancel", claim=True)
        open_items = self.item_ids.filtered(lambda item: item.state == "open")
        open_items._leave("removed")
        proven(self).state = "cancelled"
        return True

    def action_view_tickets(self):
        """Open the tickets of the batch."""
        self.ensure_one()
        tickets = self.item_ids.ticket_id
        return dict(self.env["invoice.ticket"]._open_tickets(tickets), name=self.name)

    # === SEND === #

    @api.model
    def _send(self, tickets):
        """Put tickets into new batches: one for fapiao, one for red letters.

        :raise UserError: if one cannot go, with why
        """
        tickets._check_can("bureau", claim=True)
        batches = self.browse()
        for company, in_company in tickets.grouped("company_id").items():
            writer = self.env["invoice.bureau.writer"].with_company(company)
            problems = writer._find_problems(in_company, company)
            if wrong := {ticket: texts for ticket, texts in problems.items() if texts}:
                lines = [f"{t.display_name}: {' '.join(texts)}" for t, texts in wrong.items()]
                raise UserError("\n".join(lines))
            letters = in_company.filtered("red_of_id")
            if blue := in_company - letters:
                content = writer._write_workbook(blue, company)
                batches += self._make("blue", blue, company, content)
            if letters:
                content = writer._write_red_list(letters)
                batches += self._make("red", letters, company, content)
        return batches

    @api.model
    def _make(self, kind, tickets, company, content):
        template = self.env["invoice.bureau.template"]._get_current(company)
        [name] = self.env["ir.sequence"]._next_codes("invoice.bureau.batch", company, 1)
        batch_sudo = proven(self).create(
            {
                "name": name,
                "kind": kind,
                "company_id": company.id,
                "user_id": self.env.uid,
                "template_id": template.id if kind == "blue" else False,
                "file": base64.b64encode(content),
            }
        )
        proven(self.env["invoice.bureau.batch.item"]).create(
            [
                {"batch_id": batch_sudo.id, "ticket_id": ticket.id, "name": ticket.name}
                for ticket in tickets
            ]
        )
        proven(tickets).bureau_state = "sent"
        said = self.env._("Sent to the tax bureau in %s.", name)
        tickets._message_log_batch(bodies=dict.fromkeys(tickets.ids, said))
        return batch_sudo.with_env(self.env)

    # === SETTLE === #

    @api.model
    def _settle(self, tickets, state="issued", reason=False):
        """What the tax bureau answered for tickets; a batch closes with its last answer.

        Called by whatever knows it: an e-invoice file, a number that is typed, a list of the tax
        bureau. Tickets in no open batch are left alone.

        :param str state: ``issued``, ``refused``, or ``removed``: it is not there any more
        :param reason: sentence, kept with the ticket
        :return: the items that were settled
        """
        Item_sudo = proven(self.env["invoice.bureau.batch.item"])
        items_sudo = Item_sudo.search([("ticket_id", "in", tickets.ids), ("state", "=", "open")])
        items_sudo._leave(state, reason)
        return items_sudo.with_env(self.env)

    @api.model
    def _find_named(self, remark, company):
        """The ticket at the tax bureau whose number stands in the remarks of a fapiao, maybe none.

        :param str remark: as the fapiao says it
        :rtype: invoice.ticket
        """
        words = re.split(BETWEEN_WORDS, remark or "")
        # sudo: finance reads files of its companies; which ticket waits for one is looked up
        items_sudo = self.env["invoice.bureau.batch.item"].sudo()
        found = items_sudo.search(
            [("company_id", "=", company.id), ("state", "=", "open"), ("name", "in", words)]
        )
        tickets = found.ticket_id.filtered(lambda ticket: ticket.state == "approved")
        return tickets.with_env(self.env) if len(tickets) == 1 else tickets.browse()

    @api.model
    def _find_named_by(self, fapiao_ids):
        """Tickets at the tax bureau that fapiao of its list name in their remarks.

        Voided fapiao, and those that a ticket has already, name none.

        :param list[int] fapiao_ids: of ``invoice.bureau.fapiao``
        :return: ID of the fapiao, ID of the ticket, and whether total and tax are the same
        :rtype: list[tuple]
        """
        if not fapiao_ids:
            return []
        self.env["invoice.ticket"].flush_model()
        self.env["invoice.bureau.batch.item"].flush_model()
        return self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT fapiao.id, ticket.id,
                       ABS(ticket.amount_total - fapiao.amount_total) < 0.005
                       AND ABS(ticket.amount_tax - fapiao.amount_tax) < 0.005
                  FROM invoice_bureau_fapiao fapiao
            CROSS JOIN LATERAL regexp_split_to_table(fapiao.remark, %(between)s) AS word
                  JOIN invoice_bureau_batch_item item
                    ON item.company_id = fapiao.company_id AND item.state = 'open'
                   AND item.name = word
                  JOIN invoice_ticket ticket
                    ON ticket.id = item.ticket_id AND ticket.state = 'approved'
             LEFT JOIN invoice_ticket owner
                    ON owner.company_id = fapiao.company_id
                   AND COALESCE(owner.fapiao_code, '') = COALESCE(fapiao.code, '')
                   AND owner.fapiao_number = fapiao.number AND owner.id <> ticket.id
                 WHERE fapiao.id = ANY(%(ids)s) AND fapiao.status <> 'voided'
                   AND owner.id IS NULL
              ORDER BY fapiao.id, ticket.id
                """,
                between=BETWEEN_WORDS,
                ids=list(fapiao_ids),
            )
        )

    def _close(self):
        """Open batches that wait for no answer are settled, and the other way round."""
        for batch_sudo in proven(self).filtered(lambda batch: batch.state != "cancelled"):
            state = "open" if batch_sudo.open_count else "settled"
            if batch_sudo.state != state:
                batch_sudo.state = state
