import inspect

from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import SecurityCommon

# Overrides of the ORM, which the rights table and the guards try.
ORM_METHODS = {"create", "write", "copy_data", "default_get"}
# They name no record: who may changes a mark of their own company, or has its data checked.
OF_OWN_COMPANY = {("invoice.home", "hide_steps"), ("invoice.check.run", "action_check_now")}


@tagged("post_install", "-at_install")
class TestRemoteCalls(SecurityCommon):
    """What a remote caller reaches without a button: every method of every model of ours."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_flow("invoice.ticket", [cls.manager])
        cls.attachment = cls.env["ir.attachment"].create({"name": "x.xml", "raw": b"<x/>"})
        ours = cls._create_targets(cls.sales2, cls.company)
        theirs = cls._create_targets(cls.finance_other, cls.company_other)
        cls.targets = {
            **dict.fromkeys(
                ("sales", "colleague", "lead", "auditor", "approver", "outsider"), ours
            ),
            **dict.fromkeys(("finance_other", "portal", "public"), ours),
            **dict.fromkeys(("finance", "manager"), theirs),
        }
        # People of a company share its customers: theirs are those of the other one.
        cls.strange_partners = {
            role: theirs["res.partner"] for role in ("sales", "colleague", "lead")
        }
        cls.env.flush_all()

    # === INTROSPECTION === #

    def _get_arguments(self, function):
        known = {
            "reason": "Because",
            "comment": "Fine",
            "attachment_id": self.attachment.id,
            "attachment_ids": self.attachment.ids,
            "vat": "91110108MA00TEST2K",
            "user_id": self.outsider.id,
            "step_id": 1,
        }
        names = list(inspect.signature(function).parameters)[1:]
        return {name: known[name] for name in names if name in known}

    def _get_watched_tables(self):
        """Tables of every model that methods of ours stand on, but for what is not kept.

        Who uploads files, has a batch of their own with its followers.
        """
        models = {self.env[model] for model, _name in self._get_own_methods()}
        return {
            model._table
            for model in models
            if model._auto and not model._abstract and not model._transient
        } - {"bus_bus", "invoice_fapiao_batch", "invoice_fapiao_file", "mail_followers"}

    # === TESTS === #

    def test_introspection_finds_the_actions(self):
        methods = self._get_own_methods()
        for method in (
            ("invoice.ticket", "action_issue"),
            ("invoice.contract", "action_close"),
            ("res.partner", "action_approve"),
            ("invoice.ticket", "_do_void"),
        ):
            self.assertIn(method, methods)

    def test_a_change_is_seen(self):
        ticket = self.targets["sales"]["invoice.ticket"][0]
        before, touched = self._get_contents(["invoice_ticket"]), self._get_touched()
        ticket.with_user(self.sales2).note = "Changed"
        self.env.flush_all()
        self.assertIn("invoice_ticket", self._get_touched() - touched)
        self.assertNotEqual(self._get_contents(["invoice_ticket"]), before)

    def test_private_methods_cannot_be_called(self):
        private = [key for key in self._get_own_methods() if key[1].startswith("_")]
        self.assertGreater(len(private), 100)
        for model, name in private:
            with self.subTest(model=model, method=name), self.assertRaises(AccessError):
                call_kw(self.env[model], name, [[]], {})

    def test_public_methods_change_nothing_of_others(self):
        before = self._get_contents(self._get_watched_tables())
        public = {
            key: function
            for key, function in self._get_own_methods().items()
            if not key[1].startswith("_")
            and key[1] not in ORM_METHODS
            and key not in OF_OWN_COMPANY
        }
        for role, targets in self.targets.items():
            for (model, name), function in public.items():
                records = targets.get(model, self.env[model])
                if model == "res.partner":
                    records = self.strange_partners.get(role, records)
                for record in records or [records]:
                    with self.subTest(role=role, model=model, method=name, record=record.ids):
                        touched = self._get_touched()
                        savepoint = self.env.cr.savepoint()
                        try:
                            self._call(role, record, name, function)
                            self.env.flush_all()
                            # Contents cost more than the call: only of what it wrote.
                            written = self._get_touched() - touched
                            after = self._get_contents(before.keys() & written.keys())
                        finally:
                            savepoint.close(rollback=True)
                        changed = [table for table in after if after[table] != before[table]]
                        self.assertFalse(changed)

    @mute_logger("odoo.models")
    def _call(self, role, record, name, function):
        """Call the method as the remote caller does; only clean errors come back."""
        self.env.invalidate_all()
        record_as_user = record.with_user(getattr(self, role))
        ids = [] if getattr(function, "_api_model", False) else [record.ids]
        try:
            with self.env.cr.savepoint():
                call_kw(record_as_user, name, ids, self._get_arguments(function))
        except (UserError, TypeError) as error:
            if isinstance(error, TypeError):
                self.assertRegex(str(error), "required positional argument")
        except ValueError as error:
            # ensure_one() on no record, where the role has no target
            self.assertIn("singleton", str(error))
