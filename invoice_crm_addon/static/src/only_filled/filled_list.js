import { useState } from "@odoo/owl";
import { isEmpty, onlyFilled } from "./only_filled";

/** The records of a list in the order that is seen; of folded groups, none. */
export function getRecords(list) {
    if (!list.isGrouped) {
        return list.records;
    }
    return list.groups.flatMap((group) => (group.isFolded ? [] : getRecords(group.list)));
}

/**
 * A list renderer that leaves out the columns in which nothing stands, while the user wants to see
 * only what is filled in. A list without records keeps them all: it would have none.
 *
 * @param {Function} Renderer
 */
export function withFilledColumns(Renderer) {
    return class extends Renderer {
        setup() {
            this.filled = useState(onlyFilled(this.props.list.resModel));
            super.setup();
        }

        getActiveColumns() {
            const columns = super.getActiveColumns();
            const { list } = this.props;
            const records = this.filled.isOn && !list.model.useSampleModel ? getRecords(list) : [];
            if (!records.length) {
                return columns;
            }
            return columns.filter(
                (column) =>
                    column.type !== "field" ||
                    column.widget === "handle" ||
                    records.some((record) => this.isCellFilled(record, column))
            );
        }

        isCellFilled(record, { name, invisible }) {
            const isUsed = record.isInEdition || !isEmpty(record, name);
            return isUsed && !this.evalInvisible(invisible, record);
        }
    };
}
