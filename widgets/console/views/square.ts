/** In charge of making a picture small before it travels: its middle square, upright, of 512 pixels. */

const SIDE = 512;

/** Raises what `createImageBitmap` raises for what is no picture. */
export async function squared(file: Blob): Promise<Blob> {
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  const side = Math.min(picture.width, picture.height);
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = Math.min(side, SIDE);
  const at = [(picture.width - side) / 2, (picture.height - side) / 2] as const;
  canvas.getContext("2d")?.drawImage(picture, ...at, side, side, 0, 0, canvas.width, canvas.height);
  picture.close();
  return new Promise((resolve, reject) =>
    canvas.toBlob((made) => (made ? resolve(made) : reject(new Error("canvas"))), "image/png"),
  );
}
