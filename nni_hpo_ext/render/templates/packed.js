'use strict';
// Unpacks an element of the page: gzip in base85 (RFC 1924, with "," in place of "<").
function unpack(id) {
  const text = document.getElementById(id).textContent.trim();
  const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;,=>?@^_`{|}~';
  const value = new Uint8Array(128);
  for (let i = 0; i < 85; i++) value[digits.charCodeAt(i)] = i;
  const padding = (5 - text.length % 5) % 5;
  const padded = text + '~'.repeat(padding);
  const bytes = new Uint8Array(padded.length / 5 * 4);
  for (let i = 0, at = 0; i < padded.length; i += 5) {
    let word = 0;
    for (let j = 0; j < 5; j++) word = word * 85 + value[padded.charCodeAt(i + j)];
    bytes[at++] = word >>> 24; bytes[at++] = word >>> 16; bytes[at++] = word >>> 8; bytes[at++] = word;
  }
  const stream = new Blob([bytes.subarray(0, bytes.length - padding)]).stream();
  return new Response(stream.pipeThrough(new DecompressionStream('gzip'))).text();
}

async function loadLibrary() {
  const script = document.createElement('script');
  script.textContent = await unpack('library');
  document.head.append(script);
}
