/** In charge of the last look before sending: a file that was promised, a place that was left open, a wrong name. */
import { t } from "../../shared/words";
import type { Customer } from "../api/customers";
import { closeDialog, Dialog } from "../ui/dialog";
import { Icon } from "../ui/icons";
import type { Writing } from "./draft";

const FILE_WORDS =
  /添付|同封|ファイルを(お送り|送付)|画像を(お送り|送付)|\battach(ed|ment|ments|ing)?\b|\benclosed?\b/i;
const PLACES = /\{\{[^}]*\}\}|\{[a-z_]+\}|［[^］]*］|○○|〇〇|●●|△△|XXXX/;

/** The name that a Japanese letter begins with: 「田中 太郎 様」 in its first lines. */
const ADDRESSED = /^[\s　]*(?:株式会社\S+[\s　]+)?(.{1,20}?)[\s　]*様/;

function plain(name: string): string {
  return name.normalize("NFKC").replace(/[\s　]/g, "");
}

/** What an agent should look at again. */
export function doubts(writing: Writing, customer: Customer): string[] {
  const own = writing.text
    .split("\n")
    .filter((line) => !line.startsWith(">"))
    .join("\n");
  const found: string[] = [];
  if (!writing.attachments.length && FILE_WORDS.test(own))
    found.push(t("The text speaks of a file, but none is attached."));
  const place = PLACES.exec(own);
  if (place) found.push(t("A place was left open: {words}", { words: place[0] }));
  const name = ADDRESSED.exec(own.split("\n").find((line) => line.trim()) ?? "")?.[1];
  if (name && !place && customer.name && !/お客/.test(name)) {
    const [said, known] = [plain(name), plain(customer.name)];
    if (!known.includes(said) && !said.includes(known))
      found.push(t("It is addressed to “{said}”, but the customer is {known}.", { said: name, known: customer.name }));
  }
  return found;
}

export function GuardSheet({ doubts: found, onSend }: { doubts: string[]; onSend: () => void }) {
  const send = () => {
    closeDialog();
    onSend();
  };
  return (
    <Dialog
      title={t("Send it like this?")}
      onSubmit={closeDialog}
      foot={
        <>
          <button type="button" class="plain" onClick={send}>
            {t("Send anyway")}
          </button>
          <button type="submit" class="primary" data-first>
            {t("Look again")}
          </button>
        </>
      }
    >
      <ul class="doubts">
        {found.map((words) => (
          <li key={words}>
            <Icon name="warn" />
            {words}
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
