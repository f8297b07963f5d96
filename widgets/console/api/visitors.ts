/** The shapes of the JSON API about visitors of the site who are here now; kept by hand in line with the server's views. */

/** A chat's visitor who is connected now; unconfirmed, but for `customer` and `signed`. */
export interface Visitor {
  account: number;
  visitor: string;
  online: boolean;
  since: string;
  name: string;
  conversation: string | null;
  ticket: number | null;
  typing: boolean;
  language: string;
  customer: { id: number; name: string } | null;
  signed: boolean;
  welcome: boolean;
  page: { url: string; title?: string; referrer?: string } | null;
  cart: Cart | null;
  order: string | null;
  tags: string[] | null;
}

export interface Cart {
  items?: { name: string; quantity?: number; price?: number }[];
  total?: number;
  currency?: string;
}
