import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";

const MARK = "sup[data-tooltip-info]";
const FORM = ".o_form_view, .o_form_renderer";

function getHelp(mark) {
    return (mark && JSON.parse(mark.dataset.tooltipInfo).field.help) || "";
}

/**
 * What explains a field: the "?" of its label, or the heading of its column.
 *
 * @param {HTMLElement} el what has the focus
 * @returns {HTMLElement|null}
 */
function findMark(el) {
    const form = el.closest?.(FORM);
    if (!form || !document.body.classList.contains("o_invoice_app")) {
        return null;
    }
    const cell = el.closest("td.o_data_cell[name]");
    const name = cell && CSS.escape(cell.getAttribute("name"));
    const mark = cell
        ? cell.closest("table").querySelector(`th[data-name="${name}"] [data-tooltip-info]`)
        : (el.id && form.querySelector(`label[for="${CSS.escape(el.id)}"] ${MARK}`)) ||
          el.closest(".o_wrap_input")?.previousElementSibling?.querySelector(`label ${MARK}`);
    return getHelp(mark) ? mark : null;
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
            const mark = findMark(target);
            if (mark) {
                description.textContent = getHelp(mark);
                document.body.append(description);
                const described = target.getAttribute("aria-describedby");
                target.setAttribute("aria-describedby", `${described || ""} ${description.id}`.trim());
                target.setAttribute("aria-keyshortcuts", "F1");
            }
        });
        browser.addEventListener("focusout", ({ target }) => {
            close();
            const described = target.getAttribute?.("aria-describedby")?.split(" ") || [];
            if (described.includes(description.id)) {
                const others = described.filter((id) => id !== description.id).join(" ");
                target.setAttribute("aria-describedby", others);
                target.toggleAttribute("aria-describedby", Boolean(others));
                target.removeAttribute("aria-keyshortcuts");
                description.remove();
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
                } else if (ev.key === "F1") {
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
