// A real browser, headless: the one that stands on this machine, or Debian's.
import { type Browser, chromium } from 'playwright-core';
import { installPackages, mayInstallPackages } from './debian.ts';
import { sentenceOf } from './interruption.ts';
import { MissingPrerequisiteError } from './prerequisite.ts';
import { findOnPath, isProgram } from './programs.ts';
import { stepDeadline } from './waiting.ts';

const names = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'chrome',
  'microsoft-edge',
];
const macApplications = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

const flags = [
  // Chromium refuses to run its sandbox as root and in many containers; it only ever opens 127.0.0.1.
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The Chromium to use: `$CHROMIUM`, one on the PATH, or Debian's, installed where we are root. */
export async function findChromium(signal: AbortSignal): Promise<string> {
  const named = process.env['CHROMIUM'];
  if (named !== undefined && named !== '') {
    if (isProgram(named)) return named;
    throw new MissingPrerequisiteError(`$CHROMIUM names ${named}, which cannot be run.`);
  }
  return findInstalled() ?? (await installChromium(signal));
}

function findInstalled(): string | undefined {
  return findOnPath(...names) ?? macApplications.find(isProgram);
}

async function installChromium(signal: AbortSignal): Promise<string> {
  const wish = 'Chromium is missing: install it, or name one in $CHROMIUM.';
  if (!(await mayInstallPackages())) throw new MissingPrerequisiteError(wish);
  process.stderr.write('Installing Chromium with apt-get…\n');
  try {
    await installPackages(['chromium'], signal);
  } catch (error) {
    throw new MissingPrerequisiteError(`${wish}\n${sentenceOf(error)}`, { cause: error });
  }
  const found = findInstalled();
  if (found === undefined) throw new MissingPrerequisiteError(wish);
  return found;
}

/** Starts a headless browser; the caller disposes it. */
export async function launchChromium(signal: AbortSignal): Promise<Browser> {
  const executablePath = await findChromium(signal);
  return chromium.launch({
    executablePath,
    headless: true,
    args: flags,
    timeout: stepDeadline,
    // The script itself listens to these and closes everything in order.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  });
}
