/** How pathnames and texts stand as bytes on the control connection and in listings. */
export interface Charset {
  readonly name: string;
  decode(bytes: Uint8Array): string;
  encode(text: string): Uint8Array;
}

/** RFC 2640, 2.2: UTF-8 is the character set of pathnames. */
export const utf8: Charset = {
  name: 'utf-8',
  decode: (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8'),
  encode: (text) => Buffer.from(text, 'utf8'),
};

/** One byte, one character: keeps every byte as it is. */
export const latin1: Charset = {
  name: 'latin1',
  decode: (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1'),
  encode: (text) => Buffer.from(text, 'latin1'),
};
