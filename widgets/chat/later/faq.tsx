/** @jsxRuntime classic */
/** @jsx h */
/** In charge of the shop's articles in the panel: what is offered while one types, and the list of all with a search. */
import { asker, type Offer, type Offers, tellOf, type Where } from "../../shared/offers";
import type { Kit } from "./kit";
import { sayer } from "./words";

interface Listed {
  url: string;
  chapters: { name: string; items: Offer[] }[];
}

/** Made here, as the panel's own stylesheet is for what talking needs; the policy allows no inline one. */
const STYLE =
  ".faq{flex:1;min-height:0;overflow-y:auto;padding:14px;display:grid;gap:10px;align-content:start}.faq h2{font-size:16px;margin:0}" +
  ".faq h3{font-size:13px;margin:8px 0 2px;color:var(--quiet)}.faq p,.offers p{margin:4px 0}" +
  ".unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}" +
  ".faq a,.offers a{color:inherit}.article{border-top:1px solid var(--edge)}.article summary{padding:8px 0;cursor:pointer}.article .link{padding:6px 0;margin-inline-start:10px}" +
  ".offers{padding:8px 12px;border-bottom:1px solid var(--edge);max-height:38vh;overflow-y:auto;font-size:14px}.offers>p{font-weight:600;font-size:13px}";

export function makeFaq(kit: Kit) {
  const { h, site, speaks, talk, held } = kit;
  const t = sayer(kit);
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  document.adoptedStyleSheets.push(sheet);
  const where: Where = { kind: "chat", slug: site };
  const offers = held<Offers | null>(null);
  const all = held<Listed | null>(null);
  const found = held<Offers | null>(null);
  const thanks = held("");
  const wanted = held("");
  /** Which articles are unfolded: they stay so when what is found is drawn in the place of the list. */
  const opened = held<ReadonlySet<number>>(new Set());
  const told = new Set<number>();
  let listed = "";

  function unfolded(article: number, open: boolean): void {
    if (open && !told.has(article)) tellOf(where, article, "opened");
    if (open) told.add(article);
    if (open === opened.value.has(article)) return;
    const others = [...opened.value].filter((each) => each !== article);
    opened.value = new Set(open ? [...others, article] : others);
  }

  function line(offer: Offer, words: Pick<Offers, "open" | "solved" | "thanks">, solved: () => void) {
    return (
      <details
        key={offer.id} lang={offer.lang} open={opened.value.has(offer.id)} class="article"
        onToggle={({ currentTarget }) => unfolded(offer.id, currentTarget.open)}
      >
        <summary>{offer.question}</summary>
        <p class="words">{offer.text}</p>
        <p lang={speaks()}>
          <a href={offer.url} target="_blank" rel="noopener">{words.open}</a>{" "}
          <button
            type="button" class="link"
            onClick={() => {
              tellOf(where, offer.id, "solved");
              thanks.value = words.thanks;
              solved();
            }}
          >
            {words.solved}
          </button>
        </p>
      </details>
    );
  }

  const own = () => ({ open: t("Read all of it"), solved: t("This answered my question"), thanks: t("We are glad that it helped.") });

  async function list(): Promise<void> {
    const lang = speaks();
    if (listed === lang) return;
    listed = lang;
    const answer = await fetch(`/help/list/chat/${site}/${lang}`).catch(() => null);
    const found = answer?.ok ? ((await answer.json().catch(() => null)) as Listed | null) : null;
    if (listed !== lang) return;
    if (found) all.value = found;
    else listed = "";
  }

  const seek = asker(where, speaks, (items) => (found.value = items), "/help/find", 1);
  const typed = asker(where, speaks, (items) => {
    thanks.value = "";
    offers.value = items;
  });

  return {
    typed,
    /** Show one article, by its number, or the list. */
    openFaq: (id: string): void => {
      wanted.value = id;
      opened.value = new Set(id ? [Number(id)] : []);
      thanks.value = "";
    },
    Offers: (_: object) => {
      const words = offers.value;
      const items = words?.items ?? [];
      return (
        <section class="offers" hidden={!items.length && !thanks.value}>
          <p role="status">{items.length ? words?.title : thanks.value}</p>
          {words && items.map((each) => line(each, words, () => (offers.value = null)))}
        </section>
      );
    },
    Faq: (_: object) => {
      void list();
      const chapters = all.value?.chapters ?? [];
      const every = chapters.flatMap(({ items }) => items);
      const one = every.filter(({ id }) => String(id) === wanted.value);
      const hits = found.value?.items;
      const close = () => undefined;
      return (
        <div class="faq">
          <h2>{t("Frequent questions")}</h2>
          <label class="field">
            <span class="unseen">{t("Search the articles")}</span>
            <input
              type="search" placeholder={t("Search the articles")} maxLength={200}
              onInput={(event) => {
                wanted.value = "";
                if (!event.isComposing) seek(event.currentTarget.value);
              }}
              onCompositionEnd={({ currentTarget }) => seek(currentTarget.value)}
            />
          </label>
          <p role="status">{thanks.value || (hits && !hits.length ? t("Nothing was found.") : "")}</p>
          {one.length ? one.map((each) => line(each, own(), close))
            : hits?.length ? hits.map((each) => line(each, own(), close))
              : chapters.map(({ name, items }) => <section key={name}><h3>{name}</h3>{items.map((each) => line(each, own(), close))}</section>)}
          {one.length > 0 && <button type="button" class="link" onClick={() => (wanted.value = "")}>{t("All questions")}</button>}
          {all.value && <p><a href={all.value.url} target="_blank" rel="noopener">{t("To the help centre")}</a></p>}
          <button type="button" class="primary" onClick={() => talk()}>{t("Ask in the chat")}</button>
        </div>
      );
    },
  };
}
