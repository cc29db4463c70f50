import { _t } from "@web/core/l10n/translation";
import { deserializeDate, serializeDate } from "@web/core/l10n/dates";
import { RPCError } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { useService } from "@web/core/utils/hooks";
import { CalendarCommonRenderer } from "@web/views/calendar/calendar_common/calendar_common_renderer";
import { CalendarModel } from "@web/views/calendar/calendar_model";
import { CalendarRenderer } from "@web/views/calendar/calendar_renderer";
import { calendarView } from "@web/views/calendar/calendar_view";
import { formatMonetary } from "@web/views/fields/formatters";
import { formatShort } from "../base/amounts";
import { LocalCalendarController } from "../base/local_dates";
import { getRefusal } from "../base/refusals";

/** Of more tickets than this, each day says only how many they are and what they come to. */
const MOST_TICKETS = 500;

/** Tickets have a day and no hour. */
const SCALE_TO_FC_VIEW = { day: "dayGridDay", week: "dayGridWeek", month: "dayGridMonth" };

/** A day on a phone has no room for all digits, nor for a symbol. */
const formatAmount = (amount, currencyId, isSmall) =>
    isSmall ? formatShort(amount) : formatMonetary(amount, { currencyId, trailingZeros: false });

/**
 * Tickets by date of issue, or the day for which they are planned, each with its customer and
 * amount; above them, what was issued on the day. The server adds up the days, so that months of
 * tens of thousands open like others.
 */
export class TicketCalendarModel extends CalendarModel {
    async fetchRecords(data) {
        const { context, fieldNames, resModel, activeFields } = this.meta;
        const domain = this.computeDomain(data);
        const names = [...new Set([...fieldNames, ...Object.keys(activeFields)])];
        const [groups, records, rates] = await Promise.all([
            this.orm.formattedReadGroup(
                resModel,
                domain,
                ["date_calendar:day", "type_id", "company_id"],
                ["__count", "amount_issued:sum"],
                { context }
            ),
            this.orm.searchRead(resModel, domain, names, { context, limit: MOST_TICKETS + 1 }),
            this.loadRates(),
        ]);
        data.isCapped = records.length > MOST_TICKETS;
        data.groups = groups.map((group) => ({
            date: group["date_calendar:day"][0],
            type: group.type_id,
            count: group.__count,
            ...this.convert(group["amount_issued:sum"], rates[group.company_id?.[0]]),
        }));
        return data.isCapped ? [] : records;
    }

    /** What amounts of the companies are in the currency of the current one, by company. */
    async loadRates() {
        const companies = user.activeCompanies;
        if (new Set(companies.map((company) => company.currency_id)).size < 2) {
            return {};
        }
        const ids = companies.map((company) => company.id);
        const rates = await this.orm.call("invoice.finder", "get_company_rates", [ids]);
        return Object.fromEntries(rates.map(({ company_id, rate }) => [company_id, rate]));
    }

    /** Core would count one to one what nothing converts; here it counts nothing, and is marked. */
    convert(amount, rate = 1) {
        return { amount: amount * (rate || 0), isIncomplete: rate === null && amount !== 0 };
    }

    normalizeRecord(rawRecord) {
        const { buyer_name, partner_id, amount_total, currency_id } = rawRecord;
        return {
            ...super.normalizeRecord(rawRecord),
            title: partner_id?.[1] || buyer_name || rawRecord.display_name,
            reference: rawRecord.display_name,
            amount: formatAmount(amount_total, currency_id?.[0], this.env.isSmall),
            isDay: false,
        };
    }

    /** Types that can be left out, where the tickets themselves are not there. */
    loadDynamicFilterSection(data, ...args) {
        if (!data.isCapped) {
            return super.loadDynamicFilterSection(data, ...args);
        }
        const records = data.groups.map(({ type }) => ({ rawRecord: { type_id: type } }));
        return super.loadDynamicFilterSection({ ...data, records }, ...args);
    }

    async updateData(data) {
        await super.updateData(data);
        const { filters = [] } = data.filterSections.type_id || {};
        const hidden = new Set(filters.filter((f) => !f.active).map((f) => f.value));
        const shown = data.groups.filter(({ type }) => !hidden.has(type?.[0]));
        // A year has no room for sums: its days are only marked.
        const days = this.meta.scale !== "year" || data.isCapped ? this.sumUp(shown) : [];
        for (const day of days) {
            if (day.amount || day.isIncomplete || data.isCapped) {
                data.records[day.id] = this.makeDay(day, data.isCapped);
            }
        }
    }

    sumUp(groups) {
        const days = {};
        for (const { date, count, amount, isIncomplete } of groups) {
            const day = (days[date] ||= { id: `day-${date}`, date, count: 0, amount: 0 });
            day.count += count;
            day.amount += amount;
            day.isIncomplete ||= isIncomplete;
        }
        return Object.values(days);
    }

    makeDay({ id, date, count, amount, isIncomplete }, isCapped) {
        const issued = isIncomplete ? _t("Issued (without a rate: not counted)") : _t("Issued");
        const start = deserializeDate(date).startOf("day");
        return {
            id,
            title: isCapped ? _t("Tickets: %s", count) : issued,
            amount: formatAmount(amount, user.activeCompany.currency_id, this.env.isSmall),
            start,
            end: start.plus({ hours: 1 }),
            startType: "date",
            endType: "date",
            duration: 1,
            isAllDay: true,
            isTimeHidden: true,
            isDay: true,
            isMonth: this.meta.scale === "month",
            isSmall: this.env.isSmall,
            rawRecord: {},
        };
    }
}

export class TicketCalendarCommonRenderer extends CalendarCommonRenderer {
    static eventTemplate = "invoice_crm_addon.TicketCalendar.Event";

    setup() {
        super.setup();
        this.notification = useService("notification");
    }

    get options() {
        const { eventLimit, scale } = this.props.model;
        return {
            ...super.options,
            initialView: SCALE_TO_FC_VIEW[scale],
            dayMaxEventRows: scale === "month" ? eventLimit : false,
            eventDurationEditable: false,
            eventOrder: "rank,title",
            weekNumbers: scale === "month",
        };
    }

    convertRecordToEvent(record) {
        const event = { ...super.convertRecordToEvent(record), rank: record.isDay ? 0 : 1 };
        return record.isDay ? { ...event, editable: false } : event;
    }

    eventClassNames(info) {
        const isDay = this.props.model.records[info.event.id]?.isDay;
        return [...super.eventClassNames(info), isDay ? "o_ticket_day" : "o_ticket_event"];
    }

    onClick(info) {
        const record = this.props.model.records[info.event.id];
        return record.isDay ? this.props.editRecord(record) : super.onClick(info);
    }

    /** Only what is planned goes to another day. What is refused goes back, with the reason. */
    async onEventDrop(info) {
        const { model } = this.props;
        const { rawRecord, reference } = model.records[info.event.id];
        if (rawRecord.issue_date) {
            info.revert();
            this.refuse(_t("%s has its date of issue: it cannot be moved.", reference));
            return;
        }
        try {
            await model.updateRecord(this.fcEventToRecord(info.event), { moved: true });
        } catch (error) {
            if (!(error instanceof RPCError)) {
                throw error;
            }
            info.revert();
            this.refuse(getRefusal(error));
        }
    }

    refuse(message) {
        this.notification.add(message, { type: "warning" });
    }
}

export class TicketCalendarRenderer extends CalendarRenderer {
    static components = {
        ...CalendarRenderer.components,
        day: TicketCalendarCommonRenderer,
        week: TicketCalendarCommonRenderer,
        month: TicketCalendarCommonRenderer,
    };
}

export class TicketCalendarController extends LocalCalendarController {
    /** A day opens as the list of its tickets. */
    async editRecord(record, context) {
        if (!record.isDay) {
            return super.editRecord(record, context);
        }
        const { resModel, meta } = this.model;
        return this.action.doAction({
            type: "ir.actions.act_window",
            name: record.start.toLocaleString(luxon.DateTime.DATE_FULL),
            res_model: resModel,
            views: [
                [false, "list"],
                [false, "form"],
            ],
            domain: [...meta.domain, ["date_calendar", "=", serializeDate(record.start)]],
        });
    }
}

registry.category("views").add("invoice_ticket_calendar", {
    ...calendarView,
    Controller: TicketCalendarController,
    Model: TicketCalendarModel,
    Renderer: TicketCalendarRenderer,
});
