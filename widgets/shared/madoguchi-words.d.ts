/** The Japanese catalogue, exported by the build from templates/locale/ja/console.po. */
declare module "madoguchi-words" {
  const words: Record<string, string>;
  export default words;
}
