import type { Random } from './random.ts';

/** How a connection ends: by a FIN, by a RST, by silence, or with the whole server. */
export type Cut = 'fin' | 'rst' | 'stall' | 'kill';

/** What is done to one reply. */
export type ReplyFault =
  | { readonly how: 'late'; readonly ms: number }
  /** Byte by byte. */
  | { readonly how: 'split' }
  | { readonly how: 'doubled' }
  | { readonly how: 'dropped' }
  /** One more before it. */
  | { readonly how: 'extra'; readonly text: string }
  /** Another one in its place: the server has done what was asked, and says this. */
  | { readonly how: 'lie'; readonly text: string };

/** The one thing that goes wrong in a run. */
export type Fault =
  | {
      readonly at: 'bytes';
      readonly of: 'control' | 'data';
      readonly toward: 'server' | 'client';
      /** Counted from when the fault was armed; on any connection of that kind. */
      readonly after: number;
      readonly cut: Cut;
    }
  | {
      readonly at: 'command';
      readonly verb: string;
      readonly nth: number;
      /** Whether the server has heard it when the connection ends. */
      readonly heard: boolean;
      readonly cut: Cut;
    }
  | {
      readonly at: 'reply';
      readonly verb: string;
      readonly preliminary: boolean;
      readonly nth: number;
      readonly fault: ReplyFault | { readonly how: 'cut'; readonly cut: Cut };
    }
  /** The server never hears the command, and it is answered all the same. */
  | { readonly at: 'feigned'; readonly verb: string; readonly nth: number; readonly text: string };

const login = ['CONNECT', 'USER', 'PASS', 'FEAT'] as const;

/** True for commands that are said only at a login. */
export function isLogin(verb: string): boolean {
  return login.some((said) => said === verb);
}

const transferring = ['STOR', 'RETR', 'MLSD', 'LIST'];

const denials = [
  '421 Going away',
  '425 No data connection',
  '426 Broken',
  '450 Busy',
  '451 Local error',
  '452 No space',
  '500 What?',
  '502 Not implemented',
  '550 No',
  '552 Quota exceeded',
  '553 Name not allowed',
] as const;
const consents = ['200 Ok', '226 Done', '250 Done', '350 Go on', '150 Again'] as const;
// A lie about a file misleads any client. A reply that the server cannot answer at the moment must
// not.
const evasions = ['421 Going away', '450 Busy', '451 Local error', '500 What?', '502 No'] as const;
const strays = [
  '200 stray',
  '213 12345',
  '226 stray',
  '250 stray',
  '350 stray',
  '451 stray',
  '550 stray',
] as const;

/** What is said while an operation goes well: where something can go wrong. */
export interface Rehearsal {
  /** The commands, in their order; none under TLS, where the proxy cannot read them. */
  readonly verbs: readonly string[];
  readonly bytes: (of: 'control' | 'data', toward: 'server' | 'client') => number;
}

/** Draws a fault; under TLS only one that the proxy can do to bytes that it cannot read. */
export function drawFault(random: Random, rehearsal: Rehearsal, mayKill: boolean): Fault {
  const cuts = ['fin', 'rst', 'stall', ...(mayKill ? (['kill'] as const) : [])] as const;
  const cut = random.pick<Cut>(cuts);
  if (rehearsal.verbs.length === 0 || random.chance(0.25)) {
    return drawByteFault(random, rehearsal, cut);
  }
  const where = random.chance(0.08)
    ? { verb: random.pick(login), nth: 1 }
    : drawCommand(random, rehearsal.verbs);
  if (random.chance(0.25)) return { at: 'command', ...where, heard: random.chance(0.5), cut };
  if (isChanging(where.verb) && random.chance(0.15)) {
    return { at: 'feigned', ...where, text: random.pick([...consents, ...denials]) };
  }
  return drawReplyFault(random, where, cut);
}

interface Where {
  readonly verb: string;
  readonly nth: number;
}

// What changes something is where something can be lost: it comes twice as often.
function drawCommand(random: Random, verbs: readonly string[]): Where {
  const places = verbs.map((verb, index) => ({
    verb,
    nth: verbs.slice(0, index + 1).filter((other) => other === verb).length,
  }));
  const changing = places.filter(({ verb }) => isChanging(verb));
  const [first = { verb: 'USER', nth: 1 }, ...rest] = [...places, ...changing];
  return random.pick([first, ...rest]);
}

function drawByteFault(random: Random, { bytes }: Rehearsal, cut: Cut): Fault {
  const ofControl = bytes('data', 'server') + bytes('data', 'client') === 0 || random.chance(0.5);
  const of = ofControl ? 'control' : 'data';
  const toward = bytes(of, 'server') > 0 && random.chance(0.5) ? 'server' : 'client';
  const whole = bytes(of, toward);
  // The first and the last bytes are places of their own.
  const edges = [0, 1, whole - 2, whole - 1].filter((after) => after >= 0);
  const after = random.pick([random.below(whole), random.below(whole), ...edges]);
  return { at: 'bytes', of, toward, after, cut };
}

function drawReplyFault(random: Random, where: Where, cut: Cut): Fault {
  const lie = random.pick(isChanging(where.verb) ? [...denials, ...consents] : evasions);
  const fault = random.pick<ReplyFault | { how: 'cut'; cut: Cut }>([
    { how: 'cut', cut },
    { how: 'late', ms: random.pick([300, 1_300, 2_500, 5_000]) },
    { how: 'split' },
    { how: 'doubled' },
    { how: 'dropped' },
    { how: 'extra', text: random.pick(strays) },
    { how: 'lie', text: lie },
    { how: 'lie', text: lie },
  ]);
  const preliminary = transferring.includes(where.verb) && random.chance(0.3);
  return { at: 'reply', ...where, preliminary, fault };
}

function isChanging(verb: string): boolean {
  return ['STOR', 'RNFR', 'RNTO', 'DELE', 'MKD', 'RMD'].includes(verb);
}
