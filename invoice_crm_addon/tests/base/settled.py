"""What the scripts of browser tests wait for, in place of a time that is too short somewhere."""

# `until(isSo)` waits for a condition; `settle()` for a screen that has all that it asked for and is
# drawn: nothing is awaited from the server, and it looks the same several times in a row. What
# never comes is told with what is there instead.
SETTLED = """
const awaited = new Set();
// Pages behind links are without it, and ask for nothing.
const bus = globalThis.odoo?.loader?.modules.get("@web/core/network/rpc")?.rpcBus;
bus?.addEventListener("RPC:REQUEST", ({ detail }) => awaited.add(detail.data.id));
bus?.addEventListener("RPC:RESPONSE", ({ detail }) => awaited.delete(detail.data.id));
const look = () => new Promise((resolve) => setTimeout(() => requestAnimationFrame(resolve), 40));
const until = async (isSo) => {
    for (const start = Date.now(); !isSo(); await look()) {
        if (Date.now() - start > 60000) {
            throw new Error(`Never came: ${isSo}\\n${document.body.innerText.slice(0, 1000)}`);
        }
    }
};
const settle = async () => {
    let last = "";
    const start = Date.now();
    for (let times = 0; times < 4; ) {
        await look();
        if (Date.now() - start > 60000) {
            throw new Error(`Never settled, ${awaited.size} awaited: ${last.slice(0, 1000)}`);
        }
        const { innerHTML, scrollHeight, scrollWidth } = document.body;
        const isLoading = document.querySelector(".o_blockUI, .o_loading_indicator");
        const now = [scrollHeight, scrollWidth, innerHTML].join();
        times = !awaited.size && !isLoading && now === last ? times + 1 : 0;
        last = now;
    }
};
"""
