import { blockDescriptor, blockHeader } from '../../src/ftp/grammar/block.ts';
import { concatBytes } from '../../src/base/bytes.ts';

/**
 * A golden dialogue is a text file in test/dialogues, one line a step, seen from the server:
 *
 *   # a comment                          what a peer does, and what was seen where
 *   ! security explicit                  how the engine is set up (see dialogueUser.ts)
 *   = small repeat 340 "hello\n"         a file's content: `repeat`, `count` (0, 1 … 255, 0 …),
 *                                        `noise`, `noise7` (7 bits), each with its length; `text`,
 *                                        whose lines of one name are joined
 *   @ retrieve /a = small                what the user does, and what becomes of it
 *   > RETR /a                            the client must say this; PASS and ACCT say ****
 *   < 150 Opening                        the server says this
 *   * data connects                      what happens on connections (see dialoguePlayer.ts)
 *   * data < block 40 small              bytes go down; `>` the client must send them
 *
 * The bytes of `<` and `>` are one of
 *
 *   block DESCRIPTOR CONTENT             one block, its descriptor in hex
 *   blocks LENGTH DESCRIPTOR CONTENT     blocks of that length, the descriptor on the last one
 *   raw CONTENT                          as they are
 *   hex 40 00 00
 *   file CONTENT                         (`>` only) any blocks that carry it, up to the end of file
 *
 * and CONTENT is a name, or a part of it: `big[0..4096]`.
 */
export interface Dialogue {
  readonly name: string;
  readonly settings: ReadonlyMap<string, string>;
  readonly contents: ReadonlyMap<string, Uint8Array>;
  readonly steps: readonly Step[];
}

export interface Step {
  /** Counted from 1. */
  readonly line: number;
  readonly kind: 'user' | 'command' | 'reply' | 'event';
  readonly text: string;
}

const kinds: Readonly<Record<string, Step['kind']>> = {
  '@': 'user',
  '>': 'command',
  '<': 'reply',
  '*': 'event',
};

/** Throws for any line that it cannot read. */
export function parseDialogue(name: string, text: string): Dialogue {
  const settings = new Map<string, string>();
  const contents = new Map<string, Uint8Array>();
  const steps: Step[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const mark = line.slice(0, 1);
    const rest = line.slice(2);
    const kind = kinds[mark];
    if (mark === '' || mark === '#') continue;
    if (line[1] !== ' ' && line !== '<') throw new Error(`${name}:${index + 1}: ${line}`);
    if (kind) steps.push({ line: index + 1, kind, text: rest });
    else if (mark === '!') settings.set(...split(rest));
    else if (mark === '=') addContent(contents, rest);
    else throw new Error(`${name}:${index + 1}: ${line}`);
  }
  return { name, settings, contents, steps };
}

/** The first word, and what follows it. */
export function split(text: string): [string, string] {
  const blank = text.indexOf(' ');
  return blank < 0 ? [text, ''] : [text.slice(0, blank), text.slice(blank + 1)];
}

function addContent(contents: Map<string, Uint8Array>, definition: string): void {
  const [name, how] = split(definition);
  const [kind, rest] = split(how);
  if (kind === 'text') {
    const known = contents.get(name) ?? new Uint8Array(0);
    contents.set(name, concatBytes([known, Buffer.from(JSON.parse(rest) as string)]));
    return;
  }
  const [length, pattern] = split(rest);
  contents.set(name, generate(kind, Number(length), pattern));
}

function generate(kind: string, length: number, pattern: string): Uint8Array {
  if (kind === 'repeat') return Buffer.alloc(length, JSON.parse(pattern) as string);
  if (kind === 'count') return Uint8Array.from({ length }, (_, index) => index & 0xff);
  if (kind !== 'noise' && kind !== 'noise7') throw new Error(`No content is made by ${kind}`);
  const mask = kind === 'noise' ? 0xff : 0x7f;
  let state = 1;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 24) & mask;
  });
}

/** `name` or `name[from..to]`. */
export function contentOf({ contents }: Dialogue, text: string): Uint8Array {
  const [, name = '', from, to] = /^([^[]+)(?:\[(\d+)\.\.(\d+)\])?$/.exec(text) ?? [];
  const content = contents.get(name);
  if (!content) throw new Error(`No content is called ${text}`);
  return from === undefined ? content : content.subarray(Number(from), Number(to));
}

/** The bytes that stand behind `* data <` and `* data >`, `file` excepted. */
export function bytesOf(dialogue: Dialogue, specification: string): Uint8Array {
  const [kind, rest] = split(specification);
  if (kind === 'hex') return Buffer.from(rest.replaceAll(' ', ''), 'hex');
  if (kind === 'raw') return contentOf(dialogue, rest);
  if (kind === 'block') {
    const [descriptor, content] = split(rest);
    return block(Number.parseInt(descriptor, 16), contentOf(dialogue, content));
  }
  if (kind !== 'blocks') throw new Error(`No bytes are called ${specification}`);
  const [length, [descriptor, name]] = [split(rest)[0], split(split(rest)[1])];
  return blocks(contentOf(dialogue, name), Number(length), Number.parseInt(descriptor, 16));
}

function block(descriptor: number, payload: Uint8Array): Uint8Array {
  return concatBytes([blockHeader(descriptor, payload.length), payload]);
}

function blocks(content: Uint8Array, length: number, last: number): Uint8Array {
  const pieces: Uint8Array[] = [];
  let at = 0;
  for (; at + length < content.length; at += length) {
    pieces.push(block(0, content.subarray(at, at + length)));
  }
  pieces.push(block(last, content.subarray(at)));
  return concatBytes(pieces);
}

/**
 * Reads one file in blocks of any length from the start of `bytes`. Gives its content and how many
 * bytes its blocks took, or `undefined` where the end of the file is not there yet.
 */
export function takeFile(bytes: Uint8Array): { content: Uint8Array; taken: number } | undefined {
  const pieces: Uint8Array[] = [];
  let at = 0;
  for (;;) {
    const [descriptor, high, low] = bytes.subarray(at, at + 3);
    if (descriptor === undefined || high === undefined || low === undefined) return undefined;
    const end = at + 3 + high * 256 + low;
    if (end > bytes.length) return undefined;
    if ((descriptor & blockDescriptor.restartMarker) === 0)
      pieces.push(bytes.subarray(at + 3, end));
    at = end;
    if ((descriptor & blockDescriptor.endOfFile) !== 0) {
      return { content: concatBytes(pieces), taken: at };
    }
  }
}
