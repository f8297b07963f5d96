/** In charge of the words of the public surface: what `madoguchi(command, …)` takes, and what `on` tells. */

export type Locale = "ja" | "en";
export type Theme = "light" | "dark" | "auto";

export interface BootOptions {
  /** The chat account's address, as its admin page shows it. */
  site: string;
  /** The desk's address; by default where the loader came from. */
  desk?: string;
  /** The launcher's colour as `#rrggbb`; the desk's own once the panel has told it. */
  color?: string;
  position?: "left" | "right";
  /** By default the page's `lang`. */
  locale?: Locale;
  /** By default as the page: dark only where the page's `color-scheme` allows it. */
  theme?: Theme;
  /** The launcher's name for screen readers and its tooltip. */
  label?: string;
  /** The chat is loaded with the page, so that agents see who is here and may speak first. */
  presence?: boolean;
  /** False: no button; the page opens the chat itself. */
  launcher?: boolean;
}

/** What the page says about the visitor. Nobody checked it: agents see it as unconfirmed. */
export interface Profile {
  name?: string;
  email?: string;
  phone?: string;
}

export interface PageInfo {
  url: string;
  title?: string;
}

export interface CartItem {
  name: string;
  quantity?: number;
  price?: number;
  sku?: string;
}

export interface Cart {
  items: CartItem[];
  total?: number;
  currency?: string;
}

export interface Events {
  ready: undefined;
  open: undefined;
  close: undefined;
  /** How many messages of agents were not seen yet. */
  unread: { count: number };
  message: { from: "customer" | "agent"; text: string };
  ticket: { number: number };
  /** The visitor left an address. */
  email: { email: string };
  error: { words: string };
}

export type Listener<E extends keyof Events> = (detail: Events[E]) => void;

export interface Commands {
  boot(options: BootOptions): void;
  update(profile: Profile): void;
  /** A JWT (HS256 with `sub` and `exp`) that the shop's server signed. */
  identify(jwt: string): void;
  logout(): void;
  destroy(): void;
  open(): void;
  close(): void;
  toggle(): void;
  showLauncher(): void;
  hideLauncher(): void;
  /** Opens the chat with this text in its box; it is not sent. */
  newMessage(text?: string): void;
  openTicket(number: number): void;
  openFaq(id?: string): void;
  setPage(page: PageInfo): void;
  setCart(cart: Cart | null): void;
  setOrder(order: string | null): void;
  addTags(...tags: string[]): void;
  removeTags(...tags: string[]): void;
  setLocale(locale: Locale): void;
  setTheme(theme: Theme): void;
  on<E extends keyof Events>(event: E, listener: Listener<E>): () => void;
}

export type Command = keyof Commands;
