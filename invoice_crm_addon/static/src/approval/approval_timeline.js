import { Component, onWillUnmount, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { deserializeDateTime, formatDateTime, toLocaleDateTimeString } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { ApprovalPerson } from "./approval_person";

const { DateTime, Duration } = luxon;
const MINUTE = 60 * 1000;

const STEP_LOOKS = {
    approved: { icon: "fa-check", color: "success" },
    pending: { icon: "fa-hourglass-half", color: "warning" },
    rejected: { icon: "fa-times", color: "danger" },
    returned: { icon: "fa-undo", color: "info" },
    skipped: { icon: "fa-forward", color: "300" },
    cancelled: { icon: "fa-ban", color: "300" },
    waiting: { icon: "fa-circle-o", color: "300" },
};
const ROUND_COLORS = { pending: "warning", approved: "success", rejected: "danger" };

/** The moment now, renewed every minute as long as the component is on the screen. */
function useNow() {
    const clock = useState({ now: DateTime.now() });
    const timer = browser.setInterval(() => (clock.now = DateTime.now()), MINUTE);
    onWillUnmount(() => browser.clearInterval(timer));
    return clock;
}

/**
 * The rounds of approval of a document, the latest first: who did what, when and why, who is
 * asked now and for how long already, and who comes later.
 */
export class ApprovalTimelineField extends Component {
    static template = "invoice_crm_addon.ApprovalTimeline";
    static components = { ApprovalPerson };
    static props = { ...standardFieldProps };

    setup() {
        this.action = useService("action");
        this.clock = useNow();
    }

    get rounds() {
        return this.props.record.data[this.props.name] || [];
    }

    get isOnRequest() {
        return this.props.record.resModel === "invoice.approval.request";
    }

    getRoundColor(round) {
        return ROUND_COLORS[round.state] || "300";
    }

    getStepLook(step) {
        return STEP_LOOKS[step.state];
    }

    isLater(step) {
        return ["waiting", "cancelled", "skipped"].includes(step.state);
    }

    isLate(step) {
        if (!step.deadline) {
            return false;
        }
        const end = step.until ? deserializeDateTime(step.until) : this.clock.now;
        return deserializeDateTime(step.deadline) < end;
    }

    /** How long a step has been waiting for somebody, in words. */
    getWaiting(step) {
        return this.formatDuration(this.clock.now.diff(deserializeDateTime(step.since)));
    }

    /** How long somebody took to decide, in words; empty where nobody waited. */
    getWaited(entry) {
        const waited = Duration.fromObject({ hours: entry.hours });
        return waited.as("minutes") < 1
            ? ""
            : _t("waited %s", this.formatDuration(waited));
    }

    getEntryLabel(entry) {
        return entry.to ? `${entry.label} → ${entry.to}` : entry.label;
    }

    /**
     * Days and hours, or hours and minutes.
     *
     * @param {luxon.Duration} duration
     */
    formatDuration(duration) {
        const parts = duration.shiftTo("days", "hours", "minutes").toObject();
        parts.minutes = Math.floor(parts.minutes);
        const units = Object.keys(parts)
            .filter((unit) => parts[unit] > 0)
            .slice(0, 2);
        if (!units.length) {
            return _t("less than a minute");
        }
        const kept = Object.fromEntries(units.map((unit) => [unit, parts[unit]]));
        return Duration.fromObject(kept).toHuman({ unitDisplay: "short", listStyle: "narrow" });
    }

    formatMoment(value) {
        return toLocaleDateTimeString(deserializeDateTime(value));
    }

    formatWholeMoment(value) {
        return formatDateTime(deserializeDateTime(value));
    }

    openRound(round) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "invoice.approval.request",
            res_id: round.id,
            views: [[false, "form"]],
        });
    }
}

export const approvalTimelineField = {
    component: ApprovalTimelineField,
    displayName: _t("Approval Timeline"),
    supportedTypes: ["json"],
};

registry.category("fields").add("approval_timeline", approvalTimelineField);
