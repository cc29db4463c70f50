from lxml import etree

from odoo.tests import tagged

from ...models.base.newest_rows import NewestRows
from ..common import TicketCommon

# Why a list on a form cannot grow without bound. A form reads the ids of all of its rows: what
# grows with the years or with the customers belongs into ``NewestRows``.
BOUNDED = {
    "what one document says or was done with it": """
        invoice.approval.request.decision_ids
        invoice.bureau.fapiao.line_ids
        invoice.bureau.month.closing_ids
        invoice.contract.billed_partner_ids
        invoice.contract.billing_rule_ids
        invoice.contract.milestone_ids
        invoice.reminder.attachment_ids
        invoice.reminder.line_ids
        invoice.reminder.stop.instalment_ids
        invoice.shipment.event_ids
        invoice.shipment.ticket_ids
        invoice.ticket.allocation_ids
        invoice.ticket.fapiao_file_ids
        invoice.ticket.line_ids
        invoice.ticket.mailing_ids
        invoice.ticket.red_ids
        invoice.ticket.shipment_event_ids
        invoice.ticket.shipment_ids
        invoice.ticket.special_ids
    """,
    "one row a check, of which there are a few dozen": """
        invoice.check.run.result_ids
    """,
    "people whose turn it is": """
        invoice.approval.request.waiting_user_ids
        invoice.contract.approval_waiting_user_ids
        invoice.ticket.approval_waiting_user_ids
        res.partner.approval_waiting_user_ids
    """,
    "guesses, of which a few are kept": """
        invoice.bank.match.proposal_ids
        invoice.fapiao.file.candidate_ids
    """,
    "one upload, whose size is limited": """
        invoice.customer.import.problem_row_ids
        invoice.customer.import.row_ids
        invoice.fapiao.batch.file_ids
    """,
    "settings": """
        invoice.approval.delegation.flow_ids
        invoice.approval.flow.fast_lane_ids
        invoice.approval.flow.stage_ids
        invoice.approval.flow.version_ids
        invoice.approval.stage.user_ids
        invoice.customer.level.fast_lane_flow_ids
        invoice.print.template.level_ids
        invoice.print.template.type_ids
        invoice.reminder.plan.automatic_company_ids
        invoice.reminder.plan.step_ids
        invoice.reminder.step.text_ids
        invoice.ticket.template.line_ids
        invoice.ticket.type.custom_field_ids
        product.template.taxes_id
        res.partner.category_id
    """,
}
ALLOWED = {name for names in BOUNDED.values() for name in names.split()}


@tagged("post_install", "-at_install")
class TestLongForms(TicketCommon):
    """A form costs the same, however much hangs on what it shows."""

    def test_lists_on_forms_are_bounded(self):
        shown = self._get_lists_on_forms()
        self.assertIn("invoice.contract.newest_ticket_ids", shown)
        unbounded = {
            name
            for name, field in shown.items()
            if not isinstance(field, NewestRows) and name not in ALLOWED
        }
        self.assertFalse(unbounded, "Say why these cannot grow, or show the newest of them.")
        self.assertFalse(ALLOWED - shown.keys(), "no form shows these any more")

    def _get_lists_on_forms(self):
        """Lists in the form views of the add-on, dialogs left out: they show what was chosen."""
        data = self.env["ir.model.data"].search(
            [("module", "=", "invoice_crm_addon"), ("model", "=", "ir.ui.view")]
        )
        views = self.env["ir.ui.view"].browse(data.mapped("res_id"))
        fields = {}
        for view in views.filtered(lambda view: view.type == "form"):
            for node in etree.fromstring(view.arch_db).iter("field"):
                Model = self._get_model(self.env[view.model], node)
                field = Model is not None and Model._fields.get(node.get("name"))
                if field and field.type in ("one2many", "many2many") and not Model._transient:
                    fields[str(field)] = field
        return fields

    def _get_model(self, Model, node):
        """Model whose field the node of a view is."""
        for parent in reversed([*node.iterancestors("field")]):
            field = Model._fields.get(parent.get("name"))
            if not field or not field.relational:
                return None
            Model = self.env[field.comodel_name]
        return Model

    def test_newest_of_each_record(self):
        contracts = self._create_contract() | self._create_contract()
        tickets = self.env["invoice.ticket"].create(
            [self._prepare_ticket_values(contract_id=contracts[index % 2].id) for index in range(5)]
        )
        mine = contracts.with_user(self.sales)
        field = contracts._fields["newest_ticket_ids"]
        self.patch(field, "limit", 2)
        self.assertEqual(mine[0].newest_ticket_ids.ids, [tickets[4].id, tickets[2].id])
        self.assertEqual(mine[1].newest_ticket_ids.ids, [tickets[3].id, tickets[1].id])
        new = self._create_ticket(contract_id=contracts[0].id)
        self.assertEqual(mine[0].newest_ticket_ids.ids, [new.id, tickets[4].id])
        self.assertFalse(mine.new().newest_ticket_ids)
        self.assertFalse(contracts.with_user(self.outsider).sudo(False).newest_ticket_ids)

    def test_newest_are_not_exported(self):
        """A part of them would look like all of them."""
        for model in ("res.partner", "invoice.contract", "invoice.bureau.batch"):
            for field in self.env[model]._fields.values():
                if isinstance(field, NewestRows):
                    self.assertFalse(
                        self.env[model].fields_get([field.name])[field.name]["exportable"]
                    )

    def test_newest_are_those_that_one_may_read(self):
        tickets = [self._create_ticket(user_id=user.id) for user in self.sales | self.sales2]
        for user, ticket in zip((self.sales, self.sales2), tickets, strict=True):
            self.assertEqual(self.customer.with_user(user).newest_ticket_ids, ticket)
        self.assertEqual(len(self.customer.with_user(self.finance).newest_ticket_ids), 2)

    def test_the_lists_of_all(self):
        contract = self._create_contract(amount_total=10_000.0)
        self._approve(contract)
        ticket = self._create_ticket(contract_id=contract.id, type_id=self.type_receipt.id)
        self._issue(ticket)
        shipment = self._create_shipment(ticket)
        payment = self._create_payment(invoice_contract_id=contract.id)
        mine = contract.with_user(self.finance)
        for name, rows in (
            ("tickets", ticket),
            ("shipments", shipment),
            ("payments", payment),
            ("orders", self.env["sale.order"]),
        ):
            action = getattr(mine, f"action_view_{name}")()
            self.assertEqual(self.env[action["res_model"]].search(action["domain"]), rows)
        self.assertEqual(mine.newest_shipment_ids, shipment)
        self.assertEqual(mine.newest_payment_ids, payment)
