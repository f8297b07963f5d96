"""Replies in HTML: every client marks its quotation in its own way."""

import re

import pytest

from channels.email.reading import read
from tests.channels.email.reading.letters import mail, table

NEW = "佐藤です。 確認しました。"
CLIENTS = table("quotations_html.txt", {})


def reply(html: str) -> str:
    found = read(mail(html, Content_Type="text/html; charset=utf-8", Subject="Re: order")).reply_text
    return re.sub(r"\s+", " ", found)


@pytest.mark.parametrize("client", CLIENTS)
def test_the_quotation_of_a_client_is_cut(client: str) -> None:
    assert reply(CLIENTS[client]) == NEW


def test_an_indented_paragraph_is_no_quotation() -> None:
    assert reply('<div>a</div><blockquote style="margin:0 0 0 40px;border:none;padding:0px">b</blockquote>') == "a b"


def test_answers_inside_a_gmail_quotation_are_found() -> None:
    html = (
        '<div class="gmail_quote"><div class="gmail_attr">On Tue, Mar 12, 2024 at 10:20 AM S &lt;s@d.e&gt; wrote:</div>'
        '<blockquote class="gmail_quote">q1</blockquote><div>a1</div>'
        '<blockquote class="gmail_quote">q2</blockquote><div>a2</div></div>'
    )
    assert reply(html) == "a1 a2"


def test_a_forwarded_mail_in_html_stays() -> None:
    html = (
        '<div>look</div><div class="gmail_quote"><div class="gmail_attr">---------- Forwarded message ---------<br>'
        "From: A &lt;a@b.c&gt;<br></div>the mail</div>"
    )
    assert reply(html).endswith("the mail")


def test_a_quotation_alone_is_shown_whole() -> None:
    assert reply('<blockquote type="cite">x</blockquote>') == "> x"


def test_a_bare_blockquote_of_the_customer_stays_above_the_introduced_quotation() -> None:
    html = "Reply<blockquote>mine</blockquote><div>On 11-Apr-2011, at 6:54 PM, Bob &lt;b@x.jp&gt; wrote:</div>"
    assert reply(html + "<blockquote>theirs</blockquote>") == "Reply mine"
    assert reply("Reply<blockquote>theirs</blockquote>") == "Reply"


@pytest.mark.parametrize("rule", ["<hr>", ""])
def test_a_header_block_drawn_in_html_is_cut(rule: str) -> None:
    block = "Date: Fri, 23 Mar 2012 12:35:31 -0600<br>To: b@x.jp<br>From: a@x.jp<br>Subject: news<br><br>text"
    assert reply(f"<div>message<br><div>{rule}{block}</div></div>") == "message"
