/** The Japanese catalogue, exported by the build from templates/locale/ja/console.po. */
declare module "madoguchi-words" {
  const words: Record<string, string>;
  export default words;
}
/** What code that comes later says beyond that. */
declare module "madoguchi-words-later" {
  const words: Record<string, string>;
  export default words;
}
