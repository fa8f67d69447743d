/** RFC 854, "interpret as command": it begins a Telnet command, and is sent twice to be a byte. */
export const IAC = 255;
const WILL = 251;
const DONT = 254;
const SE = 240;

/**
 * Takes the Telnet commands out of a control connection's bytes (RFC 959, 2.3: it follows the
 * Telnet protocol). Options are neither answered nor asked for: RFC 1123, 4.1.2.12, lets a peer
 * ignore them, and no server measured waits for an answer. IAC IAC is one byte 255.
 */
export class TelnetFilter {
  /** No Telnet command has begun and not ended. */
  idle = true;
  #state: 'data' | 'iac' | 'option' = 'data';

  push(chunk: Uint8Array): Uint8Array {
    if (this.idle && !chunk.includes(IAC)) return chunk;
    const out: number[] = [];
    for (const byte of chunk) this.#step(byte, out);
    this.idle = this.#state === 'data';
    return Uint8Array.from(out);
  }

  #step(byte: number, out: number[]): void {
    if (this.#state === 'option') {
      this.#state = 'data';
      return;
    }
    if (this.#state === 'data') {
      if (byte === IAC) this.#state = 'iac';
      else out.push(byte);
      return;
    }
    this.#state = byte >= WILL && byte <= DONT ? 'option' : 'data';
    if (byte === IAC) out.push(IAC);
    // A lone 255 before an ordinary byte is a letter of a server that does not double it.
    else if (byte < SE) out.push(IAC, byte);
  }
}
