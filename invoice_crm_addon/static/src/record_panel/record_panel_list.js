import { useEffect, useState, useSubEnv } from "@odoo/owl";
import { user } from "@web/core/user";
import { registry } from "@web/core/registry";
import { listView } from "@web/views/list/list_view";
import { getRecords } from "../only_filled/filled_list";
import { onlyFilled } from "../only_filled/only_filled";
import { RecordPanel } from "./record_panel";
import { withWholeColumns } from "./whole_columns";

/** Where a key moves on in the list, and so in the panel. */
const STEPS = { ArrowDown: 1, ArrowUp: -1 };
/** What has a use of its own for these keys; the box that chooses a row has none. */
const TYPING =
    "input:not([type=checkbox]), textarea, select, [contenteditable=true], .o_popover, .dropdown-menu, .o_panel_field_edited";
/** What a double click means something else on. */
const CLICKED_TWICE = "input, textarea, button, a, .o_list_record_selector, .o_selected_row";

/**
 * A list view that opens its records in a panel beside it.
 *
 * A click, or Enter on a row, shows the record; the list stays. Arrow keys move on, Enter on the
 * row that is shown goes into the panel, Escape closes it. Optional columns, and those of the class
 * `o_column_makes_way`, make way for the panel where the others would be cut. Ctrl-click, a double
 * click and a button of the panel open the whole form. What the panel shows of a model, a form view
 * says that is registered in `record_panels` (see `record_panel.js`). In a dialog, a click chooses
 * as ever.
 *
 * @param {Object} view a list view of the registry
 */
export function withRecordPanel(view) {
    class PanelRenderer extends withWholeColumns(view.Renderer) {
        setup() {
            super.setup();
            this.recordPanel = useState(this.env.recordPanel);
        }

        get takenWidth() {
            return this.recordPanel.resId ? this.recordPanel.width : 0;
        }

        getRowClass(record) {
            const isShown = this.recordPanel.id === record.id;
            return super.getRowClass(record) + (isShown ? " o_record_panel_row" : "");
        }
    }

    class PanelController extends view.Controller {
        static template = "invoice_crm_addon.RecordPanelList";
        static components = { ...view.Controller.components, RecordPanel };

        setup() {
            super.setup();
            this.filled = useState(onlyFilled(this.props.resModel));
            // A record stands in several groups at times: its row is told by `id`.
            this.recordPanel = useState({ id: false, resId: false, width: 0 });
            useSubEnv({ recordPanel: this.recordPanel });
            // Of the same identity at every render, or the form inside would be read anew.
            this.recordPanelHandlers = {
                context: user.context,
                onMove: (step) => this.movePanel(step),
                onOpenForm: () => this.openForm(),
                onClose: () => this.closePanel(),
                onChanged: () => this.model.load(),
                setForm: (form) => (this.panelForm = form),
            };
            useEffect(
                () => this.onListLoaded(),
                () => [getRecords(this.model.root).map(({ id }) => id).join()]
            );
        }

        get className() {
            return `${super.className || ""} o_record_panel_list`;
        }

        get recordPanelProps() {
            const total = getRecords(this.model.root).length;
            const position = this.getPosition();
            const { resModel } = this.props;
            const { resId } = this.recordPanel;
            return { ...this.recordPanelHandlers, resModel, resId, position, total };
        }

        /** Where the record of the panel stands in the list; -1 if it is not there any more. */
        getPosition() {
            const records = getRecords(this.model.root);
            const { id, resId } = this.recordPanel;
            const position = records.findIndex((record) => record.id === id);
            return position >= 0 ? position : records.findIndex((record) => record.resId === resId);
        }

        async openRecord(record, options = {}) {
            const isElsewhere = this.env.inDialog || this.archInfo.openAction || record.isNew;
            if (isElsewhere || options.newWindow || options.force) {
                return super.openRecord(record, options);
            }
            if (record.id === this.recordPanel.id) {
                // Enter on the row that is shown; or the second click of two, which opens the form.
                return this.panelForm?.focus();
            }
            if (await this.mayLeavePanel()) {
                this.showRecord(record);
            }
        }

        showRecord({ id, resId }) {
            Object.assign(this.recordPanel, { id, resId });
            this.panelPosition = this.getPosition();
        }

        /** What was typed into the panel is saved first; if it is refused, the record stays. */
        async mayLeavePanel() {
            return !this.recordPanel.resId || (await this.panelForm?.saveField()) !== false;
        }

        async openForm() {
            const record = getRecords(this.model.root)[this.getPosition()];
            if (record && (await this.mayLeavePanel())) {
                return super.openRecord(record);
            }
        }

        async closePanel() {
            if (await this.mayLeavePanel()) {
                this.focusRow();
                Object.assign(this.recordPanel, { id: false, resId: false });
            }
        }

        async movePanel(step) {
            const next = getRecords(this.model.root)[this.getPosition() + step];
            if (next && (await this.mayLeavePanel())) {
                this.showRecord(next);
                this.getRow()?.scrollIntoView({ block: "nearest" });
                return true;
            }
        }

        getRow() {
            const record = getRecords(this.model.root)[this.getPosition()];
            return record && this.rootRef.el.querySelector(`.o_data_row[data-id="${record.id}"]`);
        }

        focusRow() {
            this.getRow()?.querySelector("td.o_data_cell")?.focus();
        }

        async beforeLeave(options) {
            if (!options?.forceLeave && !(await this.mayLeavePanel())) {
                return false;
            }
            return super.beforeLeave(options);
        }

        async onPanelKeydown(ev) {
            const isPlain = !(ev.ctrlKey || ev.metaKey || ev.altKey || ev.shiftKey);
            if (!this.recordPanel.resId || !isPlain || ev.target.closest(TYPING)) {
                return;
            }
            if (ev.key in STEPS) {
                ev.preventDefault();
                ev.stopPropagation();
                const isOfList = ev.target.closest(".o_list_renderer");
                if ((await this.movePanel(STEPS[ev.key])) && isOfList) {
                    this.focusRow();
                }
            } else if (ev.key === "Escape") {
                ev.preventDefault();
                ev.stopPropagation();
                this.closePanel();
            }
        }

        onPanelDoubleClick(ev) {
            const row = ev.target.closest(".o_data_row");
            const isShown = row && row === this.getRow();
            if (this.recordPanel.resId && isShown && !ev.target.closest(CLICKED_TWICE)) {
                this.openForm();
            }
        }

        /**
         * A record that left the list, as one that is decided does, makes room for the next; but
         * not while something is typed, or refused.
         */
        onListLoaded() {
            const records = getRecords(this.model.root);
            const position = this.getPosition();
            if (position >= 0 && this.recordPanel.resId) {
                this.showRecord(records[position]); // its row may be another after a load
            } else if (this.recordPanel.resId && !this.panelForm?.isOpen) {
                const next = records[Math.min(this.panelPosition, records.length - 1)];
                this.showRecord(next || { id: false, resId: false });
            }
        }
    }

    return { ...view, Controller: PanelController, Renderer: PanelRenderer };
}

registry.category("views").add("record_panel_list", withRecordPanel(listView));
