{
    "name": "Extension Tests",
    "summary": "What another module adds: content, a watched field, a reason, an outcome, a value",
    "version": "19.0.1.0.0",
    "category": "Hidden/Tests",
    "author": "invoice_crm_addon contributors",
    "license": "LGPL-3",
    "depends": ["base_automation", "invoice_crm_addon"],
    "assets": {
        "web.assets_backend": [
            "test_invoice_extension/static/src/**/*",
        ],
    },
}
