from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tests import tagged

from ...models.base.nameable_mixin import ACCOUNT_NUMBER_FIELDS
from ..common import TicketCommon

# Values that fit a field of the type, for a condition that says nothing.
VALUES = {"boolean": True, "integer": 1, "float": 1.0, "monetary": 1.0, "many2one": 1}


@tagged("post_install", "-at_install")
class TestNameable(TicketCommon):
    """No definition names fields that are not for everybody: what comes of it would tell."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Flow = cls.env["invoice.approval.flow"]
        cls.documents = cls.Flow._get_approvable_models()
        cls.flows = {model: cls._create_flow(model, [cls.approver]) for model in cls.documents}

    def _get_hidden(self, model):
        """Fields of a model, and of what it names, that have groups; as paths."""
        for name, field in self.env[model]._fields.items():
            if field.groups:
                yield name, field
            if field.type == "many2one" and not field.groups:
                for inner, inner_field in self.env[field.comodel_name]._fields.items():
                    if inner_field.groups:
                        yield f"{name}.{inner}", inner_field

    def assertNotNamed(self, record, values, label):
        with (
            self.subTest(label),
            self.assertRaisesRegex(ValidationError, "others may not read"),
            self.cr.savepoint(),
        ):
            record.write(values)

    def test_conditions(self):
        self.assertLessEqual({"invoice.contract", "invoice.ticket"}, set(self.documents))
        count = 0
        for model, flow in self.flows.items():
            for path, field in self._get_hidden(model):
                condition = str([(path, "!=", VALUES.get(field.type, False))])
                # Administrators could read it: those who see the flow could not.
                domain = self.Flow._get_unnameable_in_domain(model, [(path, "!=", False)])
                self.assertEqual(domain, {path})
                if "." in path:
                    continue
                for record in (flow, flow.stage_ids):
                    self.assertNotNamed(record, {"condition": condition}, f"{model} {path}")
                count += 1
        self.assertGreater(count, 10)

    def test_detours(self):
        account = self.bank_account.id
        detours = [
            "[('partner_id', 'any', [('bank_ids', 'any', [('acc_number', '=', '6')])])]",
            "['|', ('name', '=', 'A'), '!', ('partner_id.bank_ids.acc_number', '=', '6')]",
            "[('partner_id.invoice_bank_account_id', 'ilike', '6222')]",
            "[('partner_id.invoice_bank_account_id', '=', '6222')]",
            "[('partner_id.bank_ids', 'in', ['6222'])]",
            "[('partner_id.bank_ids', '=ilike', '6222%')]",
            "[('partner_id.bank_ids.display_name', 'ilike', '6222')]",
            "[('partner_id.bank_ids', 'not any', [('sanitized_acc_number', '=', '6')])]",
            "[('partner_id.invoice_bank_acc_number', '=', '6')]",
        ]
        flow = self.flows["invoice.ticket"]
        for user in (self.manager, self.env.user):
            for condition in detours:
                self.assertNotNamed(flow.with_user(user), {"condition": condition}, condition)
                stage = flow.stage_ids.with_user(user)
                self.assertNotNamed(stage, {"condition": condition}, condition)
        # Which account it is, is no number; nor is a value that looks like the name of a field.
        flow.condition = f"[('partner_id.invoice_bank_account_id', '=', {account})]"
        flow.condition = "[('content', '=', 'acc_number')]"

    def test_models_that_managers_may_not_read(self):
        condition = "[('company_id.currency_id.rate_ids.company_rate', '>', 0)]"
        self.env["ir.model.access"].search([("model_id.model", "=", "res.currency.rate")]).unlink()
        self.assertNotNamed(self.flows["invoice.ticket"], {"condition": condition}, condition)

    def test_watched_fields(self):
        for model, flow in self.flows.items():
            Document = self.env[model]
            offered = {option["name"] for option in flow.trigger_options or ()}
            self.assertEqual(offered, set(Document._get_approval_trigger_fields()))
            for rows in Document._get_approval_row_fields().items():
                Row = self.env[Document._fields[rows[0]].comodel_name]
                self.assertFalse([name for name in rows[1] if Row._fields[name].groups])
            # Account numbers have groups, and are shown by their last digits.
            for name in sorted(offered - ACCOUNT_NUMBER_FIELDS):
                self.patch(Document._fields[name], "groups", "base.group_system")
                flow.invalidate_recordset()
                names = {option["name"] for option in flow.trigger_options or ()}
                self.assertNotIn(name, names)
                self.assertNotNamed(flow, {"trigger_fields": [name]}, f"{model} {name}")

    def test_people_in_a_field(self):
        Stage = self.env["invoice.approval.stage"]
        for model, flow in self.flows.items():
            options = [name for name, _label in Stage._selection_user_field()]
            mine = [name for name in options if name.startswith(f"{model}.")]
            self.assertTrue(mine or not model.startswith("invoice."))
            for option in mine:
                fname = option.rpartition(".")[2]
                self.assertFalse(self.env[model]._fields[fname].groups)
                self.patch(self.env[model]._fields[fname], "groups", "base.group_system")
                stage = flow.stage_ids
                stage.invalidate_recordset()
                self.assertNotIn(option, stage.user_field_options or ())
                values = {"approver_type": "field", "user_field": option}
                self.assertNotNamed(stage, values, option)

    def test_custom_fields_of_ticket_types(self):
        def define(**values):
            item = {"name": "a1", "string": "Which", "type": "many2one", **values}
            return {"properties_definition": [item]}

        for values in (
            {"comodel": "ir.config_parameter"},
            {"comodel": "res.partner", "domain": "[('bank_ids.acc_number', '=like', '6%')]"},
            {"comodel": "res.partner", "domain": "[('bank_ids', 'ilike', '6')]"},
        ):
            self.assertNotNamed(self.type_receipt, define(**values), str(values))
        self.type_receipt.write(define(comodel="res.partner", domain="[('is_company', '=', 1)]"))

    def test_every_searchable_field_without_groups_may_be_named(self):
        for model in self.documents:
            for name, field in self.env[model]._fields.items():
                if field.groups or "invoice_crm_addon" not in field._modules:
                    continue
                unnameable = self.Flow._get_unnameable_in_domain(model, Domain(name, "!=", False))
                expected = {name} & {"invoice_bank_acc_number", "buyer_bank_account"}
                self.assertEqual(unnameable, expected, f"{model}.{name}")
