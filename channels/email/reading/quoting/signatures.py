"""Cuts off what mailers and people put under every mail: device lines, signature blocks, footers."""

import re

from channels.email.reading.quoting.splitters import RULE

# "Sent from my iPhone" and its like, as a line of its own.
DEVICE_WORDS = (
    r"iphone|ipad|ipod|android|samsung|galaxy|huawei|xiaomi|htc|nokia|blackberry|windows|outlook|yahoo|gmail|mail|"
    r"mobile|mobil\w*|smartphone|"
    r"phone|handy|device|tablet|cell|cellphone|xperia|lg|sony|motorola|moto|pixel|nexus|oneplus|oppo|aquos|"
    r"thunderbird|airmail|spark|proton\w*|mailbird|"
    r"mailbox|sparrow|ti-85|alcatel|zimbra|k-9|aol|hotmail|kindle|surface|pc|mac|macbook|computer|apple|nine|front|"
    r"superhuman|inbox|smart phone|téléphone|"
    r"telefon\w*|móvil|telefono|teléfono|cellulare|dispositivo|appareil|gsm|gerät|mobilgerät|celular|telemóvel|"
    r"bluemail|mailspring|newton|polymail|edison|docomo|au|softbank|ezweb"
)
DEVICE = re.compile(
    r"[\s\u3000<(\[*_-]*(?:"
    r"(?:sent|written|posted|typed|mailed)\s+(?:from|via|with|using|by)\s+(?:my\s+|a\s+|an\s+|the\s+|"
    r"mobile\s+)?(?:[\[\]\w.'’/-]+\s+){0,4}?(?:\[?(?:" + DEVICE_WORDS + r")\b).{0,90}|"
    r"sent from (?:a |my )?[\w ]{0,20}phone.{0,60}|sent via mobile|sent by galaxy|from my (?:"
    + DEVICE_WORDS
    + r")\b.{0,30}|someone from mobile|"
    r"get \[?(?:outlook|bluemail|aqua mail|edison) for .{2,120}|"
    r"(?:gesendet|von meinem|diese nachricht wurde|von unterwegs|verfasst)\b.{0,20}(?:von|mit|aus|gesendet|mobil|"
    r"android|meinem|der|iphone|handy).{0,100}|"
    r"holen sie sich outlook .{2,80}|outlook für .{2,60}|"
    r"(?:envoyé|envoyée|écrit|télécharg\w+)\s+(?:depuis|de|à partir|avec|du|via|outlook)\b.{2,90}|"
    r"obtenez outlook .{2,80}|"
    r"(?:enviado|enviada)\s+(?:desde|do|de|a partir|com|con|pelo|da|via)\b.{2,90}|obtener outlook .{2,80}|"
    r"obter o outlook .{2,80}|"
    r"(?:inviato|spedito)\s+(?:da|dal|dall'|con|tramite)\s?.{2,90}|scarica outlook .{2,80}|ottieni outlook .{2,80}|"
    r"(?:verzonden|verstuurd|gestuurd)\s+(?:vanaf|van|via|met|vanuit)\b.{2,90}|outlook voor .{2,60} downloaden.{0,60}|"
    r"download outlook .{2,80}|"
    r"(?:skickat|skickades|skickad)\s+(?:från|via|med)\b.{2,90}|hämta outlook .{2,80}|(?:sendt|send)\s+(?:fra|via|"
    r"med)\b.{2,90}|hent outlook .{2,80}|få outlook .{2,80}|"
    r"lähetetty\s.{2,90}|hanki outlook .{2,60}|wysłan[eoy]\s+(?:z|ze|za|przez)\b.{2,90}|pobierz outlook .{2,80}|"
    r"odesláno\s+(?:z|ze)\b.{2,90}|odoslané z\b.{2,90}|získat outlook .{2,80}|"
    r"(?:отправлено|послано|надіслано|відправлено)\s+(?:с|из|со|з|зі|через)\b.{2,90}|iphone'umdan gönderildi|"
    r".{2,30} (?:cihazımdan|telefonumdan) gönderildi|"
    r"(?:iphone|ipad|ipod|android|docomo|au|softbank|スマートフォン|スマホ|携帯(?:電話)?|outlook|windows|"
    r"yahoo!?メール|gmail|galaxy|xperia|aquos|arrows|モバイル)[^\n。]{0,40}(?:から(?:の)?送信(?:しました|しています|"
    r"されました|されています)?|から送りました|より送信)|"
    r"(?:ios|android|outlook|iphone|mac|windows)[^\n。]{0,20}(?:版|用|向け)[^\n。]{0,20}(?:から送信|を(?:入手|取得|"
    r"ダウンロード)).{0,60}|outlook for (?:ios|android|mac) を入手.{0,60}|"
    r"(?:ios|android) (?:版|用|向け) ?outlook ?を(?:入手|取得|ダウンロード).{0,60}|(?:私の|わたしの)?(?:iphone|ipad|"
    r"android|スマートフォン)より.{0,20}|"
    r"[a-z][\w .!+-]{1,30}(?:で|から|より)送信(?:しました|されました)?|"
    r"yahoo!?メール[^\n。]{0,30}(?:で送信|から).{0,20}|windows (?:版の|の|用)?(?:メール|mail)から送信.{0,80}|"
    r"mail for windows.{0,60}|"
    r"(?:从|從|由)我的\s?.{2,40}(?:发送|傳送|發送|寄出|发出)|发自我的.{2,40}|發自我的.{2,40}|来自我的.{2,30}|"
    r"发自.{2,30}|從.{2,30}傳送|獲取.{0,6}outlook.{0,60}|获取.{0,6}outlook.{0,60}|使用.{2,30}(?:发送|傳送)|"
    r"나의\s?.{2,40}(?:에서|으로)\s?(?:보냄|보낸|전송).{0,20}|(?:내|나의)?\s?(?:iphone|ipad|android|갤럭시|galaxy|"
    r"삼성).{0,40}(?:에서|으로)\s?(?:보냄|보낸 메일|전송).{0,20}|.{2,20}용 outlook.{0,60}|"
    r"trimis de pe\b.{2,60}|elküldve\b.{2,60}|poslano (?:s|z|iz)\b.{2,60}|στάλθηκε από\b.{2,60}|đã gửi từ\b.{2,60}|"
    r"dikirim dari\b.{2,60}|נשלח מה.{2,40}"
    r")[\s>)\]*_.]*\Z",
    re.IGNORECASE,
)
NOT_DEVICE = re.compile(r"(?i)[^\n]*\b(?:desk|office|friend|colleague|wife|husband|boss|team)\b")
DELIMITER = re.compile(r"[ \t]*(?:--|—|––|- -)[ \t\xa0]*\Z")
LONG_DELIMITER = re.compile(r"[ \t]*(?:-{3,8}|_{3,80}|\*{3,80}|={5,80})[ \t]*\Z")
# What makes the lines between two rules a signature and not a table or a quotation of the customer's.
CONTACT = re.compile(
    r"(?i)\btel\b|\bfax\b|e-?mail|\bphone\b|mobile|https?://|www\.|@[\w-]+\.|〒|電話|携帯|ＴＥＬ|ＦＡＸ|℡|☎|住所|"
    r"株式会社|有限会社|\(株\)|㈱|\(有\)|合同会社|財団法人|"
    r"大学|部\s*[^\s]{0,6}課|〔?mail|ＭＡＩＬ|\d{2,4}-\d{2,4}-\d{3,4}|URL"
)
# The line above an address that the customer wants us to read.
ANNOUNCED = re.compile(r"(?i)以下|下記|次の|こちら|(?:as follows|below|following|address)\b[^\n]*\Z|[:：]\s*\Z")
MOST_LINES = 15
SCRIPTED = re.compile(
    r"(?i)[\s*_]*(?:this (?:e-?mail|message) (?:has been|was) (?:checked|scanned) (?:for|by)|virus-free\. |"
    r"このメールは(?:アバスト|ウイルス)|avast|"
    r"you received this message because you are subscribed|you are receiving this because|"
    r"to unsubscribe from this group)"
)


def is_device(line: str) -> bool:
    """Whether a whole line is a phone's or mailer's own signature."""
    stripped = line.strip()
    return 6 < len(stripped) < 200 and DEVICE.match(stripped) is not None and not NOT_DEVICE.match(stripped)


def cut(lines: list[str]) -> list[str]:
    """The lines without the signature at their end; unchanged when nothing would be left."""
    kept = _cut_delimiter(lines)
    kept = _cut_devices(kept)
    kept = _cut_block(kept)
    return kept if any(line.strip() for line in kept) else lines


def _cut_delimiter(lines: list[str]) -> list[str]:
    left = sum(1 for line in lines if line.strip())
    written = 0
    for number, line in enumerate(lines):
        if not line.strip():
            continue
        written += 1
        rest = left - written
        if written == 1 or line.strip()[0] not in "-—–_*=":
            continue
        if DELIMITER.match(line) and (line.rstrip("\n") == "-- " or rest <= MOST_LINES):
            return lines[:number]
        if rest and LONG_DELIMITER.match(line) and rest <= MOST_LINES:
            following = next((other for other in lines[number + 1 :] if other.strip()), "")
            if SCRIPTED.match(following):
                return lines[:number]
    return lines


def _cut_devices(lines: list[str]) -> list[str]:
    end = len(lines)
    while end:
        line = lines[end - 1].strip()
        if not line or is_device(line) or SCRIPTED.match(line):
            end -= 1
            continue
        break
    return lines[:end]


def _cut_block(lines: list[str]) -> list[str]:
    """A block drawn with rules at the end, as Japanese business mails have it."""
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    rules = [number for number in range(max(0, end - MOST_LINES - 2), end) if RULE.match(lines[number])]
    if not rules:
        return lines
    closed = rules[-1] == end - 1
    if closed and len(rules) == 1:
        return lines
    for begin in rules if closed else rules[:1]:
        block = lines[begin + 1 : end]
        if len(block) < 2 or not any(before.strip() for before in lines[:begin]):
            continue
        before = next((line for line in reversed(lines[:begin]) if line.strip()), "")
        if any(CONTACT.search(line) for line in block) and not ANNOUNCED.search(before):
            return lines[:begin]
    return lines
