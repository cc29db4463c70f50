from odoo.tests import tagged

from .common import FapiaoCommon

FILES = 200
BAD = FILES - 9


@tagged("post_install", "-at_install")
class TestBadFile(FapiaoCommon):
    """One bad file near the end of many costs no more than a good one, and stops nobody."""

    def _build_many(self):
        return [self._build(f"261100000000000{index:05d}") for index in range(1, FILES + 1)]

    def _measure(self, contents):
        """:return: what became of each file, and what reading them asked the database"""
        archive = self._zip({f"{i:03}.xml": content for i, content in enumerate(contents)})
        self.env.flush_all()
        self.env.transaction.reset()
        before = self.cr.sql_log_count
        (result,) = self._import(archive)
        self.env.flush_all()
        return result["files"], self.cr.sql_log_count - before

    def test_bad_file_near_the_end(self):
        contents = self._build_many()
        with self.env.cr.savepoint() as savepoint:
            files, good = self._measure(contents)
            self.assertEqual({file["outcome"] for file in files}, {"created"})
            savepoint.rollback()
        other = self._build(seller=("Somebody", "91110108MA00ELSE3X"))
        for title, content in (
            ("cut", contents[BAD][:200]),
            ("of somebody else", other),
        ):
            wrong = [*contents[:BAD], content, *contents[BAD + 1 :]]
            with self.subTest(title), self.env.cr.savepoint() as savepoint:
                files, queries = self._measure(wrong)
                bad = [file for file in files if file["outcome"] != "created"]
                self.assertEqual((len(files), len(bad)), (FILES, 1))
                self.assertIn(f"{BAD:03}.xml", str(bad))
                self.assertEqual(bad[0]["outcome"], "refused")
                self.assertLessEqual(queries, 2 * good)
                savepoint.rollback()
