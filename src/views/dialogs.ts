import * as vscode from 'vscode';
import type { CertificateSummary } from '../ftp/errors.ts';
import type { Proxy } from '../ftp/options.ts';
import type { Expected, FileIdentity } from '../session/remoteFileSystem.ts';
import type {
  ConflictChoice,
  ConflictQuestion,
  Questions,
  TypedPassword,
} from '../workspace/questions.ts';
import { plainText } from '../workspace/sentence.ts';
import type { Site } from '../workspace/sites/site.ts';
import { showServersFile } from './files/serversFile.ts';
import { type Formats, readableFingerprint } from './formats.ts';
import { actions, questionWords as words } from './messages.ts';

/** Asks the user with VS Code's own dialogs. */
export function dialogs(formats: Formats): Questions {
  return {
    password: askPassword,
    proxyPassword: askProxyPassword,
    keyPassphrase: askPassphrase,
    trust: askTrust,
    conflict: (question) => askConflict(question, formats),
  };
}

function askPassword(site: Site, why: 'missing' | 'refused'): Promise<TypedPassword | undefined> {
  const { username = '', name, host, port } = site;
  const server = plainText(`${host}:${port}`);
  const prompt =
    why === 'refused'
      ? words.passwordRefused()
      : words.passwordMissing(plainText(username), server);
  const title = words.passwordTitle(plainText(username), plainText(name));
  return askSecret(title, prompt, site.askPassword ? 'session' : 'asked');
}

function askProxyPassword(
  site: Site,
  { user = '', host, port }: Proxy,
  why: 'missing' | 'refused',
): Promise<TypedPassword | undefined> {
  const title = words.proxyPasswordTitle(plainText(user), plainText(`${host}:${port}`));
  const prompt =
    why === 'refused'
      ? words.proxyPasswordRefused()
      : words.proxyPasswordMissing(plainText(site.name));
  return askSecret(title, prompt, 'asked');
}

function askPassphrase(
  { name, clientKey, clientCertificate = '' }: Site,
  why: 'missing' | 'refused',
): Promise<TypedPassword | undefined> {
  const prompt =
    why === 'refused'
      ? words.passphraseRefused()
      : words.passphraseMissing(plainText(clientKey ?? clientCertificate));
  return askSecret(words.passphraseTitle(plainText(name)), prompt, 'asked');
}

/** `keep`: whether the user is also asked where the secret is kept. */
async function askSecret(
  title: string,
  prompt: string,
  keep: 'asked' | 'session',
): Promise<TypedPassword | undefined> {
  const password = await vscode.window.showInputBox({
    title,
    prompt,
    password: true,
    ignoreFocusOut: true,
  });
  if (password === undefined) return undefined;
  if (keep === 'session') return { password, keep };
  const choices = [
    { label: actions.save(), detail: words.keepSaved(), keep: 'saved' },
    { label: actions.sessionOnly(), detail: words.keepSession(), keep: 'session' },
  ] as const;
  const kept = await vscode.window.showQuickPick(choices, {
    title,
    placeHolder: words.keepPassword(),
    ignoreFocusOut: true,
  });
  // Escape here only means that the secret is not saved: it is used for this session.
  return { password, keep: kept?.keep ?? 'session' };
}

async function askTrust(site: Site, certificate: CertificateSummary): Promise<boolean> {
  const changed = site.fingerprints.length > 0;
  const message = changed
    ? words.changedCertificate(plainText(site.name))
    : words.unknownCertificate(plainText(site.name));
  const detail = certificateDetail(site, certificate);
  for (;;) {
    // Enter presses the first button: it must do no harm.
    const choice = await vscode.window.showWarningMessage(
      message,
      { modal: true, detail },
      actions.copyFingerprint(),
      actions.trust(),
    );
    if (choice !== actions.copyFingerprint()) return choice === actions.trust();
    await vscode.env.clipboard.writeText(readableFingerprint(certificate.fingerprint));
  }
}

function certificateDetail(site: Site, certificate: CertificateSummary): string {
  const { subject, issuer, validFrom, validTo, fingerprint } = certificate;
  const facts = [
    words.subject(plainText(subject)),
    words.issuer(plainText(issuer)),
    words.validity(plainText(validFrom), plainText(validTo)),
  ];
  const trusted = site.fingerprints.map((each) =>
    words.trustedFingerprint(readableFingerprint(each)),
  );
  return [
    facts.join('\n'),
    words.fingerprint(readableFingerprint(fingerprint)),
    ...trusted,
    words.certificateAdvice(),
  ].join('\n\n');
}

async function askConflict(
  { site, path, held, found }: ConflictQuestion,
  formats: Formats,
): Promise<ConflictChoice> {
  const name = plainText(path.slice(path.lastIndexOf('/') + 1));
  const gone = found === 'absent';
  const action = gone ? actions.writeAgain() : actions.overwrite();
  const facts = [
    gone ? undefined : words.serversFile(factsOf(found, formats)),
    isFile(held) ? words.openedFile(factsOf(held, formats)) : undefined,
  ].filter((line) => line !== undefined);
  const advice = gone ? [] : [words.overwriteAdvice()];
  const detail = [plainText(path), facts.join('\n'), ...advice];
  const message = conflictMessage(name, plainText(site.name), held, found);
  // Enter presses the first button: it must do no harm.
  const buttons = gone ? [action] : [actions.showServersFile(), action];
  const options = { modal: true, detail: detail.join('\n\n') };
  const choice = await vscode.window.showWarningMessage(message, options, ...buttons);
  if (choice === action) return 'overwrite';
  if (choice !== actions.showServersFile() || gone) return 'cancel';
  // The title of the comparison offers the answers, so no dialog covers it.
  await showServersFile(site, path, found);
  return 'compare';
}

function conflictMessage(
  name: string,
  site: string,
  held: Expected | undefined,
  found: Expected,
): string {
  if (found === 'absent') return words.gone(name, site);
  return isFile(held) ? words.changed(name, site) : words.appeared(name, site);
}

function isFile(expected: Expected | undefined): expected is FileIdentity {
  return expected !== undefined && expected !== 'absent';
}

function factsOf({ size, modified }: FileIdentity, formats: Formats): string {
  const facts = [
    size === undefined ? undefined : formats.bytes(size),
    modified === undefined ? undefined : words.changedAt(formats.time(modified)),
  ].filter((fact) => fact !== undefined);
  return facts.length > 0 ? facts.join(', ') : words.unknownFacts();
}
