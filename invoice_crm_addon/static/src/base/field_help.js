import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";

const MARK = "sup[data-tooltip-info]";

/**
 * The "?" that explains a field.
 *
 * @param {HTMLElement} el what has the focus
 * @returns {HTMLElement|null}
 */
function findMark(el) {
    const label = el.id && document.querySelector(`label[for="${CSS.escape(el.id)}"] ${MARK}`);
    return label || el.closest(".o_wrap_field")?.querySelector(`.o_form_label ${MARK}`) || null;
}

/**
 * Gives who uses the keyboard what core explains of a field to the mouse alone.
 *
 * F1 in a field shows it, the next key or leaving the field closes it; a screen reader says it as
 * the description of the field.
 */
export const fieldHelpService = {
    start() {
        const description = document.createElement("div");
        description.id = "o_field_help";
        description.className = "d-none";
        let shown = null;

        function close() {
            shown?.dispatchEvent(new MouseEvent("mouseleave"));
            shown = null;
        }

        browser.addEventListener("focusin", ({ target }) => {
            close();
            const mark = target.closest?.(".o_form_view, .o_form_renderer") && findMark(target);
            if (mark) {
                description.textContent = JSON.parse(mark.dataset.tooltipInfo).field.help || "";
                document.body.append(description);
                target.setAttribute("aria-describedby", description.id);
                target.setAttribute("aria-keyshortcuts", "F1");
            }
        });
        browser.addEventListener("focusout", ({ target }) => {
            close();
            if (target.getAttribute?.("aria-describedby") === description.id) {
                target.removeAttribute("aria-describedby");
            }
        });
        browser.addEventListener(
            "keydown",
            (ev) => {
                const wasShown = shown;
                close();
                if (ev.key === "Escape" && wasShown) {
                    ev.preventDefault();
                    ev.stopPropagation();
                } else if (ev.key === "F1" && ev.target.closest?.(".o_form_view, .o_form_renderer")) {
                    const mark = findMark(ev.target);
                    if (mark) {
                        ev.preventDefault();
                        shown = wasShown === mark ? null : mark;
                        shown?.dispatchEvent(new MouseEvent("mouseenter"));
                    }
                }
            },
            { capture: true }
        );
    },
};

registry.category("services").add("invoice_field_help", fieldHelpService);
