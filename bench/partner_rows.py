"""Partners as a company has them before the add-on comes, made in SQL.

Six of ten are companies with a tax number, one of a hundred of them a number that is wrong and one
that another has too; two of ten are contacts of companies, one a foreign company, one a person.
A third of the companies has a bank account. They are shared, or of one of several companies.
"""

import io

from odoo.addons.invoice_crm_addon.fapiao import uscc_check_digit

COLUMNS = (
    "id",
    "name",
    "complete_name",
    "vat",
    "is_company",
    "parent_id",
    "commercial_partner_id",
    "company_id",
    "country_id",
    "active",
    "type",
    "lang",
    "email",
    "street",
    "phone",
    "partner_share",
    "autopost_bills",
    "create_uid",
    "write_uid",
    "create_date",
    "write_date",
)


def get_number(index):
    """Tax number of a company: of a hundred, one is wrong and one is its neighbour's."""
    if index % 100 == 7:
        return f"WRONG{index}"
    if index % 100 == 8:
        index -= 8
    body = f"9144{index:013d}"
    return body + uscc_check_digit(body)


def get_row(number, partner_id, companies, countries):
    china, abroad = countries
    kind, index = number % 10, partner_id
    company = r"\N" if number % 3 else companies[number % len(companies)]
    parent = vat = r"\N"
    country, name, is_company = china, f"深圳市测试{number}号科技有限公司", True
    if kind < 6:
        vat = get_number(number)
    elif kind < 8:
        # Of the first company of the ten, which is of the same one.
        parent = partner_id - kind
        name, is_company = f"张三{number}", False
        company = r"\N" if (number - kind) % 3 else companies[(number - kind) % len(companies)]
        vat = get_number(number - kind)
    elif kind == 8:
        vat, country, name = f"DE{number:09d}", abroad, f"Example {number} GmbH"
    else:
        name, is_company = f"李四{number}", False
    full = name if parent == r"\N" else f"深圳市测试{number - kind}号科技有限公司, {name}"
    return (
        *(index, name, full, vat, is_company, parent),
        *(partner_id if parent == r"\N" else parent, company, country, True, "contact", "zh_CN"),
        *(f"p{number}@example.com", f"深南大道{number}号", f"13{number:09d}", True, "ask"),
        *(1, 1, "2024-01-01", "2024-01-01"),
    )


def make_partners(cr, count):
    """Write so many partners, and commit them; the foreign keys are right by themselves."""
    cr.execute("SELECT nextval('res_partner_id_seq')")
    # Ten belong together.
    first = (cr.fetchone()[0] // 10 + 1) * 10
    cr.execute("SELECT id FROM res_company ORDER BY id")
    companies = [row[0] for row in cr.fetchall()]
    cr.execute("SELECT id FROM res_country WHERE code IN ('CN', 'DE') ORDER BY code")
    countries = [row[0] for row in cr.fetchall()]
    cr.execute("SET session_replication_role = replica")
    for start in range(0, count, 50_000):
        lines = io.StringIO()
        for number in range(start, min(start + 50_000, count)):
            row = get_row(number, first + number, companies, countries)
            lines.write("\t".join(map(str, row)) + "\n")
        lines.seek(0)
        cr._obj.copy_from(lines, "res_partner", columns=COLUMNS)
    cr.execute("SELECT setval('res_partner_id_seq', %s)", [first + count])
    make_accounts(cr, first)
    cr.execute("SET session_replication_role = DEFAULT")
    cr.commit()


def make_accounts(cr, first):
    """One account for a third of the companies, like the one that is there already."""
    own = {
        "partner_id": "partner.id",
        "acc_number": "'6222' || lpad(partner.id::text, 15, '0')",
        "sanitized_acc_number": "'6222' || lpad(partner.id::text, 15, '0')",
        "acc_holder_name": "partner.name",
    }
    cr.execute(
        "SELECT column_name FROM information_schema.columns "
        "WHERE table_name = 'res_partner_bank' AND column_name <> 'id'"
    )
    columns = [row[0] for row in cr.fetchall()]
    values = ", ".join(own.get(name, f"source.{name}") for name in columns)
    cr.execute(
        f"INSERT INTO res_partner_bank ({', '.join(columns)}) SELECT {values} "
        "FROM res_partner partner, (SELECT * FROM res_partner_bank ORDER BY id LIMIT 1) source "
        "WHERE partner.id >= %s AND partner.is_company AND partner.id %% 3 = 0",
        [first],
    )
