import { expect, test } from "@odoo/hoot";
import {
    click,
    contains,
    defineMailModels,
    insertText,
    onRpcBefore,
    openFormView,
    start,
    startServer,
} from "@mail/../tests/mail_test_helpers";

defineMailModels();

const SAID = "请查收附件中的发票";
const SEND = ".o-mail-Composer button[aria-label='Send']:enabled";

async function write(button, text) {
    const pyEnv = await startServer();
    const id = pyEnv["res.partner"].create({ name: "Customer", email: "c@example.com" });
    onRpcBefore("/mail/message/post", () => expect.step("posted"));
    await start();
    await openFormView("res.partner", id);
    await click("button", { text: button });
    await insertText(".o-mail-Composer-input", text);
}

test("a message that says that something is attached asks before it leaves without", async () => {
    await write("Send message", SAID);
    await click(SEND);
    await contains(".modal-title", { text: "Nothing Is Attached" });
    await click(".modal button", { text: "Back to the E-Mail" });
    await contains(".modal", { count: 0 });
    await contains(".o-mail-Composer-input", { value: SAID });
    expect.verifySteps([]);
    await click(SEND);
    await click(".modal button", { text: "Send All the Same" });
    await contains(".o-mail-Message", { text: SAID });
    expect.verifySteps(["posted"]);
});

test("a message that says nothing of it leaves at once", async () => {
    await write("Send message", "Thank you");
    await click(SEND);
    await contains(".o-mail-Message", { text: "Thank you" });
    expect.verifySteps(["posted"]);
});

test("a note stays with colleagues", async () => {
    await write("Log note", SAID);
    await click(".o-mail-Composer button[aria-label='Log']:enabled");
    await contains(".o-mail-Message", { text: SAID });
    expect.verifySteps(["posted"]);
});
