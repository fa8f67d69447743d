import type { Operation } from './operations.ts';
import { fingerprint, sameTree, type Tree } from './tree.ts';

/** What the user was told in the end. */
export type Told =
  | { readonly kind: 'done' | 'conflict' | 'hung' }
  /** `doubt`: the words leave open whether it was done. */
  | { readonly kind: 'failed' | 'doubt'; readonly message: string };

/** All that can be known of a run from outside. */
export interface Outcome {
  readonly operation: Pick<Operation, 'before' | 'after' | 'atomic'>;
  readonly told: Told;
  /** What lies on the server's disk once it is quiet. */
  readonly disk: Tree;
  readonly killed: boolean;
  /** Warnings and errors of the log. */
  readonly logged: readonly string[];
  /** What the session shows afterwards; `undefined` where it could not be asked. */
  readonly shown: Tree | undefined;
  /** Connections that the closed session still holds. */
  readonly held: number;
}

/** What must never happen; the words are those of the tally. */
export const wrongs = ['torn', 'lost', 'lied', 'littered', 'hung', 'leaked'] as const;
export type Wrong = (typeof wrongs)[number];

/** Everything that went wrong in a run, each with the reason for that judgement. */
export function judge(outcome: Outcome): readonly (readonly [Wrong, string])[] {
  const { told, held } = outcome;
  return [
    ...torn(outcome),
    ...lost(outcome),
    ...lied(outcome),
    ...littered(outcome),
    ...(told.kind === 'hung' ? [['hung', 'it came to no end'] as const] : []),
    ...(held > 0 ? [['leaked', `${held} connections are still held`] as const] : []),
  ];
}

const isLeftOver = (name: string): boolean => /(?:^|\/)\.portside-[^/]*$/.test(name);

function visible(tree: Tree): Tree {
  return new Map([...tree].filter(([name]) => !isLeftOver(name)));
}

/** A name that the user was told, in the error or in the log. */
function isNamed({ told, logged }: Outcome, path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const said = 'message' in told ? [told.message, ...logged] : logged;
  return said.some((text) => text.includes(name));
}

// A file holds the old bytes or the new ones, whole.
function* torn({ operation, disk }: Outcome): Generator<readonly [Wrong, string]> {
  const { before, after } = operation;
  for (const [name, content] of visible(disk)) {
    const whole = [before.get(name), after.get(name)].map(fingerprint);
    if (!whole.includes(fingerprint(content))) {
      yield ['torn', `${name} is ${fingerprint(content)} and neither of ${whole.join(', ')}`];
    }
  }
}

// What is there before and after is there at any time between: under its own name, or under another that
// the user is told.
function* lost(outcome: Outcome): Generator<readonly [Wrong, string]> {
  const { operation, disk } = outcome;
  const { before, after } = operation;
  const told = [...disk].filter(([name]) => !isLeftOver(name) || isNamed(outcome, name));
  const standing = new Set(told.map(([, content]) => fingerprint(content)));
  const kept = new Set([...after.values()].map(fingerprint));
  for (const [name, content] of before) {
    const old = fingerprint(content);
    if (kept.has(old) && !standing.has(old)) yield ['lost', `${name} (${old}) is nowhere`];
    // Overwritten: one of both must stand at the name, or be told where.
    const now = fingerprint(after.get(name));
    if (!after.has(name) || disk.has(name) || standing.has(old) || standing.has(now)) continue;
    yield ['lost', `${name} is absent, and nobody says where its bytes are`];
  }
}

function* lied(outcome: Outcome): Generator<readonly [Wrong, string]> {
  const { operation, told, shown } = outcome;
  const { before, after, atomic } = operation;
  const disk = visible(outcome.disk);
  const [isOld, isNew] = [sameTree(disk, before), sameTree(disk, after)];
  if (told.kind === 'conflict') yield ['lied', 'a conflict where there is none'];
  if (told.kind === 'done' && !isNew) yield ['lied', `done, but ${difference(after, disk)}`];
  if (told.kind === 'failed' && !isOld && (atomic || isNew)) {
    yield ['lied', `failed, but ${difference(before, disk)}`];
  }
  if (shown && !sameTree(visible(shown), disk)) {
    yield ['lied', `afterwards is shown what is not: ${difference(disk, shown)}`];
  }
}

/** Where one tree differs from what was expected, as words. */
function difference(expected: Tree, found: Tree): string {
  const names = new Set([...expected.keys(), ...found.keys()]);
  return [...names]
    .map((name) => [name, fingerprint(expected.get(name)), fingerprint(found.get(name))] as const)
    .filter(([, wanted, is]) => wanted !== is)
    .map(([name, wanted, is]) => `${name} is ${is}, not ${wanted}`)
    .join('; ');
}

// Only a server that was killed can leave something, and then the user hears its name.
function* littered(outcome: Outcome): Generator<readonly [Wrong, string]> {
  for (const name of [...outcome.disk.keys()].filter(isLeftOver)) {
    const named = isNamed(outcome, name);
    if (!outcome.killed || !named) yield ['littered', `${name}${named ? '' : ', told to nobody'}`];
  }
}
