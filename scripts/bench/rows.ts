// The table of figures: what is measured, and what is to be reached.
import { type FtpRow, measureFtpRow } from './ftpRow.ts';
import { growths } from './growth.ts';
import { largeFolder } from './largeFolder.ts';
import { loading } from './loading.ts';
import { memory, processor } from './needs.ts';
import { measureParsing, parsedFormats, parsingRowName } from './parsing.ts';
import { reportedRow } from './report.ts';
import type { ServerName } from './servers.ts';
import type { SiteSizes } from './site.ts';
import type { RowGroup } from './tools.ts';
import { folderCommands, workspace } from './workspace.ts';

const mebibyte = 1024 * 1024;

/** The whole table; `quick`: the large file is a quarter, and what takes minutes is left out. */
export function rowGroups(quick: boolean): readonly RowGroup[] {
  const size = quick ? '256 MiB' : '1 GiB';
  return [
    ...ftpRows(quick).map(race),
    memory(size),
    processor(),
    workspace('serve', 'block'),
    workspace('vsftpd', 'stream'),
    folderCommands(),
    window(),
    loading(),
    ...parsedFormats.map(parsing),
    ...(quick ? [] : [largeFolder(), ...growths()]),
  ];
}

/** The bytes of the large file. */
export function largeFile(quick: boolean): number {
  return (quick ? 256 : 1024) * mebibyte;
}

function race(row: FtpRow): RowGroup {
  return {
    rows: [{ name: row.name, unit: 's' }],
    measure: async ({ course, pace, signal }) => [
      await measureFtpRow(row, await course(), pace, signal),
    ],
  };
}

// A window needs a real VS Code, and the test in it names every command that is allowed.
function window(): RowGroup {
  const row = { name: 'a window is opened on a folder, cold', unit: 'commands' } as const;
  const note = 'counted in a real VS Code, by npm test -- in-host';
  return {
    rows: [row],
    measure: async () => [reportedRow({ ...row, portside: null, figure: 30, note })],
  };
}

function parsing(format: string): RowGroup {
  return {
    rows: [{ name: parsingRowName(format), unit: 'ms' }],
    measure: async ({ pace }) => [measureParsing(format, Math.max(3, pace.rounds))],
  };
}

function ftpRows(quick: boolean): readonly FtpRow[] {
  const large = largeFile(quick);
  const size = quick ? '256 MiB' : '1 GiB';
  return [
    { ...download(200, 'serve', 1.1), waitsForAll: true },
    download(1000, 'serve', 2),
    upload('serve', 1.6),
    upload('serve without HASH', 2.5),
    { ...download(200, 'vsftpd', { times: 0.35, of: 'lftp ×8' }), waitsForAll: true },
    download(200, 'ProFTPD', { times: 0.5, of: 'lftp ×8' }),
    download(200, 'Pure-FTPd', { times: 0.5, of: 'lftp ×8' }),
    ...(['vsftpd', 'ProFTPD', 'Pure-FTPd'] as const).map(overSixteen),
    upload('vsftpd', { times: 0.6, of: 'lftp ×8' }),
    upload('ProFTPD', { times: 0.6, of: 'lftp ×8' }),
    upload('Pure-FTPd', { times: 0.6, of: 'lftp ×8' }),
    ...(['serve', 'vsftpd', 'ProFTPD', 'Pure-FTPd'] as const).map(folders),
    { ...first('known'), figure: 0.55 },
    { ...first('unknown'), figure: 0.9 },
    { ...one(`one file of ${size} down`, large), task: 'getLarge' },
    { ...one(`one file of ${size} up`, large), task: 'putLarge' },
  ];
}

const nothing: SiteSizes = { files: 0, folders: 0, large: 0 };
const usual = { distance: 'far', acquaintance: 'known' } as const;

function download(files: number, server: ServerName, figure: FtpRow['figure']): FtpRow {
  const name = `${files} files of 4 KiB down, ${server}`;
  return { ...usual, name, server, task: 'getFiles', sizes: { ...nothing, files }, figure };
}

function overSixteen(server: ServerName): FtpRow {
  const row = download(200, server, { times: 0.3, of: 'lftp ×8' });
  return { ...row, name: `${row.name}, 16 connections`, options: ['--connections', '16'] };
}

function upload(server: ServerName, figure: FtpRow['figure']): FtpRow {
  const name = `200 files of 4 KiB up, ${server}`;
  return { ...usual, name, server, task: 'putFiles', sizes: { ...nothing, files: 200 }, figure };
}

function folders(server: ServerName): FtpRow {
  const name = `list 200 folders, ${server}`;
  const sizes = { ...nothing, folders: 200 };
  return { ...usual, name, server, task: 'listFolders', sizes, figure: 1 };
}

function first(acquaintance: FtpRow['acquaintance']): Omit<FtpRow, 'figure'> {
  const name = `first listing of a server, ${acquaintance}`;
  return { ...usual, name, server: 'serve', task: 'listOneFolder', sizes: nothing, acquaintance };
}

function one(name: string, large: number): Omit<FtpRow, 'task'> {
  const figure = { times: 1 / 0.9, of: 'limit' };
  const sizes = { ...nothing, large };
  return { ...usual, name, server: 'serve', distance: 'near', sizes, figure };
}
