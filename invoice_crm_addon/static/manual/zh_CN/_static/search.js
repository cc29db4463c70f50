// Sections that have all the words, wherever in them: Chinese needs no dictionary for it.
const query = new URLSearchParams(location.search).get("q") || "";
const words = query.toLowerCase().split(/\s+/).filter(Boolean);
const found = SECTIONS.filter(({ title, text }) => {
    const whole = `${title} ${text}`.toLowerCase();
    return words.length && words.every((word) => whole.includes(word));
});
// What heads a section says more about it than what stands in it.
const heads = ({ title }) => words.some((word) => title.toLowerCase().includes(word));
found.sort((one, other) => heads(other) - heads(one));

function show({ href, title, text }) {
    const at = Math.max(text.toLowerCase().indexOf(words[0]) - 30, 0);
    const item = document.createElement("li");
    const link = document.createElement("a");
    link.href = href;
    link.textContent = title;
    item.append(link, document.createElement("br"), text.slice(at, at + 120));
    return item;
}

const list = document.getElementById("found");
document.querySelector("input[name=q]").value = query;
list.append(...(found.length ? found.map(show) : [list.dataset.none]));
