"""What a screen reader needs and the theme leaves out: names, landmarks, table cells;
and no landmark without content. Scripts say nothing on the console but what is wrong.
"""

from __future__ import annotations

import re

# What the theme writes by a script, so that it is only there with scripts.
WRITTEN = re.compile(r"<script>\s*document\.write\(`(.*?)`\);\s*</script>", re.DOTALL)
INLINE = re.compile(r"<script>.*?</script>", re.DOTALL)
EMPTY = re.compile(r"<th\b([^>]*)>(?:\s|<p>\s*</p>)*</th>")
SCOPE = re.compile(r' scope="\w+"')
TALK = re.compile(r"\bconsole\.(?:log|info|debug)\(")
# All of a page is in landmarks; a name is what is seen, or says what a button does.
NAMES = {
    '"bd-sidebar-primary bd-sidebar"': ' role="complementary" aria-label="Course"',
    '"btn search-button-field search-button__button"': "",
    '"sidebar-toggle primary-toggle btn btn-sm"': ' aria-label="Pages of the course"',
    '"sidebar-toggle secondary-toggle btn btn-sm"': ' aria-label="On this page"',
    '"bd-toc-nav page-toc"': ' aria-label="On this page"',
    '"overlay overlay-primary"': ' aria-hidden="true"',
    '"overlay overlay-secondary"': ' aria-hidden="true"',
    '"btn btn-sm nav-link pst-navbar-icon theme-switch-button"': (
        ' title="Light, dark or automatic" aria-label="Light, dark or automatic"'
    ),
}
NAMED_TAG = re.compile(
    rf"(<\w+ class=({'|'.join(NAMES)}))((?: (?:title|aria-label)=\"[^\"]*\")*)"
)
# Of a kind of warning that this site never gives; a script would measure it.
BANNER = re.compile(
    r'<div class="pst-async-banner-revealer[^>]*>\s*<aside[^>]*></aside>\s*</div>'
)
# Landmarks that the theme leaves empty.
HOLLOW = re.compile(r"<(header|footer)\b[^>]*>(?:\s|<div[^>]*>\s*</div>)*</\1>")
# Two links that are called as the frameworks: of which chapter?
TWINS = re.compile(
    r"(<strong>([^<]+)</strong>, with <a )([^>]*>(?:<[^>]*>)?PyTorch(?:<[^>]*>)?</a>"
    r" or <a )(?=[^>]*>(?:<[^>]*>)?TensorFlow<)"
)


def accessible(text: str) -> str:
    """Names, landmarks and table cells, where the theme leaves them out."""
    text = WRITTEN.sub(r"\1", text)
    text = INLINE.sub(lambda match: TALK.sub("void(", match[0]), text)
    text = text.replace(' aria-label="Toggle hidden content"', "")
    text = NAMED_TAG.sub(lambda match: match[1] + NAMES[match[2]], text)
    text = HOLLOW.sub("", BANNER.sub("", text))
    text = TWINS.sub(r'\1aria-label="PyTorch: \2" \3aria-label="TensorFlow: \2" ', text)
    return EMPTY.sub(lambda match: f"<td{SCOPE.sub('', match[1])}></td>", text)
