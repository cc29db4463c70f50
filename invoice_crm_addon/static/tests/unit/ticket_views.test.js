import { expect, test } from "@odoo/hoot";
import { queryAllTexts } from "@odoo/hoot-dom";
import { mockDate } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import {
    contains,
    defineModels,
    fields,
    makeMockEnv,
    makeServerError,
    mockService,
    models,
    mountView,
    onRpc,
    patchWithCleanup,
    serverState,
} from "@web/../tests/web_test_helpers";
import { utils } from "@web/core/ui/ui_service";
import { user } from "@web/core/user";
import { TicketCalendarModel } from "@invoice_crm_addon/ticket/ticket_calendar";

class TicketType extends models.Model {
    _name = "ticket.type";
    name = fields.Char();
    color = fields.Integer();
    _records = [
        { id: 1, name: "Ordinary", color: 4 },
        { id: 2, name: "Special", color: 10 },
    ];
}

class Ticket extends models.Model {
    name = fields.Char();
    state = fields.Selection({ selection: [["draft", "Draft"], ["issued", "Issued"]] });
    status = fields.Selection({ selection: [["draft", "Draft"], ["issued", "Issued"]] });
    buyer_name = fields.Char();
    type_id = fields.Many2one({ relation: "ticket.type" });
    type_color = fields.Integer({ related: "type_id.color" });
    issue_date = fields.Date();
    date_calendar = fields.Date();
    company_id = fields.Many2one({ relation: "res.company" });
    currency_id = fields.Many2one({ relation: "res.currency", default: 1 });
    company_currency_id = fields.Many2one({ relation: "res.currency", default: 1 });
    amount_total = fields.Monetary({ currency_field: "currency_id", aggregator: undefined });
    amount_company = fields.Monetary({
        currency_field: "company_currency_id",
        aggregator: undefined,
    });
    amount_issued = fields.Monetary({
        currency_field: "company_currency_id",
        aggregator: "sum",
    });
    _records = [
        ticket(1, "draft", "2026-10-05", 1, 50, 0),
        ticket(2, "issued", "2026-10-05", 1, 100, 100),
        ticket(3, "issued", "2026-10-05", 2, 30, 30),
    ];
}

function ticket(id, state, date_calendar, type_id, amount, amount_issued) {
    return {
        id,
        name: `TK/${id}`,
        buyer_name: `Customer ${id}`,
        state,
        status: state,
        issue_date: state === "draft" ? false : date_calendar,
        date_calendar,
        type_id,
        amount_total: amount,
        amount_company: amount,
        amount_issued,
        currency_id: 1,
        company_currency_id: 1,
        company_id: 1,
    };
}

defineMailModels();
defineModels([Ticket, TicketType]);

const CALENDAR = `
    <calendar js_class="invoice_ticket_calendar" date_start="date_calendar" color="type_color" mode="month"
              create="0" delete="0" event_open_popup="1" event_limit="5">
        <field name="issue_date" invisible="1"/>
        <field name="currency_id" invisible="1"/>
        <field name="buyer_name" invisible="1"/>
        <field name="amount_total"/>
        <field name="type_id" filters="1" color="color"/>
    </calendar>`;
const events = () => queryAllTexts(".fc-event").map((text) => text.replace(/\s+/g, " "));

async function mountCalendar() {
    mockDate("2026-10-15 12:00:00");
    await mountView({ type: "calendar", resModel: "ticket", arch: CALENDAR });
}

test("a day shows customers and amounts below what was issued", async () => {
    await mountCalendar();
    expect(events()).toEqual([
        "Issued $ 130",
        "Customer 1 $ 50",
        "Customer 2 $ 100",
        "Customer 3 $ 30",
    ]);
    expect(".fc-event:eq(1)").toHaveClass("o_calendar_color_4");
    expect(".fc-event:eq(3)").toHaveClass("o_calendar_color_10");
});

test("a day on a phone shows amounts that it has room for", async () => {
    patchWithCleanup(utils, { isSmall: () => true });
    Ticket._records = [ticket(1, "issued", "2026-10-05", 1, 1240000, 1240000)];
    await mountCalendar();
    expect(events()).toEqual(["Issued 1,240k", "Customer 1 1,240k"]);
});

test("a month is called as people call it", async () => {
    await makeMockEnv(); // with the language of its user
    patchWithCleanup(luxon.Settings, { defaultLocale: "zh-CN" });
    await mountCalendar();
    expect(".o_calendar_header").toHaveText(/2026年10月/);
    await mountView({
        type: "calendar",
        resModel: "ticket",
        arch: CALENDAR.replace("invoice_ticket_calendar", "local_calendar"),
    });
    expect(".o_calendar_header:last").toHaveText(/2026年10月/);
});

test("of too many tickets, each day says how many; it opens their list", async () => {
    mockService("action", { doAction: (action) => expect.step(action.domain) });
    Ticket._records = Array.from({ length: 501 }, (_, index) =>
        ticket(index + 1, "issued", index ? "2026-10-05" : "2026-10-06", 1, 2, 2)
    );
    await mountCalendar();
    expect(events()).toEqual(["Tickets: 500 $ 1,000", "Tickets: 1 $ 2"]);
    await contains(".fc-event:eq(0)").click();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect.verifySteps([[["date_calendar", "=", "2026-10-05"]]]);
});

test("only what is planned goes to another day; the others stay, with a reason", async () => {
    onRpc("ticket", "write", ({ args }) => {
        expect.step(args);
        if (args[1].date_calendar === "2026-10-08") {
            throw makeServerError({ message: "You may not change it." });
        }
    });
    let renderer;
    patchWithCleanup(TicketCalendarModel.prototype, {
        setup() {
            super.setup(...arguments);
            renderer = this;
        },
    });
    await mountCalendar();
    const { TicketCalendarCommonRenderer } = odoo.loader.modules.get(
        "@invoice_crm_addon/ticket/ticket_calendar"
    );
    const said = [];
    const drop = (id, day) =>
        TicketCalendarCommonRenderer.prototype.onEventDrop.call(
            {
                props: { model: renderer },
                refuse: (message) => said.push(message),
                fcEventToRecord: TicketCalendarCommonRenderer.prototype.fcEventToRecord,
            },
            {
                event: { id, allDay: true, start: new Date(`2026-10-0${day}T00:00:00`) },
                revert: () => said.push("back"),
            }
        );
    await drop(2, 7);
    expect(said.splice(0)).toEqual([
        "back",
        "TK/2 has its date of issue: it cannot be moved.",
    ]);
    expect.verifySteps([]);
    await drop(1, 8);
    expect(said.splice(0)).toEqual(["back", "You may not change it."]);
    await drop(1, 9);
    expect(said).toEqual([]);
    expect.verifySteps([[[1], { date_calendar: "2026-10-08" }], [[1], { date_calendar: "2026-10-09" }]]);
});

const KANBAN = `
    <kanban js_class="invoice_ticket_kanban" default_group_by="status" records_draggable="0">
        <field name="amount_company"/>
        <field name="company_currency_id"/>
        <progressbar field="status" colors='{"issued": "info"}' sum_field="amount_issued"/>
        <templates><t t-name="card"><field name="name"/></t></templates>
    </kanban>`;

test("a column of one status adds up its cards, any other what is issued", async () => {
    await mountView({ type: "kanban", resModel: "ticket", arch: KANBAN, groupBy: ["status"] });
    expect(queryAllTexts(".o_animated_number")).toEqual(["$ 50", "$ 130"]);
});

test("a column of a type adds up what is issued", async () => {
    await mountView({ type: "kanban", resModel: "ticket", arch: KANBAN, groupBy: ["type_id"] });
    expect(queryAllTexts(".o_animated_number")).toEqual(["$ 100", "$ 30"]);
});

test("cards without a bar above the columns open", async () => {
    const arch = `<kanban js_class="invoice_ticket_kanban"><templates><t t-name="card">
        <field name="name"/></t></templates></kanban>`;
    await mountView({ type: "kanban", resModel: "ticket", arch, groupBy: ["status"] });
    expect(".o_kanban_record").toHaveCount(3);
});

test("a day says that amounts without a rate are not counted", async () => {
    serverState.companies = [1, 2, 3].map((id) => ({ id, name: `Company ${id}` }));
    patchWithCleanup(user, {
        get activeCompanies() {
            return [1, 2, 3].map((id) => ({ id, currency_id: id }));
        },
        get activeCompany() {
            return { id: 1, currency_id: 1 };
        },
    });
    onRpc("invoice.finder", "get_company_rates", ({ args }) => {
        expect.step(args[0]);
        return [
            { company_id: 1, rate: 1 },
            { company_id: 2, rate: 7 },
            { company_id: 3, rate: null },
        ];
    });
    Ticket._records = [1, 2, 3].map((company_id) => ({
        ...ticket(company_id, "issued", `2026-10-0${company_id === 3 ? 6 : 5}`, 1, 10, 10),
        company_id,
    }));
    await mountCalendar();
    expect.verifySteps([[1, 2, 3]]);
    expect(events().filter((text) => text.startsWith("Issued"))).toEqual([
        "Issued $ 80",
        "Issued (without a rate: not counted) $ 0",
    ]);
});
