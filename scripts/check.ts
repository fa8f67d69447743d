// `npm start -- --check`: the proof, without a screen, that this machine can run Portside.
import { copyFile, mkdir, readFile, readdir } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { launchChromium } from './chromium.ts';
import { cacheFolder, projectRoot } from './paths.ts';
import {
  freshSampleSite,
  sampleSiteSettings,
  sampleSiteUri,
  serveSampleSite,
} from './sampleSite.ts';
import { type Host, startHost, windowUrl } from './vscode/host.ts';
import { steadySettings } from './vscode/settings.ts';
import { type Workbench, openWorkbench } from './vscode/workbench.ts';
import { packageVsix } from './vsix.ts';
import { waitUntil } from './waiting.ts';

const edited = 'index.html';
const editedLine = 'Saturday: regatta';
const addition = '<li>Sunday: open day at the lifeboat house</li>';
const wantedRung = 'block mode · default data port';
const readmePicture = join(projectRoot, 'media', 'picture.png');

/** What is done besides checking. */
export interface CheckOptions {
  /** True to renew the picture in the README. */
  readonly updatePicture: boolean;
  readonly signal: AbortSignal;
}

/** Opens the sample site in a real VS Code in a real browser, edits and saves; throws where that fails. */
export async function check({ updatePicture, signal }: CheckOptions): Promise<void> {
  const vsix = await packageVsix(signal);
  const folder = await freshSampleSite('check-site');
  await using server = await serveSampleSite(folder, signal);
  await using browser = await launchChromium(signal);
  await using host = await startHost({
    extensions: [vsix],
    settings: { ...steadySettings, ...sampleSiteSettings(server) },
    signal,
  });
  using _ = closing(signal, () => void browser.close());
  const workbench = await openWorkbench(browser, windowUrl(host, { folder: sampleSiteUri }));
  await withPictureOfFailure(workbench, host, async () => {
    await editAndSave(workbench, folder, signal);
    await showRung(workbench);
    await takePicture(workbench, updatePicture);
  });
}

async function editAndSave(
  workbench: Workbench,
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  const before = await readFile(join(folder, edited), 'utf8');
  const names = await readdir(folder);
  const wanted = before.replace(new RegExp(`( *)<li>${editedLine}.*\n`), `$&$1${addition}\n`);
  await workbench.openFile(edited, editedLine);
  await workbench.typeAfterLine(editedLine, addition);
  await workbench.save(edited);
  await waitUntil(
    `${edited} in ${relative(projectRoot, folder)} holds what was typed, and no other file is left there`,
    async () => {
      const same = (await readFile(join(folder, edited), 'utf8')) === wanted;
      return same && String(await readdir(folder)) === String(names) ? true : undefined;
    },
    { signal },
  );
  report(`edited and saved ${edited}: the bytes are in ${relative(projectRoot, folder)}`);
}

/** Leaves the tooltip of the status bar open, which names the rung, so that the picture shows it. */
async function showRung(workbench: Workbench): Promise<void> {
  const item = workbench.statusBarItem(wantedRung);
  await item.waitFor();
  await item.hover();
  await workbench.page.locator('.monaco-hover').filter({ hasText: wantedRung }).first().waitFor();
  report(`the status bar says: ${wantedRung}`);
}

async function takePicture(workbench: Workbench, updateReadme: boolean): Promise<void> {
  const path = join(cacheFolder, 'check.png');
  await workbench.page.screenshot({ path });
  report(`picture: ${relative(projectRoot, path)}`);
  if (!updateReadme) return;
  await mkdir(dirname(readmePicture), { recursive: true });
  await copyFile(path, readmePicture);
  report(`picture of the README: ${relative(projectRoot, readmePicture)}`);
}

async function withPictureOfFailure(
  workbench: Workbench,
  host: Host,
  steps: () => Promise<void>,
): Promise<void> {
  try {
    await steps();
  } catch (error) {
    const path = join(cacheFolder, 'check-failed.png');
    const taken = await workbench.page.screenshot({ path }).then(
      () => `; the window then: ${relative(projectRoot, path)}`,
      () => '',
    );
    throw new Error(`The check failed${taken}.\n${host.output()}`, { cause: error });
  }
}

/** Does something when the signal aborts, until disposed. */
function closing(signal: AbortSignal, action: () => void): Disposable {
  signal.addEventListener('abort', action, { once: true });
  return { [Symbol.dispose]: () => signal.removeEventListener('abort', action) };
}

function report(sentence: string): void {
  process.stdout.write(`ok: ${sentence}\n`);
}
