/** In charge of the shapes of LINE's message objects, as far as they are drawn.
 *  https://developers.line.biz/en/reference/messaging-api/#message-objects */

export interface Action {
  type: string;
  label?: string;
  text?: string;
  data?: string;
  displayText?: string;
  uri?: string;
  mode?: "date" | "time" | "datetime";
  initial?: string;
  min?: string;
  max?: string;
  clipboardText?: string;
  richMenuAliasId?: string;
}

export interface Emoji {
  index: number;
  length: number;
  productId: string;
  emojiId: string;
}

/** What a tap does is the page's business. */
export type Tap = (action: Action) => void;

export interface Message {
  type: string;
  text?: string;
  emojis?: Emoji[];
  mention?: { mentionees: { index: number; length: number }[] };
  altText?: string;
  packageId?: string;
  stickerId?: string;
  keywords?: string[];
  originalContentUrl?: string;
  previewImageUrl?: string;
  duration?: number;
  title?: string;
  address?: string;
  latitude?: number;
  longitude?: number;
  fileName?: string;
  fileSize?: number;
  imageSet?: { id: string; index: number; total: number };
  contentProvider?: { type: string; originalContentUrl?: string; previewImageUrl?: string };
  template?: Template;
  contents?: Flex;
  quickReply?: { items: QuickReplyItem[] };
  sender?: { name?: string; iconUrl?: string };
  baseUrl?: string;
  baseSize?: { width: number; height: number };
  actions?: (Action & { area: Area; linkUri?: string })[];
  substitution?: Record<string, { type: string }>;
}

export interface Area {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface QuickReplyItem {
  imageUrl?: string;
  action: Action;
}

export interface Card {
  thumbnailImageUrl?: string;
  imageUrl?: string;
  imageBackgroundColor?: string;
  title?: string;
  text?: string;
  defaultAction?: Action;
  action?: Action;
  actions?: Action[];
}

export interface Template extends Card {
  type: string;
  imageAspectRatio?: string;
  imageSize?: string;
  columns?: Card[];
}

/** One node of a Flex message; which fields it has depends on its type. */
export interface Flex {
  type: string;
  [field: string]: unknown;
}
