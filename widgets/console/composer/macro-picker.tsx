/** In charge of choosing a macro by its name; its text goes where the cursor is, what it changes waits until that is sent. */
import { computed } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { t } from "../../shared/words";
import { api } from "../api/calls";
import type { Macro } from "../api/texts";
import type { Wanted } from "../api/tickets";
import { edit } from "../store/edits";
import { loadMacros, macros } from "../store/macros";
import { peekRow } from "../store/rows";
import { open, ticketOf } from "../store/threads";
import { askRating } from "../thread/chat";
import { type Choice, Picker } from "../ui/picker";
import { toast } from "../ui/toast";
import { draft, modeOf, restore, write } from "./draft";
import { caret, insert } from "./insert";
import { effects } from "./macros";

/** They are still on their way: a choice that is made now waits for them. */
const coming = computed(() => macros.value === null);

/** What a macro sends besides words, in a word. */
function besides({ rich, choices }: Macro): string {
  if (!rich) return choices.length ? t("Answers to tap") : "";
  return rich.kind === "sticker" ? t("Sticker") : rich.kind === "native" ? "Flex" : t("Card with buttons");
}

export function macroChoices(number: number): Choice[] {
  return (macros.value ?? []).map((macro) => ({
    key: `macro-${macro.id}`,
    words: macro.name,
    more: macro.text.slice(0, 200),
    detail: [macro.text.split("\n").find((line) => line.trim()), besides(macro), effects(macro.actions)].filter(Boolean).join(" → "),
    run: () => void use(number, macro),
  }));
}

export function MacroPicker({ number, onLeave }: { number: number; onLeave?: (typed: string) => void }) {
  useEffect(() => {
    if (macros.peek() === null) void loadMacros();
  }, []);
  return (
    <Picker
      title={t("Macros")}
      placeholder={t("Name or words of a macro")}
      choices={() => macroChoices(number)}
      busy={coming}
      {...(onLeave ? { onLeave } : {})}
    />
  );
}

async function use(number: number, macro: Macro): Promise<void> {
  const standing = caret(number);
  try {
    const [{ text, actions, ask_rating, rich, choices }] = await Promise.all([api.macro(number, macro.id), open(number).loading]);
    // The tags that stand when it is sent count, not those of now.
    const wanted: Wanted = {
      ...actions,
      ...(macro.actions.tags ? { tags: macro.actions.tags } : {}),
      ...(ask_rating ? { ask_rating } : {}),
    };
    const thread = open(number).thread.peek();
    if (!thread) return;
    if (!text.trim() && !rich && !choices.length) {
      if (Object.keys(wanted).length) await apply(number, wanted);
      return;
    }
    restore(thread);
    // A colleague who reads a note has no use for buttons: whatever goes along is for the customer.
    if (rich) modeOf(number).value = "reply";
    const mode = modeOf(number).peek();
    if (mode === "reply" && (rich || choices.length)) write(number, mode, { rich, choices });
    const before = draft(number, mode).writing.peek().actions;
    if (text.trim()) insert(number, mode, text, standing);
    if (Object.keys(wanted).length) {
      const tags = [...new Set([...(before?.tags ?? []), ...(wanted.tags ?? [])])];
      write(number, mode, { actions: { ...before, ...wanted, ...(tags.length ? { tags } : {}) } });
    }
  } catch (problem) {
    toast({ words: problem instanceof Error ? problem.message : t("That did not work."), tone: "bad" });
  }
}

/** Change the ticket as macros want it, with one undo. */
async function apply(number: number, { ask_rating, ...wanted }: Wanted): Promise<void> {
  const standing = (ticketOf(number) ?? peekRow(number))?.tags ?? [];
  const tags = wanted.tags ? { tags: [...new Set([...standing, ...wanted.tags])] } : {};
  const edited = { ...wanted, ...tags };
  if (Object.keys(edited).length) await edit(number, edited);
  if (ask_rating) await askRating(number);
}
