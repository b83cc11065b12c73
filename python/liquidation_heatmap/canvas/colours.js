// Colours of cells: a ramp over a power of the density, so that walls stand out and their surroundings stay visible.

// What lies below the cells, in both themes: on white a wall would be as dark as nothing.
export const GROUND = '#0f1018';
export const INK = '#d5d7de';
export const FAINT_INK = '#9a9eaa';
export const PRICE = '#ffffff';
const STEPS = 256;
// Parts of the strongest density that are told apart: the weakest of them is within the ramp's darkest colours.
const TABLE = 1 << 14;

const channels = hex => [1, 3, 5].map(at => parseInt(hex.slice(at, at + 2), 16));

/** The colours of a palette in 256 steps from the ground on, as pixels of ImageData (little-endian RGBA). */
export function ramp(stops) {
  const anchors = [GROUND, ...stops].map(channels);
  return Uint32Array.from({ length: STEPS }, (_, step) => {
    const place = (step / (STEPS - 1)) * (anchors.length - 1);
    const low = Math.min(Math.floor(place), anchors.length - 2);
    const [red, green, blue] = anchors[low].map((value, channel) =>
      Math.round(value + (anchors[low + 1][channel] - value) * (place - low)));
    return (255 << 24) | (blue << 16) | (green << 8) | red;
  });
}

/** A palette's ramp as CSS, for the legend. */
export function gradient(stops) {
  return `linear-gradient(to right, ${[GROUND, ...stops].join(', ')})`;
}

// From a ramp that shows little but the strongest walls to one that is nearly logarithmic.
const POWERS = [0.4, 2];

/**
 * The scale of the colours: of a usual density a tenth of the filled cells lies above the middle of the ramp.
 *
 * @param strong the density that nine tenths of the filled cells stay below.
 * @param top the density in the strongest colour.
 */
export function scaleOf(strong, top) {
  const power = strong > 0 && strong < top ? Math.log(0.5) / Math.log(strong / top) : 1;
  return { top: top || 1, power: Math.min(POWERS[1], Math.max(POWERS[0], power)) };
}

/** The density at a place of the ramp. */
export const densityAt = (place, { top, power }) => Math.pow(place, 1 / power) * top;

/** Pixels of cells; those below the threshold (a place on the ramp) are left transparent. The first row is the lowest price. */
export function paint(image, density, colours, scale, threshold) {
  const pixels = new Uint32Array(image.data.buffer);
  const least = densityAt(threshold, scale);
  // Half a million powers would take longer than everything else.
  const table = Uint32Array.from({ length: TABLE + 1 }, (_, part) => colours[((part / TABLE) ** scale.power * (STEPS - 1)) | 0]);
  const perPart = TABLE / scale.top;
  const { width, height } = image;
  for (let row = 0; row < height; row++) {
    const from = row * width;
    const to = (height - 1 - row) * width;
    for (let column = 0; column < width; column++) {
      const held = density[from + column];
      pixels[to + column] = held > 0 && held >= least ? table[Math.min(TABLE, held * perPart) | 0] : 0;
    }
  }
  return image;
}
