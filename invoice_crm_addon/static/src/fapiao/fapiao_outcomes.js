import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";

/**
 * What may become of an e-invoice file, and how the panel shows it. A module that adds an outcome
 * to `invoice.fapiao.file` adds it here too:
 *
 *     registry.category("fapiao_outcomes").add("parked", {
 *         label: _t("Parked"), // beside the name of the file
 *         color: "info", // of the badge: a colour of Bootstrap
 *         icon: "fa-pause", // before the label
 *         order: 15, // of those that need somebody, the lowest first; others need nobody
 *         isRunning: false, // whether something else will become of the file by itself
 *     });
 *
 * All but the label and the colour may be left out.
 */
export const fapiaoOutcomes = registry.category("fapiao_outcomes");

fapiaoOutcomes.addValidation({
    label: { validate: (label) => typeof label === "string" || label instanceof String },
    color: String,
    icon: { type: String, optional: true },
    order: { type: Number, optional: true },
    isRunning: { type: Boolean, optional: true },
});

fapiaoOutcomes
    // in the browser, before there is a file on the server
    .add("uploading", { label: _t("Uploading"), color: "light", isRunning: true })
    .add("uploaded", { label: _t("Uploaded"), color: "light", isRunning: true })
    .add("failed", { label: _t("Failed"), color: "danger", icon: "fa-times", order: 20 })
    // of files on the server
    .add("waiting", { label: _t("To Be Read"), color: "light", isRunning: true })
    .add("issued", { label: _t("Issued"), color: "success", icon: "fa-check" })
    .add("created", { label: _t("Created"), color: "success", icon: "fa-plus" })
    .add("attached", { label: _t("Attached"), color: "info", icon: "fa-paperclip" })
    .add("duplicate", { label: _t("Already There"), color: "secondary", icon: "fa-clone" })
    .add("undecided", {
        label: _t("Needs You"),
        color: "warning",
        icon: "fa-question",
        order: 10,
    })
    .add("listed", { label: _t("Tax Bureau List"), color: "success", icon: "fa-list" })
    .add("refused", { label: _t("Refused"), color: "danger", icon: "fa-ban", order: 30 });

/**
 * How the panel shows an outcome; one that no module of the client knows by its own name.
 *
 * @param {string} outcome
 * @returns {{label: string, color: string, icon?: string, order?: number, isRunning?: boolean}}
 */
export function getOutcome(outcome) {
    return fapiaoOutcomes.get(outcome, { label: outcome, color: "secondary" });
}

/**
 * Order functions for rows and badges: what needs somebody first, the others as they came.
 *
 * @param {{outcome: string}} row
 * @returns {number}
 */
export function getRank(row) {
    return getOutcome(row.outcome).order ?? Number.MAX_SAFE_INTEGER;
}
