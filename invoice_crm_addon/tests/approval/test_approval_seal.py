from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import SQL

from ...models.base.proof import proven
from .test_approval import ApprovalCommon

# Columns of the history that the seals cover, and SQL for another value.
DECISION_COLUMNS = {
    "step_id": "NULL",
    "user_id": "(SELECT id FROM res_users WHERE login = 'ticket_outsider')",
    "for_user_id": "(SELECT id FROM res_users WHERE login = 'ticket_outsider')",
    "target_user_id": "(SELECT id FROM res_users WHERE login = 'ticket_outsider')",
    "decision": "'escalate'",
    "comment": "'I never agreed'",
    "date": "date - interval '1 second'",
    "seal": "repeat('0', 64)",
}
REQUEST_COLUMNS = {
    "res_model": "'invoice.contract'",
    "cycle": "9",
    "name": "'Another document'",
    "summary": "'Another content'",
    "amount": "amount + 0.01",
    "currency_id": "(SELECT id FROM res_currency WHERE name = 'USD')",
    "flow_name": "'Another flow'",
    "flow_version": "9",
    "requester_id": "(SELECT id FROM res_users WHERE login = 'ticket_outsider')",
    "changes": "jsonb_set(changes, '{0,new}', '\"Harmless\"')",
    "old_values": """jsonb_set(old_values, '{content}', '"Harmless"')""",
    "last_seal": "repeat('0', 64)",
}


class SealCommon(ApprovalCommon):
    """A change of an approved ticket that people transferred, returned and approved."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.ref("base.USD").active = True
        cls._create_flow(
            "invoice.ticket", [cls.approver, cls.lead], trigger_fields=["content", "line_ids"]
        )
        cls.ticket = cls._create_ticket(content="Old content")
        cls._approve(cls.ticket)
        cls.ticket.with_user(cls.sales).write(
            {
                "content": "New content",
                "line_ids": [
                    Command.create({"name": "More", "price_unit": 0.1, "tax_id": cls.tax_6.id})
                ],
            }
        )
        cls.request = cls.ticket.approval_request_id
        request = cls.request.with_user(cls.approver)
        request.action_transfer(cls.outsider.id, "Your turn")
        cls.request.with_user(cls.outsider).action_approve("Fine")
        cls.request.with_user(cls.lead).action_return("Why?", cls.request.step_ids[0].id)
        cls.request.with_user(cls.outsider).action_approve("So")
        cls.env.flush_all()
        cls.env.invalidate_all()

    def _alter(self, records, fname, value):
        """Change a column behind the engine's back."""
        self.env.flush_all()
        self.cr.execute(
            SQL(
                "UPDATE %s SET %s = %s WHERE id IN %s",
                SQL.identifier(records._table),
                SQL.identifier(fname),
                SQL(value),
                records._ids,
            )
        )
        self.env.invalidate_all()

    def _verify(self, requests=None):
        """What the auditor reads, or nothing if all is as it was."""
        notice = (requests or self.request).with_user(self.auditor).action_verify()["params"]
        self.assertIn(notice["type"], ("success", "danger"))
        self.assertTrue(notice["message"])
        return notice["message"] if notice["type"] == "danger" else ""


@tagged("post_install", "-at_install")
class TestApprovalSeal(SealCommon):
    """The auditor finds whatever was altered in the database."""

    def test_untouched_history_is_sealed(self):
        self.assertEqual(len(self.request.decision_ids), 5)
        self.assertTrue(self.request.is_change)
        self.assertTrue(self.request.changes and self.request.old_values)
        self.assertFalse(self._verify(self.ticket.approval_request_ids))
        self.request.with_user(self.lead).action_approve()
        self.assertFalse(self._verify(self.ticket.approval_request_ids))

    def test_each_column_of_each_row(self):
        for row, decision in enumerate(self.request.decision_ids, start=1):
            for fname, value in DECISION_COLUMNS.items():
                with self.subTest(row=row, column=fname):
                    savepoint = self.cr.savepoint()
                    try:
                        before = decision.read([fname])
                        self._alter(decision, fname, value)
                        if decision.read([fname]) != before:
                            message = self._verify()
                            self.assertIn(self.request.name, message)
                            self.assertIn(f"row {row} ", message)
                    finally:
                        savepoint.close(rollback=True)
                        self.env.invalidate_all()
        self.assertFalse(self._verify())

    def test_columns_differ_from_what_was_written(self):
        """Each column is altered in one row at least: else the test above tests nothing."""
        decisions = self.request.decision_ids
        for fname, value in DECISION_COLUMNS.items():
            savepoint = self.cr.savepoint()
            before = decisions.read([fname])
            self._alter(decisions, fname, value)
            self.assertNotEqual(decisions.read([fname]), before, fname)
            savepoint.close(rollback=True)
            self.env.invalidate_all()

    def test_each_column_of_the_request(self):
        for fname, value in REQUEST_COLUMNS.items():
            with self.subTest(column=fname):
                savepoint = self.cr.savepoint()
                try:
                    name, before = self.request.name, self.request.read([fname])
                    self._alter(self.request, fname, value)
                    self.assertNotEqual(self.request.read([fname]), before)
                    message = self._verify()
                    self.assertIn(self.request.name if fname == "name" else name, message)
                finally:
                    savepoint.close(rollback=True)
                    self.env.invalidate_all()

    def test_result(self):
        self.request.with_user(self.lead).action_reject("No")
        self.assertFalse(self._verify())
        for state in ("approved", "withdrawn", "pending"):
            with self.subTest(state):
                self._alter(self.request, "state", f"'{state}'")
                self.assertIn("result", self._verify())
        self._alter(self.request, "state", "'rejected'")
        self.assertFalse(self._verify())

    def test_result_of_a_running_request(self):
        self._alter(self.request, "state", "'approved'")
        self.assertIn("result", self._verify())

    def test_removed_rows(self):
        decisions = self.request.decision_ids
        self.assertEqual(len(decisions), 5)
        for index, row in ((0, "row 1 "), (2, "row 3 "), (4, "after row 4 ")):
            with self.subTest(index=index):
                savepoint = self.cr.savepoint()
                self.cr.execute(
                    "DELETE FROM invoice_approval_decision WHERE id = %s", [decisions[index].id]
                )
                self.env.invalidate_all()
                self.assertIn(row, self._verify())
                savepoint.close(rollback=True)
                self.env.invalidate_all()

    def test_all_rows_removed(self):
        self.cr.execute(
            "DELETE FROM invoice_approval_decision WHERE request_id = %s", [self.request.id]
        )
        self.env.invalidate_all()
        self.assertIn("after row 0", self._verify())

    def test_rows_added(self):
        self.env.flush_all()
        for row, order in ((6, "max(id) + 1"), (1, "min(id) - 1000000")):
            with self.subTest(row=row):
                savepoint = self.cr.savepoint()
                self.cr.execute(
                    SQL(
                        """INSERT INTO invoice_approval_decision
                        (id, request_id, user_id, decision, date, seal, company_id)
                        SELECT (SELECT %s FROM invoice_approval_decision), request_id, user_id,
                            'approve', date, seal, company_id
                        FROM invoice_approval_decision WHERE id = %s""",
                        SQL(order),
                        self.request.decision_ids[-1].id,
                    )
                )
                self.env.invalidate_all()
                self.assertIn(f"row {row} ", self._verify())
                savepoint.close(rollback=True)
                self.env.invalidate_all()

    def test_rows_exchanged(self):
        second, fourth = self.request.decision_ids[1], self.request.decision_ids[3]
        self.env.flush_all()
        self.cr.execute(
            """UPDATE invoice_approval_decision d SET comment = o.comment, user_id = o.user_id,
                decision = o.decision, step_id = o.step_id, date = o.date, seal = o.seal,
                target_user_id = o.target_user_id
            FROM invoice_approval_decision o
            WHERE (d.id, o.id) IN ((%(a)s, %(b)s), (%(b)s, %(a)s))""",
            {"a": second.id, "b": fourth.id},
        )
        self.env.invalidate_all()
        self.assertIn("row 2 ", self._verify())

    def test_row_of_another_request(self):
        other = self.ticket.approval_request_ids.sorted("id")[0]
        moved = other.decision_ids[-1]
        self.env.flush_all()
        self.cr.execute(
            "UPDATE invoice_approval_decision SET request_id = %s WHERE id = %s",
            [self.request.id, moved.id],
        )
        self.env.invalidate_all()
        message = self._verify(self.ticket.approval_request_ids)
        self.assertEqual(len(message.splitlines()), 2, "Both requests are named.")

    def test_only_the_altered_request_is_named(self):
        first = self.ticket.approval_request_ids - self.request
        self._alter(self.request.decision_ids[2], "comment", "'Forged'")
        message = self._verify(self.ticket.approval_request_ids)
        self.assertEqual(len(message.splitlines()), 1)
        self.assertIn(f"round {self.request.cycle}", message)
        self.assertFalse(self._verify(first))

    def test_extreme_values_verify(self):
        """What the database gives back is what was sealed, to the last cent and character."""
        contract = self._create_contract(
            name="合同 “№1” \\ \n\t🙂", amount_total=1234567890123.45, currency_id=self.currency.id
        )
        request = self._start(self.approver, document=contract)
        request.with_user(self.approver).action_approve("意见 “x” \\u0041 \r\n 🙂" + "长" * 5000)
        small = self._start(self.approver, document=self._create_contract(amount_total=0.01))
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertFalse(self._verify(request | small))

    def test_thousand_requests_take_few_queries(self):
        values = {
            "res_model": "invoice.ticket",
            "flow_name": "Flow",
            "company_id": self.company.id,
            "requester_id": self.sales.id,
        }
        requests = proven(self.env["invoice.approval.request"]).create(
            [{**values, "name": f"No. {n}", "res_id": 10**9 + n} for n in range(1000)]
        )
        requests._log("submit")
        requests._log("approve", comment="Fine")
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(12):
            problems = requests._get_seal_problems()
        self.assertFalse(problems)
        self._alter(requests[500].decision_ids[1], "comment", "'Forged'")
        self.assertEqual(len(requests._get_seal_problems()), 1)


@tagged("post_install", "-at_install")
class TestApprovalHistoryIsFinal(SealCommon):
    """What is decided stays, for everybody, in superuser mode too."""

    def _get_everybody(self):
        admin = self.env.ref("base.user_admin")
        admin.write({"company_ids": [Command.link(self.company.id)]})
        root = self.env.ref("base.user_root")
        return {
            "sales": self.env(user=self.sales),
            "approver": self.env(user=self.approver),
            "finance": self.env(user=self.finance),
            "manager": self.env(user=self.manager),
            "auditor": self.env(user=self.auditor),
            "administrator": self.env(user=admin),
            "administrator in superuser mode": self.env(user=admin, su=True),
            "superuser": self.env(user=root),
            "manager in superuser mode": self.env(user=self.manager, su=True),
        }

    def test_final_records_refuse_write_and_unlink(self):
        first, *_others = self.ticket.approval_request_ids.sorted("id")
        self.assertEqual(first.state, "approved")
        finals = {
            "decision of a running request": (self.request.decision_ids[1], {"comment": "Forged"}),
            "decision of a decided request": (first.decision_ids[1], {"comment": "Forged"}),
            "finished step": (self.request.step_ids[0], {"name": "Forged"}),
            "returned step": (
                self.request.step_ids.filtered(lambda step: step.state == "returned"),
                {"state": "approved"},
            ),
            "step of a decided request": (first.step_ids[0], {"approver_ids": [Command.clear()]}),
            "decided request": (first, {"state": "pending"}),
        }
        for label, (record, values) in finals.items():
            self.assertEqual(len(record), 1, label)
            before = record.read()
            for role, env in self._get_everybody().items():
                record_as_user = record.with_env(env)
                for way, change in (
                    ("write", lambda r=record_as_user, v=values: r.write(v)),
                    (
                        "no change",
                        lambda r=record_as_user: r.write({"company_id": r.company_id.id}),
                    ),
                    ("unlink", lambda r=record_as_user: r.unlink()),
                ):
                    with self.subTest(label, role=role, way=way):
                        with self.assertRaises(AccessError), self.cr.savepoint():
                            change()
            self.env.invalidate_all()
            self.assertEqual(record.read(), before)

    def test_running_records_refuse_people(self):
        running = {
            "step": (self.request.step_ids[-1], {"approver_ids": [Command.clear()]}),
            "request": (self.request, {"waiting_user_ids": [Command.clear()]}),
        }
        self.assertEqual(self.request.step_ids[-1].state, "pending")
        for label, (record, values) in running.items():
            for role, env in self._get_everybody().items():
                record_as_user = record.with_env(env)
                with self.subTest(label, role=role):
                    with self.assertRaises(AccessError), self.cr.savepoint():
                        record_as_user.unlink()
                    if not env.su:
                        with self.assertRaises(AccessError), self.cr.savepoint():
                            record_as_user.write(values)

    def test_rows_of_history_are_not_made_by_hand(self):
        request = {"request_id": self.request.id}
        for role, env in self._get_everybody().items():
            if env.su:
                continue
            for model, values in (
                ("invoice.approval.decision", {}),
                ("invoice.approval.decision", {**request, "decision": "approve"}),
                ("invoice.approval.step", {**request, "name": "Mine", "rule": "any"}),
                ("invoice.approval.request", {"name": "Mine", "state": "approved"}),
            ):
                with self.subTest(role=role, model=model):
                    with self.assertRaises(AccessError), self.cr.savepoint():
                        env[model].create(values)
        self.assertFalse(self._verify())

    def test_decided_request_takes_no_further_row(self):
        first = self.ticket.approval_request_ids.sorted("id")[0]
        with self.assertRaises(AccessError), self.cr.savepoint():
            first.sudo()._log("approve")
        self.assertFalse(self._verify(first))
