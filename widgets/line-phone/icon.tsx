/** In charge of the small drawings on the phone's buttons. */
import type { VNode } from "preact";

const PATHS = {
  photo: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15.5 9.5a1 1 0 1 0 .1 0",
  file: "M6 3h8l5 5v13H6zM14 3v5h5M9 13h7M9 17h7",
  pin: "M12 21s7-7.5 7-12a7 7 0 0 0-14 0c0 4.500 7 12 7 12zM12 6.500a2.500 2.500 0 1 0 .1 0",
  smile: "M12 3a9 9 0 1 0 .1 0M8 14q4 4 8 0M9 9v1M15 9v1",
  reply: "M9 7 4 12l5 5M4 12h10q6 0 6 6",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  unsend: "M9 6h11v12H9l-6-6zM12 10l4 4M16 10l-4 4",
  out: "M14 4H5v16h9M10 12h11M17 8l4 4-4 4",
  plus: "M12 4v16M4 12h16",
  block: "M12 3a9 9 0 1 0 .1 0M5.600 5.600l12.800 12.800",
  quiet: "M6 17h12l-1.500-3V10a4.500 4.500 0 0 0-9 0v4zM10 20h4M4 4l16 16",
  keys: "M3 6h18v12H3zM6 10h1M10 10h1M14 10h1M18 10h.5M7 14h10",
  menu: "M4 5h7v6H4zM13 5h7v6h-7zM4 13h7v6H4zM13 13h7v6h-7z",
  bars: "M4 7h16M4 12h16M4 17h16",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 22 }: { name: IconName; size?: number }): VNode {
  return (
    <svg class="icon" viewBox="0 0 24 24" width={size} height={size} aria-hidden="true">
      <path d={PATHS[name]} fill="none" stroke="currentColor" stroke-width="1.7" stroke-linecap="round" stroke-linejoin="round" />
    </svg>
  );
}
