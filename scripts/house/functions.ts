// The lengths of functions, by the compiler's own syntax trees.
import { createVirtualFileSystem } from 'typescript/unstable/fs';
import type { Node, SourceFile as Tree } from 'typescript/unstable/ast';
import { isBlock, isFunctionLikeDeclaration } from 'typescript/unstable/ast/is';
import { API } from 'typescript/unstable/sync';
import type { SourceFile } from './sourceFiles.ts';

/** A function, method or arrow with a body in braces; one that is an expression has no length. */
export interface MeasuredFunction {
  readonly file: string;
  /** Its first line, from 1. */
  readonly line: number;
  /** From its first word to its closing brace, with what is nested in it; without its comment. */
  readonly lines: number;
}

/** Where the body of a function stands in its file's text. */
export interface FunctionBody {
  readonly start: number;
  readonly end: number;
  /** False for that of an arrow which is an expression. */
  readonly braces: boolean;
}

/** The functions of the files. */
export function measureFunctions(
  files: readonly Pick<SourceFile, 'name' | 'text'>[],
): readonly MeasuredFunction[] {
  return withTrees(files, (treeOf) =>
    files.flatMap(({ name }) => {
      const tree = treeOf(name);
      const whole = functionsIn(tree).filter(({ body }) => isBlock(body));
      return whole.map(({ node }) => {
        const line = lineAt(tree, node.getStart(tree));
        return { file: name, line, lines: lineAt(tree, node.end) - line + 1 };
      });
    }),
  );
}

/** The bodies of all functions, by the files' names. */
export function functionBodies(
  files: readonly Pick<SourceFile, 'name' | 'text'>[],
): ReadonlyMap<string, readonly FunctionBody[]> {
  return withTrees(files, (treeOf) => {
    const bodiesOf = (name: string): readonly FunctionBody[] => {
      const tree = treeOf(name);
      return functionsIn(tree).map(({ body }) => ({
        start: body.getStart(tree),
        end: body.end,
        braces: isBlock(body),
      }));
    };
    return new Map(files.map(({ name }) => [name, bodiesOf(name)]));
  });
}

// Only the syntax is wanted: in a project of these files alone, the compiler looks for nothing else.
function withTrees<T>(
  files: readonly Pick<SourceFile, 'name' | 'text'>[],
  use: (treeOf: (name: string) => Tree) => T,
): T {
  const project = {
    compilerOptions: { noEmit: true, noLib: true, noResolve: true, types: [] },
    files: files.map(({ name }) => pathOf(name)),
  };
  const texts = files.map(({ name, text }) => [pathOf(name), text]);
  const all = { ...Object.fromEntries(texts), '/tsconfig.json': JSON.stringify(project) };
  const compiler = new API({ cwd: '/', fs: createVirtualFileSystem(all) });
  try {
    const { program } = only(
      compiler.updateSnapshot({ openProjects: ['/tsconfig.json'] }).getProjects(),
    );
    return use((name) => {
      const tree = program.getSourceFile(pathOf(name));
      if (!tree) throw new Error(`The compiler does not know ${name}.`);
      return tree;
    });
  } finally {
    compiler.close();
  }
}

/** Where a file stands for the compiler. */
function pathOf(name: string): string {
  return `/src/${name}`;
}

function only<T>(values: readonly T[]): T {
  const [first] = values;
  if (first === undefined || values.length > 1) throw new Error(`${values.length} in place of one`);
  return first;
}

function functionsIn(tree: Tree): readonly { readonly node: Node; readonly body: Node }[] {
  const found: { readonly node: Node; readonly body: Node }[] = [];
  const visit = (node: Node): undefined => {
    if (isFunctionLikeDeclaration(node) && node.body) found.push({ node, body: node.body });
    node.forEachChild(visit);
  };
  visit(tree);
  return found;
}

function lineAt(tree: Tree, offset: number): number {
  return tree.getLineAndCharacterOfPosition(offset).line + 1;
}
