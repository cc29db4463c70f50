{
    "name": "Approval Tests",
    "summary": "Models that become approvable by inheriting the mixin, and nothing else",
    "version": "19.0.1.0.0",
    "category": "Hidden/Tests",
    "author": "invoice_crm_addon contributors",
    "license": "LGPL-3",
    "depends": ["invoice_crm_addon"],
    "data": [
        "security/ir.model.access.csv",
    ],
}
