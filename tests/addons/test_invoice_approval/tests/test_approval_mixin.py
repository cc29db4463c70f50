from contextlib import ExitStack, contextmanager
from unittest.mock import patch

from odoo.tests import tagged

from odoo.addons.invoice_crm_addon.tests.common import TicketCommon

RESULTS = ("submitted", "approved", "rejected", "withdrawn")


@tagged("post_install", "-at_install")
class TestApprovalMixin(TicketCommon):
    """A model becomes approvable by inheriting the mixin, whatever else it is."""

    # === HELPERS === #

    def _create_documents(self, model, *names):
        """Documents of ``sales``."""
        vals_list = [{"name": name} for name in names]
        return self.env[model].with_user(self.sales).create(vals_list)

    @contextmanager
    def assertHooks(self, documents, *results):
        """The block calls these hooks and no others: in order, in superuser mode, each once."""
        model_class = self.registry[documents._name]
        calls = []

        def spy(result):
            name = f"_approval_on_{result}"
            hook = getattr(model_class, name)

            def called(records):
                calls.append((result, records, records.env.su))
                return hook(records)

            return patch.object(model_class, name, called)

        with ExitStack() as stack:
            for result in RESULTS:
                stack.enter_context(spy(result))
            yield
        self.assertEqual(calls, [(result, documents, True) for result in results])

    # === TESTS === #

    def test_models_of_the_mixin_can_be_chosen_in_a_flow(self):
        field = self.env["invoice.approval.flow"].fields_get(["res_model"])["res_model"]
        self.assertLessEqual(
            {
                ("test.approval.document", "Test Document to Approve"),
                ("test.approval.minimal", "Test Minimal Document to Approve"),
            },
            set(field["selection"]),
        )

    def test_approved_stage_by_stage(self):
        self._create_flow("test.approval.document", [self.approver, self.manager])
        document = self._create_documents("test.approval.document", "A")
        with self.assertHooks(document, "submitted"):
            document._submit_for_approval()
        self.assertRecordValues(document, [{"state": "pending", "approval_state": "pending"}])
        with self.assertHooks(document):
            document.with_user(self.approver).action_approve()
        self.assertRecordValues(document, [{"state": "pending", "approval_state": "pending"}])
        with self.assertHooks(document, "approved"):
            document.with_user(self.manager).action_approve()
        self.assertRecordValues(document, [{"state": "done", "approval_state": "approved"}])

    def test_rejected_document_is_corrected_and_submitted_again(self):
        self._create_flow("test.approval.document", [self.approver])
        document = self._create_documents("test.approval.document", "A")
        document._submit_for_approval()
        with self.assertHooks(document, "rejected"):
            document.approval_request_id.with_user(self.approver).action_reject("Too much")
        self.assertRecordValues(document, [{"state": "draft", "approval_state": "rejected"}])
        document._submit_for_approval()
        document.with_user(self.approver).action_approve()
        self.assertRecordValues(document, [{"state": "done", "approval_state": "approved"}])

    def test_withdrawn_document_is_open_again(self):
        self._create_flow("test.approval.document", [self.approver])
        document = self._create_documents("test.approval.document", "A")
        document._submit_for_approval()
        with self.assertHooks(document, "withdrawn"):
            document.approval_request_id.action_withdraw()
        self.assertRecordValues(document, [{"state": "draft", "approval_state": "withdrawn"}])

    def test_documents_without_a_flow_are_done_at_once(self):
        documents = self._create_documents("test.approval.document", "A", "B")
        with self.assertHooks(documents, "submitted", "approved"):
            documents._submit_for_approval()
        self.assertEqual(documents.mapped("state"), ["done", "done"])

    def test_model_needs_nothing_but_the_mixin(self):
        document, other, free = self._create_documents("test.approval.minimal", "A", "B", "C")
        with self.assertHooks(free, "submitted", "approved"):
            free._submit_for_approval()
        self._create_flow("test.approval.minimal", [self.approver])
        (document | other)._submit_for_approval()
        document.with_user(self.approver).action_approve()
        other.approval_request_id.with_user(self.approver).action_reject("Too much")
        self.assertEqual(document.approval_state, "approved")
        self.assertEqual(other.approval_state, "rejected")
        other._submit_for_approval()
        other.approval_request_id.action_withdraw()
        self.assertEqual(other.approval_state, "withdrawn")
