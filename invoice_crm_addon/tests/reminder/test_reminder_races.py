from odoo import SUPERUSER_ID, api
from odoo.fields import Command
from odoo.tests import TransactionCase, tagged

from ..threads import retry_soon, run_at_once

NAME = "Reminded At Once"


@tagged("post_install", "-at_install")
class TestReminderRaces(TransactionCase):
    """Two users remind the same customer at the same instant, in real transactions."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.addClassCleanup(cls._clean_up)
        cls._clean_up()

    @classmethod
    def _clean_up(cls):
        partners = "(SELECT id FROM res_partner WHERE name = %s)"
        reminders = f"(SELECT id FROM invoice_reminder WHERE partner_id IN {partners})"
        thread = f"= 'invoice.reminder' AND res_id IN {reminders}"
        with cls.registry.cursor() as cr:
            for query in (
                f"DELETE FROM mail_message WHERE model {thread}",
                f"DELETE FROM mail_followers WHERE res_model {thread}",
                f"DELETE FROM invoice_reminder WHERE partner_id IN {partners}",
                f"DELETE FROM account_move WHERE partner_id IN {partners}",
                "DELETE FROM res_partner WHERE name = %s",
            ):
                cr.execute(query, [NAME])

    def _create_debt(self):
        """A customer who owes 100, on the books of the main company."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})
            receivable = env["account.account"].search(
                [("account_type", "=", "asset_receivable")], limit=1
            )
            company = receivable.company_ids[:1]
            env = env(context={"allowed_company_ids": company.ids, "tracking_disable": True})
            account = env["account.account"].search(
                [("account_type", "=", "income"), ("company_ids", "in", company.ids)], limit=1
            )
            journal = env["account.journal"].search(
                [("type", "=", "general"), ("company_id", "=", company.id)], limit=1
            )
            partner = env["res.partner"].create({"name": NAME, "email": "once@c.example.com"})
            move = env["account.move"].create(
                {
                    "journal_id": journal.id,
                    "date": "2026-01-15",
                    "partner_id": partner.id,
                    "line_ids": [
                        Command.create(
                            {
                                "account_id": receivable.id,
                                "partner_id": partner.id,
                                "debit": 100.0,
                                "date_maturity": "2026-01-31",
                            }
                        ),
                        Command.create({"account_id": account.id, "credit": 100.0}),
                    ],
                }
            )
            move.action_post()
            return company.id, partner.id

    def test_two_users_at_once(self):
        company_id, partner_id = self._create_debt()

        def remind(env):
            env = env(context={"allowed_company_ids": [company_id]})
            reminders = env["invoice.reminder"]._prepare_reminders(
                env["res.company"].browse(company_id), env["res.partner"].browse(partner_id)
            )
            return len(reminders.filtered(lambda r: r.channel == "email"))

        def remind_again(env):
            """By hand, though nothing is due."""
            env = env(context={"allowed_company_ids": [company_id]})
            partner = env["res.partner"].browse(partner_id)
            company = env["res.company"].browse(company_id)
            reminders = env["invoice.reminder"]._prepare_reminders(company, partner, partner)
            return len(reminders.filtered(lambda r: r.channel == "email"))

        with retry_soon():
            outcomes = run_at_once(self.registry, SUPERUSER_ID, [remind, remind])
            self.assertEqual(sorted(outcomes), [0, 1], outcomes)
            outcomes = run_at_once(self.registry, SUPERUSER_ID, [remind_again, remind])
        self.assertEqual(outcomes, [1, 0])
