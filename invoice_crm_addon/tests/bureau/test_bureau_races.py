from datetime import date

from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import TransactionCase, new_test_user, tagged

from ...models.base.proof import proven
from ..threads import retry_soon, run_at_once

NAME = "Month At Once"
FIRST = date(2019, 3, 1)


@tagged("post_install", "-at_install")
class TestBureauRaces(TransactionCase):
    """A month is closed while a ticket of it is issued, in real transactions."""

    ROUNDS = 4

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.addClassCleanup(cls._clean_up)
        cls._clean_up()
        with cls.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})
            cls.company_id = env.company.id
            cls.user_id = new_test_user(
                env, login="month_at_once", groups="invoice_crm_addon.group_ticket_finance"
            ).id
            ticket_type = env["invoice.ticket.type"].create(
                {"name": NAME, "code": "MONTH1", "is_fapiao": True, "void_policy": "red"}
            )
            ticket = env["invoice.ticket"].create(
                {
                    "type_id": ticket_type.id,
                    "content": NAME,
                    "line_ids": [Command.create({"name": NAME, "price_unit": 100.0})],
                }
            )
            proven(ticket).write(
                {"fapiao_number": "19110000000000000009", "issue_date": "2019-03-08"}
            )
            cls.ticket_id = ticket.id

    @classmethod
    def _clean_up(cls):
        with cls.registry.cursor() as cr:
            for query in (
                "UPDATE invoice_bureau_month SET closing_id = NULL WHERE date = %(first)s",
                "DELETE FROM mail_activity WHERE res_model = 'invoice.bureau.month' AND res_id IN "
                "(SELECT id FROM invoice_bureau_month WHERE date = %(first)s)",
                "DELETE FROM mail_message WHERE model = 'invoice.bureau.month' AND res_id IN "
                "(SELECT id FROM invoice_bureau_month WHERE date = %(first)s)",
                "DELETE FROM mail_followers WHERE res_model = 'invoice.bureau.month' AND res_id IN "
                "(SELECT id FROM invoice_bureau_month WHERE date = %(first)s)",
                "DELETE FROM invoice_bureau_closing WHERE month_id IN "
                "(SELECT id FROM invoice_bureau_month WHERE date = %(first)s)",
                "DELETE FROM invoice_bureau_month WHERE date = %(first)s",
                "DELETE FROM invoice_bureau_explanation WHERE month = %(first)s",
                "DELETE FROM invoice_bureau_fapiao WHERE month = %(first)s",
                "DELETE FROM invoice_bureau_list WHERE name = %(name)s",
                "DELETE FROM mail_message WHERE model = 'invoice.ticket' AND res_id IN "
                "(SELECT id FROM invoice_ticket WHERE content = %(name)s)",
                "DELETE FROM mail_followers WHERE res_model = 'invoice.ticket' AND res_id IN "
                "(SELECT id FROM invoice_ticket WHERE content = %(name)s)",
                "DELETE FROM invoice_ticket WHERE content = %(name)s",
                "DELETE FROM invoice_ticket_type WHERE code->>'en_US' = 'MONTH1'",
                "UPDATE res_users SET active = FALSE, login = 'gone_' || id "
                "WHERE login = 'month_at_once'",
            ):
                cr.execute(query, {"first": FIRST, "name": NAME})

    def _start_round(self):
        """An open month in which nothing is to be settled, and a ticket that is not issued."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})
            ticket = env["invoice.ticket"].browse(self.ticket_id)
            proven(ticket).write({"state": "approved"})
            months = env["invoice.bureau.month"]._get_months([(self.company_id, FIRST)])
            proven(months).write({"state": "open", "closing_id": False})
            owned = {"company_id": self.company_id}
            bureau_list = env["invoice.bureau.list"].create(
                {"name": NAME, "user_id": self.user_id, **owned}
            )
            if not env["invoice.bureau.fapiao"].search([("month", "=", FIRST)]):
                fapiao = env["invoice.bureau.fapiao"].create(
                    {
                        "number": "19110000000000000001",
                        "month": FIRST,
                        "issue_date": "2019-03-05",
                        "status": "normal",
                        "list_id": bureau_list.id,
                        **owned,
                    }
                )
                row = env["invoice.bureau.month.row"].search([("fapiao_id", "=", fapiao.id)])
                row.with_user(self.user_id).action_explain("outside", "Branch")
            return months.id

    def test_closed_while_a_ticket_is_issued(self):
        for _round in range(self.ROUNDS):
            month_id = self._start_round()

            def close(env, month_id=month_id):
                env["invoice.bureau.month"].browse(month_id).action_close()

            def issue(env):
                proven(env["invoice.ticket"].browse(self.ticket_id)).write({"state": "issued"})

            with retry_soon():
                outcomes = run_at_once(self.registry, self.user_id, [close, issue])
            self.assertIsNone(outcomes[1])
            self.assertTrue(outcomes[0] is None or isinstance(outcomes[0], UserError), outcomes)
            with self.registry.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                month = env["invoice.bureau.month"].browse(month_id)
                self.assertEqual(month.state, "open", "closed without the ticket")
                self.assertEqual(month.with_user(self.user_id).open_count, 1)
