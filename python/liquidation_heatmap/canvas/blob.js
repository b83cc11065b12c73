// Reads what blob.py packs: a header of JSON and typed arrays, deflated.

const TYPES = {
  uint8: Uint8Array, uint16: Uint16Array, int32: Int32Array, float32: Float32Array, float64: Float64Array,
};

/** The header and the arrays by name; the arrays are views of one buffer. */
export async function unpack(bytes) {
  const inflated = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate'));
  const buffer = await new Response(inflated).arrayBuffer();
  const length = new DataView(buffer).getUint32(0, true);
  const { arrays: places, ...header } = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const start = Math.ceil((4 + length) / 8) * 8;
  const arrays = {};
  for (const [name, place] of Object.entries(places)) {
    arrays[name] = new TYPES[place.type](buffer, start + place.offset, place.length);
  }
  return { header, arrays };
}

/** What tells one blob from another without inflating it: its length, and the checksum it ends with. */
export function fingerprint(bytes) {
  return [bytes.length, ...bytes.subarray(-4)].join('.');
}
