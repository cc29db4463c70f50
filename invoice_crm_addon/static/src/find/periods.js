import { _t } from "@web/core/l10n/translation";

const QUARTERS = ["first_quarter", "second_quarter", "third_quarter", "fourth_quarter"];

/** What people ask figures for, as options of core's filter by date. */
export const PERIODS = [
    { key: "month", label: _t("This Month"), getOptions: () => ["month"] },
    { key: "last_month", label: _t("Last Month"), getOptions: () => ["month-1"] },
    {
        key: "quarter",
        label: _t("This Quarter"),
        getOptions: ({ quarter }) => [QUARTERS[quarter - 1], "year"],
    },
    {
        key: "last_quarter",
        label: _t("Last Quarter"),
        getOptions: ({ quarter }) =>
            quarter === 1 ? [QUARTERS[3], "year-1"] : [QUARTERS[quarter - 2], "year"],
    },
    { key: "year", label: _t("This Year"), getOptions: () => ["year"] },
    { key: "last_year", label: _t("Last Year"), getOptions: () => ["year-1"] },
];

/** The first filter by date of the search, if it has one. */
export function getPeriodFilter(searchModel) {
    return Object.values(searchModel.searchItems).find(({ type }) => type === "dateFilter");
}

/** Have the filter by date ask for a period alone; without one, for no date. */
export function setPeriod(searchModel, period) {
    const { id, groupId } = getPeriodFilter(searchModel);
    const options = period ? period.getOptions(searchModel.referenceMoment) : [];
    const getSelected = () =>
        searchModel.query
            .filter(({ searchItemId, generatorId }) => searchItemId === id && generatorId)
            .map(({ generatorId }) => generatorId);
    searchModel.blockNotification = true;
    searchModel.deactivateGroup(groupId);
    for (const option of options) {
        if (!getSelected().includes(option)) {
            searchModel.toggleDateFilter(id, option);
        }
    }
    // Core adds the current year to a quarter; of a month it knows the year itself.
    for (const option of getSelected()) {
        if (/^year/.test(option) && options.length > 1 && !options.includes(option)) {
            searchModel.toggleDateFilter(id, option);
        }
    }
    searchModel.blockNotification = false;
    searchModel._notify(); // once, as core does after several changes
}
