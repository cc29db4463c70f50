from pathlib import Path

from odoo.tests import TransactionCase, tagged

from ... import hooks
from ...models.base import batches

MIGRATIONS = Path(__file__).parents[2] / "migrations"
# They look at settings and flows, of which a company has few.
FEW = {"post-plan_rows_watched.py"}
MANY = (".search(", ".search_fetch(", ".add_to_compute(", "fetchall()]", "split_every")


@tagged("post_install", "-at_install")
class TestMigrations(TransactionCase):
    """An update goes through a million records some at a time."""

    def test_what_a_migration_finds_is_taken_in_batches(self):
        scripts = sorted(MIGRATIONS.glob("*/*.py"))
        self.assertGreater(len(scripts), 30)
        for script in scripts:
            source = script.read_text()
            if script.name in FEW or not any(word in source for word in MANY):
                continue
            with self.subTest(f"{script.parent.name}/{script.name}"):
                self.assertIn("in_batches(", source, "see models/base/batches.py")
                self.assertNotIn("split_every", source, "in_batches says how far it is")

    def test_removal_empties_documents_at_once(self):
        """Nothing names them any more, so that a million rows go in one statement; orders, invoices
        and payments stay, without the contract that they named."""
        order = self.env["sale.order"].search([], limit=1)
        customer = order.partner_id or self.env.user.partner_id
        contract = self.env["invoice.contract"].create({"name": "X", "partner_id": customer.id})
        self.env.flush_all()
        if order:
            self.cr.execute(
                "UPDATE sale_order SET invoice_contract_id = %s WHERE id = %s",
                [contract.id, order.id],
            )
        self.env.invalidate_all()
        tables = hooks._let_go_of_documents(self.env)
        self.assertIn("invoice_reminder_line", tables, "it would hold the steps of a plan")
        self.assertIn("invoice_shipment_ticket_rel", tables)
        own = {name for name in tables if "invoice_" in name}
        self.assertEqual(tables, own, "no table of others")
        self.assertNotIn("invoice_ticket_type", tables)
        self.assertFalse(hooks._get_references(self.env, tables))
        self.assertFalse(order.invoice_contract_id)

    def test_batches_let_go_of_what_they_changed(self):
        partners = self.env["res.partner"].create([{"name": f"Batch {n}"} for n in range(5)])
        self.env.flush_all()
        said, sizes = [], []
        self.patch(batches._logger, "info", lambda text, *words: said.append(text % words))
        ids = [(partner.id,) for partner in partners]
        for part in batches.in_batches(self.env["res.partner"], ids, "Partners", 2):
            sizes.append(len(part))
            part.write({"ref": "seen"})
        self.assertEqual(sizes, [2, 2, 1])
        self.assertEqual(said, ["Partners: 5 of 5"])
        self.assertFalse(self.env._field_dirty)
        self.assertFalse(partners._fields["ref"]._get_cache(self.env))
        self.assertEqual(set(partners.mapped("ref")), {"seen"})
