import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** What lies in a folder, by the names below it ("shop/a.txt"): a folder, or a file's bytes. */
export type Tree = ReadonlyMap<string, 'folder' | Buffer>;

/** Writes a tree to disk; its files are a minute old. */
export async function writeTree(folder: string, tree: Tree): Promise<void> {
  const old = new Date(Date.now() - 60_000);
  for (const [name, content] of tree) {
    const path = join(folder, name);
    if (content === 'folder') await mkdir(path, { recursive: true });
    else {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, content);
      await utimes(path, old, old);
    }
  }
}

/** Reads what lies on disk; what vanishes meanwhile is left out. */
export async function readTree(folder: string): Promise<Tree> {
  const tree = new Map<string, 'folder' | Buffer>();
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of found) {
    const path = join(entry.parentPath, entry.name);
    const name = path.slice(folder.length + 1);
    const content = entry.isDirectory() ? 'folder' : await readFile(path).catch(() => undefined);
    if (content !== undefined) tree.set(name, content);
  }
  return tree;
}

/** A word that is the same for the same content only. */
export function fingerprint(content: 'folder' | Buffer | undefined): string {
  if (content === undefined || typeof content === 'string') return content ?? 'nothing';
  return `${content.length}:${createHash('sha256').update(content).digest('hex').slice(0, 12)}`;
}

/** True where both hold the same. */
export function sameTree(one: Tree, other: Tree): boolean {
  if (one.size !== other.size) return false;
  return [...one].every(([name, content]) => fingerprint(content) === fingerprint(other.get(name)));
}
