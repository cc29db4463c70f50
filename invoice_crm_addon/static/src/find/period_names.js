import { _t } from "@web/core/l10n/translation";
import { patch } from "@web/core/utils/patch";
import { SearchModel } from "@web/search/search_model";
import { getSelectedOptions, sortPeriodOptions } from "@web/search/utils/dates";
import { MONTH, isYearFirst } from "../base/local_dates";

const FORMATS = { month: MONTH, year: { year: "numeric" } };

function nameQuarter(quarter, year) {
    switch (quarter) {
        case 1:
            return _t("Q1 %(year)s", { year });
        case 2:
            return _t("Q2 %(year)s", { year });
        case 3:
            return _t("Q3 %(year)s", { year });
        default:
            return _t("Q4 %(year)s", { year });
    }
}

/** What a filter by date asks for, as people call it who write the year first. */
function namePeriods(referenceMoment, dateFilter, optionIds) {
    const selected = getSelectedOptions(referenceMoment, dateFilter, optionIds);
    const { year: years, quarter: quarters = [], month: months = [] } = selected;
    const parts = [...quarters, ...months];
    sortPeriodOptions(years);
    sortPeriodOptions(parts);
    const names = years.flatMap((year) =>
        (parts.length ? parts : [year]).map(({ granularity, setParam }) => {
            if (granularity === "quarter") {
                return nameQuarter(setParam.quarter, year.setParam.year);
            }
            // Of the 31st, a shorter month would be the next one.
            const date = referenceMoment.set({ day: 1, ...year.setParam, ...setParam });
            return date.toLocaleString(FORMATS[granularity]);
        })
    );
    return names.join("/");
}

patch(SearchModel.prototype, {
    _getDateFilterDomain(dateFilter, generatorIds, key) {
        const isName = key === "description" && isYearFirst();
        const names = isName && namePeriods(this.referenceMoment, dateFilter, generatorIds);
        return names || super._getDateFilterDomain(...arguments);
    },
});
