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

    def _get_values(self, records):
        fields = [f for f in records._fields.values() if f.prefetch is True and f.column_type]
        return {f.name: f.convert_to_read(records[f.name], records) for f in fields}

    def test_values_are_those_that_core_reads(self):
        searches = [(record.sudo(), [("id", "=", record.id)]) for record in self.records]
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(1):
            found = search_fetch_together(*searches)
        read = [self._get_values(records) for records in found]
        self.env.invalidate_all()
        for record, records, values in zip(self.records, found, read, strict=True):
            self.assertEqual(records, record)
            self.assertEqual(values, self._get_values(record.sudo()), record)

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
