from collections import deque

from odoo.tests import tagged
from odoo.tools.sql import table_columns

from ...models.base import batches, new_columns
from ..common import TicketCommon

# Tables that hold no more than a company has of people, settings or flows.
SMALL = ("res.company", "res.users", "hr.department")


@tagged("post_install", "-at_install")
class TestNewColumns(TicketCommon):
    """Columns that an installation or an update adds are filled in batches, whatever is there."""

    def _init(self, *models):
        """What an update does with the tables of models, as far as their columns go."""
        pool = self.registry
        self.env.flush_all()
        pool._post_init_queue, pool._foreign_keys, pool._is_install = deque(), {}, False
        self.addCleanup(lambda: [delattr(pool, n) for n in ("_post_init_queue", "_foreign_keys")])
        self.addCleanup(delattr, pool, "_is_install")
        for model in models:
            self.env[model]._auto_init()
        while pool._post_init_queue:
            pool._post_init_queue.popleft()()

    def _drop(self, model, *fnames):
        """:return: what the columns of all rows held"""
        Model = self.env[model].with_context(active_test=False)
        records = Model.search([], order="id")
        self.env.flush_all()
        self.env.invalidate_all()
        before = [[record[fname] for fname in fnames] for record in records]
        table = Model._table
        for fname in fnames:
            self.cr.execute(f'ALTER TABLE "{table}" DROP COLUMN "{fname}" CASCADE')
        self.env.invalidate_all()
        return records, before

    def _spy(self):
        """Count the rows that are computed together from now on."""
        sizes = []
        fill = type(self.env["base"])._fill_columns

        def count(records, fnames):
            sizes.append(len(records))
            return fill(records, fnames)

        self.patch(type(self.env["base"]), "_fill_columns", count)
        return sizes

    def test_columns_of_partners_as_installation_makes_them(self):
        """All that the add-on stores of them, their tax numbers included, and in batches."""
        self.patch(new_columns, "BATCH", 7)
        Partner = self.env["res.partner"]
        fnames = [f.name for f in Partner._fields.values() if Partner._is_made_here(f)]
        fnames = [name for name in fnames if "invoice_crm_addon" in Partner._fields[name]._modules]
        self.assertIn("billing_near_key", fnames)
        self.assertIn("billing_state", fnames, "a default")
        records, before = self._drop("res.partner", *fnames)
        self.cr.execute("UPDATE res_partner SET tax_number_key = NULL")
        sizes, tracked = self._spy(), []
        self.patch(type(Partner), "_track_prepare", lambda *args: tracked.append(1))
        said = []
        self.patch(batches._logger, "info", lambda text, *words: said.append(text % words))
        self._init("res.partner")
        self.assertLessEqual(max(sizes), 7, fnames)
        self.assertFalse(tracked)
        self.assertTrue(said[-1].endswith(f": {len(records)} of {len(records)}"))
        self.assertEqual(self.customer.tax_number_key, self.customer.vat)
        for record, values in zip(records, before, strict=True):
            now = [record[fname] for fname in fnames]
            # What a person decided is not known of what is there at installation.
            self.assertEqual(
                [v for name, v in zip(fnames, now, strict=True) if name != "billing_state"],
                [v for name, v in zip(fnames, values, strict=True) if name != "billing_state"],
                record.name,
            )

    def test_what_depends_on_other_new_columns_comes_after_them(self):
        """An update may bring the columns of lines and those of their tickets."""
        self.patch(new_columns, "BATCH", 3)
        tickets = self.env["invoice.ticket"].create(
            [self._prepare_ticket_values() for _number in range(7)]
        )
        lines, line_values = self._drop("invoice.ticket.line", "amount_untaxed", "amount_tax")
        _all, values = self._drop("invoice.ticket", "amount_untaxed", "amount_tax", "amount_total")
        sizes = self._spy()
        self._init("invoice.ticket", "invoice.ticket.line")
        self.assertLessEqual(max(sizes), 3)
        self.assertEqual([[x.amount_untaxed, x.amount_tax] for x in lines], line_values)
        self.assertEqual([[x.amount_untaxed, x.amount_tax, x.amount_total] for x in _all], values)
        self.assertTrue(tickets[-1].amount_total)

    def test_whatever_is_computed_can_be_filled_in_batches(self):
        """If all that is stored were new: nothing depends on rows of its own kind around a circle,
        for which core computes all rows at once."""
        new = new_columns.NewColumns(self.registry)
        for Model in self.registry.values():
            if Model._abstract or Model._transient or not Model._auto or Model._name in SMALL:
                continue
            new.fields += [
                field
                for field in Model._fields.values()
                if "invoice_crm_addon" in field._modules[:1]
                and field.compute
                and field.store
                and field.column_type
            ]
        self.assertGreater(len(new.fields), 50)
        self.assertFalse(new.get_circular())

    def test_a_default_is_not_written_into_each_row(self):
        self._drop("res.partner", "billing_state")
        self.cr.execute("SELECT xmin::text, ctid::text FROM res_partner ORDER BY id")
        before = self.cr.fetchall()
        self._init("res.partner")
        self.cr.execute("SELECT xmin::text, ctid::text FROM res_partner ORDER BY id")
        self.assertEqual(self.cr.fetchall(), before)
        self.assertEqual(
            set(self.env["res.partner"].search([]).mapped("billing_state")), {"unverified"}
        )
        self.cr.execute(
            "SELECT column_default FROM information_schema.columns "
            "WHERE table_name = 'res_partner' AND column_name = 'billing_state'"
        )
        self.assertEqual(self.cr.fetchone(), (None,), "defaults are Odoo's")
        self.assertIn("billing_state", table_columns(self.cr, "res_partner"))
