from odoo import SUPERUSER_ID, Command, api
from odoo.exceptions import ValidationError
from odoo.tests import TransactionCase, tagged

from ..threads import retry_soon, run_at_once
from .import_common import make_excel, make_number

NUMBER = make_number(660001)
FIRST, SECOND = "税号抢先公司甲", "税号抢先公司乙"
FILE = "tax_number_race.xlsx"


@tagged("post_install", "-at_install")
class TestTaxNumberRace(TransactionCase):
    """One tax number is saved twice at the same instant, in real transactions.

    Whoever comes second is told who has it, as if the first had been there for long.
    """

    def setUp(self):
        super().setUp()
        self.addCleanup(self._clean_up)
        self._clean_up()

    def _clean_up(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {"active_test": False})
            env["invoice.customer.import"].search([("name", "=", FILE)]).unlink()
            env["res.users"].search([("login", "=", FILE)]).unlink()
            env["res.partner"].search([("name", "in", (FIRST, SECOND))]).unlink()

    def _commit(self, name, **values):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            return env["res.partner"].create({"name": name, "is_company": True, **values}).id

    def _create_of(self, name):
        values = {"name": name, "is_company": True, "vat": NUMBER}
        return lambda env: env["res.partner"].create(values).id

    def _write_of(self, partner_id, uid=SUPERUSER_ID):
        return lambda env: (
            env(user=uid)["res.partner"].browse(partner_id).sudo().write({"vat": NUMBER})
        )

    def _import(self, env):
        run = env["invoice.customer.import"]._start(
            FILE, make_excel([["名称", "税号"], [SECOND, NUMBER]])
        )
        run.action_apply()
        return run.state, run.applied_count, run.row_ids.partner_id.id

    def _run(self, *functions):
        with retry_soon():
            return run_at_once(self.registry, SUPERUSER_ID, list(functions))

    def assertOneOwns(self, outcomes):
        refused = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
        self.assertEqual(len(refused), 1, outcomes)
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            owner = env["res.partner"].search([("vat", "=", NUMBER)])
            self.assertEqual(owner.mapped("tax_number_key"), [NUMBER])
            with self.assertRaisesRegex(ValidationError, f"{owner.name}.*{NUMBER}"):
                raise refused[0]

    def test_two_new_customers(self):
        for _round in range(4):
            self.assertOneOwns(self._run(self._create_of(FIRST), self._create_of(SECOND)))
            self._clean_up()

    def test_two_customers_that_are_there(self):
        ids = [self._commit(FIRST), self._commit(SECOND)]
        self.assertOneOwns(self._run(*map(self._write_of, ids)))

    def test_a_portal_user_and_a_form(self):
        """The customer's contact saves its address page while sales types the same number."""
        company = self._commit(FIRST)
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {"no_reset_password": True})
            portal = env["res.users"].create(
                {
                    "name": FIRST,
                    "login": FILE,
                    "partner_id": company,
                    "group_ids": [Command.set(env.ref("base.group_portal").ids)],
                }
            )
            uid = portal.id
        outcomes = self._run(self._write_of(company, uid), self._create_of(SECOND))
        refused = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
        self.assertEqual(len(refused), 1, outcomes)
        self.assertIsInstance(refused[0], ValidationError)
        # Of a customer that they may not read, the portal learns nothing but that it is there.
        if outcomes[0] is refused[0]:
            self.assertNotIn(SECOND, str(refused[0]))

    def test_an_import_and_a_form(self):
        for _round in range(4):
            made, imported = self._run(self._create_of(FIRST), self._import)
            self.assertEqual(imported[0], "done", imported)
            with self.registry.cursor() as cr:
                cr.execute("SELECT id FROM res_partner WHERE vat = %s", [NUMBER])
                [(owner,)] = cr.fetchall()
            if isinstance(made, Exception):
                self.assertIsInstance(made, ValidationError)
                self.assertRegex(str(made), SECOND)
            else:
                self.assertEqual(made, owner)
            self._clean_up()
