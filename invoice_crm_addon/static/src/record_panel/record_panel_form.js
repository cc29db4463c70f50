import { useEffect, useRef, useState, useSubEnv } from "@odoo/owl";
import { RPCError } from "@web/core/network/rpc";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { FormController } from "@web/views/form/form_controller";
import { FilledField, FilledFormRenderer, filledFormView } from "../only_filled/filled_form";
import { recordPanels } from "./record_panel";

/** Rows and files have screens of their own. */
const NOT_IN_PLACE = new Set(["one2many", "binary", "json", "properties_definition", "reference"]);

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
        useEffect(
            (isEdited) => {
                if (isEdited) {
                    const input = this.rootRef.el.querySelector("input, textarea, select");
                    input?.focus();
                    input?.select?.();
                }
            },
            () => [this.isEdited]
        );
    }

    get isEdited() {
        return this.edit.name === this.props.name;
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
        // What is read may hold links and buttons.
        if (this.canEdit && !this.isEdited && !ev.target.closest("a, button")) {
            this.edit.open(this.props.name);
        }
    }

    onKeydown(ev) {
        if (!this.isEdited) {
            if (["Enter", "F2"].includes(ev.key) && ev.target === ev.currentTarget && this.canEdit) {
                ev.preventDefault();
                ev.stopPropagation();
                this.edit.open(this.props.name);
            }
            return;
        }
        if (ev.key === "Escape") {
            ev.preventDefault();
            ev.stopPropagation();
            this.edit.cancel();
        } else if (ev.key === "Enter" && !(ev.target.tagName === "TEXTAREA" && !ev.ctrlKey)) {
            // A choice in an open list is taken by the field itself.
            if (!ev.currentTarget.querySelector("[aria-expanded=true]")) {
                ev.preventDefault();
                ev.stopPropagation();
                ev.target.dispatchEvent(new Event("change", { bubbles: true }));
                this.edit.save();
            }
        }
    }
}

export class PanelFormRenderer extends FilledFormRenderer {
    static components = { ...FilledFormRenderer.components, Field: PanelField };
}

/** A form that is read, and of which one field at a time can be changed. */
export class PanelFormController extends FormController {
    static props = {
        ...FormController.props,
        onChanged: { type: Function, optional: true },
        setBeforeMove: { type: Function, optional: true },
    };

    setup() {
        super.setup();
        this.edit = useState({
            name: false,
            error: "",
            isSaving: false,
            canEdit: this.canEdit && this.archInfo.activeActions.edit,
            open: (name) => this.openField(name),
            save: () => this.saveField(),
            cancel: () => this.cancelField(),
        });
        useSubEnv({ panelEdit: this.edit });
        this.props.setBeforeMove?.(() => this.saveField());
    }

    get modelParams() {
        const params = super.modelParams;
        params.config.mode = "readonly";
        return params;
    }

    async openField(name) {
        if (await this.saveField()) {
            Object.assign(this.edit, { name, error: "" });
        }
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
            if (record.isFieldInvalid(name) || !(await record.save({ onError: this.throwError }))) {
                this.edit.error ||= _t("This value cannot be saved.");
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
            this.edit.error = error.data?.message || error.message;
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

    async afterExecuteActionButton(clickParams) {
        await super.afterExecuteActionButton(clickParams);
        await this.props.onChanged?.();
    }

    /** A field that is open is saved when it is left, not when somebody looks at another window. */
    beforeVisibilityChange() {}
}

registry.category("views").add("record_panel_form", {
    ...filledFormView,
    Controller: PanelFormController,
    Renderer: PanelFormRenderer,
});
