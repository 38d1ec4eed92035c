"use strict";
// A click on a column's title sorts a table by it, again the other way; numbers by their size, n/a last.
for (const table of document.querySelectorAll(".wide table")) {
  const titles = [...table.tHead.rows[0].cells], body = table.tBodies[0];
  const sort = (at) => {
    const down = titles[at].getAttribute("aria-sort") === "ascending";
    for (const title of titles) title.removeAttribute("aria-sort");
    titles[at].setAttribute("aria-sort", down ? "descending" : "ascending");
    const said = (row) => row.cells[at].textContent.trim().replaceAll("−", "-");
    const number = (text) => /^[+-]?(\d|\.\d)/.test(text) ? parseFloat(text) : NaN;
    const missing = (text) => ["", "n/a", "–", "not tested", "no such test"].includes(text);
    const compared = (a, b) => {
      const [x, y] = [number(a), number(b)];
      return isNaN(x) || isNaN(y) ? a.localeCompare(b, "en", {numeric: true}) : x - y;
    };
    const rows = [...body.rows].map((row) => [row, said(row)]);
    rows.sort(([, a], [, b]) => missing(a) - missing(b) || (down ? -1 : 1) * compared(a, b));
    body.append(...rows.map(([row]) => row));
  };
  titles.forEach((title, at) => {
    title.tabIndex = 0;
    title.addEventListener("click", () => sort(at));
    title.addEventListener("keydown", (event) => { if (event.key === "Enter" && event.target === title) sort(at); });
  });
}
