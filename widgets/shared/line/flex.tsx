/** In charge of drawing Flex messages as LINE's own app lays them out.
 *  https://developers.line.biz/en/docs/messaging-api/flex-message-layout/ */
import type { CSSProperties, HTMLAttributes, VNode } from "preact";
import type { Action, Flex, Tap } from "./objects";

type Style = CSSProperties;

const BUBBLE: Record<string, number> = { nano: 120, micro: 160, deca: 220, hecto: 241, kilo: 260, mega: 300, giga: 386 };
const LETTERS: Record<string, number> = {
  ...{ xxs: 11, xs: 13, sm: 14, md: 16, lg: 19, xl: 22, xxl: 29 },
  ...{ "3xl": 35, "4xl": 48, "5xl": 74 },
};
const IMAGE: Record<string, number> = {
  ...{ xxs: 40, xs: 60, sm: 80, md: 100, lg: 120, xl: 140, xxl: 160 },
  ...{ "3xl": 180, "4xl": 200, "5xl": 220 },
};
const STEP: Record<string, number> = { none: 0, xs: 2, sm: 4, md: 8, lg: 12, xl: 16, xxl: 20 };
const BORDER: Record<string, number> = { none: 0, light: 0.5, normal: 1, medium: 2, "semi-bold": 3, bold: 4 };
const SIDE: Record<string, string> = { start: "flex-start", end: "flex-end", center: "center" };
const GRAVITY: Record<string, string> = { top: "flex-start", bottom: "flex-end", center: "center" };

const word = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
const node = (value: unknown): Flex | undefined => (value && typeof value === "object" ? (value as Flex) : undefined);
const nodes = (value: unknown): Flex[] => (Array.isArray(value) ? (value as Flex[]) : []);

/** A length: one of LINE's words, or pixels or per cent as they stand. */
function length(value: unknown, words: Record<string, number> = STEP): string | undefined {
  const said = word(value);
  if (said === undefined) return undefined;
  return said in words ? `${words[said]}px` : said;
}

export function FlexMessage({ contents, tap }: { contents: Flex; tap: Tap }): VNode {
  if (contents.type === "carousel")
    return (
      <div class="fx-carousel" tabIndex={0}>
        {nodes(contents["contents"]).map((bubble, index) => (
          <Bubble key={index} bubble={bubble} tap={tap} />
        ))}
      </div>
    );
  return <Bubble bubble={contents} tap={tap} />;
}

function Bubble({ bubble, tap }: { bubble: Flex; tap: Tap }): VNode {
  const styles = node(bubble["styles"]) ?? { type: "" };
  const blocks = (["header", "hero", "body", "footer"] as const).filter((block) => node(bubble[block]));
  const width = `${BUBBLE[word(bubble["size"]) ?? "mega"] ?? 300}px`;
  return (
    <div class="fx-bubble" style={{ width }} dir={bubble["direction"] === "rtl" ? "rtl" : "ltr"} {...pressed(bubble["action"], tap)}>
      {blocks.map((block, index) => {
        const style = node(styles[block]) ?? { type: "" };
        const line = style["separator"] === true && index > 0;
        return (
          <div
            key={block}
            class={`fx-${block}`}
            style={{
              backgroundColor: word(style["backgroundColor"]),
              borderTop: line ? `1px solid ${word(style["separatorColor"]) ?? "#d4d6da"}` : undefined,
            }}
          >
            <Part part={bubble[block] as Flex} within="vertical" block={block} tap={tap} />
          </div>
        );
      })}
    </div>
  );
}

interface Placed {
  part: Flex;
  /** The layout of the box around it. */
  within: string;
  tap: Tap;
  block?: string;
  /** The box's spacing, before every part but the first. */
  gap?: string;
}

/** Where a part stands in its box: its share of the room, its margin, its offsets. */
function placed({ part, within, gap }: Placed): Style {
  const across = within !== "vertical";
  const share = typeof part["flex"] === "number" ? part["flex"] : part.type === "filler" ? 1 : across && !sized(part) ? 1 : 0;
  const before = length(part["margin"]) ?? gap;
  const absolute = part["position"] === "absolute";
  const style: Style = {
    flex: share > 0 ? `${share} 1 0` : "0 0 auto",
    position: absolute ? "absolute" : "relative",
    top: length(part["offsetTop"]),
    bottom: length(part["offsetBottom"]),
    insetInlineStart: length(part["offsetStart"]),
    insetInlineEnd: length(part["offsetEnd"]),
    minWidth: "0",
  };
  if (share > 0 && !across) style.minHeight = "0";
  if (before && !absolute) style[across ? "marginInlineStart" : "marginTop"] = before;
  return style;
}

/** Parts that take their own size in a horizontal box, unless told otherwise. */
function sized(part: Flex): boolean {
  return part.type === "icon" || part.type === "separator" || (part.type === "box" && word(part["width"]) !== undefined);
}

function Part(at: Placed): VNode | null {
  const { part, tap } = at;
  const style = placed(at);
  if (part.type === "box") return <Box {...at} style={style} />;
  if (part.type === "text") return <Text part={part} style={style} within={at.within} tap={tap} />;
  if (part.type === "button") return <Button part={part} style={style} tap={tap} />;
  if (part.type === "image") return <Image part={part} style={style} hero={at.block === "hero"} tap={tap} />;
  if (part.type === "video")
    return (
      <video class="fx-video" style={style} controls preload="none" poster={word(part["previewUrl"])} src={word(part["url"])} />
    );
  if (part.type === "icon") {
    const size = length(part["size"], LETTERS) ?? "16px";
    const wide = ratio(word(part["aspectRatio"]) ?? "1:1");
    return <img class="fx-icon" alt="" src={word(part["url"])} style={{ ...style, height: size, aspectRatio: wide }} />;
  }
  if (part.type === "separator") {
    const color = word(part["color"]) ?? "#d4d6da";
    const line = at.within === "vertical" ? { height: "1px", alignSelf: "stretch" } : { width: "1px", alignSelf: "stretch" };
    return <span class="fx-separator" style={{ ...style, ...line, backgroundColor: color }} />;
  }
  return <span style={style} />;
}

function Box({ part, within, tap, block, style }: Placed & { style: Style }): VNode {
  const layout = word(part["layout"]) ?? "vertical";
  const gap = length(part["spacing"]);
  const background = node(part["background"]);
  const children = nodes(part["contents"]);
  const own: Style = {
    ...style,
    flexDirection: layout === "vertical" ? "column" : "row",
    alignItems: word(part["alignItems"]) ?? (layout === "baseline" ? "baseline" : "stretch"),
    justifyContent: word(part["justifyContent"]),
    backgroundColor: word(part["backgroundColor"]),
    backgroundImage: background ? gradient(background) : undefined,
    border: border(part),
    borderRadius: length(part["cornerRadius"]),
    padding: length(part["paddingAll"]) ?? (block === undefined ? undefined : "var(--fx-padding)"),
    width: length(part["width"], {}),
    maxWidth: length(part["maxWidth"], {}),
    height: length(part["height"], {}),
    maxHeight: length(part["maxHeight"], {}),
  };
  if (block === "hero" && part["paddingAll"] === undefined) own.padding = undefined;
  for (const [field, rule] of [
    ["paddingTop", "paddingTop"],
    ["paddingBottom", "paddingBottom"],
    ["paddingStart", "paddingInlineStart"],
    ["paddingEnd", "paddingInlineEnd"],
  ] as const) {
    const value = length(part[field]);
    if (value !== undefined) own[rule] = value;
  }
  if (part["width"] !== undefined && part["flex"] === undefined && within !== "vertical") own.flex = "0 0 auto";
  return (
    <div class="fx-box" style={own} {...pressed(part["action"], tap)}>
      {children.map((child, index) => (
        <Part key={index} part={child} within={layout} tap={tap} gap={index ? gap : undefined} />
      ))}
    </div>
  );
}

function border(part: Flex): string | undefined {
  const width = length(part["borderWidth"], BORDER);
  const color = word(part["borderColor"]);
  return width || color ? `${width ?? "1px"} solid ${color ?? "transparent"}` : undefined;
}

function gradient(background: Flex): string {
  const center = word(background["centerColor"]);
  const at = word(background["centerPosition"]) ?? "50%";
  const stops = [word(background["startColor"]), center ? `${center} ${at}` : undefined, word(background["endColor"])];
  return `linear-gradient(${word(background["angle"]) ?? "0deg"}, ${stops.filter(Boolean).join(", ")})`;
}

function letters(part: Flex): Style {
  return {
    fontSize: length(part["size"], LETTERS),
    fontWeight: part["weight"] === "bold" ? 700 : part["weight"] === "regular" ? 400 : undefined,
    color: word(part["color"]),
    fontStyle: word(part["style"]),
    textDecoration: word(part["decoration"]),
  };
}

function Text({ part, style, within, tap }: { part: Flex; style: Style; within: string; tap: Tap }): VNode {
  const wrap = part["wrap"] === true;
  const lines = typeof part["maxLines"] === "number" && part["maxLines"] > 0 ? part["maxLines"] : undefined;
  const own: Style = {
    ...style,
    ...letters(part),
    fontSize: length(part["size"], LETTERS) ?? "16px",
    color: word(part["color"]) ?? "#111",
    textAlign: word(part["align"]) as Style["textAlign"],
    lineHeight: part["lineSpacing"] ? `calc(1.4em + ${word(part["lineSpacing"])})` : undefined,
    alignSelf: within === "horizontal" ? GRAVITY[word(part["gravity"]) ?? "top"] : undefined,
  };
  if (wrap && lines) own.WebkitLineClamp = String(lines);
  const spans = nodes(part["contents"]);
  const kind = wrap ? (lines ? "fx-text fx-wrap fx-clamp" : "fx-text fx-wrap") : "fx-text";
  return (
    <div class={kind} style={own} {...pressed(part["action"], tap)}>
      {spans.length
        ? spans.map((span, index) => (
            <span key={index} style={letters(span)}>
              {word(span["text"])}
            </span>
          ))
        : word(part["text"])}
    </div>
  );
}

function Button({ part, style, tap }: { part: Flex; style: Style; tap: Tap }): VNode {
  const kind = word(part["style"]) ?? "link";
  const color = word(part["color"]);
  const action = part["action"] as Action;
  const own: Style = { ...style, height: part["height"] === "sm" ? "40px" : "52px" };
  if (color) own[kind === "link" ? "color" : "backgroundColor"] = color;
  if (part["gravity"]) own.alignSelf = GRAVITY[word(part["gravity"]) ?? "top"];
  return (
    <button type="button" class={`fx-button fx-${kind}`} style={own} onClick={(event) => (event.stopPropagation(), tap(action))}>
      <span>{action?.label}</span>
    </button>
  );
}

function Image({ part, style, hero, tap }: { part: Flex; style: Style; hero: boolean; tap: Tap }): VNode {
  const size = word(part["size"]) ?? (hero ? "full" : "md");
  const width = size === "full" ? "100%" : (length(size, IMAGE) ?? "100px");
  const own: Style = { ...style, alignSelf: undefined, justifyContent: SIDE[word(part["align"]) ?? "center"] };
  if (part["gravity"]) own.alignItems = GRAVITY[word(part["gravity"]) ?? "top"];
  return (
    <div class="fx-image" style={own} {...pressed(part["action"], tap)}>
      <img
        alt=""
        loading="lazy"
        src={word(part["url"])}
        style={{
          width,
          aspectRatio: ratio(word(part["aspectRatio"]) ?? "1:1"),
          objectFit: part["aspectMode"] === "cover" ? "cover" : "contain",
          backgroundColor: word(part["backgroundColor"]),
        }}
      />
    </div>
  );
}

function ratio(said: string): string {
  return said.replace(":", " / ");
}

/** A part that can be tapped: by finger, mouse and key. */
function pressed(said: unknown, tap: Tap): HTMLAttributes<HTMLDivElement> {
  const action = said as Action | undefined;
  if (!action || typeof action !== "object") return {};
  return {
    role: "button",
    tabIndex: 0,
    onClick: (event) => {
      event.stopPropagation();
      tap(action);
    },
    onKeyDown: (event) => {
      if (event.key === "Enter" && event.target === event.currentTarget) tap(action);
    },
  } as HTMLAttributes<HTMLDivElement>;
}
