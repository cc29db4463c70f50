import { useEffect, useExternalListener } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useDebounced } from "@web/core/utils/timing";
import { FIELD_WIDTHS } from "@web/views/list/column_width_hook";
import { formatMonetary } from "@web/views/fields/formatters";
import { listView } from "@web/views/list/list_view";
import { getRecords, withFilledColumns } from "../only_filled/filled_list";

/** Of a column: it is shown where something stands in it. */
const IF_FILLED = "o_column_if_filled";
/** And of one that is left out for the panel before the others, as optional ones are. */
const MAKES_WAY = "o_column_makes_way";
/** Of these a part says something else: figures, days, words in chips. */
const WHOLE = new Set(["date", "datetime", "float", "integer", "monetary", "selection"]);
const TEXTS = new Set(["char", "many2one", "text"]);
/** Of a column of text: it is a number, which is read as a whole. */
const IS_WHOLE = "o_column_whole";
const CHIPS = new Set(["badge", "approval_status"]);
const CHIP_CLASS = "badge rounded-pill";
/** Pixels around what stands in a column, for the boxes that select rows, and of a title's arrow. */
const PADDING = 16;
const SELECTOR = 40;
const ARROW = 16;
/** Cells of totals have more around them than those above. */
const TOTAL_PADDING = 12;
/** What of a name is read at least, and of a long one at most, before columns make way. */
const LEAST_TEXT = 150;
const MOST_TEXT = 190;

/** Widths of texts, by the class that they stand in; of as many as lists of a day hold. */
const widths = {};
const MOST_KEPT = 10000;

/** How wide the widest of some texts is in a class, in pixels; new ones are laid out for that. */
function measure(texts, className) {
    if (!widths[className] || widths[className].size > MOST_KEPT) {
        widths[className] = new Map();
    }
    const known = widths[className];
    const unknown = [...new Set(texts)].filter((text) => !known.has(text));
    if (unknown.length) {
        const probe = document.createElement("div");
        probe.className = "invisible position-absolute text-nowrap";
        probe.style.fontVariantNumeric = "tabular-nums";
        for (const text of unknown) {
            const line = document.createElement("div");
            const span = document.createElement("span");
            span.className = className;
            span.textContent = text;
            line.append(span);
            probe.append(line);
        }
        document.body.append(probe);
        unknown.forEach((text, index) => {
            const { width } = probe.children[index].firstChild.getBoundingClientRect();
            known.set(text, Math.ceil(width));
        });
        probe.remove();
    }
    return Math.max(0, ...texts.map((text) => known.get(text)));
}

function hasClass({ attrs }, name) {
    return Boolean(attrs?.class?.split(" ").includes(name));
}

/** How wide a column has to be, in pixels, for its values to be read. */
function getLeastWidth({ attrs, field, fieldType, hasLabel, leastText, options, widget }) {
    const given = attrs?.width || field?.listViewWidth || FIELD_WIDTHS[widget || fieldType];
    const specs = { type: fieldType, hasLabel, options };
    const width = typeof given === "function" ? given(specs) : given;
    const least = Array.isArray(width) ? width[0] : parseInt(width);
    const isText = ["char", "many2one", "many2many", "text"].includes(fieldType) && !attrs?.width;
    return PADDING + (isText ? leastText || LEAST_TEXT : least || LEAST_TEXT);
}

/**
 * A list renderer whose figures, days and chips stand whole in every language: their columns take
 * what stands in them, whatever width the view gives, and names get the rest.
 *
 * Where that is too little, optional columns make way, from the right; those that the user chose do
 * so only for what is beside the list.
 *
 * @param {Function} Renderer
 */
export function withWholeColumns(Renderer) {
    return class extends withFilledColumns(Renderer) {
        setup() {
            super.setup();
            let page;
            let fitted;
            useEffect(() => {
                const records = getRecords(this.props.list);
                const shown = records.map(({ id }) => id).join();
                const now = this.columns.map(({ attrs }) => attrs?.width).join();
                if (page === undefined && this.makeWay(this.columns).length < this.columns.length) {
                    this.render(); // the room is known from now on
                } else if (page !== undefined && page !== shown && fitted !== now) {
                    this.columnWidths.resetWidths(); // another page holds longer ones
                }
                page = shown;
                fitted = now;
            });
            useExternalListener(
                window,
                "resize",
                useDebounced(() => this.render(), 200)
            );
        }

        /** What is beside the list takes of its room, in pixels. */
        get takenWidth() {
            return 0;
        }

        getActiveColumns() {
            const { list } = this.props;
            const records = list.model.useSampleModel ? [] : getRecords(list);
            const columns = super
                .getActiveColumns()
                .filter(
                    (column) =>
                        !hasClass(column, IF_FILLED) ||
                        records.some((record) => this.isCellFilled(record, column))
                );
            if (this.env.isSmall) {
                return columns;
            }
            return this.makeWay(columns.map((column) => this.fit(column, records)));
        }

        fit(column, records) {
            const { attrs, fieldType, label, type, widget } = column;
            const isChip = CHIPS.has(widget);
            const isNumber = hasClass(column, IS_WHOLE);
            const isText = !isNumber && !widget && TEXTS.has(fieldType);
            const isWhole = isNumber || isChip || (!widget && WHOLE.has(fieldType));
            if (type !== "field" || !(isText || isWhole)) {
                return column;
            }
            // Custom fields are not those of every record.
            const filled = records.filter(
                (record) => column.name in record.data && this.isCellFilled(record, column)
            );
            const texts = filled.map((record) => this.getFormattedValue(column, record));
            if (!texts.length) {
                return column;
            }
            let width = measure(texts, isChip ? CHIP_CLASS : "fw-bold");
            if (widget === "approval_status" && records.some((r) => r.data.approval_change_waits)) {
                width += PADDING + measure([_t("A change waits")], CHIP_CLASS);
            }
            if (isText) {
                return { ...column, leastText: Math.min(Math.max(width, LEAST_TEXT), MOST_TEXT) };
            }
            const title = column.hasLabel ? ARROW + measure([label], "fw-bold") : 0;
            width = Math.max(width + 1, title);
            if (fieldType === "monetary" && attrs.sum) {
                width = Math.max(width, this.measureTotal(column, filled));
            }
            return { ...column, attrs: { ...attrs, width: `${width}px` } };
        }

        /** Below amounts stands their total. */
        measureTotal(column, records) {
            const { data } = records[0];
            const total = records.reduce((sum, record) => sum + record.data[column.name], 0);
            const currencyId = data[this.getCurrencyField(column)]?.id;
            return measure([formatMonetary(total, { currencyId })], "fw-bold") + TOTAL_PADDING;
        }

        makeWay(columns) {
            const { el } = this.rootRef;
            const isChosen = browser.localStorage.getItem(this.keyOptionalFields) !== null;
            const { takenWidth } = this;
            if (!el || (isChosen && !takenWidth)) {
                return columns;
            }
            // A search panel may stand at its left.
            const { left } = el.getBoundingClientRect();
            const room = el.parentElement.getBoundingClientRect().right - left - takenWidth;
            let lacking = columns.reduce((sum, column) => sum + getLeastWidth(column), SELECTOR);
            lacking -= room;
            const gone = new Set();
            const isOther = (column) =>
                takenWidth && !column.optional && hasClass(column, MAKES_WAY);
            const optional = columns.filter((column) => column.optional);
            for (const column of [...columns.filter(isOther), ...optional].reverse()) {
                if (lacking > 0) {
                    gone.add(column);
                    lacking -= getLeastWidth(column);
                }
            }
            return columns.filter((column) => !gone.has(column));
        }
    };
}

registry.category("views").add("whole_columns_list", {
    ...listView,
    Renderer: withWholeColumns(listView.Renderer),
});
