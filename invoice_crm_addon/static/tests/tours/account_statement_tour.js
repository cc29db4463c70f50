import { registry } from "@web/core/registry";

/** The customer says that the statement differs, then that it agrees after all. */
registry.category("web_tour.tours").add("invoice_crm_statement_answer", {
    steps: () => [
        { trigger: ".o_account_statement" },
        { trigger: "input[name=name]", run: "edit Li Lei" },
        { trigger: "input[name=amount]", run: "edit 1,000.00" },
        { trigger: "textarea[name=text]", run: "edit 130 are missing" },
        { trigger: "button[value=differs]", run: "click", expectUnloadPage: true },
        { trigger: ".o_statement_thanks:contains(differs)" },
        { trigger: "details summary", run: "click" },
        { trigger: "details[open] button[value=agreed]", run: "click", expectUnloadPage: true },
        { trigger: ".o_statement_thanks:contains(agreed)" },
    ],
});
