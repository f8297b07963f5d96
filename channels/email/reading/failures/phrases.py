"""The words of failure notices: subjects, sentences, and the places where they name the recipient."""

import re

SUBJECT = re.compile(
    r"failure notice|returned (?:e-?)?mail|returned to sender|return(?:ed)? (?:message|post)|undeliver|non-?deliver|"
    r"delivery (?:status|failure|failed|has failed|error|problem|report|notification|unsuccessful)|"
    r"deliver(?:y|ed)? (?:was )?(?:delayed|un)|mail (?:delivery|system) (?:failed|failure|error|problem|status|report|"
    r"notification)|(?:mail|message|e-?mail).{0,20}(?:could not|cannot|can't|can not|not|wasn't|unable).{0,20}(?:sent|"
    r"deliver|send)|"
    r"could not (?:be )?(?:send|sent|deliver)|unable to (?:deliver|send)|not deliver|(?:user|recipient|address|"
    r"mailbox) (?:unknown|not found|rejected|full|unavailable|does not exist)|mail error|error (?:sending|delivering|"
    r"in mail|report)|"
    r"bounced?|rejected|message (?:rejected|blocked|status|refused)|mail rejected|blocked|message you sent|nondeliver|"
    r"ndn:|ndr|mailbox (?:full|over|quota)|over quota|problem (?:delivering|with)|permanent (?:error|failure)|"
    r"warning: could not|warning: message|failed mail|failed delivery|failed:|send failed|delivery attempts|"
    r"mail not deliver|無法|"
    r"配信不能|配信できません|配信に失敗|配信エラー|配信(?:状態|状況|失敗)|配送不能|配送エラー|送信できません|"
    r"送信エラー|送信失敗|未達|不達|未送達|送達できません|エラー通知|メールエラー|宛先不明|届きません|届けられません|"
    r"返送|戻り|エラーメール|"
    r"unzustell|zustellung|nicht zugestellt|unzustellbar|fehlgeschlagen|nicht zustellbar|non remis|non[- ]distribu|"
    r"échec|impossible de (?:remettre|livrer)|non délivr|no entregad|no se puede entregar|no se pudo entregar|"
    r"no entregable|fallo|devuelto|devolvido|"
    r"não entregue|não entreg|falha na entrega|impossibile (?:recapitare|consegnare)|mancat[oa] (?:recapito|consegna)|"
    r"mancato|niet bezorgd|onbestelbaar|kan niet worden bezorgd|onbezorgbaar|olevererbar|oleverer|"
    r"kunde inte levereras|ikke leveret|kunne ikke leveres|"
    r"niedostarcz|nie można dostarczyć|nedoručiteln|kézbesíthetetlen|недоставлен|не доставлен|невозможно доставить|"
    r"退信|投递失败|无法投递|無法傳遞|无法传递|退件|反송|반송|배달|전송 실패",
    re.IGNORECASE,
)
DELAYED_SUBJECT = re.compile(
    r"delayed|warning: (?:message|could not send)|still (?:being )?(?:retried|trying)|delivery delay|will be retried|"
    r"temporar|delay\)|遅延|遅れ|verzögert|retard|retrasad|in ritardo|\bdelay\b|"
    r"could not send message for past|message still undelivered|\(warning\)",
    re.IGNORECASE,
)
DELAYED = re.compile(
    r"has not yet been delivered|have not yet been delivered|not yet been delivered|will keep trying|will (?:continue|"
    r"be retried|retry)|delivery attempts will continue|you do not need to (?:resend|do anything)|"
    r"do not need to resend|"
    r"no action is required on your part|this is a warning message only|THIS IS A WARNING|attempts? to deliver (?:it |"
    r"this message |the message )?will (?:continue|be)|continue to (?:try|attempt)|queued for (?:later|retry)|"
    r"is delayed|has been delayed|"
    r"still trying|we'll keep trying|will try (?:again|for)|we will try for|you do not have to resend|再送を試み|"
    r"再配送を試み|引き続き配送|配送を再試行|再度送信を試み",
    re.IGNORECASE,
)
GIVEN_UP = re.compile(
    r"permanent(?:ly)? (?:fatal )?(?:error|failure|fail)|failed permanently|i'?ve given up|giving up|gave up|"
    r"has been (?:returned|rejected)|will not be retried|delivery (?:has )?failed|not be delivered\. |"
    r"could not be delivered (?:to one|for)|retry timeout exceeded|no longer be (?:retried|attempted)|message expired",
    re.IGNORECASE,
)
TEXT = re.compile(
    r"(?:could|can|was|were|has|have|did|is|be|would)(?: ?n[o']t|not)\b.{0,30}\b(?:deliver|sent|reach|accept|process|"
    r"relay)|wasn'?t able to deliver|unable to (?:deliver|send|relay|connect)|undeliver|non-?deliver|"
    r"failed (?:permanently|to deliver|addresses)|"
    r"delivery (?:to|of|has|was|attempt|failed|failure|error).{0,60}(?:fail|unsuccessful|abort|error|not)|"
    r"permanent (?:fatal )?(?:error|failure)|(?:user|recipient|mailbox|address|account|host|domain|addressee|"
    r"name) (?:is )?(?:unknown|not found|unavailable|invalid|rejected|disabled|inactive|does not exist|doesn'?t exist|"
    r"not known|not recogni[sz]ed|full)|"
    r"unknown (?:user|recipient|address|mailbox|local|host|or illegal)|no such (?:user|recipient|mailbox|address|"
    r"person|domain|account|local)|invalid (?:user|recipient|mailbox|address)|mailbox (?:is )?(?:full|unavailable|"
    r"over|disabled|not found)|(?:over|exceed\w*) (?:the )?(?:quota|storage|size)|quota exceeded|"
    r"returned (?:mail|message|to)|was returned|has been (?:returned|rejected|blocked|refused)|rejected|"
    r"message (?:you sent|was not|bounced)|following (?:recipient|address|user|destination|error)|(?:^|"
    r"\s)5\d\d[ -]\s?\S|\b5\.\d\.\d{1,2}\b|smtp error|transcript of session|"
    r"account (?:is|has been) (?:disabled|suspended|closed|inactive)|not (?:listed in|a valid|exist)|no mailbox|"
    r"not our customer|recipient'?s? (?:mailbox|address|e-?mail)|bounced|"
    r"送信できません|配信できません|配信に失敗|配信不能|配送でき|配送され|届けることができ|お届けでき|送れません|"
    r"届きません|宛先(?:不明|が|の|メール)|見つかりません|存在しません|エラー(?:の為|のため|が|メッセージ|メール)|"
    r"受信者|拒否|容量|"
    r"nicht zugestellt|nicht zustell|zustellung|konnte nicht|n'a pas pu|n'ont pas pu|échec|impossible|"
    r"no (?:se )?(?:pudo|puede|ha podido)|não (?:pôde|foi)|impossibile|non è stato possibile|niet worden bezorgd|"
    r"niet bezorgd|kunde inte|kunne ikke|не (?:может|удалось|доставлен|был)|无法|失败|退信|退回|無法|不存在|없는|실패",
    re.IGNORECASE | re.MULTILINE,
)
# Words that only a mail server uses; needed where nothing else tells that a server wrote.
STRONG = re.compile(
    r"(?<![\d.])5\.\d\.\d{1,2}(?![\d.])|^[^\n]{0,80}(?<!\d)5[0-5]\d[ -][^\n]{3}|rcpt to|mail from:|user unknown|"
    r"unknown user|transcript of session|smtp error|"
    r"mailer-daemon|delivery status notification|undeliverable|could not be delivered to|failed permanently|"
    r"returned to sender|"
    r"mail delivery (?:sub)?system|mailbox (?:is full|unavailable)|配信できませんでした|送信できませんでした|"
    r"配信に失敗|送信エラー|エラーメッセージ",
    re.IGNORECASE | re.MULTILINE,
)
# Subjects that people do not write.
SERVER_SUBJECT = re.compile(
    r"(?i)failure notice|returned mail|returned to sender|undeliver(?:able|ed)|non-?deliver|"
    r"delivery (?:status )?notification|mail delivery|delivery failure|"
    r"mail system error|nondeliverable|could not send message|delivery report|配信不能|エラー通知|メールエラー|未送達|"
    r"unzustellbar|退信"
)
# Where the returned mail begins in the text of the notice.
ORIGINAL = re.compile(
    r"^[ \t>]{0,20}(?:-{2,80}|={2,80}|\*{2,80}|_{2,80}|#{2,80})?[ \t]{0,20}(?![^\n]{0,100}\b(?:was|were|has been|"
    r"be) )(?:"
    r"below this line is (?:a copy of|the original)|this is a copy of (?:the|your) message|"
    r"(?:the )?header of the original message|(?:the )?(?:original|unsent|undelivered|returned|rejected|"
    r"failed) (?:message|mail|text)(?: text| headers?| header)?(?: follows?| is following| (?:is )?attached| below|"
    r" begins)?|message headers?(?: follow| attached)?|"
    r"original message (?:headers?|follows|text)|headers? (?:of|from) (?:the|your) (?:original|returned)|"
    r"(?:the )?text of (?:the|your) (?:original|mail) message|returned (?:message|mail|text) (?:follows|follows:|"
    r"begins|is below)|message (?:text )?follows|start of (?:returned|original) message|"
    r"your (?:original )?message (?:follows|is attached|headers)|undelivered message (?:follows|header)|"
    r"message contents? follow|begin (?:returned|original) message|copy of (?:your )?message|"
    r"the following is (?:a copy|the) |"
    r"the body of your message|your message, headers|content of (?:the )?(?:original )?message|rejected message|"
    r"included is a copy|here is your returned mail|received message header|mail message (?:header|text)|"
    r"元のメッセージ|オリジナルメッセージ|送信したメール|元メール|以下(?:に|は)?(?:元|オリジナル|送信)|"
    r"メッセージヘッダ|原始邮件|originalnachricht|kopie der nachricht|ursprüngliche nachricht"
    r")[^\n]{0,80}(?:-{2,}|={2,}|:|：|\.|\*{2,}|_{2,})?[ \t]*$|^[ \t>]{0,20}(?:Received|"
    r"X-Original-To):[ \t]",
    re.IGNORECASE | re.MULTILINE,
)
_ADDRESS = r"[^\s<>()\[\]\"',;]{1,120}@[^\s<>()\[\]\"',;:]{3,250}"
# Tried in this order; the first place that names somebody wins.
_QMAIL = re.compile(rf"^[ \t]{{0,4}}<({_ADDRESS})>[ \t]*:[ \t]*(?:$|[^\n])", re.MULTILINE)
_RECIPIENT = re.compile(
    rf"^[ \t>*-]{{0,20}}(?:(?:final |failed |original |intended |invalid |bad |"
    rf"unknown )?recipients?(?: address(?:es)?)?|addressee|to addr(?:ess)?|failed address|error[- ]to|受信者|"
    rf"宛先(?:アドレス|メールアドレス)?|送信先(?:メール)?アドレス|送信先|收件人|empfänger|destinataires?|"
    rf"destinatarios?|addresses? (?:failed|rejected)|rcpt to|your message to|"
    rf"was addressed to)[ \t]*(?:\([^)\n]{{0,40}}\))?[ \t]*(?:[:：は>]|is|was)?[ \t]*\n?[ \t]*[<\"'「\[]?({_ADDRESS})",
    re.IGNORECASE | re.MULTILINE,
)
_RCPT = re.compile(rf"RCPT TO[ \t]*:[ \t]*<?({_ADDRESS})", re.IGNORECASE)
_DOTS = re.compile(rf"<?({_ADDRESS})>?\.\.\.[ \t]", re.IGNORECASE)
_LINE_COLON = re.compile(
    rf"^[ \t*-]{{0,20}}[<\"']?({_ADDRESS})[>\"']?[ \t]*(?::|\.{{3}}|;|-|–|—|\(|\|)[ \t]*[^\n]*$", re.MULTILINE
)
_ALONE = re.compile(
    rf"^[ \t>*・●-]{{0,20}}(?:\d{{1,3}}[ \t]+\S{{0,20}}[ "
    rf"\t]*)?[<\"'「(\[]?({_ADDRESS})[>\"'」)\]]?[ \t.,;]*(?:\([^)\n]{{0,200}}\)|<[^<>\n]{{0,200}}>|"
    rf"on [^\n]{{0,100}})?[ \t.]*$",
    re.MULTILINE,
)
_FAILED_TO = re.compile(
    rf"(?:deliver(?:y|ed)?|sent|send|message|mail|relay|reach|following|failed|user|account|mailbox|address|recipient|"
    rf"to)[^\n@]{{0,60}}?[ \t<\"':(\[]({_ADDRESS})[>\"':)\]]?[^\n]{{0,60}}",
    re.IGNORECASE,
)
_REPLY = re.compile(rf"(?:^|[ \t])[45]\d\d[ -][^\n]{{0,120}}?<?({_ADDRESS})", re.MULTILINE)
_BEFORE_BAD = re.compile(
    rf"({_ADDRESS})[>\"')\]]?[^\n@]{{0,60}}(?:unknown|not found|does not|doesn't|could not|cannot|was not|is not|"
    rf"no such|failed|rejected|full|unavailable|invalid|disabled|宛|へ|に|への)",
    re.IGNORECASE,
)
PLACES = (_QMAIL, _RECIPIENT, _RCPT, _DOTS, _ALONE, _LINE_COLON, _BEFORE_BAD, _REPLY, _FAILED_TO)
CERTAIN = (_QMAIL, _RECIPIENT, _RCPT)
NOT_A_MEMBER = re.compile(r"you are not (?:a )?member of this mailing list <([^<>\s]+@[^<>\s]+)>", re.IGNORECASE)
MEMBER_SUBJECT = re.compile(r"(?i)not member|not a member|reject")
