"use strict";
/* The table of all series: searched, filtered and sorted here, a page of rows at a time. The rows
   stand in the page as JSON; they come out of files, so they become text and never markup. */
const data = JSON.parse(document.getElementById("rows").textContent);
const PAGE = 100;
const SIGNS = { P: "✓", F: "✗", U: "?", N: "–" };
const WORDS = { P: "works", F: "does not", U: "not determined", N: "does not apply" };
const CLASSES = { P: "pass", F: "fail", U: "unknown", N: "not_applicable" };
const [NAME, UID, LINK, GROUP, MODALITY, STATE, HEADLINE, VERDICTS, REASONS] = Array(9).keys();
const rows = data.rows;
const form = document.getElementById("filters");
const body = document.getElementById("found-rows");
const texts = rows.map((r) => [r[NAME], r[UID], r[GROUP], r[MODALITY], r[STATE], r[HEADLINE], r[REASONS]].join("\n").toLowerCase());
let found = [], first = 0, sorted = { column: "", descending: false };

const fields = Object.fromEntries(["search", "verdict", "modality", "reason", "state"].map((n) => [n, form.elements[n]]));

function matches(index) {
  const row = rows[index];
  const [capability, status] = fields.verdict.value.split(":");
  return fields.search.value.toLowerCase().split(" ").every((word) => texts[index].includes(word))
    && (!status || row[VERDICTS][capability] === status)
    && (!fields.modality.value || row[MODALITY] === fields.modality.value)
    && (!fields.state || !fields.state.value || row[STATE] === fields.state.value)
    && (!fields.reason.value || ` ${row[REASONS]} `.includes(` ${fields.reason.value} `));
}

function key(row, column) {
  if (column === "name") return row[NAME];
  if (column === "modality") return row[MODALITY];
  if (column === "headline") return row[HEADLINE];
  if (column === "group") return row[GROUP];
  if (column === "state") return row[STATE];
  return "FUPN".indexOf(row[VERDICTS][column]);
}

function apply() {
  found = rows.map((_, index) => index).filter(matches);
  if (sorted.column !== "") {
    const keys = rows.map((row) => key(row, sorted.column));
    const sign = sorted.descending ? -1 : 1;
    found.sort((a, b) => (keys[a] < keys[b] ? -sign : keys[a] > keys[b] ? sign : a - b));
  }
  first = 0;
  show();
}

function element(name, text, className) {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  if (className) made.className = className;
  return made;
}

function cell(row) {
  const made = element("tr");
  const name = element("th");
  name.scope = "row";
  if (row[LINK]) {
    const link = element("a", row[NAME]);
    link.href = row[LINK];
    name.append(link);
  } else name.append(row[NAME]);
  if (row[UID]) name.append(" ", element("span", row[UID], "uid"));
  made.append(name);
  if (data.hasGroups) made.append(element("td", row[GROUP]));
  made.append(element("td", row[MODALITY]));
  if (data.hasStates) made.append(element("td", row[STATE]));
  const headline = element("td", row[HEADLINE], "headline");
  if (row[REASONS]) headline.append(" ", element("span", row[REASONS], "ids"));
  made.append(headline);
  for (let column = 0; column < data.capabilities; column += 1) {
    const status = row[VERDICTS][column];
    const verdict = element("td", "", "verdict");
    if (status) {
      const sign = element("span", SIGNS[status], CLASSES[status]);
      sign.setAttribute("aria-hidden", "true");
      verdict.append(sign, element("span", WORDS[status], "hidden"));
    }
    made.append(verdict);
  }
  return made;
}

function show() {
  const last = Math.min(first + PAGE, found.length);
  body.replaceChildren(...found.slice(first, last).map((index) => cell(rows[index])));
  const which = found.length > PAGE ? `, ${(first + 1).toLocaleString("en")} to ${last.toLocaleString("en")} shown` : "";
  document.getElementById("count").textContent =
    `${found.length.toLocaleString("en")} of ${rows.length.toLocaleString("en")} found${which}`;
  document.getElementById("previous").disabled = first === 0;
  document.getElementById("next").disabled = last === found.length;
  for (const button of document.querySelectorAll("[data-sort]")) {
    const isSorted = button.dataset.sort === String(sorted.column);
    button.closest("th").ariaSort = isSorted ? (sorted.descending ? "descending" : "ascending") : "none";
  }
}

function turn(step) {
  first += step * PAGE;
  show();
  document.getElementById("found").scrollIntoView({ block: "start" });
}

form.addEventListener("input", apply);
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("reset", () => setTimeout(apply));
document.getElementById("previous").addEventListener("click", () => turn(-1));
document.getElementById("next").addEventListener("click", () => turn(1));
for (const button of document.querySelectorAll("[data-sort]")) {
  button.addEventListener("click", () => {
    const column = /^\d+$/.test(button.dataset.sort) ? Number(button.dataset.sort) : button.dataset.sort;
    sorted = { column, descending: sorted.column === column && !sorted.descending };
    apply();
  });
}
/* A number elsewhere on the page lists what it counts. */
for (const link of document.querySelectorAll("[data-filter]")) {
  link.addEventListener("click", () => {
    form.reset();
    const [name, value] = link.dataset.filter.split("=");
    fields[name].value = value;
    apply();
  });
}
form.hidden = false;
document.getElementById("found").hidden = false;
apply();
