// Makes photos small on the phone, and keeps what the camera wrote about time and place: the server reads and drops it.

const LONGEST = 1600; // pixels, as the server keeps them
const QUALITY = 0.82;

export async function smaller(file) {
  const image = await read(file);
  const scale = Math.min(1, LONGEST / Math.max(image.naturalWidth, image.naturalHeight));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(image.naturalWidth * scale));
  canvas.height = Math.max(1, Math.round(image.naturalHeight * scale));
  canvas.getContext('2d').drawImage(image, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(image.src);
  const made = await new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg', QUALITY));
  if (!made) throw new Error('no picture');
  const written = written_by_camera(new Uint8Array(await file.arrayBuffer()));
  if (!written) return made;
  return new Blob([made.slice(0, 2), written, made.slice(2)], { type: 'image/jpeg' });
}

function read(file) {
  return new Promise((resolve, reject) => {
    const image = new Image();
    image.onload = () => resolve(image);
    image.onerror = () => {
      URL.revokeObjectURL(image.src);
      reject(new Error('no picture'));
    };
    image.src = URL.createObjectURL(file);
  });
}

// The Exif segment of a JPEG, turned upright as the canvas is; null where there is none.
export function written_by_camera(bytes) {
  let at = 2;
  while (bytes[0] === 0xff && bytes[1] === 0xd8 && at + 10 < bytes.length && bytes[at] === 0xff && bytes[at + 1] !== 0xda) {
    const length = 2 + bytes[at + 2] * 256 + bytes[at + 3];
    const name = String.fromCharCode(...bytes.slice(at + 4, at + 8));
    if (bytes[at + 1] === 0xe1 && name === 'Exif') return upright(bytes.slice(at, at + length));
    at += length;
  }
  return null;
}

function upright(segment) {
  const tiff = new DataView(segment.buffer, segment.byteOffset + 10);
  const little = tiff.getUint16(0) === 0x4949;
  try {
    const first = tiff.getUint32(4, little);
    for (let i = 0; i < tiff.getUint16(first, little); i += 1) {
      const entry = first + 2 + 12 * i;
      if (tiff.getUint16(entry, little) === 0x0112) tiff.setUint16(entry + 8, 1, little);
    }
  } catch (error) {
    return null; // it breaks off
  }
  return segment;
}
