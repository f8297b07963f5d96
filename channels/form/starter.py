"""The form that a new account begins with: enough for a shop, to be changed by its admin."""

from __future__ import annotations

from typing import Any


def starter(slug: str = "contact") -> dict[str, Any]:
    """Settings of an enquiry form: name, kana, mail, phone, order number, topic, message, files, consent."""
    return {
        "slug": slug,
        "title": {"ja": "お問い合わせ", "en": "Contact us"},
        "intro": {
            "ja": "ご質問・ご要望をお聞かせください。担当者より2営業日以内にご返信いたします。",
            "en": "Tell us what we can do for you. We answer within two business days.",
        },
        "confirmation": {
            "ja": "お問い合わせいただき、誠にありがとうございます。\n内容を確認のうえ、担当者よりご連絡いたします。",
            "en": "Thank you for writing to us. We will read your message and get back to you.",
        },
        "fields": [
            _field("name", "お名前", "Name", role="name", required=True, placeholder=_words("山田 太郎", "Taro Ito")),
            _field("kana", "フリガナ", "Name in kana", role="kana", placeholder=_words("ヤマダ タロウ", "")),
            _field("email", "メールアドレス", "Email address", type="email", role="email", required=True),
            _field("phone", "電話番号", "Phone number", type="phone", role="phone"),
            _field(
                "order_number", "ご注文番号", "Order number", role="order_number",
                help=_words("ご注文に関するお問い合わせの際にご記入ください。", "If it is about an order."),
            ),
            _field(
                "topic", "お問い合わせの種類", "Topic", type="select", required=True,
                options=[
                    _option("order", "ご注文について", "An order"),
                    _option("delivery", "お届けについて", "Delivery"),
                    _option("return", "返品・交換について", "Returns and exchanges"),
                    _option("product", "商品について", "A product"),
                    _option("other", "その他", "Something else"),
                ],
            ),
            _field("message", "お問い合わせ内容", "Message", type="textarea", role="body", required=True),
            _field(
                "photos", "添付ファイル", "Attachments", type="file", max_files=3, max_bytes=10 * 1024 * 1024,
                accept=["image/*", ".pdf"],
                help=_words("写真またはPDFを3点まで（各10MB以内）", "Up to three pictures or PDFs of 10 MB each."),
            ),
            _field(
                "consent", "個人情報の取り扱いに同意する", "I agree to the handling of my personal data",
                type="consent", required=True,
            ),
        ],
    }  # fmt: skip


def _words(ja: str, en: str) -> dict[str, str]:
    return {"ja": ja, "en": en}


def _field(name: str, ja: str, en: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "label": _words(ja, en), **more}


def _option(value: str, ja: str, en: str) -> dict[str, Any]:
    return {"value": value, "label": _words(ja, en)}
