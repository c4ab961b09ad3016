/* Boards that can be sorted: the names of the columns become buttons. Without this
   script the rows stand in the order of the first measure, best first. */
(function () {
  "use strict";

  function valueOf(row, column) {
    var cell = row.cells[column], value = cell.getAttribute("data-value");
    if (value !== null) return Number(value);
    return cell.tagName === "TH" ? cell.firstElementChild.textContent.trim() : null;
  }

  /* below 0 if a stands before b; rows without a value stand last */
  function compare(a, b, direction) {
    if (a === null || b === null) return (a === null) - (b === null);
    var order = typeof a === "number" ? a - b : a.localeCompare(b);
    return direction === "ascending" ? order : -order;
  }

  function sort(table, head, direction) {
    var body = table.tBodies[0], column = head.cellIndex;
    Array.from(body.rows)
      .map(function (row, place) {
        return { row: row, place: place, value: valueOf(row, column) };
      })
      .sort(function (a, b) {
        return compare(a.value, b.value, direction) || a.place - b.place;
      })
      .forEach(function (one) { body.appendChild(one.row); });
    table.querySelectorAll("thead th").forEach(function (other) {
      other.removeAttribute("aria-sort");
    });
    head.setAttribute("aria-sort", direction);
  }

  function prepare(table) {
    table.querySelectorAll("thead .label[data-sort]").forEach(function (label) {
      var head = label.closest("th"), button = document.createElement("button");
      button.type = "button";
      button.textContent = label.textContent;
      button.addEventListener("click", function () {
        var other = { ascending: "descending", descending: "ascending" };
        var now = head.getAttribute("aria-sort");
        sort(table, head, now ? other[now] : label.getAttribute("data-sort"));
      });
      label.replaceChildren(button);
    });
  }

  document.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll("table.board").forEach(prepare);
  });
})();
