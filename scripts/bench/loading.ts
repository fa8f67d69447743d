// The extension before it does anything: how long it takes to be there, and how large it is.
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { runQuietly } from '../childProcess.ts';
import { projectRoot } from '../paths.ts';
import { packageVsix } from '../vsix.ts';
import { bundlePeers, peersFolder } from './peers.ts';
import { reportedRow } from './report.ts';
import { sampleOf } from './samples.ts';
import type { RowGroup } from './tools.ts';

const times = 9;
const figures = { loading: 70, size: 1 } as const;
const loadingRow = { name: 'the extension is loaded and activated', unit: 'ms' } as const;
const sizeRow = { name: 'the package', unit: 'MB' } as const;

/** Loading with activation, and the size of the package. */
export function loading(): RowGroup {
  return {
    rows: [loadingRow, sizeRow],
    measure: async ({ signal }) => {
      const { size } = await stat(await packageVsix(signal));
      const { loadingPeer } = await bundlePeers();
      const extension = join(projectRoot, 'dist', 'extension.cjs');
      const words = [loadingPeer, extension, join(peersFolder, 'compiled')];
      const taken: number[] = [];
      for (let count = 0; count <= times; count++) {
        const { code, output } = await runQuietly(process.execPath, words, { signal });
        if (code !== 0) throw new Error(`The extension could not be loaded: ${output}`);
        // The first time compiles it.
        if (count > 0) taken.push(Number(output.trim().split('\n').at(-1)));
      }
      const { median, lowest, highest } = sampleOf(taken);
      const note = 'in Node.js, from what it compiled before; beside a VS Code that does nothing';
      const row = reportedRow({ ...loadingRow, portside: median, figure: figures.loading, note });
      return [
        { ...row, spread: { portside: [lowest, highest] as const } },
        reportedRow({ ...sizeRow, portside: size / 1e6, figure: figures.size, note: 'the VSIX' }),
      ];
    },
  };
}
