"""What mail clients write around a quotation, language by language; the rules that use it are in `splitters`."""

# Words that begin "On Tuesday, Taro wrote:".
STARTS = (
    "on|at|in message|in article|quoting|le|am|vom|zitat von|el|em|no dia|na|a les|il|il giorno|in data|op|den|på|"
    "w dniu|dnia|"
    "dne|dňa|v|în data|la data de|la|pe|στις|tarihinde|vào|vào lúc|pada|på|tarih|ngày|在|于|於|il di|citando|citeren|"
    "citat|"
    "wiadomość napisana przez|el dia|el día|ha data|data|de|dana|uto|den|le jour"
)

# Verbs that end it (or stand in its middle, as in German).
VERBS = {
    "en": "wrote|writes|said|has written",
    "de": "schrieb|schrieben|hat geschrieben|hat folgendes geschrieben|schreibt|geschrieben",
    "fr": "a écrit|a ecrit|écrit|ecrit|écrivait|a envoyé",
    "es": "escribió|escribio|escribe|ha escrito",
    "pt": "escreveu|escreveu isto",
    "it": "ha scritto|scrive|scriveva|scritto",
    "nl": "schreef|heeft geschreven|het volgende geschreven|geschreven",
    "sv": "skrev|skrev följande",
    "da": "skrev|skrev følgende|har skrevet|skreiv",
    "fi": "kirjoitti",
    "pl": r"napisał|napisała|napisał\(a\)|napisał/a|pisze|napisal",
    "cs": r"napsal|napsala|napsal\(a\)|napsal/a|píše",
    "sk": r"napísal|napísala|napísal\(a\)",
    "hu": "írta|ezt írta|a következőt írta",
    "ro": "a scris",
    "hr": r"je napisao|je napisala|napisao je|napisal|је написао|je napisao/la|je napisal",
    "bg": "написа",
    "ru": r"написал|написала|написал\(а\)|пишет|писал|писал\(а\)",
    "uk": r"пише|написав|написала|пишет|писав",
    "el": "έγραψε",
    "tr": "yazdı|şunu yazdı|şunları yazdı",
    "lt": "rašė|parašė",
    "lv": "rakstīja",
    "et": "kirjutas",
    "ca": "va escriure|ha escrit",
    "vi": "đã viết|viết",
    "id": "menulis",
    "th": "เขียนว่า|เขียน",
    "he": "כתב|כתבה|כתב/ה|מאת",
    "ar": "كتب|كتبت",
    "fa": "نوشت",
    "zh": "写道|寫道|写到|来信|的邮件",
    "ko": "님이 작성|작성|썼습니다|님이 쓴 글|님의 메일|님의 말",
    "ja": (
        "さんは書きました|さんが書きました|は書きました|が書きました|に書きました|を書きました|は書いた|"
        "さんは(?:次のように|以下のように)?書いています|"
        "のメール|のメッセージ|さんのメール|さんからのメール|さんのメッセージ|さんwrote|さんの発言|曰く|さんいわく|"
        "さん wrote|"
        "からのメール|さんは次のように書きました|さんは言いました|さんは以下のように書きました|さんのメールから|"
        "のメール内容"
    ),
}

# What stands between dashes above the original.
ORIGINAL = (
    "original message|original[- ]nachricht|original mail|original e-?mail|original-mail|reply message|original text|"
    "message|"
    "original appointment|"
    "ursprüngliche nachricht|ursprüngliche e-?mail|originalnachricht|urspruengliche nachricht|antwort nachricht|"
    "nachricht|weitere nachricht|original ?nachricht|"
    "message d'origine|message original|message d’origine|mail original|message initial|courriel original|"
    "message d´origine|"
    "mensaje original|correo original|mensagem original|mensagem de origem|messaggio originale|messaggio originario|"
    "missatge original|oorspronkelijk bericht|oorspronkelijke bericht|origineel bericht|antwoord bericht|"
    "originalmeddelande|ursprungligt meddelande|ursprungligt mail|oprindelig meddelelse|oprindelig besked|"
    "oprindelig mail|"
    "opprinnelig melding|opprinnelig e-post|original melding|alkuperäinen viesti|"
    "wiadomość oryginalna|oryginalna wiadomość|treść oryginalnej wiadomości|původní zpráva|pôvodná správa|"
    "eredeti üzenet|mesaj original|mesajul original|izvorna poruka|originalna poruka|izvirno sporočilo|"
    "izvorno sporočilo|"
    "оригинално съобщение|исходное сообщение|исходное письмо|оригинальное сообщение|пересылаемое сообщение|"
    "оригінальне повідомлення|вихідне повідомлення|αρχικό μήνυμα|orijinal mesaj|özgün ileti|asıl mesaj|"
    "originalus laiškas|sākotnējais ziņojums|algne sõnum|הודעה מקורית|הודעה המקורית|الرسالة الأصلية|tin nhắn gốc|"
    "thư gốc|"
    "pesan asli|ข้อความต้นฉบับ|원본 메시지|원본 메세지|원본메시지|원본 메일|원문 메시지|원본 이메일|"
    "原始邮件|原始郵件|原邮件|原郵件|原始信息|原始訊息|邮件原件|原文|回复的原邮件|回复的邮件|original|"
    "元のメッセージ|元のメール|元メール|元メッセージ|オリジナルメッセージ|オリジナルメール|元の文章|受信メッセージ|"
    "受信メール|引用|"
    "返信元メール|返信元メッセージ|返信元|元の本文|引用元|以下、元のメッセージ|以下元のメール|以下元メール|"
    "もとのメッセージ"
)

# Marks of a forwarded mail, which stays: it is what the customer wanted us to see.
FORWARDED = (
    "forwarded message|forwarded mail|forwarded e-?mail|begin forwarded message|fwd message|forwarded by [^\n]{1,80}|"
    "start of forwarded message|"
    "weitergeleitete nachricht|weitergeleitete mail|anfang der weitergeleiteten nachricht|weitergeleitete e-?mail|"
    "message transféré|message transmis|début du message (?:réexpédié|transféré)|message réexpédié|mail transféré|"
    "mensaje reenviado|inicio del mensaje reenviado|mensagem encaminhada|mensagem reencaminhada|"
    "início da mensagem (?:reencaminhada|encaminhada)|"
    "messaggio inoltrato|inizio messaggio inoltrato|inizio messaggio inoltrato|doorgestuurd bericht|"
    "begin doorgestuurd bericht|"
    "vidarebefordrat meddelande|vidarebefordrat brev|vidarebefordrat mail|videresendt meddelelse|videresendt besked|"
    "videresendt melding|start på videresendt besked|välitetty viesti|edelleenlähetetty viesti|"
    "wiadomość przekazana|przekazana wiadomość|treść przekazanej wiadomości|přeposlaná zpráva|předaná zpráva|"
    "preposlaná správa|"
    "továbbított üzenet|mesaj redirecționat|mesaj redirectat|proslijeđena poruka|posredovano sporočilo|"
    "пересылаемое сообщение|пересланное сообщение|переслане повідомлення|начало переадресованного сообщения|"
    "начало пересылаемого сообщения|"
    "προωθημένο μήνυμα|iletilen ileti|yönlendirilen ileti|iletilmiş mesaj|הודעה שהועברה|رسالة معاد توجيهها|"
    "thư được chuyển tiếp|pesan yang diteruskan|전달된 메시지|전달된 메일|전달된 이메일|转发邮件|轉寄郵件|转发的邮件|"
    "已转发邮件|轉寄信件|转发邮件信息|"
    "轉寄的郵件|轉發訊息|"
    "転送メッセージ|転送されたメッセージ|転送メール|転送されたメール|転送(?:開始)?|転送元メール|転送元メッセージ|"
    "以下、転送|以下転送"
)

# Keys of the header block that Outlook and phones put above the original, by what they mean.
KEYS = {
    "from": (
        "from|von|de|da|van|från|fra|lähettäjä|od|feladó|de la|expéditeur|remitente|mittente|kimden|gönderen|от|"
        "отправитель|від|από|"
        "from address|差出人|送信者|送信元|發件人|发件人|寄件者|寄件人|보낸 사람|보낸사람|보낸이|발신|מאת|من|từ|dari|"
        "จาก|nuo|no|saatja|expeditor|"
        "feladó|odesílatel|odosielateľ|šalje|pošiljatelj|afsender|avsender|avsändare|afzender"
    ),
    "sent": (
        "sent|date|sent at|gesendet|datum|datum/uhrzeit|envoyé|envoyé le|date d'envoi|enviado|enviado el|enviada em|"
        "enviado em|enviada|data|fecha|"
        "inviato|data invio|verzonden|skickat|sendt|dato|lähetetty|päivä|päiväys|päivämäärä|wysłano|data|odesláno|"
        "odoslané|elküldve|küldve|dátum|trimis|"
        "poslano|gönderme tarihi|gönderildi|tarih|отправлено|дата|надіслано|στάλθηκε|ημερομηνία|送信日時|日時|日付|"
        "送信日|受信日時|發送時間|发送时间|"
        "发送日期|日期|寄件日期|傳送時間|时间|時間|보낸 날짜|보낸날짜|날짜|발송일|보낸 시간|נשלח|תאריך|تاريخ|đã gửi|"
        "ngày|dikirim|tanggal|วันที่|saatmisaeg|išsiųsta"
    ),
    "to": (
        "to|an|à|a|para|aan|till|til|vastaanottaja|do|komu|címzett|către|catre|pre|za|prima|kime|alıcı|кому|до|προς|"
        "destinataire|destinatario|pour|"
        "宛先|収件人|收件人|收件者|收信人|받는 사람|받는사람|받는이|수신|אל|إلى|đến|kepada|ถึง|kam|kellele|modtager|"
        "mottaker|mottagare|ontvanger"
    ),
    "cc": (
        "cc|c\\.c\\.|kopie|copie|copia|kopia|kopi|kopio|dw|másolat|копия|копія|抄送|副本|참조|bcc|ccn|cci|bilgi|"
        "kopija|同報|写し"
    ),
    "subject": (
        "subject|betreff|objet|asunto|assunto|oggetto|onderwerp|ämne|emne|aihe|otsikko|temat|předmět|predmet|tárgy|"
        "subiect|naslov|zadeva|konu|"
        "тема|θέμα|件名|題名|表題|主题|主題|主旨|標題|标题|제목|נושא|الموضوع|chủ đề|subjek|perihal|เรื่อง|tema|teema|"
        "sujet"
    ),
    "reply-to": (
        "reply-to|antwort an|répondre à|responder a|返信先|返信アドレス|回复|회신 주소|antwoord aan|svara till|"
        "rispondi a"
    ),
    "other": (
        "importance|priority|attachments|wichtigkeit|priorität|重要度|添付ファイル|添付|sensitivity|organization|"
        "anlagen|pièces jointes|message-id|重要性"
    ),
}
