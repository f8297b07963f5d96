"""Knows the subjects of absence notes and automatic replies, language by language."""

import re
import unicodedata

# What mailers put in front of the original subject; a colon, a bracket or nothing follows, never more words.
PHRASES = {
    "en": (
        "automatic reply|auto[- ]?reply|auto[- ]?response|automatic response|automated reply|automated response|"
        "auto[- ]?responder|auto[- ]?reply from [^:]{1,60}|out[- ]of[- ](?:the[- ])?office(?: (?:auto[- ]?reply|reply|"
        "notification|message|notice|response))?|"
        "ooo|oof|auto|vacation(?: (?:reply|message|notice|response|auto[- ]?reply))?|on vacation|on leave|"
        "away from my mail|away from (?:the )?office|"
        "away message|i am (?:currently )?out of (?:the )?office|i'm out of (?:the )?office|"
        "i am (?:currently )?(?:on vacation|away)|absence|absent|autoantwort|unattended mailbox|away notice"
    ),
    "de": (
        "automatische antwort|automatische rückantwort|abwesenheitsnotiz|abwesenheitsnachricht|abwesenheit|abwesend|"
        "abwesenheitsmeldung|abwesenheitsassistent|abwesenheitsbenachrichtigung|außer haus|nicht im büro|"
        "automatische eingangsbestätigung|urlaub|urlaubsnotiz|automatische nachricht"
    ),
    "fr": (
        "réponse automatique|reponse automatique|absence du bureau|absente? du bureau|message d'absence|"
        "notification d'absence|absence de bureau|en vacances|en congés?|message automatique|réponse d'absence|"
        "hors du bureau|retour automatique"
    ),
    "es": (
        "respuesta automática|respuesta automatica|fuera de (?:la )?oficina|ausente|mensaje automático|"
        "autorespuesta|auto respuesta|de vacaciones|notificación de ausencia|contestación automática"
    ),
    "ca": "resposta automàtica|fora de l'oficina",
    "it": (
        "risposta automatica|fuori ufficio|fuori sede|assente(?: dall'ufficio)?|messaggio automatico|in ferie|"
        "risponditore automatico|assenza(?: dall'ufficio)?|avviso di assenza"
    ),
    "pt": (
        "resposta automática|resposta automatica|fora do escritório|ausência temporária|ausência do escritório|"
        "ausência|"
        "ausente do escritório|de férias|mensagem automática|ausência de escritório"
    ),
    "nl": (
        "automatisch antwoord|automatische beantwoording|afwezigheidsassistent|afwezigheidsbericht|afwezig(?:heid)?|"
        "niet aanwezig|buiten kantoor|automatische reactie|automatische reply|niet op kantoor"
    ),
    "sv": "automatiskt svar|autosvar|frånvaro(?:meddelande)?|frånvarande|ej på kontoret|autosvar från [^:]{1,60}",
    "da": "automatisk svar|autosvar|fraværsmeddelelse|fravær|ikke til stede|ikke på kontoret|autobesvarelse",
    "no": "automatisk svar|autosvar|fraværsmelding|fravær|fraværende|ikke på kontoret|ikke til stede",
    "fi": "automaattinen vastaus|automaattivastaus|poissa(?: toimistosta)?|poissaoloviesti|poissaoloilmoitus",
    "is": "sjálfvirkt svar",
    "pl": (
        "automatyczna odpowiedź|odpowiedź automatyczna|nieobecność(?: w biurze)?|autoodpowiedź|poza biurem|"
        "informacja o nieobecności"
    ),
    "cs": "automatická odpověď|automatická odpoveď|mimo kancelář|nepřítomnost|oznámení o nepřítomnosti|nepřítomen",
    "sk": "automatická odpoveď|mimo kancelárie|neprítomnosť",
    "hu": "automatikus válasz|házon kívül|távollét|automatikus valasz|irodán kívül",
    "ro": "răspuns automat|raspuns automat|absent de la birou|în afara biroului",
    "hr": (
        "automatski odgovor|izvan ureda|odsutan|aвтоматски одговор|аутоматски одговор|samodejni odgovor|"
        "samodejno odgovor"
    ),
    "bg": "автоматичен отговор|извън офиса",
    "ru": "автоматический ответ|автоответ(?:чик)?|нет на работе|вне офиса|отсутствие на рабочем месте|отсутствую",
    "uk": "автоматична відповідь|автовідповідь|немає на роботі",
    "lt": "automatinis atsakymas|nesu biure",
    "lv": "automātiska atbilde|automātiskā atbilde",
    "et": "automaatvastus|automaatne vastus|kontorist väljas",
    "el": "αυτόματη απάντηση|εκτός γραφείου|απουσία από το γραφείο",
    "tr": "otomatik yanıt|otomatik cevap|ofis dışında|ofis dışı|otomatik yanit",
    "he": "תשובה אוטומטית|מענה אוטומטי|מחוץ למשרד|תגובה אוטומטית",
    "ar": "رد تلقائي|الرد التلقائي|خارج المكتب",
    "th": "ตอบกลับอัตโนมัติ|การตอบกลับอัตโนมัติ|ไม่อยู่ที่สำนักงาน",
    "vi": "trả lời tự động|thư trả lời tự động|vắng mặt",
    "id": "balasan otomatis|jawapan automatik|balasan automatik|di luar kantor",
    "hi": "स्वचालित उत्तर|स्वत: उत्तर",
    "ko": (
        "자동 회신|자동회신|자동 응답|자동응답|자동 답장|자동답장|부재중(?: (?:자동 ?(?:응답|회신)|알림|메시지))?|"
        "부재 중|부재중 메시지"
    ),
    "zh": (
        "自[动動](?:答[复覆復]|回[复覆復]|应答|應答)|外出(?:时的)?自动(?:答复|回复)|不在办公室|不在辦公室|"
        "外出自動回覆|休假自动回复|休假|自动回复邮件"
    ),
    "ja": (
        "自動返信(?:メール|通知|です|のお知らせ|メッセージ)?|自動応答(?:メール|通知|です|メッセージ)?|自動回答|"
        "自動送信(?:メール)?|"
        "自動配信(?:メール)?|不在(?:通知|のお知らせ|の連絡|連絡|案内|メール|のご案内|の為|応答|時自動返信|"
        "時の自動返信|自動返信)?|"
        "外出中|休暇(?:中|通知|のお知らせ|連絡)|夏季休業のお知らせ|年末年始休業のお知らせ|オートリプライ|自動リプライ|"
        "休業のお知らせ|外出通知|出張中|お休みのお知らせ|不在にしております|不在です"
    ),
}
# Read receipts of Outlook, which come without the report that RFC 8098 asks for.
RECEIPT = re.compile(
    r"(?i)\s*(?:(?:not )?read|return receipt|gelesen|ungelesen|lu|non lu|leído|no leído|lido|não lido|letto|non letto|"
    r"gelezen|läst|læst|lest|luettu|"
    r"przeczytano|přečteno|прочитано|прочтено|已读|已讀|未读|読み取り|開封済み|開封確認|開封通知|未開封|읽음|"
    r"읽지 않음)\s?[:：]"
)
TAGS = re.compile(r"\s*(?:\[[^\]]{1,30}\]|【[^】]{1,30}】|\*{3}[^*]{1,30}\*{3})\s*")
OPENING = r"[\[【（(<＜「『《〔［≪\*※◆■●☆★\s]*"
# Words in the middle of a bracket are fine for one reason only: a company's name in front.
BRACKETED = re.compile(
    r"\s*[\[【（(<＜「『《〔［≪※◆■*]\s*[^\]】）)>＞」』》〕］≫:：]{0,20}?"
    r"(?:自動返信|自動応答|自動送信|自動配信|自動回答|不在通知|auto[- ]?reply|automatic reply|自动回复|自動回覆|"
    r"자동 ?응답|자동 ?회신)"
    r"(?:メール|通知|専用|です|メッセージ)?\s*[\]】）)>＞」』》〕］≫※◆■*]"
)
ANY = re.compile(
    rf"{OPENING}(?:{'|'.join(PHRASES.values())})\s*"
    r"(?:[:：;\]】）)>＞」』》〕］≫※!！。.…]|[-–—－|/／]\s|\s[-–—－|]\s|\s*\Z|\s+\((?:was|re)[: ])"
)
# Too short or too common to stand alone: a person may write them as a whole subject.
ONLY_WITH_COLON = re.compile(
    rf"{OPENING}(?:auto|ooo|oof|absence|absent|vacation|urlaub|ausente|休暇|休假|外出中|出張中|休業のお知らせ|"
    r"夏季休業のお知らせ|年末年始休業のお知らせ|お休みのお知らせ|不在|in ferie|en vacances|on leave|on vacation)\s*\Z"
)
ALSO = re.compile(
    r"auto: |auto(?:matic|mated)?[- ]?(?:reply|response) (?:to|from|re:)|out of (?:the )?office[ -]+re:|vacation re:|"
    r"\w+ is (?:currently )?(?:out of (?:the )?office|on vacation)"
)


def is_automatic(subject: str) -> bool:
    """Whether the subject is that of an automatic reply. ``Re:`` in front makes it a person's answer to one."""
    folded = unicodedata.normalize("NFC", subject[:300]).replace("\u2019", "'").replace("\xa0", " ").strip().lower()
    if not folded:
        return False
    for _ in range(3):
        if BRACKETED.match(folded) or ALSO.match(folded) or _phrase(folded):
            return True
        # What gateways put in front: [EXTERNAL], ***SPAM***.
        tag = TAGS.match(folded)
        if tag is None:
            return False
        folded = folded[tag.end() :]
    return False


def _phrase(folded: str) -> bool:
    return ANY.match(folded) is not None and not ONLY_WITH_COLON.match(folded)
