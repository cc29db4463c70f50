{
    "name": "Benchmark: document with tiers",
    "summary": "A document for bench_approvals.py. It is no part of the add-on.",
    "version": "19.0.1.0.0",
    "category": "Hidden",
    "author": "invoice_crm_addon contributors",
    # As the module that it extends.
    "license": "AGPL-3",
    "depends": ["base_tier_validation"],
    "data": ["security/ir.model.access.csv"],
}
