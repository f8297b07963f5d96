/**
 * In charge of asking the help centre which articles may answer what is being typed: once the typing rests, never while
 * an input method is composing, one question at a time. Nothing here ever holds up sending.
 */
export interface Offer {
  id: number;
  question: string;
  text: string;
  url: string;
  lang: string;
}

export interface Offers {
  items: Offer[];
  title: string;
  open: string;
  solved: string;
  thanks: string;
}

export interface Where {
  kind: "form" | "chat";
  slug: string;
}

const REST = 600;
const LEAST = 4;
const MOST = 2000;

function post(path: string, body: object, signal?: AbortSignal): Promise<Response> {
  return fetch(path, {
    method: "POST", credentials: "omit", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body), ...(signal && { signal }),
  });
}

/** Answers what is to be told of each change in the box. `show` gets what may answer it; null: nothing does any more. */
export function asker(
  where: Where, lang: () => string, show: (offers: Offers | null) => void, path = "/help/suggest", least = LEAST,
): (text: string) => void {
  let timer: ReturnType<typeof setTimeout>;
  let asking: AbortController | undefined;
  let asked = "";
  let off = false;
  async function ask(text: string): Promise<void> {
    asked = text;
    asking?.abort();
    asking = new AbortController();
    try {
      const answer = await post(path, { ...where, lang: lang(), text }, asking.signal);
      if (answer.status === 200) show((await answer.json()) as Offers);
      // Too often is forgiven after a while; everything else will not change on this page.
      else if (answer.status !== 429) off = true;
    } catch {
      // Without a connection nothing is offered.
    }
  }
  return (typed) => {
    clearTimeout(timer);
    const text = typed.trim().slice(-MOST);
    if (off || text === asked) return;
    if (text.length >= least) timer = setTimeout(() => void ask(text), REST);
    else if (asked) {
      asking?.abort();
      asked = "";
      show(null);
    }
  };
}

/** An article was unfolded, or answered the question. */
export function tellOf(where: Where, article: number, what: "opened" | "solved"): void {
  void post("/help/told", { ...where, article, what }).catch(() => undefined);
}
