"""Sphinx extension: a search that finds Chinese words, and lists every page once.

Sphinx takes a run of Chinese characters for one word. Here the index holds its pairs of
neighbours, and a query is cut in the same way, so that 推荐 finds 推荐系统.
"""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.search import languages
from sphinx.search.en import SearchEnglish

CHINESE = re.compile(r"[\u3400-\u9fff]+")
# The same as `split` below, in the browser.
SPLITTER = r"""
function splitQuery(query) {
  var found = [];
  var rest = query.replace(/[\u3400-\u9fff]+/g, function (run) {
    if (run.length === 1) found.push(run);
    for (var i = 0; i + 1 < run.length; i++) found.push(run.slice(i, i + 2));
    return " ";
  });
  return rest.split(/[^\p{Letter}\p{Number}_\p{Emoji_Presentation}]+/gu)
    .filter(function (word) { return word; }).concat(found);
}
"""
MARK = "/* rec_tutor: every page once, and what was found is said */"
ONCE = (
    MARK
    + r"""
(function () {
  // A page that is opened as a file must not read the others for an extract.
  if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
  var all = Search._performSearch;
  Search._performSearch = function () {
    var seen = {}, kept = [];
    var found = all.apply(Search, arguments);  // the best one is the last
    for (var i = found.length - 1; i >= 0; i--) {
      var one = found[i], page = one[0];
      if (seen[page]) continue;
      seen[page] = true;
      var twin = /\/tensorflow\//.test(page) ? " · TensorFlow"
        : /\/torch\//.test(page) ? " · PyTorch" : "";
      kept.unshift([page, one[1] + twin].concat(one.slice(2)));
    }
    return kept;
  };
  function said() {
    if (Search.status) Search.status.setAttribute("role", "status");
  }
  var perform = Search.performSearch;
  Search.performSearch = function (query) {
    perform.call(Search, query);
    said();
  };
  said();  // a deferred script begins the page's own query before this line
})();
"""
)


def split(text: str) -> list[str]:
    """Words; of a run of Chinese characters its pairs of neighbours."""
    words = re.findall(r"\w+", CHINESE.sub(" ", text))
    for run in CHINESE.findall(text):
        words += [a + b for a, b in pairwise(run)] or [run]
    return words


class SearchBoth(SearchEnglish):
    """English, with Chinese words in it."""

    js_splitter_code = SPLITTER

    def split(self, input: str) -> list[str]:
        return split(input)


def once(app: Sphinx, error: Exception | None) -> None:
    """Let the page of the search list a page once, with its framework."""
    path = Path(app.outdir) / "_static" / "searchtools.js"
    if error or not path.is_file():
        return
    text = path.read_text(encoding="utf-8")
    if "_performSearch" not in text:
        raise LookupError("searchtools.js has no _performSearch: see course_search.py")
    if MARK not in text:
        path.write_text(text + ONCE, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    languages["en"] = SearchBoth
    app.connect("build-finished", once)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
