import io
import zipfile
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, tagged, users
from odoo.tools import mute_logger

from .common import NUMBER, FapiaoCommon


@tagged("post_install", "-at_install")
class TestFapiaoBatch(FapiaoCommon):
    """Many files, archives, and the job."""

    def _build_many(self, count):
        return [self._build(f"261100000000000{index:05d}") for index in range(1, count + 1)]

    def test_twenty_files_are_read_while_the_user_looks_on(self):
        files = self._drop(*self._build_many(20))
        self.assertEqual(set(files.mapped("outcome")), {"created"})
        self.assertFalse(files.batch_id.in_background)

    def test_more_files_are_read_by_the_job(self):
        contents = [*self._build_many(21), b"", self._build()[:200]]
        files = self._drop(*contents)
        self.assertTrue(files.batch_id.in_background)
        self.assertEqual(set(files.mapped("outcome")), {"waiting"})
        self._run_cron()
        progress = files.batch_id.with_user(self.finance).get_progress()
        outcomes = [row["outcome"] for row in progress["files"]]
        self.assertEqual(outcomes, ["created"] * 21 + ["refused"] * 2)
        self.assertEqual(files.ticket_id.mapped("issue_user_id"), self.finance)
        # Whoever left the page is told.
        self.assertTrue(files.batch_id.is_told)
        note = self.env["mail.message"].search(
            [("partner_ids", "in", self.finance.partner_id.ids)], limit=1
        )
        self.assertIn("0.xml", note.body)

    def test_file_of_a_closed_window_is_read_by_the_job(self):
        attachment = self._attach(self._build())
        batches = self.env["invoice.fapiao.batch"].with_user(self.finance)
        batch = batches.browse(batches.start(attachment.ids)["id"])
        self._run_cron()
        self.assertEqual(batch.file_ids.outcome, "waiting")
        self.cr.execute(
            "UPDATE invoice_fapiao_file SET create_date = %s WHERE id = %s",
            [fields.Datetime.now() - timedelta(minutes=11), batch.file_ids.id],
        )
        self._run_cron()
        self.assertEqual(batch.file_ids.outcome, "created")

    def test_job_reads_with_the_rights_of_the_person(self):
        files = self._drop(*self._build_many(21))
        self.finance.group_ids = [
            Command.unlink(self.env.ref("invoice_crm_addon.group_ticket_finance").id)
        ]
        self._run_cron()
        files = files.sudo()
        self.assertEqual(set(files.mapped("outcome")), {"refused"})
        self.assertFalse(files.ticket_id)

    def test_one_bad_record_stops_nobody(self):
        files = self._drop(*self._build_many(21))
        place = type(files)._place

        def fail_for_first(file, document):
            if file.id == files[0].id:
                raise TypeError("unforeseen")
            return place(file, document)

        with (
            patch.object(type(files), "_place", fail_for_first),
            mute_logger("odoo.addons.invoice_crm_addon.models.fapiao.fapiao_file"),
        ):
            self._run_cron()
        self.assertEqual(files.mapped("outcome"), ["refused"] + ["created"] * 20)

    def test_archive_of_another_document_stays_free(self):
        attachment = self._attach(self._zip({f"{i}.xml": b"x" for i in range(3)}))
        attachment.sudo().write({"res_model": "res.partner", "res_id": self.customer.id})
        self.env["ir.config_parameter"].set_param("invoice_crm_addon.fapiao_max_files", "2")
        tickets = self.env["invoice.ticket"].with_user(self.finance)
        self.assertEqual(tickets.import_fapiao(attachment.ids)[0]["outcome"], "refused")
        self.assertFalse(
            self.env["invoice.fapiao.file"].search([("attachment_id", "=", attachment.id)])
        )

    def test_answer_that_fails_stops_nobody(self):
        files = self._drop(*self._build_many(21))
        fail = patch.object(type(files.batch_id), "_notify_results", side_effect=TypeError)
        with fail, mute_logger("odoo.addons.invoice_crm_addon.models.fapiao.fapiao_batch"):
            self._run_cron()
        self.assertEqual(set(files.mapped("outcome")), {"created"})
        self.assertTrue(files.batch_id.is_told)

    def test_archive_gives_one_result_for_each_file_in_it(self):
        inner = self._zip({"3.xml": self._build("26110000000000000003")})
        content = self._zip(
            {
                "a/1.xml": self._build(),
                "2.xml": self._build("26110000000000000002"),
                "more.zip": inner,
                "note.txt": b"hello",
            }
        )
        files = self._drop(content)
        self.assertEqual(
            files.mapped("name"),
            ["0.xml/a/1.xml", "0.xml/2.xml", "0.xml/more.zip/3.xml", "0.xml/note.txt"],
        )
        self.assertEqual(files.mapped("outcome"), ["created"] * 3 + ["refused"])
        self.assertEqual(files[0].attachment_id.raw, self._build())
        archive = self.env["ir.attachment"].search(
            [("res_model", "=", "invoice.fapiao.batch"), ("res_id", "=", files.batch_id.id)]
        )
        self.assertEqual(archive.raw, content)

    def test_archive_through_the_remote_call(self):
        content = self._zip({"1.xml": self._build(), "2.xml": b"junk"})
        (result,) = self._import(content)
        self.assertEqual(result["outcome"], "refused")
        self.assertEqual([row["outcome"] for row in result["files"]], ["created", "refused"])
        (single,) = self._import(self._zip({"1.xml": self._build("26110000000000000002")}))
        self.assertEqual(single["outcome"], "created")
        self.assertTrue(single["ticket_id"])

    def test_bomb_is_refused_and_the_others_go_on(self):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("bomb.xml", b"0" * 300_000_000)
        files = self._drop(stream.getvalue(), self._build())
        self.assertEqual(files.mapped("outcome"), ["refused", "created"])

    def test_limits_come_from_the_settings(self):
        params = self.env["ir.config_parameter"]
        params.set_param("invoice_crm_addon.fapiao_max_megabytes", "1")
        content = self._build().replace(b"</EInvoice>", b" " * 1_100_000 + b"</EInvoice>")
        self.assertEqual(self._drop(content).outcome, "refused")
        params.set_param("invoice_crm_addon.fapiao_max_megabytes", "2")
        self.assertEqual(self._drop(content).outcome, "created")

    def test_settings_know_the_alias_and_refuse_senseless_limits(self):
        with Form(self.env["res.config.settings"]) as form:
            self.assertEqual(form.fapiao_alias_name, "fapiao")
            form.fapiao_max_pages = 80
            form.fapiao_alias_name = "fapiao-test"
        form.record.execute()
        alias = self.env.ref("invoice_crm_addon.mail_alias_fapiao")
        self.assertEqual(alias.alias_name, "fapiao-test")
        self.assertEqual(self.env["invoice.fapiao.file"]._get_limits().pages, 80)
        with self.assertRaises(UserError):
            self.env["res.config.settings"].create({"fapiao_max_pages": 0})

    def test_attachment_of_another_document_stays_where_it_is(self):
        attachment = self._attach(self._build())
        attachment.sudo().write({"res_model": "res.partner", "res_id": self.customer.id})
        result = self.env["invoice.ticket"].with_user(self.finance).import_fapiao(attachment.ids)
        self.assertEqual(result[0]["outcome"], "created")
        self.assertEqual(attachment.res_model, "res.partner")

    def test_deleted_attachment_is_refused(self):
        attachment = self._attach(self._build())
        ids = attachment.ids
        attachment.unlink()
        result = self.env["invoice.ticket"].with_user(self.finance).import_fapiao(ids)
        self.assertEqual(result[0]["outcome"], "refused")

    @users("ticket_sales", "ticket_auditor", "ticket_approver")
    def test_only_finance_drops_files(self):
        attachment = self._attach(self._build(), user=self.env.user)
        with self.assertRaises(AccessError):
            self.env["invoice.fapiao.batch"].start(attachment.ids)

    def test_earlier_files_are_adopted(self):
        ticket = self._drop(self._build()).ticket_id
        ticket.fapiao_file_ids.sudo().unlink()
        count = self.env["invoice.fapiao.batch"].with_company(self.company)._adopt_files(ticket)
        self.assertEqual(count, 1)
        self.assertRecordValues(ticket.fapiao_file_ids, [{"outcome": "attached", "number": NUMBER}])
        self.assertFalse(ticket.fapiao_file_ids.with_user(self.finance).can_undo)
