/** In charge of the panel's few drawings; each stands beside a name for those who do not see it. */
const PATHS = {
  close: "M6 6l12 12M18 6L6 18",
  back: "M15 5l-7 7 7 7",
  more: "M5 7h14M5 12h14M5 17h14",
  send: "M4 12l16-8-5 16-3.5-6.5z",
  clip: "M20 11l-8 8a5 5 0 0 1-7-7l9-9a3.3 3.3 0 0 1 4.7 4.7L10 16.5a1.7 1.7 0 0 1-2.4-2.4L15 7",
  camera: "M4 8h3l2-3h6l2 3h3v11H4zM12 10a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7",
  smile: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M8 14c1 2 7 2 8 0M9 9.5h.01M15 9.5h.01",
  help: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M9.5 9.5a2.5 2.5 0 1 1 2.5 3v1M12 17h.01",
  file: "M7 3h7l4 4v14H7zM14 3v4h4",
};

export const Icon = ({ name }: { name: keyof typeof PATHS }) => (
  <svg viewBox="0 0 24 24" aria-hidden="true"><path d={PATHS[name]} /></svg>
);
