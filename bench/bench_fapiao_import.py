"""1,000 mixed invoice files through the background run: time, queries and memory along the way.

Prints milliseconds and queries a file for each fifth of the run, and what the process holds then.
"""

import dataclasses
import time

import psutil
from fapiao_files import make_document, write

COUNT = 1000
PARTS = 5
#: Of twenty files; the first is written as PDF, the next four as OFD, the others as XML.
EVERY = 20


def choose_format(index):
    place = index % EVERY
    return "PDF" if not place else "OFD" if place < 5 else "XML"


def make_contents(company):
    """Contents of invoices that the company issued, each with a number of its own."""
    for index in range(COUNT):
        document = make_document("special", index)
        seller = dataclasses.replace(document.seller, name=company.name, tax_id=company.vat)
        number = f"26990000000000{index:06d}"
        document = dataclasses.replace(document, number=number, seller=seller)
        yield f"{index}.bin", write(choose_format(index), document)


company = env.ref("invoice_crm_addon.demo_company")
env = env(
    user=env.ref("base.user_admin"), context={"allowed_company_ids": company.ids, "lang": "zh_CN"}
)
env.user.company_ids |= company
batch = env["invoice.fapiao.batch"]._create_batch(in_background=True, is_told=True)
for name, content in make_contents(company):
    attachment = env["ir.attachment"].create({"name": name, "raw": content})
    batch._add_attachment(attachment)
env.cr.commit()
batch_id = batch.id

process = psutil.Process()
files = env["invoice.fapiao.file"]
print(f"{COUNT} files: XML {COUNT * 15 // EVERY}, OFD {COUNT * 4 // EVERY}, PDF {COUNT // EVERY}")
print(f"{'files':>8}{'ms a file':>12}{'queries a file':>16}{'MiB':>8}")
ids = files.search([("batch_id", "=", batch_id)], order="id").ids
for part in range(PARTS):
    chunk = ids[part * COUNT // PARTS : (part + 1) * COUNT // PARTS]
    queries, start = env.cr.sql_log_count, time.perf_counter()
    for file_id in chunk:
        # What the job does with each file.
        files.sudo().browse(file_id)._read_in_background()
        env.invalidate_all()
        env.cr.commit()
    seconds, queries = time.perf_counter() - start, env.cr.sql_log_count - queries
    print(
        f"{(part + 1) * COUNT // PARTS:8}{seconds * 1000 / len(chunk):12.1f}"
        f"{queries / len(chunk):16.1f}{process.memory_info().rss / 2**20:8.1f}"
    )
groups = files._read_group([("batch_id", "=", batch_id)], ["outcome"], ["__count"])
print("outcomes:", ", ".join(f"{outcome} {count}" for outcome, count in groups))
