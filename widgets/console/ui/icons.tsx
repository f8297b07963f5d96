/** In charge of the small pictures: line drawings on a 24-unit square, in the colour of the text. */

const PATHS = {
  close: "M6 6l12 12M18 6L6 18",
  check: "M5 12.5l4.5 4.5L19 7.5",
  back: "M15 5l-7 7 7 7",
  next: "M9 5l7 7-7 7",
  down: "M6 9l6 6 6-6",
  search: "M11 4a7 7 0 110 14 7 7 0 010-14zM16.2 16.2L20.5 20.5",
  inbox: "M4 13l2.5-8h11L20 13v6H4zM4 13h5a3 3 0 006 0h5",
  person: "M12 4a4 4 0 110 8 4 4 0 010-8zM4.5 20c.8-4 3.6-6 7.5-6s6.7 2 7.5 6",
  people:
    "M9 5a3.5 3.5 0 110 7 3.5 3.5 0 010-7zM2.5 19c.6-3.5 3-5 6.5-5s5.9 1.5 6.5 5M16 5.500a3.2 3.2 0 010 6.200M18 14.200c2 .6 3.2 2.2 3.6 4.8",
  all: "M4 6h16M4 12h16M4 18h16",
  at: "M12 8a4 4 0 110 8 4 4 0 010-8zM16 8v5.500a2.5 2.5 0 005 0V12a9 9 0 10-3.5 7.1",
  pause: "M9 6v12M15 6v12",
  clock: "M12 4a8 8 0 110 16 8 8 0 010-16zM12 7.500V12l3 2",
  done: "M12 3.500a8.5 8.5 0 110 17 8.5 8.5 0 010-17zM8 12.200l2.8 2.800L16 9.5",
  spam: "M12 3.500a8.5 8.5 0 110 17 8.5 8.5 0 010-17zM6 6l12 12",
  email: "M3.5 6h17v12h-17zM4 6.500l8 6.5 8-6.5",
  form: "M6 4h12v16H6zM9 8.500h6M9 12h6M9 15.500h3.5",
  phone:
    "M6 3.500h3.500l1.5 4.5-2 1.500a11 11 0 005.5 5.500l1.5-2 4.5 1.500V18a2.5 2.5 0 01-2.5 2.500C10.5 20 4 13.5 3.5 6A2.5 2.5 0 016 3.500z",
  api: "M8.5 7L4 12l4.5 5M15.5 7l4.5 5-4.5 5",
  webchat: "M4 5h16v11H11l-5 4v-4H4z",
  line: "M12 4c5 0 9 3.1 9 7 0 3.6-3.6 6.2-9 9.500v-2.800C6.5 17.5 3 14.7 3 11c0-3.9 4-7 9-7z",
  reply: "M10 6L4 12l6 6M4.5 12H14c4 0 6 2 6 6",
  note: "M5 4h14v10l-5 6H5zM14 20v-6h5M8.5 9h7M8.5 12.500h3",
  clip: "M18.5 11.500l-7 7a4.6 4.6 0 01-6.5-6.500l8-8a3 3 0 014.3 4.300l-7.8 7.800a1.5 1.5 0 01-2.1-2.100l7-7",
  eye: "M2.5 12C5 7.5 8.2 5.5 12 5.500s7 2 9.5 6.500c-2.5 4.5-5.7 6.5-9.5 6.500s-7-2-9.5-6.500zM12 9.200a2.8 2.8 0 110 5.6 2.8 2.8 0 010-5.600z",
  pen: "M4 20l1-4L16 5l3 3L8 19zM14 7l3 3",
  more: "M5.5 12h.01M12 12h.01M18.5 12h.01",
  flag: "M6 21V4h11l-2 4 2 4H6",
  tag: "M4 4h7.500l8.5 8.5-7.5 7.500L4 11.500zM8 8h.01",
  merge: "M6 4v4c0 4 6 4 6 8v4M18 4v4c0 4-6 4-6 8",
  split: "M12 4v4c0 4-6 4-6 8v4M12 8c0 4 6 4 6 8v4",
  link: "M10 14l4-4M8.5 11.500L6 14a3.5 3.5 0 005 5l2.5-2.500M15.5 12.500L18 10a3.5 3.5 0 00-5-5l-2.5 2.5",
  flash: "M13 3L5 14h6l-1 7 8-11h-6z",
  bell: "M6 17h12l-1.5-2.500V10a4.5 4.5 0 00-9 0v4.500zM10 20h4M12 5.500V4",
  plus: "M12 5v14M5 12h14",
  panel: "M4 5h16v14H4zM14.5 5v14",
  sun: "M12 8a4 4 0 110 8 4 4 0 010-8zM12 2.500v2M12 19.500v2M2.5 12h2M19.5 12h2M5.3 5.300l1.4 1.400M17.3 17.300l1.4 1.400M18.7 5.300l-1.4 1.400M6.7 17.300l-1.4 1.4",
  moon: "M19.5 14.500A8 8 0 119.5 4.500a6.5 6.5 0 0010 10z",
  auto: "M12 3.500a8.5 8.5 0 110 17 8.5 8.5 0 010-17zM12 3.500v17",
  language: "M3.5 6h9M8 4v2M5 6c.5 3.5 3 6 6.5 7M11 6c-.5 3.5-3 6-7 7.500M12.5 20l4-10 4 10M14 16.500h5",
  keyboard: "M3 7h18v10H3zM6.5 10.500h.01M10 10.500h.01M13.5 10.500h.01M17 10.500h.01M8 14h8",
  leave: "M14 4H5v16h9M10 12h10.500M17 8.500l3.5 3.5-3.5 3.5",
  download: "M12 4v10M7.5 10l4.5 4.5 4.5-4.500M5 19h14",
  image: "M4 5h16v14H4zM4 16l5-5 4 4 3-2.5 4 3.500M15.5 9h.01",
  filter: "M4 6h16l-6 7v5l-4 2v-7z",
  sort: "M7 5v14M4 16l3 3 3-3M17 19V5M14 8l3-3 3 3",
  warn: "M12 4l9 16H3zM12 10v4.500M12 17.200h.01",
  again: "M19 12a7 7 0 11-2.5-5.400M19.5 4v4h-4",
  shield: "M12 3.500l7 2.500v5.500c0 4.5-3 7.5-7 9-4-1.5-7-4.5-7-9V6z",
  gear: "M12 9a3 3 0 110 6 3 3 0 010-6zM19 12l2-1-1-3-2.2.300-1.4-1.400L16.7 4.700l-3-1L12 5.5 10.3 3.700l-3 1 .3 2.2-1.4 1.400L4 8l-1 3 2 1-2 1 1 3 2.2-.3 1.4 1.4-.3 2.2 3 1L12 18.500l1.7 1.8 3-1-.3-2.2 1.4-1.4 2.2.3 1-3z",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, label }: { name: IconName; label?: string }) {
  return (
    <svg
      class="glyph"
      viewBox="0 0 24 24"
      role={label ? "img" : undefined}
      aria-label={label}
      aria-hidden={label ? undefined : "true"}
    >
      <path d={PATHS[name]} />
    </svg>
  );
}

export function channelIcon(kind: string): IconName {
  return kind === "email" ||
    kind === "form" ||
    kind === "phone" ||
    kind === "api" ||
    kind === "webchat" ||
    kind === "line"
    ? kind
    : "inbox";
}
