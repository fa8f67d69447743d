import { type RemotePath, toRemotePath } from '../../src/base/paths.ts';
import type { FileIdentity, RemoteFileSystem } from '../../src/session/remoteFileSystem.ts';
import type { Random } from './random.ts';
import type { Tree } from './tree.ts';

/** What a user asks for in one run. */
export interface Operation {
  readonly name: string;
  readonly before: Tree;
  readonly after: Tree;
  /** False where it has many steps, and a failure may leave some of them done. */
  readonly atomic: boolean;
  /** What is done before anything goes wrong; gives what `act` then needs to know. */
  prepare?(files: RemoteFileSystem, home: string): Promise<void>;
  act(files: RemoteFileSystem, home: string): Promise<'done' | 'conflict'>;
}

const signal = new AbortController().signal;
const sizes = [0, 1, 100, 5_000, 70_000, 400_000] as const;

type Draw = (random: Random) => Operation;

/** Draws what is done. */
export function drawOperation(random: Random): Operation {
  return random.pick<Draw>([
    save,
    save,
    save,
    deleteFile,
    deleteFolder,
    renameFile,
    renameFile,
    renameFolder,
    copyFile,
    copyFolder,
    makeFolder,
  ])(random);
}

const at = (home: string, name: string): RemotePath => toRemotePath(`${home}/${name}`);

function treeOf(random: Random, ...names: readonly string[]): Map<string, 'folder' | Buffer> {
  return new Map(names.map((name) => [name, random.bytes(1 + random.below(3_000))]));
}

function save(random: Random): Operation {
  const others = treeOf(random, 'other.txt');
  const old = random.bytes(random.pick([0, 10, 5_000, 90_000]));
  const content = random.bytes(random.pick(sizes));
  const [hasOld, expecting, twice] = [random.chance(0.8), random.chance(0.6), random.chance(0.4)];
  let expected: FileIdentity | 'absent' | undefined;
  return {
    name: `save${hasOld ? ' over' : ''}${expecting ? ' expecting' : ''}${twice ? ' once more' : ''}`,
    before: new Map([...others, ...(hasOld ? [['f.txt', old] as const] : [])]),
    after: new Map([...others, ['f.txt', content]]),
    atomic: true,
    prepare: async (files, home) => {
      if (expecting) expected = 'absent';
      const path = at(home, 'f.txt');
      if (expecting && hasOld) expected = (await files.readFile(path, { signal })).identity;
      if (!twice || !hasOld) return;
      const rules = { create: true, overwrite: true, ...(expected && { expected }) };
      const outcome = await files.writeFile(path, () => [old], { signal, ...rules });
      if (outcome.kind === 'written' && expecting) expected = outcome.identity;
    },
    act: async (files, home) => {
      const rules = { create: true, overwrite: true, ...(expected && { expected }) };
      const options = { signal, ...rules };
      const outcome = await files.writeFile(at(home, 'f.txt'), () => [content], options);
      return outcome.kind === 'written' ? 'done' : 'conflict';
    },
  };
}

/** The tree without a name and what is below it. */
function without(tree: Tree, gone: string): Map<string, 'folder' | Buffer> {
  const isGone = (name: string): boolean => name === gone || name.startsWith(`${gone}/`);
  return new Map([...tree].filter(([name]) => !isGone(name)));
}

/** What is at a name and below it, under another name. */
function under(tree: Tree, from: string, to: string): Map<string, 'folder' | Buffer> {
  const found = [...tree].filter(([name]) => name === from || name.startsWith(`${from}/`));
  return new Map(found.map(([name, content]) => [to + name.slice(from.length), content]));
}

function deleteFile(random: Random): Operation {
  const before = treeOf(random, 'other.txt', 'f.txt');
  return {
    name: 'delete a file',
    before,
    after: without(before, 'f.txt'),
    atomic: true,
    act: (files, home) => done(files.delete(at(home, 'f.txt'), { signal, recursive: false })),
  };
}

function folderTree(random: Random): Map<string, 'folder' | Buffer> {
  const files = treeOf(random, 'd/1.txt', 'd/2.txt', 'd/e/3.txt', 'd/e/4.txt', 'other.txt');
  return new Map([['d', 'folder'], ['d/e', 'folder'], ['d/empty', 'folder'], ...files]);
}

function deleteFolder(random: Random): Operation {
  const before = folderTree(random);
  return {
    name: 'delete a folder',
    before,
    after: without(before, 'd'),
    atomic: false,
    act: (files, home) => done(files.delete(at(home, 'd'), { signal, recursive: true })),
  };
}

function renameFile(random: Random): Operation {
  const overwrite = random.chance(0.5);
  const before = treeOf(random, 'f.txt', 'other.txt', ...(overwrite ? ['g.txt'] : []));
  return {
    name: `rename a file${overwrite ? ' over another' : ''}`,
    before,
    after: new Map([...without(before, 'f.txt'), ...under(before, 'f.txt', 'g.txt')]),
    atomic: true,
    act: (files, home) =>
      done(files.rename(at(home, 'f.txt'), at(home, 'g.txt'), { signal, overwrite })),
  };
}

function renameFolder(random: Random): Operation {
  const before = folderTree(random);
  return {
    name: 'rename a folder',
    before,
    after: new Map([...without(before, 'd'), ...under(before, 'd', 'moved')]),
    atomic: true,
    act: (files, home) =>
      done(files.rename(at(home, 'd'), at(home, 'moved'), { signal, overwrite: false })),
  };
}

function copyFile(random: Random): Operation {
  const overwrite = random.chance(0.5);
  const before = treeOf(random, 'f.txt', 'other.txt', ...(overwrite ? ['g.txt'] : []));
  return {
    name: `copy a file${overwrite ? ' over another' : ''}`,
    before,
    after: new Map([...before, ...under(before, 'f.txt', 'g.txt')]),
    atomic: true,
    act: (files, home) =>
      done(files.copy(at(home, 'f.txt'), at(home, 'g.txt'), { signal, overwrite })),
  };
}

function copyFolder(random: Random): Operation {
  const before = folderTree(random);
  return {
    name: 'copy a folder',
    before,
    after: new Map([...before, ...under(before, 'd', 'copy')]),
    atomic: false,
    act: (files, home) =>
      done(files.copy(at(home, 'd'), at(home, 'copy'), { signal, overwrite: false })),
  };
}

function makeFolder(random: Random): Operation {
  const before = treeOf(random, 'other.txt');
  return {
    name: 'make a folder',
    before,
    after: new Map([...before, ['d', 'folder']]),
    atomic: true,
    act: (files, home) => done(files.createDirectory(at(home, 'd'), { signal })),
  };
}

async function done(work: Promise<void>): Promise<'done'> {
  await work;
  return 'done';
}
