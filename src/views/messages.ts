// All words that the user reads, except error sentences and what package.json contributes.
import { l10n } from 'vscode';
import type { Security } from '../ftp/options.ts';
import type { LoginFailure } from '../workspace/sites/siteLogin.ts';

/** A kind of protection: a short label, and a sentence. */
export interface SecurityWords {
  readonly label: string;
  readonly detail: string;
}

const securities = {
  explicit: (): SecurityWords => ({
    label: l10n.t('TLS, required'),
    detail: l10n.t('Explicit TLS (FTPES). A server that refuses it gets no user name.'),
  }),
  implicit: (): SecurityWords => ({
    label: l10n.t('TLS from the first byte'),
    detail: l10n.t('Implicit TLS (FTPS), usually on port 990.'),
  }),
  explicitIfOffered: (): SecurityWords => ({
    label: l10n.t('TLS if the server offers it'),
    detail: l10n.t('Otherwise the password and every file travel unprotected.'),
  }),
  none: (): SecurityWords => ({
    label: l10n.t('No protection'),
    detail: l10n.t('The password and every file travel unprotected.'),
  }),
} satisfies Record<Security, () => SecurityWords>;

/** How a connection is protected, in words. */
export function securityWords(security: Security): SecurityWords {
  return securities[security]();
}

/** The states of a site, in words. */
export const stateWords = {
  disconnected: (): string => l10n.t('not connected'),
  connecting: (): string => l10n.t('connecting'),
  connected: (): string => l10n.t('connected'),
  idle: (): string => l10n.t('idle, connects again when needed'),
  unreachable: (): string => l10n.t('not reachable'),
  refused: (): string => l10n.t('not logged in'),
  untrusted: (): string => l10n.t('certificate not trusted'),
};

/** Buttons and choices. */
export const actions = {
  connect: (): string => l10n.t('Connect'),
  connectAgain: (): string => l10n.t('Connect Again'),
  copyFingerprint: (): string => l10n.t('Copy Fingerprint'),
  decide: (): string => l10n.t('Decide…'),
  diagnose: (): string => l10n.t('Find Out Why…'),
  delete: (): string => l10n.t('Delete'),
  discard: (): string => l10n.t("Keep the Server's File"),
  doNotUpload: (): string => l10n.t('Do Not Upload It'),
  enterPassword: (): string => l10n.t('Enter Password…'),
  openAsFolder: (): string => l10n.t('Open as Folder'),
  openSettings: (): string => l10n.t('Open Settings'),
  overwrite: (): string => l10n.t('Overwrite'),
  remove: (): string => l10n.t('Remove'),
  retry: (): string => l10n.t('Retry'),
  retryAll: (): string => l10n.t('Retry All'),
  save: (): string => l10n.t('Save It'),
  sessionOnly: (): string => l10n.t('Only for This Session'),
  showLog: (): string => l10n.t('Show Log'),
  showUploads: (): string => l10n.t('Show Uploads'),
  showServersFile: (): string => l10n.t("Show the Server's File"),
  trust: (): string => l10n.t('Trust for This Site'),
  writeAgain: (): string => l10n.t('Save It Again'),
};

/** The button that connects again after a failed login, by why it failed. */
export const loginActions: Readonly<Record<LoginFailure, () => string>> = {
  unreachable: actions.connectAgain,
  refused: actions.enterPassword,
  untrusted: actions.connectAgain,
};

/** The questions of the dialogs. */
export const questionWords = {
  passwordTitle: (user: string, site: string): string =>
    l10n.t('Password of {user} at {site}', { user, site }),
  passwordMissing: (user: string, server: string): string =>
    l10n.t('Enter the password of {user} on {server}.', { user, server }),
  passwordRefused: (): string => l10n.t('The server refused the last password.'),
  proxyPasswordTitle: (user: string, proxy: string): string =>
    l10n.t('Password of {user} at the proxy {proxy}', { user, proxy }),
  proxyPasswordMissing: (site: string): string =>
    l10n.t('Portside connects to {site} through this proxy.', { site }),
  proxyPasswordRefused: (): string => l10n.t('The proxy refused the last password.'),
  passphraseTitle: (site: string): string =>
    l10n.t('Passphrase of the client certificate for {site}', { site }),
  passphraseMissing: (file: string): string => l10n.t('It decrypts the key in {file}.', { file }),
  passphraseRefused: (): string => l10n.t('The last passphrase does not decrypt the key.'),
  keepPassword: (): string => l10n.t('Where should the password be kept?'),
  keepSaved: (): string => l10n.t("In VS Code's secret storage on this machine"),
  keepSession: (): string => l10n.t('Portside forgets it when you disconnect'),
  unknownCertificate: (site: string): string =>
    l10n.t('The server of "{site}" shows a certificate that this machine does not trust.', {
      site,
    }),
  changedCertificate: (site: string): string =>
    l10n.t('The server of "{site}" shows a different certificate than the one you trusted.', {
      site,
    }),
  subject: (name: string): string => l10n.t('Issued to: {name}', { name }),
  issuer: (name: string): string => l10n.t('Issued by: {name}', { name }),
  validity: (from: string, to: string): string => l10n.t('Valid: {from} to {to}', { from, to }),
  fingerprint: (digits: string): string => l10n.t('SHA-256 fingerprint:\n{digits}', { digits }),
  trustedFingerprint: (digits: string): string =>
    l10n.t('Trusted until now:\n{digits}', { digits }),
  certificateAdvice: (): string =>
    l10n.t(
      "Trust it only if its fingerprint is the one that the server's administrator gives you. Portside has not sent your user name or password yet.",
    ),
  changed: (name: string, site: string): string =>
    l10n.t('"{name}" has changed on {site} since you opened it.', { name, site }),
  appeared: (name: string, site: string): string =>
    l10n.t('There is already a "{name}" on {site}, which you have not opened.', { name, site }),
  gone: (name: string, site: string): string =>
    l10n.t('"{name}" was deleted on {site} after you opened it.', { name, site }),
  serversFile: (facts: string): string => l10n.t("The server's file: {facts}", { facts }),
  openedFile: (facts: string): string => l10n.t('The one you opened: {facts}', { facts }),
  overwriteAdvice: (): string => l10n.t("Overwriting replaces the server's file with yours."),
  comparison: (name: string, site: string): string =>
    l10n.t('{name} (on {site} ↔ in the editor)', { name, site }),
  unknownFacts: (): string => l10n.t('size and time unknown'),
  changedAt: (time: string): string => l10n.t('changed {time}', { time }),
};

/** The steps of adding and editing a site. */
export const siteWords = {
  addTitle: (): string => l10n.t('Add Site'),
  editTitle: (site: string): string => l10n.t('Edit {site}', { site }),
  address: (): string =>
    l10n.t('Address of the server: a host name, or a pasted ftp://, ftps:// or ftpes:// address'),
  addressExample: (): string => l10n.t('ftp.example.com'),
  addressWrong: (): string => l10n.t('Enter a host name or an FTP address.'),
  security: (): string => l10n.t('How is the connection protected?'),
  user: (): string => l10n.t('User name. Leave it empty to log in anonymously'),
  password: (): string =>
    l10n.t("Password, kept in VS Code's secret storage. Leave it empty to be asked later"),
  passwordFromAddress: (): string =>
    l10n.t(
      'The address held a password. Press Enter to keep it in the secret storage, or clear it to be asked when you connect',
    ),
  name: (): string => l10n.t('Name of the site in the Sites view'),
  root: (): string =>
    l10n.t('Folder to begin in. Leave it empty to begin where the server puts you'),
  rootExample: (): string => l10n.t('/htdocs'),
  rootWrong: (): string => l10n.t('A folder on the server begins with a slash: /htdocs'),
  empty: (): string => l10n.t('This cannot be empty.'),
  group: (): string => l10n.t('Group in the Sites view. Leave it empty for none'),
  portWrong: (): string => l10n.t('A port is a number from 1 to 65535.'),
  whatToEdit: (): string => l10n.t('What should change?'),
  anonymous: (): string => l10n.t('anonymous'),
  chosenByServer: (): string => l10n.t('chosen by the server'),
  yes: (): string => l10n.t('yes'),
  no: (): string => l10n.t('no'),
  added: (site: string): string => l10n.t('{site} was added.', { site }),
  remove: (sites: string): string => l10n.t('Remove {sites}?', { sites }),
  removeDetail: (): string =>
    l10n.t(
      'The entry in your settings and the saved password are removed. Nothing changes on the server.',
    ),
  whichSite: (): string => l10n.t('Which site?'),
  readOnly: (): string => l10n.t('read-only'),
  badSettings: (count: number): string =>
    count === 1
      ? l10n.t('One entry of portside.sites cannot be used.')
      : l10n.t('{count} entries of portside.sites cannot be used.', { count }),
};

/** What can be edited of a site. */
export const siteFields = {
  name: (): string => l10n.t('Name'),
  host: (): string => l10n.t('Host'),
  port: (): string => l10n.t('Port'),
  security: (): string => l10n.t('Protection'),
  username: (): string => l10n.t('User'),
  password: (): string => l10n.t('Password'),
  root: (): string => l10n.t('Folder'),
  group: (): string => l10n.t('Group'),
  readOnly: (): string => l10n.t('Read-only'),
  askPassword: (): string => l10n.t('Ask for the password each time'),
  more: (): string => l10n.t('Everything else, in settings.json'),
};

/** What is said about files and folders. */
export const fileWords = {
  newFile: (folder: string): string => l10n.t('Name of the new file in {folder}', { folder }),
  newFolder: (folder: string): string => l10n.t('Name of the new folder in {folder}', { folder }),
  rename: (name: string): string => l10n.t('New name of {name}', { name }),
  wrongName: (): string =>
    l10n.t('A name cannot be empty, be "." or "..", or hold a slash or a line break.'),
  readOnlySite: (site: string): string => l10n.t('{site} is set to read-only.', { site }),
  reservedName: (): string =>
    l10n.t('Portside uses names like .portside-0123456789ab-page.html while it saves files.'),
  deleteFile: (name: string): string => l10n.t('Delete "{name}" on the server?', { name }),
  deleteFolder: (name: string): string =>
    l10n.t('Delete the folder "{name}" and everything in it on the server?', { name }),
  deleteMany: (count: number): string =>
    l10n.t('Delete these {count} files and folders on the server?', { count }),
  deleteManyFolders: (): string => l10n.t('Folders are deleted with everything in them.'),
  deleteDetail: (): string => l10n.t('This cannot be undone.'),
  connecting: (site: string): string => l10n.t('Connecting to {site}', { site }),
};

/** What is said about the permissions of files and folders. */
export const permissionWords = {
  title: (name: string): string => l10n.t('Permissions of {name}', { name }),
  titleOfMany: (count: number): string =>
    l10n.t('Permissions of {count} files and folders', { count }),
  prompt: (): string => l10n.t('Octal digits like 644, or letters like rw-r--r--'),
  wrongMode: (): string =>
    l10n.t('Enter three or four octal digits, like 644, or nine letters, like rw-r--r--.'),
  owner: (allowed: string): string => l10n.t('Owner: {allowed}.', { allowed }),
  group: (allowed: string): string => l10n.t('Group: {allowed}.', { allowed }),
  others: (allowed: string): string => l10n.t('Others: {allowed}.', { allowed }),
  nothingAllowed: (): string => l10n.t('nothing'),
  allowed: {
    file: {
      r: (): string => l10n.t('read'),
      w: (): string => l10n.t('write'),
      x: (): string => l10n.t('execute'),
    },
    folder: {
      r: (): string => l10n.t('list'),
      w: (): string => l10n.t('change'),
      x: (): string => l10n.t('enter'),
    },
  },
  special: {
    setuid: (): string => l10n.t('Runs as its owner (setuid).'),
    setgid: (): string => l10n.t('Belongs to, or runs as, its group (setgid).'),
    sticky: (): string => l10n.t('Only owners delete in it (sticky).'),
  },
  tooltip: (letters: string, digits: string): string =>
    l10n.t('Permissions: {letters} ({digits})', { letters, digits }),
  nothingChosen: (): string =>
    l10n.t('First select files or folders in the Sites view, or open a file of a site.'),
  failed: (count: number, reason: string): string =>
    l10n.t(
      'The permissions of {count} files and folders could not be changed. The first: {reason}',
      {
        count,
        reason,
      },
    ),
};

/** What the status bar and its list say. */
export const statusWords = {
  name: (): string => 'Portside',
  sites: (count: number): string => l10n.t('{count} sites', { count }),
  connecting: (): string => l10n.t('Connecting'),
  connections: (open: number, busy: number): string =>
    open === 1
      ? l10n.t('1 connection, {busy} busy', { busy })
      : l10n.t('{open} connections, {busy} busy', { open, busy }),
  transfers: (count: number): string =>
    count === 1 ? l10n.t('1 file in transfer') : l10n.t('{count} files in transfer', { count }),
  waiting: (count: number): string =>
    count === 1 ? l10n.t('1 upload waiting') : l10n.t('{count} uploads waiting', { count }),
  failed: (count: number): string =>
    count === 1 ? l10n.t('1 upload failed') : l10n.t('{count} uploads failed', { count }),
  owed: (count: number): string =>
    count === 1
      ? l10n.t('1 file that was saved earlier has not been uploaded yet.')
      : l10n.t('{count} files that were saved earlier have not been uploaded yet.', { count }),
  notUploading: (): string => l10n.t('Sync on save is not working'),
  troubles: (): string => l10n.t('Sync on Save'),
  noRung: (): string => l10n.t('no file transferred yet'),
  connectedSites: (): string => l10n.t('Connected'),
  lostSites: (): string => l10n.t('Not Connected'),
  failedUploads: (): string => l10n.t('Failed Uploads'),
  nothing: (): string => l10n.t('No site is connected, and no upload is waiting.'),
  loginFailed: (site: string, reason: string): string =>
    l10n.t('{site}: {reason}', { site, reason }),
  uploadFailed: (path: string, reason: string): string =>
    l10n.t('{path} was not uploaded: {reason}', { path, reason }),
  savedHere: (name: string, reason: string): string =>
    l10n.t('{name} is saved here but not uploaded: {reason}.', { name, reason }),
  uploaded: (path: string): string => l10n.t('{path} was uploaded', { path }),
  commandFailed: (reason: string): string => l10n.t('Portside: {reason}', { reason }),
};
