/** In charge of what the panel's page says about its site: JSON in `<script type="application/json" id="settings">`. */
import { isColor } from "../colors";
import type { Locale } from "../surface";

type Both = Partial<Record<Locale, string>>;

/** One field of the form before the chat; `name`, `email` and `phone` are the profile's own. */
export interface Ask {
  name: string;
  label?: Both;
  required?: boolean;
}

/** All but `site` may be left out. */
export interface PageData {
  site: string;
  /** The shop's name, the head of the panel. */
  title?: Both;
  /** `#rrggbb` */
  color?: string;
  greeting?: Both;
  /** Said when the desk is closed, or nobody answers. */
  away?: Both;
  /** Whether the page's title says that there is news while the page is out of sight. */
  title_flash?: boolean;
  prechat?: Ask[];
  /** Whether the shop's articles are offered here. */
  faq?: boolean;
  /** What the visitor agrees to before the chat begins: plain text and addresses. */
  consent?: Both;
}

function read(): PageData {
  const data: unknown = JSON.parse(document.getElementById("settings")?.textContent || "{}");
  return { site: decodeURIComponent(location.pathname.split("/").pop() ?? ""), ...(data as Partial<PageData>) };
}

export const page = read();
export const color = isColor(page.color) ? page.color : "#2c4a86";

/** A text of the site in a language, else in the other. */
export const inLocale = (text: Both | undefined, locale: Locale): string => text?.[locale] || text?.ja || text?.en || "";
