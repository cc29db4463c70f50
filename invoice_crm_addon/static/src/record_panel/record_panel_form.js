import { status, toRaw, useEffect, useRef, useState, useSubEnv } from "@odoo/owl";
import { RPCError } from "@web/core/network/rpc";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { RelationalModel } from "@web/model/relational_model/relational_model";
import { FormController } from "@web/views/form/form_controller";
import { useViewButtons } from "@web/views/view_button/view_button_hook";
import { getRefusal } from "../base/refusals";
import { FilledField, FilledFormRenderer, filledFormView } from "../only_filled/filled_form";
import { recordPanels } from "./record_panel";

/** Rows and files have screens of their own. */
const NOT_IN_PLACE = new Set(["one2many", "binary", "json", "properties_definition", "reference"]);
/** Where to type; a date that is filled is a button until it has the keyboard. */
const INPUT = "input, textarea, select, button.o_input";
/** What is to be entered into a field whose text cannot be read. */
const REFUSALS = {
    integer: () => _t("Enter a number."),
    float: () => _t("Enter a number."),
    monetary: () => _t("Enter a number."),
    date: () => _t("Enter a date."),
    datetime: () => _t("Enter a date."),
};

/**
 * A field that is read, and changed in place: a click opens it, ✓ or Enter saves this field alone,
 * Escape leaves it as it was. What the server says against the value stands below it.
 */
export class PanelField extends FilledField {
    static template = "invoice_crm_addon.PanelField";

    setup() {
        super.setup();
        this.edit = useState(this.env.panelEdit);
        this.rootRef = useRef("root");
        let wasEdited = false;
        useEffect(
            (isEdited) => {
                if (isEdited) {
                    const input = this.rootRef.el.querySelector(INPUT);
                    input?.focus();
                    input?.select?.();
                    this.fillIn(input, this.edit.takeTyped());
                } else if (wasEdited && document.activeElement === document.body) {
                    this.rootRef.el.focus(); // who wrote with the keyboard goes on from here
                }
                wasEdited = isEdited;
            },
            () => [this.isEdited]
        );
    }

    get isEdited() {
        return this.edit.name === this.props.name && this.canEdit;
    }

    /** What the user may not change, or not now, does not invite. */
    get canEdit() {
        const { record, name } = this.props;
        return (
            this.edit.canEdit &&
            !NOT_IN_PLACE.has(record.fields[name].type) &&
            !super.classNames.o_readonly_modifier
        );
    }

    get classNames() {
        return {
            ...super.classNames,
            o_panel_field: true,
            o_panel_field_open: this.canEdit && !this.isEdited,
            o_panel_field_edited: this.isEdited,
        };
    }

    get fieldComponentProps() {
        return { ...super.fieldComponentProps, readonly: !this.isEdited };
    }

    get label() {
        const { record, name } = this.props;
        return _t("Change “%s”", this.props.fieldInfo?.string || record.fields[name].string);
    }

    get hint() {
        const { getHint } = recordPanels.get(this.props.record.resModel, {});
        return getHint?.(this.props.record, this.props.name);
    }

    onClick(ev) {
        // What is read may hold links and buttons, or be marked to copy it.
        const isMarked = !document.getSelection().isCollapsed;
        if (this.canEdit && !this.isEdited && !isMarked && !ev.target.closest("a, button")) {
            this.edit.open(this.props.name);
        }
    }

    /** The name of a linked record is a link: where it can be changed, a plain click changes it. */
    onClickCapture(ev) {
        const link = ev.target.closest("a");
        if (!link || !this.canEdit || this.isEdited || !this.isLinked) {
            return;
        }
        // The browser opens a link beside by itself; the field would open it here.
        ev.stopPropagation();
        if (!(ev.ctrlKey || ev.metaKey || ev.shiftKey)) {
            ev.preventDefault();
            if (document.getSelection().isCollapsed) {
                this.edit.open(this.props.name);
            }
        }
    }

    get isLinked() {
        const { record, name } = this.props;
        return record.fields[name].type === "many2one";
    }

    /** What was typed before there was an input stands in it, in place of what was marked there. */
    fillIn(input, text) {
        if (text && input?.setRangeText) {
            input.setRangeText(text, 0, input.value.length, "end");
            input.dispatchEvent(new InputEvent("input", { bubbles: true }));
        }
    }

    onKeydown(ev) {
        // Keys that compose a character, and those of a button, are not ours.
        if (ev.isComposing || ev.keyCode === 229 || ev.target.closest("a, button")) {
            return;
        }
        if (this.edit.opening === this.props.name && this.edit.keepTyped(ev)) {
            this.take(ev);
        } else if (!this.isEdited) {
            if (["Enter", "F2"].includes(ev.key) && ev.target === ev.currentTarget && this.canEdit) {
                this.take(ev);
                this.edit.open(this.props.name);
            }
        } else if (ev.key === "Escape") {
            this.take(ev);
            this.edit.cancel();
        } else if (ev.key === "Enter" && (ev.ctrlKey || !this.isOfManyLines(ev.target))) {
            // A choice in an open list is taken by the field itself.
            if (!ev.currentTarget.querySelector("[aria-expanded=true]")) {
                this.take(ev);
                ev.target.dispatchEvent(new Event("change", { bubbles: true }));
                this.edit.save();
            }
        }
    }

    isOfManyLines(el) {
        return el.tagName === "TEXTAREA" || el.isContentEditable;
    }

    take(ev) {
        ev.preventDefault();
        ev.stopPropagation();
    }
}

export class PanelFormRenderer extends FilledFormRenderer {
    static components = { ...FilledFormRenderer.components, Field: PanelField };
}

/** One field is saved: others that are empty and should not be wait for their turn. */
class PanelRecord extends RelationalModel.Record {
    _checkValidity(options = {}) {
        // What is wrong stands beside the field, and is not said once more elsewhere.
        const isValid = super._checkValidity({ ...options, displayNotification: false });
        const { panelEdit, root } = this.model;
        return isValid || (this.id === root?.id && !this.isFieldInvalid(panelEdit?.name));
    }

    /** Why the value of a field cannot be saved; nothing if it can. */
    getRefusal(name) {
        if (!this.isFieldInvalid(name)) {
            return "";
        }
        if (this._unsetRequiredFields.has(name)) {
            return _t("This field cannot be empty.");
        }
        return REFUSALS[this.fields[name].type]?.() || _t("This value cannot be saved.");
    }
}

class PanelModel extends RelationalModel {
    static Record = PanelRecord;
}

/** A form that is read, and of which one field at a time can be changed. */
export class PanelFormController extends FormController {
    static props = {
        ...FormController.props,
        onChanged: { type: Function, optional: true },
        setForm: { type: Function, optional: true },
    };

    setup() {
        super.setup();
        // Instead of core's, which know of no list.
        useViewButtons(this.rootRef, {
            beforeExecuteAction: this.beforeExecuteActionButton.bind(this),
            afterExecuteAction: this.afterExecuteActionButton.bind(this),
            reload: () => this.reload(),
        });
        this.edit = useState({
            name: false,
            opening: false,
            error: "",
            isSaving: false,
            canEdit: this.canEdit && this.archInfo.activeActions.edit,
            open: (name) => this.openField(name),
            save: () => this.saveField(),
            cancel: () => this.cancelField(),
            keepTyped: (ev) => this.keepTyped(ev),
            takeTyped: () => this.takeTyped(),
        });
        this.typed = "";
        this.model.panelEdit = toRaw(this.edit);
        useSubEnv({ panelEdit: this.edit });
        this.props.setForm?.(this);
    }

    /** Whether a field is open: something may be typed there. */
    get isOpen() {
        return Boolean(this.edit.name);
    }

    /** Put the keyboard on the first field that can be changed, or before the buttons. */
    focus() {
        const { el } = this.rootRef;
        const first = el?.querySelector(".o_panel_field_open");
        (first || el?.closest(".o_record_panel_body"))?.focus();
    }

    get modelParams() {
        const params = super.modelParams;
        params.config.mode = "readonly";
        return params;
    }

    async openField(name) {
        this.typed = "";
        this.edit.opening = name;
        if (await this.saveField()) {
            Object.assign(this.edit, { name, error: "" });
        } else {
            this.edit.opening = false;
        }
    }

    /** Keys between the click and the input that it brings: whoever types fast loses none. */
    keepTyped({ key, ctrlKey, metaKey, altKey }) {
        if (key === "Backspace") {
            this.typed = this.typed.slice(0, -1);
        } else if (key.length === 1 && !(ctrlKey || metaKey || altKey)) {
            this.typed += key;
        } else if (key !== "a" || !(ctrlKey || metaKey)) {
            return false; // all is marked anyway
        }
        return true;
    }

    takeTyped() {
        const { typed } = this;
        this.typed = "";
        this.edit.opening = false;
        return typed;
    }

    async cancelField() {
        Object.assign(this.edit, { name: false, error: "" });
        await this.model.root.discard();
    }

    /** Save the field that is open, and nothing beside it. Returns whether it is saved, or none was. */
    async saveField() {
        const { name, isSaving } = this.edit;
        if (!name) {
            return true;
        }
        if (isSaving) {
            return false;
        }
        this.edit.isSaving = true;
        try {
            const record = this.model.root;
            const isChanged = await record.isDirty();
            const refusal = isChanged && record.getRefusal(name);
            if (refusal || (isChanged && !(await record.save({ onError: this.throwError })))) {
                this.edit.error =
                    refusal || record.getRefusal(name) || _t("This value cannot be saved.");
                return false;
            }
            Object.assign(this.edit, { name: false, error: "" });
            if (isChanged) {
                await this.props.onChanged?.();
            }
            return true;
        } catch (error) {
            if (!(error instanceof RPCError)) {
                throw error;
            }
            this.edit.error = getRefusal(error);
            this.env.formFilled.isAllNeeded = true; // it may speak of another field
            return false;
        } finally {
            this.edit.isSaving = false;
        }
    }

    throwError(error) {
        throw error;
    }

    /** What an onchange proposes for other fields is the server's to decide. */
    async onWillSaveRecord(record, changes) {
        for (const name of Object.keys(changes)) {
            if (this.edit.name && name !== this.edit.name) {
                delete changes[name];
            }
        }
        return super.onWillSaveRecord(record, changes);
    }

    /** An action is about what is saved, and may lock the field that is open. */
    async beforeExecuteActionButton(clickParams) {
        this.isActing = true;
        return (await this.saveField()) && super.beforeExecuteActionButton(clickParams);
    }

    async afterExecuteActionButton(clickParams) {
        this.isActing = false;
        await super.afterExecuteActionButton(clickParams);
        // An action may have opened another screen: there is no list any more to load.
        if (status(this) !== "destroyed") {
            await this.props.onChanged?.();
        }
    }

    /** A dialog that a button opened did something only when it closes: the list is told again. */
    async reload() {
        await this.model.load();
        if (!this.isActing && status(this) !== "destroyed") {
            await this.props.onChanged?.();
        }
    }

    /** A field that is open is saved when it is left, not when somebody looks at another window. */
    beforeVisibilityChange() {}
}

registry.category("views").add("record_panel_form", {
    ...filledFormView,
    Controller: PanelFormController,
    Model: PanelModel,
    Renderer: PanelFormRenderer,
});
