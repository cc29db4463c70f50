from collections import Counter

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_datetime, formatLang

# As many as somebody compares by eye.
SEAL_DIGITS = 16


class ReportApprovalSlip(models.AbstractModel):
    """The approval slip: what was decided on a document, by whom, when and with which words.

    However many requests of a document are printed, it is one slip, with every round that the
    reader may read, the oldest first. The words are those of the reader's language, the moments
    those of the reader's timezone. The foot carries the seals of the rounds, and says whether
    the history still agrees with them.

    The style stands in the page itself and names no font that must be there, so that the slip
    comes out the same where wkhtmltopdf cannot fetch style sheets from the server, or has no
    patched Qt, which knows neither repeated headers nor several documents.
    """

    _name = "report.invoice_crm_addon.approval_slip"
    _description = "Approval Slip"

    @api.model
    def _get_report_values(self, docids, data=None):
        """What the template shows.

        :param list docids: requests, of one or several documents
        :raise AccessError: if the current user may not read all of them
        """
        requests = self.env["invoice.approval.request"].browse(docids or [])
        if not requests:
            raise UserError(self.env._("Choose the approvals to print."))
        requests.check_access("read")
        return {
            "doc_ids": requests.ids,
            "doc_model": requests._name,
            "docs": requests,
            "lang": self.env.lang,
            "slips": self._get_slips(requests),
            "format_amount": self._format_amount,
            "format_moment": self._format_moment,
            "format_people": self._format_people,
            "format_waited": self._format_waited,
            "format_who": self._format_who,
            "imprint": self.env._(
                "Printed by %(user)s on %(moment)s. Times are those of %(timezone)s.",
                user=self.env.user.name,
                moment=self._format_moment(fields.Datetime.now()),
                timezone=self.env.tz.zone,
            ),
        }

    @api.model
    def _print_documents(self, documents):
        """Action that prints the slips of documents.

        :param documents: records of one approvable model
        :raise UserError: if none of them has an approval that the current user may read
        """
        requests = self.env["invoice.approval.request"].search(
            [("res_model", "=", documents._name), ("res_id", "in", documents.ids)], order="id"
        )
        # One request stands for its document.
        latest = {request.res_id: request.id for request in requests}
        ids = [latest[document.id] for document in documents if document.id in latest]
        if not ids:
            raise UserError(
                self.env._(
                    "There is no approval to print: nothing was submitted under an approval flow, "
                    "or you may not read it."
                )
            )
        report = self.env.ref("invoice_crm_addon.approval_slip_report")
        return report.report_action(ids, config=False)

    # === SLIPS === #

    @api.model
    def _get_slips(self, requests):
        """One slip for each document, in the order of the requests.

        :return: the ``rounds`` that the reader may read, in superuser mode, how many are
            ``hidden``, and the ``problems`` of their history
        :rtype: list[dict]
        """
        rounds_sudo = self._get_rounds(requests)
        readable = rounds_sudo.with_env(self.env)._filtered_access("read")
        shown_sudo = rounds_sudo.filtered(lambda request: request.id in readable._ids)
        problems = shown_sudo._get_seal_problems()
        total = Counter(map(self._get_document_key, rounds_sudo))
        rounds_by_document = shown_sudo.grouped(self._get_document_key)
        slips = []
        for key in dict.fromkeys(map(self._get_document_key, requests)):
            rounds = rounds_by_document[key]
            slips.append(
                {
                    "latest": next(reversed(rounds)),
                    "rounds": [self._get_round(request) for request in rounds],
                    "hidden": total[key] - len(rounds),
                    "problems": [problems[request] for request in rounds if request in problems],
                }
            )
        return slips

    @api.model
    def _get_rounds(self, requests):
        """All rounds of the documents, in superuser mode, the oldest first."""
        domain = Domain.OR(
            Domain("res_model", "=", model) & Domain("res_id", "in", group.mapped("res_id"))
            for model, group in requests.grouped("res_model").items()
        )
        # sudo: invoice.approval.request - who may read one round of a document gets its whole slip
        return requests.sudo().search(domain, order="id")

    @api.model
    def _get_document_key(self, request):
        return request.res_model, request.res_id

    @api.model
    def _get_round(self, request):
        """A round with its steps in order, and the entries that belong to none."""
        return {
            "approval": request,
            "title": self.env._(
                "Round %(cycle)s: %(flow)s", cycle=request.cycle, flow=request.flow_name
            ),
            "version": self.env._("version %s", request.flow_version),
            "entries": request.decision_ids.filtered(lambda decision: not decision.step_id),
            "steps": request.step_ids.sorted(lambda step: (step.sequence, step.id)),
            "changes": request._get_change_rows(),
            "seal_label": self.env._("Seal of round %s:", request.cycle),
            "seal": (request.last_seal or "")[-SEAL_DIGITS:],
        }

    # === WORDS === #

    @api.model
    def _format_moment(self, moment):
        """:param moment: in UTC, or False"""
        return format_datetime(self.env, moment, tz=self.env.tz.zone)

    @api.model
    def _format_amount(self, request):
        """Amount of the document as it was when it was submitted."""
        return formatLang(self.env, request.amount, currency_obj=request.currency_id)

    @api.model
    def _format_people(self, users):
        return ", ".join(users.mapped("name"))

    @api.model
    def _format_who(self, decision):
        """Who decided, and for whom."""
        if not decision.for_user_id:
            return decision.user_id.name
        return self.env._(
            "%(user)s for %(principal)s",
            user=decision.user_id.name,
            principal=decision.for_user_id.name,
        )

    @api.model
    def _format_waited(self, decision):
        """How long the step had waited, in hours; in minutes where it was less than one."""
        hours = decision.hours_waited
        if not decision.step_id or hours * 60 < 1:
            return ""
        if hours < 1:
            return self.env._("waited %s min", int(hours * 60))
        return self.env._("waited %s h", formatLang(self.env, hours, digits=1))
