import { useEffect, useState, useSubEnv } from "@odoo/owl";
import { user } from "@web/core/user";
import { registry } from "@web/core/registry";
import { listView } from "@web/views/list/list_view";
import { RecordPanel } from "./record_panel";

/** Where a key moves on in the list, and so in the panel. */
const STEPS = { ArrowDown: 1, ArrowUp: -1 };
/** What has a use of its own for these keys. */
const TYPING = "input, textarea, select, [contenteditable=true], .o_popover, .dropdown-menu";

/** The records of a list in the order that is seen; of closed groups, none are there. */
function getRecords(list) {
    return list.isGrouped ? list.groups.flatMap((group) => getRecords(group.list)) : list.records;
}

/**
 * A list view that opens its records in a panel beside it.
 *
 * A click, or Enter on a row, shows the record; the list stays. Arrow keys move on, Escape closes.
 * Ctrl-click, a double click and a button of the panel open the whole form. What the panel shows of
 * a model, a form view says that is registered in `record_panels` (see `record_panel.js`).
 *
 * @param {Object} view a list view of the registry
 */
export function withRecordPanel(view) {
    class PanelRenderer extends view.Renderer {
        setup() {
            super.setup();
            this.recordPanel = useState(this.env.recordPanel);
        }

        getRowClass(record) {
            const isShown = this.recordPanel.resId === record.resId;
            return super.getRowClass(record) + (isShown ? " o_record_panel_row" : "");
        }
    }

    class PanelController extends view.Controller {
        static template = "invoice_crm_addon.RecordPanelList";
        static components = { ...view.Controller.components, RecordPanel };

        setup() {
            super.setup();
            this.recordPanel = useState({ resId: false });
            useSubEnv({ recordPanel: this.recordPanel });
            // Of the same identity at every render, or the form inside would be read anew.
            this.recordPanelHandlers = {
                context: user.context,
                onMove: (step) => this.movePanel(step),
                onOpenForm: () => this.openForm(),
                onClose: () => this.closePanel(),
                onChanged: () => this.model.load(),
                setBeforeMove: (callback) => (this.beforeMove = callback),
            };
            useEffect(
                () => this.onListLoaded(),
                () => [getRecords(this.model.root).map(({ resId }) => resId).join()]
            );
        }

        get className() {
            return `${super.className || ""} o_record_panel_list`;
        }

        getPosition(resId) {
            return getRecords(this.model.root).findIndex((record) => record.resId === resId);
        }

        get recordPanelProps() {
            const { resId } = this.recordPanel;
            const total = getRecords(this.model.root).length;
            const position = this.getPosition(resId);
            const { resModel } = this.props;
            return { ...this.recordPanelHandlers, resModel, resId, position, total };
        }

        async openRecord(record, options = {}) {
            if (options.newWindow || options.force || record.isNew || this.archInfo.openAction) {
                return super.openRecord(record, options);
            }
            if (record.resId === this.recordPanel.resId) {
                return; // the second click of two, which opens the form
            }
            if (await this.mayLeavePanel()) {
                this.showRecord(record);
            }
        }

        showRecord({ resId }) {
            this.recordPanel.resId = resId;
            this.panelPosition = this.getPosition(resId);
        }

        /** What was typed into the panel is saved first; if it is refused, the record stays. */
        async mayLeavePanel() {
            return !this.recordPanel.resId || (await this.beforeMove?.()) !== false;
        }

        async openForm() {
            const record = getRecords(this.model.root)[this.getPosition(this.recordPanel.resId)];
            if (record && (await this.mayLeavePanel())) {
                return super.openRecord(record);
            }
        }

        async closePanel() {
            if (await this.mayLeavePanel()) {
                const { resId } = this.recordPanel;
                this.recordPanel.resId = false;
                this.focusRow(resId);
            }
        }

        async movePanel(step) {
            const position = this.getPosition(this.recordPanel.resId);
            const next = getRecords(this.model.root)[position + step];
            if (next && (await this.mayLeavePanel())) {
                this.showRecord(next);
                this.focusRow(next.resId);
            }
        }

        /** Keep the row of the panel in sight, and the keyboard on it. */
        focusRow(resId) {
            const record = getRecords(this.model.root)[this.getPosition(resId)];
            const row =
                record && this.rootRef.el.querySelector(`.o_data_row[data-id="${record.id}"]`);
            if (row) {
                row.scrollIntoView({ block: "nearest" });
                row.querySelector("td.o_data_cell")?.focus();
            }
        }

        async beforeLeave(options) {
            if (!options?.forceLeave && !(await this.mayLeavePanel())) {
                return false;
            }
            return super.beforeLeave(options);
        }

        onPanelKeydown(ev) {
            if (!this.recordPanel.resId || ev.target.closest(TYPING)) {
                return;
            }
            const isPlain = !(ev.ctrlKey || ev.metaKey || ev.altKey || ev.shiftKey);
            if (isPlain && ev.key in STEPS) {
                ev.preventDefault();
                ev.stopPropagation();
                this.movePanel(STEPS[ev.key]);
            } else if (isPlain && ev.key === "Escape") {
                ev.preventDefault();
                ev.stopPropagation();
                this.closePanel();
            }
        }

        onPanelDoubleClick(ev) {
            if (this.recordPanel.resId && ev.target.closest(".o_data_row")) {
                this.openForm();
            }
        }

        /** A record that left the list, as one that is decided does, makes room for the next. */
        onListLoaded() {
            const records = getRecords(this.model.root);
            if (this.recordPanel.resId && this.getPosition(this.recordPanel.resId) < 0) {
                const next = Math.min(this.panelPosition, records.length - 1);
                this.recordPanel.resId = false;
                if (records[next]) {
                    this.showRecord(records[next]);
                }
            }
        }
    }

    return { ...view, Controller: PanelController, Renderer: PanelRenderer };
}

registry.category("views").add("record_panel_list", withRecordPanel(listView));
