/** From where a broken transfer can go on. */
export type RestartMarker =
  /** RFC 3659, 5: a byte offset, in stream mode only. */
  | { readonly kind: 'offset'; readonly bytes: number }
  /** RFC 959, 3.5: the sender's own text, in block mode only. */
  | { readonly kind: 'block'; readonly marker: string };

/** RFC 959, 4.2: `110 MARK yyyy = mmmm`, yyyy the sender's marker, mmmm the receiver's own. */
export function parseMarkReply(text: string): { sender: string; receiver: string } | undefined {
  const [, sender, receiver] = /MARK +([!-~]+) *= *([!-~]+)/i.exec(text) ?? [];
  return sender !== undefined && receiver !== undefined ? { sender, receiver } : undefined;
}
