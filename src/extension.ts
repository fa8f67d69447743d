// Builds every object and gives it the objects that it works with. It holds no logic of its own.
import { join } from 'node:path';
import * as vscode from 'vscode';
import { systemClock } from './base/clock.ts';
import type { Logger } from './base/logger.ts';
import { RecordFolder } from './base/recordFolder.ts';
import { diagnose } from './doctor/diagnose.ts';
import { connectFtp } from './ftp/connectFtp.ts';
import { systemLookup } from './ftp/net/lookup.ts';
import { tcpNetwork } from './ftp/net/tcp.ts';
import { nodeTls } from './ftp/net/tls.ts';
import { nodeTlsProbe } from './ftp/net/tlsProbe.ts';
import { newTemporaryId } from './session/temporaryNames.ts';
import { openRemoteFileSystem } from './session/openRemoteFileSystem.ts';
import { OldBytesFolder } from './session/saving/oldBytes.ts';
import { operationTimeoutOf, sessionDefaults } from './session/sessionOptions.ts';
import { LinkedFiles } from './sync/linkedFiles.ts';
import { UploadQueue } from './sync/uploadQueue.ts';
import { type Commands, createCommands, errorNet, registerCommands } from './views/commands.ts';
import { dialogs } from './views/dialogs.ts';
import { DoctorPanels } from './views/doctor/doctorPanel.ts';
import { ConflictCommands } from './views/files/conflictCommands.ts';
import { FileCommands } from './views/files/fileCommands.ts';
import { LeftOverCommand } from './views/files/leftOverCommand.ts';
import { ListingNotices } from './views/files/listingNotices.ts';
import { PermissionCommand } from './views/files/permissionCommand.ts';
import { serversFiles, serversFileScheme } from './views/files/serversFile.ts';
import { formatsOf } from './views/formats.ts';
import type { SitesNode } from './views/nodes.ts';
import { SiteCommands } from './views/sites/siteCommands.ts';
import { SiteNotices } from './views/sites/siteNotices.ts';
import { SitesTree } from './views/sites/sitesView.ts';
import { StatusBar } from './views/status/statusBar.ts';
import { UploadNotices } from './views/transfers/uploadNotices.ts';
import { Activity } from './workspace/activity.ts';
import { ChangePoll, pollSources } from './workspace/files/changePoll.ts';
import { ToldConflicts } from './workspace/files/conflicts.ts';
import { EditorIdentities } from './workspace/files/editorIdentities.ts';
import { SiteFileSystemProvider } from './workspace/files/fileSystemProvider.ts';
import { followDocuments, openDocuments } from './workspace/files/openDocuments.ts';
import { mementoStorage, outputLogger } from './workspace/hostDoors.ts';
import { type Questions, ScriptedQuestions } from './workspace/questions.ts';
import { scheme } from './workspace/siteUri.ts';
import { Passwords } from './workspace/sites/passwords.ts';
import { type OpenFileSystem, SiteConnections } from './workspace/sites/siteConnections.ts';
import { type Diagnose, SiteDoctor } from './workspace/sites/siteDoctor.ts';
import { type Connect, loginSources, SiteLogin } from './workspace/sites/siteLogin.ts';
import { SiteProfiles } from './workspace/sites/siteProfiles.ts';
import { SiteStore } from './workspace/sites/siteStore.ts';
import { UploadRetry } from './workspace/sync/owedUploads.ts';
import { type SavedFile, uploadSavedFile } from './workspace/sync/savedFile.ts';
import { syncOnSave } from './workspace/sync/syncOnSave.ts';
import { SyncTargets } from './workspace/sync/syncTargets.ts';
import { SyncTroubles } from './workspace/sync/syncTroubles.ts';

/** The parts of sync on save. */
export interface Sync {
  readonly linked: LinkedFiles;
  readonly targets: SyncTargets;
  readonly troubles: SyncTroubles;
  readonly uploads: UploadQueue<SavedFile>;
}

/** What only the tests inside the extension host are given. */
export interface PortsideForTests {
  readonly questions: ScriptedQuestions;
  readonly connections: SiteConnections;
  readonly sync: Sync;
  /** The folder of files that outlive a restart. */
  readonly storage: vscode.Uri;
  /** How long loading and opening took, in milliseconds. */
  readonly activationTime: number;
}

// VS Code disposes of subscriptions without waiting for anything. It awaits only `deactivate`, and
// calls that without arguments: here it finds what still has to say goodbye to servers and to write.
let closing: AsyncDisposableStack | undefined;

/** Opens all of it, but no connection. `start`: when loading it began. */
export function openPortside(
  context: vscode.ExtensionContext,
  start: number,
): PortsideForTests | undefined {
  const ending = new AsyncDisposableStack();
  closing = ending;
  const channel = vscode.window.createOutputChannel('Portside', { log: true });
  // First in, last out: everything that ends before it may still write to the log.
  ending.defer(() => channel.dispose());
  const logger = outputLogger(channel);
  const asked = dialogs(formatsOf(vscode.env.language));
  const test = context.extensionMode === vscode.ExtensionMode.Test;
  const scripted = test ? new ScriptedQuestions(asked) : undefined;
  const questions = scripted ?? asked;
  const host: Host = { context, channel, logger, questions, ending, own: ownedBy(context) };
  const workspace = openWorkspace(host);
  openViews(host, workspace);
  const activationTime = systemClock.now() - start;
  logger.debug(`Activated in ${activationTime} ms`);
  const [{ connections, sync }, { globalStorageUri: storage }] = [workspace, context];
  return scripted && { questions: scripted, connections, sync, storage, activationTime };
}

/** Says goodbye to the servers, and ends all of it. */
export async function closePortside(): Promise<void> {
  const ending = closing;
  closing = undefined;
  await ending?.disposeAsync();
}

/** What every part is opened with. */
interface Host {
  readonly context: vscode.ExtensionContext;
  readonly channel: vscode.OutputChannel;
  readonly logger: Logger;
  readonly questions: Questions;
  /** Awaited when the extension ends, the last first. */
  readonly ending: AsyncDisposableStack;
  /** Disposes with the extension of what was made, even where `activate` fails later on. */
  readonly own: <T extends vscode.Disposable | Disposable>(made: T) => T;
}

function ownedBy({ subscriptions }: vscode.ExtensionContext): Host['own'] {
  return (made) => {
    subscriptions.push('dispose' in made ? made : toVSCode(made));
    return made;
  };
}

type Sites = ReturnType<typeof openSites>;
type Workspace = ReturnType<typeof openWorkspace>;

function openWorkspace(host: Host) {
  const storage = mementoStorage(host.context.workspaceState);
  // Made before the connections, so that they end after them: the last saves still tell them.
  const identities = host.ending.use(new EditorIdentities(storage, 'editors', systemClock));
  const sites = openSites(host);
  const conflicts = openFiles(host, sites, identities);
  return { ...sites, conflicts, sync: openSync(host, sites) };
}

function openSites({ context, logger, questions, ending, own }: Host) {
  const store = own(new SiteStore());
  const passwords = new Passwords(context.secrets, questions);
  const activity = own(new Activity(systemClock));
  const profiles = new SiteProfiles(mementoStorage(context.globalState), systemClock);
  const sources = loginSources(store);
  const login = new SiteLogin(sources, passwords, questions, engine(profiles, logger), logger);
  const diagnose = diagnosis(logger);
  const doctor = new SiteDoctor({ sources, passwords, login, store, profiles, diagnose });
  const open = session(profiles, logger, context.globalStorageUri);
  const connections = ending.use(new SiteConnections(store, login, activity, open));
  own(connections.onDidChange((siteId) => profiles.keep(siteId)));
  return { store, passwords, activity, connections, doctor };
}

function openFiles(
  { questions, own }: Host,
  { connections, activity }: Sites,
  identities: EditorIdentities,
): ToldConflicts {
  const poll = own(new ChangePoll(systemClock, pollSources(connections, activity)));
  const documents = openDocuments;
  const conflicts = new ToldConflicts();
  const parts = { connections, activity, identities, documents, questions, poll, conflicts };
  const provider = own(new SiteFileSystemProvider(parts));
  own(vscode.workspace.registerFileSystemProvider(scheme, provider, { isCaseSensitive: true }));
  own(followDocuments(identities));
  return conflicts;
}

function openSync(
  { context, logger, own }: Host,
  { connections, activity, store, passwords }: Sites,
): Sync {
  const folder = (name: string): RecordFolder =>
    new RecordFolder(join(context.globalStorageUri.fsPath, 'sync', name));
  const linked = new LinkedFiles({ bases: folder('bases'), owed: folder('owed') });
  const targets = new SyncTargets(store);
  const troubles = own(new SyncTroubles());
  const uploading = { connections, activity, logger, linked, targets };
  const uploads = own(
    new UploadQueue<SavedFile>((saved, signal) => uploadSavedFile(uploading, saved, signal)),
  );
  const connectsUnasked = async (siteId: string): Promise<boolean> => {
    const site = store.find(siteId);
    return site === undefined || (await passwords.isKnown(site));
  };
  own(new UploadRetry(uploads, { connections, connectsUnasked, clock: systemClock }));
  return { linked, targets, troubles, uploads };
}

function openViews(host: Host, workspace: Workspace): void {
  const { channel, logger, own } = host;
  const { store, activity, connections, sync, conflicts } = workspace;
  const { uploads } = sync;
  const showLog = (): void => channel.show(true);
  // By the command, which asks for a site where none is given.
  const diagnose = (siteId?: string): void =>
    void vscode.commands.executeCommand('portside.diagnose', siteId && tree.siteNode(siteId));
  const onError = errorNet({ logger, connections, showLog, diagnose });
  const tree = own(new SitesTree({ store, connections, activity, onError }));
  const view = own(
    vscode.window.createTreeView('portside.sites', {
      treeDataProvider: tree,
      canSelectMany: true,
      showCollapseAll: true,
    }),
  );
  const notices = own(new SiteNotices({ store, connections, uploads, showLog, diagnose, onError }));
  const listings = own(new ListingNotices({ connections, clock: systemClock, showLog }));
  const retries = own(new UploadNotices(uploads, connections, { showLog, diagnose }));
  const servers = serversFiles(connections, activity, conflicts);
  own(vscode.workspace.registerTextDocumentContentProvider(serversFileScheme, servers));
  own(syncOnSave({ ...sync, queue: uploads, clock: systemClock, logger, onProblem: onError }));
  const shown = { tree, view, notices, listings, retries, onError };
  own(registerCommands(commandsOf(host, workspace, shown), view, onError));
  void notices.tellProblems();
}

interface Shown {
  readonly tree: SitesTree;
  readonly view: vscode.TreeView<SitesNode>;
  readonly notices: SiteNotices;
  readonly listings: ListingNotices;
  readonly retries: UploadNotices;
  readonly onError: (error: unknown) => void;
}

function commandsOf(
  { channel, own }: Host,
  { store, passwords, activity, connections, sync, doctor, conflicts }: Workspace,
  { tree, view, notices, listings, retries, onError }: Shown,
): Commands {
  const clock = systemClock;
  const formats = formatsOf(vscode.env.language);
  const { uploads, troubles } = sync;
  const status = { store, connections, activity, uploads, troubles, formats, clock };
  own(new StatusBar(status));
  const panels = own(new DoctorPanels({ doctor, onError }));
  return createCommands({
    sites: new SiteCommands({ store, passwords, connections, notices, tree, view, doctor: panels }),
    files: new FileCommands(connections, activity, tree),
    leftOvers: new LeftOverCommand({ connections, activity, formats, clock, listings }),
    permissions: new PermissionCommand(connections, activity),
    conflicts: new ConflictCommands(conflicts),
    status,
    uploads: retries,
    channel,
  });
}

function engine(profiles: SiteProfiles, logger: Logger): Connect {
  const network = tcpNetwork(systemClock);
  return (site, options, credentials, signal) => {
    const profile = profiles.of(site, options.rungs);
    const own = logger.scope(site.name);
    const environment = { network, tls: nodeTls, clock: systemClock, logger: own, profile };
    return connectFtp(options, credentials, environment, signal);
  };
}

function diagnosis(logger: Logger): Diagnose {
  const network = tcpNetwork(systemClock);
  return (site, options, credentials, signal, onStage) => {
    const environment = {
      network,
      lookup: systemLookup,
      tls: nodeTls,
      tlsProbe: nodeTlsProbe,
      clock: systemClock,
      logger: logger.scope(site.name),
      newId: newTemporaryId,
    };
    return diagnose(options, credentials, environment, signal, onStage);
  };
}

function session(profiles: SiteProfiles, logger: Logger, storage: vscode.Uri): OpenFileSystem {
  const oldBytes = new OldBytesFolder(join(storage.fsPath, 'old'), newTemporaryId);
  return (site, connect) =>
    openRemoteFileSystem({
      ...sessionDefaults,
      connect,
      profile: profiles.ofSite(site),
      maxConnections: site.maxConnections,
      oldBytes,
      readOnly: site.readOnly,
      operationTimeoutMs: operationTimeoutOf(site.timeout),
      largestFile: site.largestFile * 1024 * 1024,
      clock: systemClock,
      logger: logger.scope(site.name),
      newId: newTemporaryId,
    });
}

function toVSCode(disposable: Disposable): vscode.Disposable {
  return { dispose: () => disposable[Symbol.dispose]() };
}
