"use strict";
document.documentElement.classList.add("scripted");

// The name of SVG's namespace, asked of the parser so that this page holds no address at all.
const SVG = Object.assign(document.createElement("div"), { innerHTML: "<svg></svg>" }).firstChild.namespaceURI;

function svg(tag, attributes, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes || {})) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

function html(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

// Tables: a click or Enter on a heading sorts by it, a second one turns the order around. What is unknown stays last.
for (const table of document.querySelectorAll("table")) {
  const body = table.tBodies[0];
  if (body.rows.length < 2) continue;
  table.querySelectorAll("thead th").forEach((heading, column) => {
    const button = html("button", { type: "button" }, heading.textContent);
    heading.replaceChildren(button);
    button.addEventListener("click", () => {
      const rising = heading.getAttribute("aria-sort") !== "ascending";
      for (const other of table.querySelectorAll("thead th")) other.removeAttribute("aria-sort");
      heading.setAttribute("aria-sort", rising ? "ascending" : "descending");
      const numeric = heading.dataset.kind === "number";
      const key = ({ cells }) => cells[column].dataset.order ?? cells[column].textContent.trim();
      const compare = (a, b) => {
        const [one, two] = [key(a), key(b)];
        if (!one || !two) return Number(!one) - Number(!two);
        const order = numeric ? Number(one) - Number(two) : one.localeCompare(two, "en", { numeric: true });
        return rising ? order : -order;
      };
      body.append(...[...body.rows].sort(compare));
    });
  });
}

// Light, dark, or as the system says; kept for the next visit where the browser lets a page keep anything.
const kept = { get() { try { return localStorage.getItem("ghostbench-theme"); } catch { return null; } },
  set(value) { try { localStorage.setItem("ghostbench-theme", value); } catch { /* it may not */ } } };
function pick(name, options, chosen, change) {
  const select = html("select", {}, ...options.map(([value, text]) => html("option", { value }, text)));
  select.value = chosen;
  select.addEventListener("change", () => change(select.value));
  return html("label", { class: "pick" }, name, select);
}
{
  const wear = (theme) => {
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
  };
  const known = ["light", "dark"].includes(kept.get()) ? kept.get() : "system";
  wear(known);
  const choice = pick("Theme", [["system", "as the system"], ["light", "light"], ["dark", "dark"]], known, (theme) => {
    wear(theme);
    kept.set(theme);
  });
  choice.classList.add("theme");
  document.querySelector("nav").append(choice);
}

// Records: a link to one shows it over the page, so that the reader keeps the place. Its content is lent, not copied.
const shown = document.getElementById("shown");
let lent = null;
function giveBack() {
  if (lent) lent.home.append(lent.body);
  lent = null;
}
function showRecord(name) {
  const home = document.getElementById(name);
  if (!home || !home.matches("details.record")) return false;
  giveBack();
  lent = { home, body: home.querySelector(".facts") };
  const close = html("button", { type: "button", class: "plain" }, "Close");
  close.addEventListener("click", () => shown.close());
  const title = html("h2", { id: "shown-title" }, home.querySelector("summary").textContent);
  shown.replaceChildren(html("header", {}, title, close), lent.body);
  if (!shown.open) shown.showModal();
  shown.scrollTop = 0;
  return true;
}
shown.addEventListener("close", giveBack);
shown.addEventListener("click", (event) => { if (event.target === shown) shown.close(); });
addEventListener("beforeprint", () => shown.close());
document.addEventListener("click", (event) => {
  const link = event.target.closest && event.target.closest('a[href^="#record-"]');
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  if (showRecord(link.getAttribute("href").slice(1))) event.preventDefault();
});
function openTarget() {
  const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target && target.matches("details")) target.open = true;
}
addEventListener("hashchange", openTarget);
openTarget();
