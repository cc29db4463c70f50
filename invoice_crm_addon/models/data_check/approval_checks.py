import json

from odoo import api, models
from odoo.tools import SQL, groupby

from ..approval.approval_history import (
    SEALED_DECISION_FIELDS,
    SEALED_REQUEST_FIELDS,
    seal_decision,
    seal_request,
    seal_result,
)
from ..base.words import MARK
from .check_tools import data_check, make_detail, say_amount, say_choice, say_date

# Requests that are in memory at once.
BATCH = 1000
DOCUMENTS = ("invoice.ticket", "invoice.contract")


class InvoiceChecksApprovals(models.AbstractModel):
    """Approvals are history: whatever is decided has its decisions, and nobody altered them."""

    _name = "invoice.checks.approvals"
    _description = "Checks of Approvals"

    # === DOCUMENTS AND THEIR REQUESTS === #

    def _find_waiting_without_request(self, model, scope):
        return SQL(
            """
            SELECT document.id AS res_id, %(detail)s AS detail
              FROM %(table)s AS document
             WHERE document.company_id = %(company)s AND document.state = 'pending'
               AND NOT EXISTS (
                   SELECT FROM invoice_approval_request AS request
                    WHERE request.res_model = %(model)s AND request.res_id = document.id
                      AND request.state = 'pending'
               )
            """,
            detail=make_detail(),
            table=SQL.identifier(self.env[model]._table),
            company=scope.company.id,
            model=model,
        )

    @api.model
    @data_check
    def _find_waiting_tickets(self, scope):
        """Tickets that wait for an approval which nobody is asked for."""
        return self._find_waiting_without_request("invoice.ticket", scope)

    @api.model
    @data_check
    def _find_waiting_contracts(self, scope):
        """Contracts that wait for an approval which nobody is asked for."""
        return self._find_waiting_without_request("invoice.contract", scope)

    @api.model
    @data_check
    def _find_requests_without_document(self, scope):
        """Requests that wait, for a document that does not, or is not there."""
        documents = SQL(" UNION ALL ").join(
            SQL(
                "SELECT %s AS res_model, id, state FROM %s WHERE company_id = %s",
                model,
                SQL.identifier(self.env[model]._table),
                scope.company.id,
            )
            for model in DOCUMENTS
        )
        return SQL(
            """
            SELECT request.id AS res_id, %(detail)s AS detail
              FROM invoice_approval_request AS request
              LEFT JOIN (%(documents)s) AS document
                   ON document.res_model = request.res_model AND document.id = request.res_id
             WHERE request.company_id = %(company)s AND request.state = 'pending'
               AND request.res_model = ANY(%(models)s)
               AND (document.id IS NULL
                    OR (document.state != 'pending' AND NOT COALESCE(request.is_change, FALSE)))
            """,
            detail=make_detail(since=say_date(SQL("request.create_date"))),
            documents=documents,
            company=scope.company.id,
            models=list(DOCUMENTS),
        )

    @api.model
    @data_check
    def _find_changed_after_approval(self, scope):
        """Tickets of another total than was approved, with no change that waits."""
        return SQL(
            """
            SELECT ticket.id AS res_id, %(detail)s AS detail
              FROM invoice_ticket AS ticket
             WHERE ticket.company_id = %(company)s AND ticket.state IN ('approved', 'issued')
               AND ticket.red_of_id IS NULL AND ticket.amount_approved != 0
               AND ABS(ticket.amount_approved - ticket.amount_total) > 0.005
               AND NOT EXISTS (
                   SELECT FROM invoice_approval_request AS request
                    WHERE request.res_model = 'invoice.ticket' AND request.res_id = ticket.id
                      AND request.state = 'pending' AND request.is_change
               )
            """,
            detail=make_detail(
                approved=say_amount(SQL("ticket.amount_approved"), SQL("ticket.currency_id")),
                total=say_amount(SQL("ticket.amount_total"), SQL("ticket.currency_id")),
            ),
            company=scope.company.id,
        )

    # === REQUESTS AND THEIR DECISIONS === #

    @api.model
    @data_check
    def _find_approved_without_decisions(self, scope):
        """Approved requests with a step that is open, or that nobody decided."""
        return SQL(
            """
            SELECT request.id AS res_id, %(detail)s AS detail
              FROM invoice_approval_request AS request
             WHERE request.company_id = %(company)s AND request.state = 'approved'
               AND EXISTS (
                   SELECT FROM invoice_approval_step AS step
                    WHERE step.request_id = request.id
                      AND (step.state IN ('waiting', 'pending')
                           OR (step.state = 'approved' AND NOT EXISTS (
                               SELECT FROM invoice_approval_decision AS decision
                                WHERE decision.step_id = step.id
                                  AND decision.decision = 'approve'
                           )))
               )
            """,
            detail=make_detail(),
            company=scope.company.id,
        )

    @api.model
    @data_check
    def _find_own_approvals(self, scope):
        """Requests that their requester approved, though the flow forbids it."""
        return SQL(
            """
            SELECT request.id AS res_id, %(detail)s AS detail
              FROM invoice_approval_request AS request
             WHERE request.company_id = %(company)s
               AND request.own_step IN ('forbidden', 'skipped')
               AND EXISTS (
                   SELECT FROM invoice_approval_decision AS decision
                    WHERE decision.request_id = request.id AND decision.decision = 'approve'
                      AND request.requester_id IN (decision.user_id, decision.for_user_id)
               )
            """,
            detail=make_detail(),
            company=scope.company.id,
        )

    @api.model
    @data_check
    def _find_late_requests(self, scope):
        """Requests that have waited for days."""
        return SQL(
            """
            SELECT id AS res_id, %(detail)s AS detail
              FROM invoice_approval_request
             WHERE company_id = %(company)s AND state = 'pending'
               AND create_date < %(today)s::date - %(days)s
            """,
            detail=make_detail(since=say_date(SQL("create_date"))),
            company=scope.company.id,
            today=scope.today,
            days=scope.days,
        )

    # === SEALS === #

    @api.model
    @data_check
    def _find_broken_seals(self, scope):
        """Requests whose content, decisions or result somebody altered in the database.

        The seals are worked out anew, as ``find_seal_problem`` does it for one, of rows that are
        read in batches and never become records.
        """
        last_id = 0
        while requests := self._read_requests(scope.company, last_id):
            last_id = requests[-1]["id"]
            decisions = self._read_decisions([request["id"] for request in requests])
            yield [
                (request["id"], {})
                for request in requests
                if self._is_seal_broken(request, decisions.get(request["id"], ()))
            ]

    @api.model
    def _is_seal_broken(self, request, decisions):
        seal = seal_request(request)
        for decision in decisions:
            seal = seal_decision(decision, seal)
            if seal != decision["seal"]:
                return True
        return request["last_seal"] != seal_result(seal, request["state"])

    @api.model
    def _read_requests(self, company, last_id):
        rows = self.env.execute_query_dict(
            SQL(
                "SELECT id, state, last_seal, %s FROM invoice_approval_request"
                " WHERE company_id = %s AND id > %s ORDER BY id LIMIT %s",
                SQL(", ").join(map(SQL.identifier, SEALED_REQUEST_FIELDS)),
                company.id,
                last_id,
                BATCH,
            )
        )
        for row in rows:
            row["summary"] = self._get_written(row["summary"])
        return rows

    @api.model
    def _read_decisions(self, request_ids):
        rows = self.env.execute_query_dict(
            SQL(
                "SELECT request_id, seal, %s FROM invoice_approval_decision"
                " WHERE request_id = ANY(%s) ORDER BY request_id, id",
                SQL(", ").join(map(SQL.identifier, SEALED_DECISION_FIELDS)),
                request_ids,
            )
        )
        for row in rows:
            row["comment"] = self._get_written(row["comment"])
        return dict(groupby(rows, lambda row: row["request_id"]))

    @api.model
    def _get_written(self, text):
        """A kept text as it is sealed: sentences of the program by code and values."""
        if not text or not text.startswith(MARK):
            return text
        try:
            kept = json.loads(text.split(MARK)[1])
        except ValueError:
            return text
        return json.dumps(kept, ensure_ascii=False, sort_keys=True)

    # === FLOWS === #

    @api.model
    @data_check
    def _find_flows_without_people(self, scope):
        """Flows with a stage, or a fallback, that names nobody who is still there."""
        return SQL(
            """
            SELECT flow.id AS res_id, %(detail)s AS detail
              FROM invoice_approval_flow AS flow
              LEFT JOIN res_users AS fallback ON fallback.id = flow.fallback_user_id
              LEFT JOIN LATERAL (
                   SELECT COUNT(*) AS number
                     FROM invoice_approval_stage AS stage
                    WHERE stage.flow_id = flow.id
                      AND CASE stage.approver_type
                          WHEN 'users' THEN NOT EXISTS (
                              SELECT FROM invoice_approval_stage_user_rel AS rel
                                JOIN res_users AS person ON person.id = rel.res_users_id
                               WHERE rel.invoice_approval_stage_id = stage.id AND person.active)
                          WHEN 'group' THEN NOT stage.group_id = ANY(%(peopled)s)
                          ELSE FALSE END
              ) AS empty ON TRUE
             WHERE flow.active
               AND (flow.company_id IS NULL OR flow.company_id = %(company)s)
               AND (empty.number > 0 OR NOT COALESCE(fallback.active, FALSE))
            """,
            detail=make_detail(
                stages=SQL("empty.number"),
                condition=say_choice("invoice.approval.flow", "res_model", SQL("flow.res_model")),
            ),
            peopled=self._get_peopled_groups(),
            company=scope.company.id,
        )

    @api.model
    def _get_peopled_groups(self):
        """Ids of the groups of stages in which somebody is, themselves or by another group."""
        # sudo: invoice.approval.stage, res.groups - whether anybody is in a group
        stages_sudo = self.env["invoice.approval.stage"].sudo()
        groups_sudo = stages_sudo.search([("approver_type", "=", "group")]).group_id
        return groups_sudo.filtered(
            lambda group: any(user.active for user in group.all_user_ids)
        ).ids
