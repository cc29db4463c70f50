"""What the tax bureau lists, for the table of rights."""

from ...models.base.proof import proven


def add_bureau(cls, world, company):
    """Two fapiao that only the bureau lists, of which one is explained, and a closed month."""
    Fapiao, owned = cls.env["invoice.bureau.fapiao"], {"company_id": company.id}
    world.bureau_list = cls.env["invoice.bureau.list"].create(
        {"name": "List", "user_id": cls.finance.id, **owned}
    )
    values = {"month": "2026-01-01", "issue_date": "2026-01-05", "status": "normal", **owned}
    explained, world.bureau_fapiao = Fapiao.create(
        [{"number": f"{n}" * 20, "list_id": world.bureau_list.id, **values} for n in (1, 2)]
    )
    Rows = cls.env["invoice.bureau.month.row"]
    world.bureau_row = Rows.search([("fapiao_id", "=", world.bureau_fapiao.id)])
    row = Rows.search([("fapiao_id", "=", explained.id)])
    world.bureau_reason = proven(cls.env["invoice.bureau.explanation"]).create(
        {
            "month": "2026-01-01",
            "fapiao_id": explained.id,
            "result": row.result,
            "reason": "outside",
            "note": "Branch",
            "user_id": cls.finance.id,
            "fingerprint": row.fingerprint,
            **owned,
        }
    )
    Months = cls.env["invoice.bureau.month"]
    world.bureau_month, other = proven(Months).create(
        [{"date": day, **owned} for day in ("2026-02-01", "2026-01-01")]
    )
    world.bureau_list.month_ids = world.bureau_month
    Fapiao.create(
        {
            **values,
            "number": "3" * 20,
            "month": "2026-02-01",
            "issue_date": "2026-02-05",
            "status": "normal",
            "list_id": world.bureau_list.id,
        }
    )
    february = Rows.search([("company_id", "=", company.id), ("month", "=", "2026-02-01")])
    proven(cls.env["invoice.bureau.explanation"]).create(
        {
            "month": "2026-02-01",
            "fapiao_id": february.fapiao_id.id,
            "result": february.result,
            "reason": "outside",
            "note": "Branch",
            "user_id": cls.finance.id,
            "fingerprint": february.fingerprint,
            **owned,
        }
    )
    world.bureau_closing = proven(cls.env["invoice.bureau.closing"]).create(
        {
            "month_id": other.id,
            "user_id": cls.finance.id,
            "closed_on": "2026-02-01",
            "seal": "0",
        }
    )


def get_bureau_creators(world, finance, in_company):
    """Values of new records by what the table calls them."""
    return {
        "bureau_list": lambda: {"name": "New", "user_id": finance.id, **in_company},
        "bureau_fapiao": lambda: {
            "number": "9" * 20,
            "month": "2026-01-01",
            "issue_date": "2026-01-01",
            "status": "normal",
            **in_company,
        },
        "bureau_month": lambda: {"date": "2020-01-01", **in_company},
        "bureau_closing": lambda: {
            "month_id": world.bureau_month.id,
            "user_id": finance.id,
            "closed_on": "2026-02-01",
            "seal": "1",
        },
        "bureau_reason": lambda: {
            "month": "2026-01-01",
            "result": "bureau_only",
            "reason": "outside",
            "note": "New",
            "user_id": finance.id,
            "fingerprint": "new",
            **in_company,
        },
    }
