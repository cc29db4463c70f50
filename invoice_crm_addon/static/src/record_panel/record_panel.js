import {
    Component,
    onMounted,
    onWillStart,
    onWillUpdateProps,
    reactive,
    useEffect,
    useRef,
    useState,
    useSubEnv,
    xml,
} from "@odoo/owl";
import { Chatter } from "@mail/chatter/web_portal/chatter";
import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { createElement, parseXML } from "@web/core/utils/xml";
import { View, getDefaultConfig } from "@web/views/view";
import { useFilledSwitch } from "../only_filled/filled_switch";

/**
 * What the panel shows of a model, by its name:
 * `view`, the external ID of a form view, if not that of the model; and optionally
 * `getHint(record, fieldName)`, a sentence to be read before that field is changed.
 */
export const recordPanels = registry.category("record_panels");

const WIDTH_KEY = "record_panel.width";
const PIN_KEY = "record_panel.pinned";
const LEAST_WIDTH = 320;
/** How far a key moves the edge, in pixels. */
const STEP = 40;

const DISPLAY_NAME = { name: "display_name", type: "char", readonly: true };

/**
 * Have the form read in the panel, and the name of its record with it. No button takes the
 * keyboard by itself: the next Enter would press it. Messages have a place below the form.
 *
 * @returns {{arch: string, hasMessages: boolean}}
 */
function adapt(arch) {
    const form = parseXML(arch);
    const hasMessages = Boolean(form.querySelector("chatter"));
    for (const node of form.querySelectorAll("chatter, .o_attachment_preview")) {
        node.remove();
    }
    form.setAttribute("js_class", "record_panel_form");
    form.setAttribute("disable_autofocus", "1");
    form.append(createElement("field", { name: "display_name", invisible: "1" }));
    return { arch: form.outerHTML, hasMessages };
}

/** The form says its name while it is rendered: what holds the form must not be rendered for that. */
class PanelTitle extends Component {
    static template = xml`<span t-esc="title.text"/>`;
    static props = { title: Object };

    setup() {
        this.title = useState(this.props.title);
    }
}

/** A record at the right of its list: read at a glance, changed field by field. */
export class RecordPanel extends Component {
    static template = "invoice_crm_addon.RecordPanel";
    static components = { Chatter, PanelTitle, View };
    static props = {
        resModel: String,
        resId: Number,
        context: Object,
        position: Number,
        total: Number,
        onMove: Function,
        onOpenForm: Function,
        onClose: Function,
        onChanged: Function,
        setForm: Function,
    };

    setup() {
        this.viewService = useService("view");
        this.rootRef = useRef("root");
        this.bodyRef = useRef("body");
        this.title = reactive({ text: "" });
        this.state = useState({
            width: Number(browser.localStorage.getItem(WIDTH_KEY)) || 520,
            isPinned: browser.localStorage.getItem(PIN_KEY) !== "0",
            isTalking: false,
        });
        this.filled = useFilledSwitch(this.props.resModel, () => this.props.resId);
        // The form inside has a name and a pager of its own, which are not the list's.
        useSubEnv({
            config: {
                ...getDefaultConfig(),
                setDisplayName: (name) => (this.title.text = name),
                historyBack: () => this.props.onClose(),
            },
        });
        this.state.keptWidth = this.state.width;
        // What is over the list takes none of its width.
        useEffect(
            (width) => {
                const isBeside = getComputedStyle(this.rootRef.el).position === "relative";
                this.env.recordPanel.width = isBeside ? width : 0;
            },
            () => [this.state.keptWidth, this.state.isPinned]
        );
        // A button that was pressed went with its record: the keyboard stands before the next ones.
        // What is said first of a record stands at its top.
        useEffect(
            () => {
                this.bodyRef.el.scrollTop = 0;
                if (document.activeElement === document.body) {
                    this.bodyRef.el.focus();
                }
            },
            () => [this.props.resId]
        );
        onMounted(() => {
            // It covers the list there: who reads with the ears would go on behind it.
            if (this.env.isSmall) {
                this.rootRef.el.querySelector(".o_record_panel_close").focus();
            }
        });
        onWillUpdateProps(({ resId }) => {
            if (resId !== this.props.resId) {
                this.filled.isAllNeeded = false;
            }
        });
        onWillStart(async () => {
            this.description = await this.loadView();
        });
    }

    async loadView() {
        const { resModel, context } = this.props;
        const panel = recordPanels.get(resModel, {});
        const { views, fields, relatedModels } = await this.viewService.loadViews({
            resModel,
            views: [[false, "form"]],
            context: panel.view ? { ...context, form_view_ref: panel.view } : context,
        });
        const withName = { ...fields, display_name: fields.display_name || DISPLAY_NAME };
        const { arch, hasMessages } = adapt(views.form.arch);
        this.hasMessages = hasMessages;
        return {
            arch,
            fields: withName,
            relatedModels: { ...relatedModels, [resModel]: { fields: withName } },
        };
    }

    /** The same object as long as the record is the same, or the form would be read anew. */
    get viewProps() {
        const { resModel, resId, context, onChanged, setForm } = this.props;
        if (this.lastViewProps?.resId !== resId) {
            this.lastViewProps = {
                ...this.description,
                type: "form",
                resModel,
                resId,
                context,
                display: { controlPanel: false },
                onChanged,
                setForm,
            };
        }
        return this.lastViewProps;
    }

    get style() {
        return this.env.isSmall ? "" : `width: ${this.state.width}px`;
    }

    get leastWidth() {
        return LEAST_WIDTH;
    }

    get mostWidth() {
        return Math.round(Math.max(LEAST_WIDTH, browser.innerWidth * 0.75));
    }

    togglePin() {
        this.state.isPinned = !this.state.isPinned;
        browser.localStorage.setItem(PIN_KEY, this.state.isPinned ? "1" : "0");
    }

    /** Drag the left edge; arrow keys on it do the same. */
    startResize(ev) {
        ev.preventDefault();
        const handle = ev.currentTarget;
        const right = this.rootRef.el.getBoundingClientRect().right;
        const resize = (moved) => this.resize(right - moved.clientX);
        const stop = () => {
            handle.removeEventListener("pointermove", resize);
            this.keepWidth();
        };
        handle.setPointerCapture(ev.pointerId);
        handle.addEventListener("pointermove", resize);
        handle.addEventListener("lostpointercapture", stop, { once: true });
    }

    onHandleKeydown(ev) {
        const { width } = this.state;
        const next = {
            ArrowLeft: width + STEP,
            ArrowRight: width - STEP,
            Home: LEAST_WIDTH,
            End: this.mostWidth,
        }[ev.key];
        if (next) {
            ev.preventDefault();
            this.resize(next);
            this.keepWidth();
        }
    }

    resize(width) {
        this.state.width = Math.round(Math.min(Math.max(width, LEAST_WIDTH), this.mostWidth));
    }

    keepWidth() {
        this.state.keptWidth = this.state.width;
        browser.localStorage.setItem(WIDTH_KEY, this.state.width);
    }
}
