from functools import partial

from odoo import SUPERUSER_ID, api
from odoo.tests import TransactionCase, tagged

from ...models.base.proof import proven
from ..threads import retry_soon, run_at_once
from .fapiao_files import build_xml


@tagged("post_install", "-at_install")
class TestFapiaoRace(TransactionCase):
    """Two people drop the same invoice at the same instant, in real transactions."""

    ROUNDS = 5
    NAME = "Dropped At Once"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.addClassCleanup(cls._clean_up)
        cls._clean_up()

    @classmethod
    def _clean_up(cls):
        with cls.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})
            tickets = env["invoice.ticket"].search([("buyer_name", "=", cls.NAME)])
            tickets.fapiao_file_ids.batch_id.unlink()
            proven(tickets).write({"state": "draft", "fapiao_attachment_id": False})
            tickets.unlink()

    def test_one_creates_and_the_other_attaches(self):
        company = self.env.ref("base.main_company")

        def drop(env, content):
            tickets = env["invoice.ticket"].with_company(company.id)
            attachment = env["ir.attachment"].create({"name": "x.xml", "raw": content})
            return tickets.import_fapiao(attachment.ids)[0]

        for index in range(self.ROUNDS):
            number = f"269900000000000{index:05d}"
            content = build_xml(number, (company.name, ""), (self.NAME, ""))
            with retry_soon():
                results = run_at_once(
                    self.registry,
                    SUPERUSER_ID,
                    [partial(drop, content=content + b" " * spaces) for spaces in range(2)],
                )
            outcomes = [getattr(result, "args", None) or result["outcome"] for result in results]
            self.assertCountEqual(outcomes, ["created", "attached"])
            self.assertEqual(results[0]["ticket_id"], results[1]["ticket_id"])
