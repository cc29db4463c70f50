import itertools

from odoo.tests import tagged

from ...models.base.tools import search_fetch_together
from ..ledger.common import LedgerCommon


@tagged("post_install", "-at_install")
class TestSearchFetchTogether(LedgerCommon):
    """Several models read by one query are what core reads of each."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        chain = cls._create_chain()
        cls.records = (
            *chain.values(),
            cls.approver,
            cls.customer,
            cls._create_ticket(contract_id=chain["contract"].id),
        )

    def _get_values(self, records, fnames):
        fields = [records._fields[fname] for fname in fnames]
        # As text: 1 and 1.0 are equal, and not the same to whoever shows them.
        return {f.name: [repr(f.convert_to_read(r[f.name], r)) for r in records] for f in fields}

    def _get_columns(self, model):
        """Names of what core reads together, and of what it reads apart."""
        columns = [
            field
            for field in model._fields.values()
            if field.store and field.column_type and field.type != "binary" and field.name != "id"
        ]
        together = [field.name for field in columns if field.prefetch is True]
        return together, [field.name for field in columns if field.prefetch is not True]

    def test_values_are_those_that_core_reads(self):
        """Of each model of ours and of what these refer to, in each language, full and empty."""
        compared = 0
        names = sorted({record._name for record in self.records} | set(self._get_names()))
        for lang, name in itertools.product(("en_US", "zh_CN"), names):
            Model = self.env[name].sudo().with_context(lang=lang, active_test=False)
            ids = Model.search([], limit=3, order="id desc").ids
            together, apart = self._get_columns(Model)
            searches = [((), together)]
            if apart:
                searches.append(((apart,), apart))
            for fnames, columns in searches if ids else ():
                self.env.flush_all()
                self.env.invalidate_all()
                with self.subTest(name, lang=lang, apart=bool(fnames)):
                    [found] = search_fetch_together((Model, [("id", "in", ids)], *fnames))
                    read = self._get_values(found.browse(ids), columns)
                    self.env.invalidate_all()
                    self.assertEqual(read, self._get_values(Model.browse(ids), columns))
                    compared += 1
        self.assertGreater(compared, 100)

    def test_one_query_reads_all(self):
        searches = [(record.sudo(), [("id", "=", record.id)]) for record in self.records]
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(1):
            found = search_fetch_together(*searches)
        self.assertEqual(found, [record.sudo() for record in self.records])

    def _get_names(self):
        for name, model in self.env.items():
            if name.startswith("invoice.") and model._auto and not model._abstract:
                yield name
                for field in model._fields.values():
                    if field.type == "many2one" and field.store:
                        yield field.comodel_name

    def test_order_is_that_of_the_model(self):
        tickets = self._create_ticket() | self._create_ticket() | self._create_ticket()
        [found] = search_fetch_together((tickets.sudo(), [("id", "in", tickets.ids)]))
        self.assertEqual(found.ids, tickets.search([("id", "in", tickets.ids)]).ids)

    def test_what_waits_to_be_written_stays(self):
        ticket = self.records[-1].sudo()
        ticket.content = "Other"
        with self.assertQueryCount(1):
            [found] = search_fetch_together((ticket, [("id", "=", ticket.id)]))
        self.assertEqual(found.content, "Other")

    def test_nothing_is_asked_for_nothing(self):
        with self.assertQueryCount(0):
            found = search_fetch_together((self.customer.sudo(), [("id", "in", [])]))
        self.assertEqual(found, [self.customer.browse()])
